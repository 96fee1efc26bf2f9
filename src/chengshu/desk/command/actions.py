"""What a dispatcher does from the queue, each in one transaction and only on the lead as it was seen."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from chengshu.bureau.models import Unit, User
from chengshu.leads import services
from chengshu.leads.lifecycle import PERMISSION, Action, Stage, possible
from chengshu.leads.models import Lead
from chengshu.leads.services import LeadProblem

PLAIN: dict[Action, Callable[..., Lead]] = {
    Action.REGISTER: services.register,
    Action.VERIFY: services.verify,
    Action.CLOSE: services.close,
    Action.URGE: services.urge,
    Action.RESUME: services.resume,
}
WITH_REASON: dict[Action, Callable[..., Lead]] = {
    Action.HOLD: services.hold,
    Action.REJECT: services.reject,
    Action.REOPEN: services.reopen,
}
SENDING = (Action.DISPATCH, Action.ASSIGN, Action.TRANSFER)


@transaction.atomic
def perform(user: User, lead: Lead, action: str, version: int | None, given: Mapping[str, str]) -> Lead:
    """Do it. Raises `LeadProblem`, and PermissionDenied outside the person's area."""
    current = services.lock(lead.pk)
    if version is not None and current.version != version:
        raise LeadProblem(
            _("Somebody else has changed this lead in the meantime: it is now “%(stage)s”.")
            % {"stage": Stage(current.stage).label},
            "version",
        )
    note = given.get("note", "").strip()
    if action == Action.DISPATCH:
        return send(user, current, squad=given.get("squad", ""), officer=given.get("officer", ""), note=note)
    if action in PLAIN:
        return PLAIN[Action(action)](current, by=user, note=note)
    if action in WITH_REASON:
        return WITH_REASON[Action(action)](current, by=user, note=note)
    raise LeadProblem(_("This cannot be done from the command centre."), "action")


def send(user: User, lead: Lead, *, squad: str, officer: str, note: str) -> Lead:
    """Give a lead to an officer or a squad, whatever its stage: registered first where it was only found,
    given to another officer of its squad, or transferred to another squad with a reason."""
    person = _person(officer)
    unit = person.unit if person else _unit(squad)
    if lead.stage == Stage.FOUND:
        services.register(lead, by=user)
    if lead.stage == Stage.REGISTERED:
        return services.dispatch(lead, unit, officer=person, by=user, note=note)
    if person is not None and unit.pk == lead.squad_id:
        return services.assign(lead, person, by=user, note=note)
    return services.transfer(lead, unit, officer=person, by=user, note=note)


def _person(pk: str) -> User | None:
    if not pk:
        return None
    found: User | None = (
        User.objects.select_related("unit").filter(pk=pk, is_active=True).first() if pk.isdecimal() else None
    )
    if found is None:
        raise LeadProblem(_("This officer cannot be found any more."), "officer")
    return found


def _unit(pk: str) -> Unit:
    found = Unit.objects.filter(pk=pk, active=True).first() if pk.isdecimal() else None
    if found is None:
        raise LeadProblem(_("Choose an officer or a squad."), "squad")
    return found


def allowed(user: User, lead: Lead) -> list[Action]:
    """What the person may do with the lead from here, in the order of the table."""

    def may(action: Action) -> bool:
        scope: Any = user.scope_for(PERMISSION[action])
        return bool(scope.covers(district_id=lead.district_id, squad_id=lead.squad_id))

    table = possible(Stage(lead.stage), held=lead.held_at is not None)
    wanted = [action for action in table if action in PLAIN or action in WITH_REASON or action in SENDING]
    if lead.stage == Stage.FOUND:  # registering is done in the same stroke
        wanted.append(Action.DISPATCH)
    return [action for action in wanted if may(action)]
