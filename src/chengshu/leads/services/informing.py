"""Whoever reported a lead and wants an answer is told how it ended, those of its doubles too."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext as _

from chengshu.bureau.models import User
from chengshu.leads.lifecycle import Action, Stage
from chengshu.leads.models import Lead, LeadReporter

from .changing import LeadProblem, change, require

PERMISSION = "leads.pass_on"


@dataclass(frozen=True)
class ToInform:
    """Somebody to be told: the reporter's row, the lead that was reported, and the one that was handled."""

    reporter: LeadReporter
    reported: Lead
    ended: Lead


def inform(lead: Lead) -> list[ToInform]:
    """Whom to tell about the end of a lead: its reporter and those of its doubles; nobody while it is open.

    Who was told before the lead was reopened is told again.
    """
    main = lead.merged_into if lead.merged_into_id is not None and lead.merged_into else lead
    if main.stage != Stage.CLOSED:
        return []
    waiting = _waiting().filter(Q(lead=main.pk) | Q(lead__merged_into=main.pk)).order_by("pk")
    return [ToInform(reporter, reporter.lead, main) for reporter in waiting]


def waiting_for(user: User) -> QuerySet[LeadReporter]:
    """Reporters of closed leads in the person's area who want an answer and have not had it, newest first."""
    scope = user.scope_for(PERMISSION).q(district="lead__district", squad="lead__squad")
    return _waiting().filter(scope).order_by("-lead")


def mark_informed(
    reporter: LeadReporter, how: str, *, by: User | None, at: datetime | None = None
) -> LeadReporter:
    """Keep that the reporter was told, and how; it stands in the history of the lead.

    Raises `LeadProblem` without the way, or where there is nothing to tell yet; PermissionDenied outside the
    person's area.
    """
    with transaction.atomic():
        locked = LeadReporter.objects.select_for_update().get(pk=reporter.pk)
        lead = Lead.objects.select_related("merged_into").get(pk=locked.lead_id)
        require(by, lead, PERMISSION)
        if not how.strip():
            raise LeadProblem(_("Say how the reporter was told."), "how")
        if not any(one.reporter.pk == locked.pk for one in inform(lead)):
            raise LeadProblem(
                _("This reporter has been told already, or there is nothing to tell yet."), "told"
            )
        at = at or timezone.now()
        locked.informed_at = at
        locked.save(update_fields=["informed_at"])
        note = _("The reporter was told: %(how)s") % {"how": how.strip()}
        change(lead, Action.REMARK, by=by, at=at, note=note, data={"informed": True})
    return locked


def _waiting() -> QuerySet[LeadReporter]:
    ended = Coalesce("lead__merged_into__stage", "lead__stage")
    closed_at = Coalesce("lead__merged_into__closed_at", "lead__closed_at")
    return (
        LeadReporter.objects.annotate(ended=ended, ended_at=closed_at)
        .filter(Q(informed_at=None) | Q(informed_at__lt=F("ended_at")), wants_answer=True, ended=Stage.CLOSED)
        .select_related("lead", "lead__lead_class", "lead__merged_into")
        .defer("lead__search_tokens", "lead__merged_into__search_tokens")
    )
