"""Enforcement certificates (执法证): who may enforce on a given day."""

from __future__ import annotations

from datetime import date

from django.db import transaction
from django.utils.translation import gettext as _

from chengshu.bureau.models import Certificate, User
from chengshu.bureau.services.base import Refused, locked_person, record, require

PERMISSION = "bureau.people.manage"


@transaction.atomic
def add_certificate(
    person: User, *, by: User, number: str, valid_from: date, valid_to: date, issuer: str = ""
) -> Certificate:
    """Add a certificate, or the renewal of one under the same number. Raises `Refused`."""
    require(by, PERMISSION, person.unit)
    person = locked_person(person)
    number = number.strip().upper()
    if not 4 <= len(number) <= 40 or not number.replace("-", "").isalnum():
        raise Refused(_("The number needs 4 to 40 letters and digits."), "number")
    if valid_to < valid_from:
        raise Refused(_("The certificate ends before it begins."), "valid_to")
    same = Certificate.objects.filter(number=number)
    if same.exclude(user=person).exists():
        raise Refused(
            _("The certificate %(number)s belongs to somebody else.") % {"number": number}, "number"
        )
    if same.filter(valid_from__lte=valid_to, valid_to__gte=valid_from).exists():
        raise Refused(
            _("The certificate %(number)s is on file for these days.") % {"number": number}, "number"
        )
    certificate = Certificate.objects.create(
        user=person, number=number, issuer=issuer.strip()[:80], valid_from=valid_from, valid_to=valid_to
    )
    record(
        person,
        "certificate.added",
        by,
        number=number,
        valid_from=valid_from.isoformat(),
        valid_to=valid_to.isoformat(),
    )
    return certificate


def valid_certificate(person: User, on: date) -> Certificate | None:
    """The certificate that covers the day, the longest-lived if several do; None: may not enforce then."""
    covering = Certificate.objects.filter(user=person, valid_from__lte=on, valid_to__gte=on)
    return covering.order_by("-valid_to").first()
