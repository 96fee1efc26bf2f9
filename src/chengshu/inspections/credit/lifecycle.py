"""What may follow what for proposals, objections, entries and repairs: plain values."""

from __future__ import annotations

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class ProposalState(TextChoices):
    """建议状态 of a proposed class."""

    OPEN = "open", _("To be decided")
    ACCEPTED = "accepted", pgettext_lazy("credit proposal", "Accepted")
    CHANGED = "changed", _("Decided otherwise")
    REFUSED = "refused", pgettext_lazy("credit proposal", "Refused")
    SUPERSEDED = "superseded", _("Replaced by a newer proposal")


class ObjectionState(TextChoices):
    """异议状态."""

    OPEN = "open", _("To be answered")
    UPHELD = "upheld", pgettext_lazy("objection", "Upheld")
    REJECTED = "rejected", pgettext_lazy("objection", "Rejected")


class EntryState(TextChoices):
    """失信认定状态."""

    PROPOSED = "proposed", _("Proposed")
    NOTIFIED = "notified", _("Party notified")
    DECIDED = "decided", _("Decided, to be published")
    PUBLISHED = "published", pgettext_lazy("dishonesty entry", "Published")
    REFUSED = "refused", _("Not entered")
    WITHDRAWN = "withdrawn", pgettext_lazy("dishonesty entry", "Withdrawn")
    ENDED = "ended", _("Ended by its term")
    REPAIRED = "repaired", _("Ended by repair")
    REVOKED = "revoked", pgettext_lazy("dishonesty entry", "Revoked")


class EntryAction(TextChoices):
    """What happens to a dishonesty entry."""

    PROPOSE = "propose", pgettext_lazy("action", "Propose")
    NOTIFY = "notify", _("Notify the party")
    STATE = "state", _("Record the party's statement")
    DECIDE = "decide", _("Decide to enter")
    REFUSE = "refuse", _("Decide not to enter")
    PUBLISH = "publish", _("Publish and share")
    END = "end", _("End by term")
    REPAIR = "repair", _("End by repair")
    REVOKE = "revoke", pgettext_lazy("dishonesty entry", "Revoke")
    WITHDRAW = "withdraw", pgettext_lazy("action", "Withdraw the proposal")


E = EntryState
# action → {state before: state after}; what is not here is refused. PROPOSE has no before.
ENTRY_TABLE: dict[EntryAction, dict[EntryState, EntryState]] = {
    EntryAction.NOTIFY: {E.PROPOSED: E.NOTIFIED},
    EntryAction.STATE: {E.NOTIFIED: E.NOTIFIED},
    EntryAction.DECIDE: {E.NOTIFIED: E.DECIDED},
    EntryAction.REFUSE: {E.NOTIFIED: E.REFUSED},
    EntryAction.PUBLISH: {E.DECIDED: E.PUBLISHED},
    EntryAction.END: {E.PUBLISHED: E.ENDED},
    EntryAction.REPAIR: {E.PUBLISHED: E.REPAIRED},
    # An entry that was wrong is revoked even after it has ended: its record must not say otherwise.
    EntryAction.REVOKE: {
        E.DECIDED: E.REVOKED,
        E.PUBLISHED: E.REVOKED,
        E.ENDED: E.REVOKED,
        E.REPAIRED: E.REVOKED,
    },
    EntryAction.WITHDRAW: {E.PROPOSED: E.WITHDRAWN, E.NOTIFIED: E.WITHDRAWN},
}
ENTRY_OPEN = (E.PROPOSED, E.NOTIFIED, E.DECIDED, E.PUBLISHED)
ENTRY_OBJECTED = (E.DECIDED, E.PUBLISHED, E.ENDED, E.REPAIRED)
"""Was decided and not revoked: the party may object, in its time."""
ENTRY_GONE = (E.ENDED, E.REPAIRED, E.REVOKED)
"""Was published or decided, and is no more: the exchange is told."""


class RepairState(TextChoices):
    """信用修复状态."""

    APPLIED = "applied", pgettext_lazy("credit repair", "To be decided")
    GRANTED = "granted", pgettext_lazy("credit repair", "Granted")
    REFUSED = "refused", pgettext_lazy("credit repair", "Refused")
    WITHDRAWN = "withdrawn", pgettext_lazy("credit repair", "Withdrawn")
