"""Setting the ways up: routes of units, and what one person wants."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import time

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from chengshu.bureau.models import Level, NoticePreference, NoticeRoute, Unit, User
from chengshu.bureau.notices import ways
from chengshu.bureau.notices.kinds import kinds as known_kinds
from chengshu.bureau.services.base import Refused, require
from chengshu.kernel import ledger, outbox
from chengshu.kernel.outbox.wecom import robot_key
from chengshu.kernel.secrets import seal

PERMISSION = "notices.configure"
Way = NoticeRoute.Way
ACCOUNT = re.compile(r"[A-Za-z0-9._@-]{0,64}")


@transaction.atomic
def save_route(
    route: NoticeRoute | None,
    *,
    by: User,
    unit: Unit,
    way: str,
    name: str = "",
    kinds: Sequence[str] = (),
    least: str = Level.INFO,
    key: str = "",
    active: bool = True,
) -> NoticeRoute:
    """Add a route or change one. ``key``: address or key of a group robot; empty keeps the one there is.

    Raises `Refused`.
    """
    require(by, PERMISSION, unit)
    if route is not None:
        require(by, PERMISSION, route.unit)
        route = NoticeRoute.objects.select_for_update(of=("self",)).get(pk=route.pk)
    row = route or NoticeRoute(created_by=by, way=way)
    unknown = sorted(set(kinds) - set(known_kinds()) - set(row.kinds))
    if unknown:
        raise Refused(_("There is no kind %(kind)s.") % {"kind": unknown[0]}, "kinds")
    if way not in Way.values or (route is not None and route.way != way):
        raise Refused(_("The way of a rule cannot be changed; add another rule."), "way")
    if way == Way.ROBOT:
        _set_key(row, key)
    elif key:
        raise Refused(_("Only a group robot has an address."), "key")
    row.unit, row.name, row.kinds = unit, name.strip()[:60], sorted(set(kinds))
    row.least, row.active = Level(least), active
    row.save()
    payload = {"unit": unit.code, "way": way, "kinds": row.kinds, "least": row.least, "active": active}
    action = "notice_route.changed" if route else "notice_route.added"
    ledger.append(f"bureau.notice_route:{row.pk}", action, payload, actor=by.username)
    return row


@transaction.atomic
def remove_route(route: NoticeRoute, *, by: User) -> None:
    """Take a route away; what waits for its robot becomes undeliverable. Raises `Refused`."""
    require(by, PERMISSION, route.unit)
    ledger.append(f"bureau.notice_route:{route.pk}", "notice_route.removed", {}, actor=by.username)
    route.delete()


def send_test(route: NoticeRoute, *, by: User) -> None:
    """Send a test message: into the group, or by the way to whoever asks for it. Raises `Refused`."""
    require(by, PERMISSION, route.unit)
    if not ways.ready(route.way):
        raise Refused(_("The operator has not set this way up yet; see the manual for operating."))
    target = str(route.pk)
    if route.way == Way.MAIL:
        target = by.email
    elif route.way == Way.WECOM:
        wish = NoticePreference.objects.filter(pk=by.pk).first()
        target = (wish and wish.wecom_account) or by.username
    if not target:
        raise Refused(_("Your own account has no e-mail address to send the test to."))
    title = _("Test message from Chengshu")
    text = _("If you can read this, notices of %(unit)s arrive.") % {"unit": route.unit.label}
    outbox.enqueue(
        ways.CHANNELS[route.way],
        target,
        {"level": Level.INFO, "subject": title, "title": title, "text": text, "url": ""},
        key=f"test:route:{route.pk}:{timezone.now():%Y%m%d%H%M%S%f}",
        title=title,
        district_id=route.unit.district_id,
    )


def save_preference(
    person: User,
    *,
    mail: str,
    wecom: str,
    wecom_account: str = "",
    quiet_from: time | None = None,
    quiet_to: time | None = None,
) -> NoticePreference:
    """Keep what the person wants. Raises `Refused`."""
    account = wecom_account.strip()
    if not ACCOUNT.fullmatch(account):
        raise Refused(_("A WeCom account has letters, digits and . _ - @ only."), "wecom_account")
    if (quiet_from is None) != (quiet_to is None):
        raise Refused(_("Quiet hours need a beginning and an end."), "quiet_to")
    fields = {
        "mail": NoticePreference.Wish(mail),
        "wecom": NoticePreference.Wish(wecom),
        "wecom_account": account,
        "quiet_from": quiet_from,
        "quiet_to": quiet_to,
    }
    row, _new = NoticePreference.objects.update_or_create(user=person, defaults=fields)
    return row


def _set_key(row: NoticeRoute, key: str) -> None:
    if key:
        found = robot_key(key)
        if not found:
            raise Refused(_("This is neither a robot's address nor its key."), "key")
        row.secret = seal(found)
    elif not row.secret:
        raise Refused(_("A group robot needs its address or key."), "key")
