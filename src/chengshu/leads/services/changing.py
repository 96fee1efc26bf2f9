"""The one way in which a lead changes: locked, checked against the table, written with its step."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from chengshu.bureau.models import User
from chengshu.leads.lifecycle import PERMISSION, WHILE_HELD, Action, Outcome, Stage, stage_after
from chengshu.leads.models import Lead

from . import bulk


class LeadProblem(Exception):
    """What was asked for cannot be done; one translated sentence that says what to do."""

    def __init__(self, message: str, code: str = "refused") -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True)
class Change:
    """What has just been done to a lead, for those who follow it in the same transaction."""

    lead: Lead
    action: Action
    by: User | None
    before: dict[str, Any]
    """The changed columns as they were."""


Follower = Callable[[Change], None]
_followers: dict[Action, list[Follower]] = {}


def follow(*actions: Action) -> Callable[[Follower], Follower]:
    """Call the function after each of these actions, in the transaction of the change."""

    def register(follower: Follower) -> Follower:
        for action in actions:
            _followers.setdefault(action, []).append(follower)
        return follower

    return register


def lock(lead_id: int) -> Lead:
    """The lead as it stands now, locked until the caller's transaction ends."""
    batch = bulk.current()
    if batch is not None and lead_id in batch.leads:
        return batch.leads[lead_id]
    leads = Lead.objects.select_for_update(of=("self",)).select_related("lead_class", "district")
    return leads.defer("district__boundary").get(pk=lead_id)  # its polygon is long


def require(by: User | None, lead: Lead, permission: str) -> None:
    """Raise PermissionDenied unless the person may do this where the lead is; None is the system itself."""
    if by is None:
        return
    scope = by.scope_for(permission)
    if not scope.covers(district_id=lead.district_id, squad_id=lead.squad_id):
        raise PermissionDenied(permission)


def check(lead: Lead, action: Action) -> Stage:
    """The stage after the action. Raises `LeadProblem` where the table does not allow it."""
    after = stage_after(action, Stage(lead.stage))
    if after is None:
        raise LeadProblem(
            _("“%(action)s” is not possible while the lead is at the stage “%(stage)s”.")
            % {"action": action.label, "stage": Stage(lead.stage).label},
            "stage",
        )
    if lead.held_at is not None and action not in WHILE_HELD:
        raise LeadProblem(_("The lead is on hold. Take it up again first."), "held")
    if lead.held_at is None and action == Action.RESUME:
        raise LeadProblem(_("The lead is not on hold."), "held")
    return after


@transaction.atomic
def change(
    lead: Lead,
    action: Action,
    *,
    by: User | None,
    at: datetime | None = None,
    note: str = "",
    data: dict[str, Any] | None = None,
    expected_version: int | None = None,
    stays: bool = False,
    **columns: Any,
) -> Lead:
    """Do one action: lock, check table, hold and permission, write columns and step in one statement.

    ``columns`` are the columns that change beside the stage; a callable value is given the locked lead.
    ``stays``: the action is recorded but the lead keeps its stage.
    Raises `LeadProblem`, and PermissionDenied outside the person's area.
    """
    current = lock(lead.pk)
    if expected_version is not None and current.version != expected_version:
        raise LeadProblem(
            _("Somebody else has changed this lead in the meantime. Look at it again."), "version"
        )
    require(by, current, PERMISSION[action])
    after = Stage(current.stage) if stays and check(current, action) else check(current, action)
    before = {name: getattr(current, name) for name in columns}
    for name, value in columns.items():
        setattr(current, name, value(current) if callable(value) else value)
    current.stage = after
    write(current, action, by=by, at=at, note=note, data=data, changed=list(columns))
    if current.stage == Stage.CLOSED and current.parent_id is not None:
        _settle_parent(current.parent_id, at=at)
    for follower in _followers.get(action, ()):
        follower(Change(current, action, by, before))
    lead.__dict__.update(
        {name: value for name, value in current.__dict__.items() if name != "_prefetched_objects_cache"}
    )
    return lead


def write(
    lead: Lead,
    action: Action,
    *,
    by: User | None,
    at: datetime | None,
    note: str,
    data: dict[str, Any] | None,
    changed: list[str],
) -> None:
    """Save a locked lead with its step; the trigger writes the history."""
    lead.version += 1
    lead.step_action = action
    lead.step_by_id = by.pk if by else None
    lead.step_at = at or timezone.now()
    lead.step_note = note[:1000]
    lead.step_data = data or {}
    fields = [
        *dict.fromkeys(name.removesuffix("_id") if name not in {"case_id"} else name for name in changed),
        "stage", "version", "step_action", "step_by", "step_at", "step_note", "step_data", "updated_at",
    ]  # fmt: skip
    batch = bulk.current()
    if batch is not None and lead.pk in batch.leads:
        batch.note(lead, fields)
    else:
        lead.save(update_fields=fields)


def has_open_parts(lead: Lead) -> bool:
    """Whether it was split and a part is still open; a lead held by a batch is known to nobody else."""
    batch = bulk.current()
    if batch is not None and lead.pk in batch.leads:
        return batch.open_parts(lead)
    return bool(lead.parts.exclude(stage=Stage.CLOSED).exists())


def _settle_parent(parent_id: int, *, at: datetime | None) -> None:
    """Once the last part of a split lead is closed, the lead itself counts as handled in its parts."""
    parent = lock(parent_id)
    if stage_after(Action.PARTS_DONE, Stage(parent.stage)) is None:
        return
    if parent.parts.exclude(stage=Stage.CLOSED).exists():
        return
    at = at or timezone.now()
    change(parent, Action.PARTS_DONE, by=None, at=at, outcome=Outcome.SPLIT, handled_at=at, held_at=None)
