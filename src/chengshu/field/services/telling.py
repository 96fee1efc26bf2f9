"""Officers hear of records that were not applied: the phone says it too, but may be in a drawer."""

from __future__ import annotations

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from chengshu.bureau.models import Level
from chengshu.bureau.notices import notify, register_kind
from chengshu.field.models import FieldRecord

REFUSED = "field.record_refused"
Outcome = FieldRecord.Outcome


def register() -> None:
    """Make the kind of notice known."""
    register_kind(REFUSED, gettext_lazy("A record of the phone was not applied"))


def refused(record: FieldRecord) -> None:
    """Tell the officer of a record that was refused or is to be corrected, once."""
    if record.outcome == Outcome.APPLIED:
        return
    wrong = record.outcome == Outcome.REFUSED

    def title() -> str:
        said = {"seq": record.seq}
        if wrong:
            return _("Record %(seq)d of your phone was not applied") % said
        return _("Record %(seq)d of your phone is to be corrected") % said

    notify(
        [record.user],
        REFUSED,
        title,
        key=f"{REFUSED}:{record.pk}",
        level=Level.WARN,
        url=reverse("field:record", args=[record.pk]),
    )
