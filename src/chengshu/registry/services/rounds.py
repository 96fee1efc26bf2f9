"""Re-verification rounds (核查): a list is frozen, squads go and look, the figures are frozen at the end."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Mapping
from datetime import date, datetime
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import connection, transaction
from django.db.models import Count
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from chengshu.bureau.models import District, Town, Unit, User
from chengshu.kernel import ledger
from chengshu.registry.indicators import CHECKED_OUTCOMES
from chengshu.registry.models import (
    ObjectClass,
    RegulatedObject,
    RoundItem,
    VerificationRound,
)

MANAGE, WORK, ASSIGN = "registry.round.manage", "registry.round.work", "registry.round.assign"
State = VerificationRound.State
Outcome = RoundItem.Outcome
Status = RegulatedObject.Status

# What may be done in which state of a round, and what is said when it may not.
ALLOWED: dict[str, frozenset[str]] = {
    "open": frozenset({State.DRAFT}),
    "assign": frozenset({State.OPEN}),
    "report": frozenset({State.OPEN}),
    "close": frozenset({State.OPEN}),
}
REFUSED: dict[str, Any] = {
    State.DRAFT: gettext_lazy("The round has not been opened yet."),
    State.OPEN: gettext_lazy("The round is already under way."),
    State.CLOSED: gettext_lazy("The round is closed; nothing in it changes any more."),
}
# Objects that are there to be looked at; what has closed or moved away is not sent for again.
LISTED = (Status.OPERATING, Status.NOT_FOUND)


class RoundProblem(ValueError):
    """Why a step of a round is refused; one translated sentence."""


# --- the round ----------------------------------------------------------------------------------------
def create_round(
    district: District,
    *,
    name: str,
    classes: Collection[ObjectClass],
    by: User,
    towns: Collection[Town] = (),
    due_on: date | None = None,
) -> VerificationRound:
    """Draw up a round over some classes in some towns (none named: the whole district)."""
    require(by, MANAGE, district.pk)
    name = name.strip()[:80]
    if not name:
        raise RoundProblem(_("The round needs a name."))
    if not classes:
        raise RoundProblem(_("Choose at least one class."))
    if {item.district_id for item in classes} | {item.district_id for item in towns} != {district.pk}:
        raise RoundProblem(_("Class or town belongs to another district."))
    if due_on is not None and due_on < timezone.localdate():
        raise RoundProblem(_("The due date lies in the past."))
    with transaction.atomic():
        created = VerificationRound.objects.create(district=district, name=name, due_on=due_on, created_by=by)
        created.classes.set(classes)
        created.towns.set(towns)
    return created


def open_round(which: VerificationRound, *, by: User, at: datetime | None = None) -> int:
    """Freeze the list and hand it to the squads; returns how many objects are on it. ``at``: now."""
    with transaction.atomic():
        current = locked(which.pk, "open")
        require(by, MANAGE, current.district_id)
        at = _not_ahead(at)
        count = _freeze_list(current)
        if not count:
            raise RoundProblem(_("There is no object of these classes in this area."))
        current.state, current.opened_at = State.OPEN, at
        current.save(update_fields=["state", "opened_at"])
        ids = current.items.order_by("object_id").values_list("object_id", flat=True)
        payload = {
            "name": current.name,
            "classes": sorted(current.classes.values_list("code", flat=True)),
            "towns": sorted(current.towns.values_list("code", flat=True)),
            "due_on": current.due_on,
            "items": count,
            "by_squad": _count_by_squad(current),
            "objects_sha256": digest_of_lines(ids.iterator(10_000)),
        }
        ledger.append(chain(current.pk), "opened", payload, actor=by.username, at=at)
    which.refresh_from_db()
    return count


def _freeze_list(which: VerificationRound) -> int:
    """One statement, however long the list is. Objects without a squad go to the mobile squad."""
    mobile = mobile_squad(which.district)
    towns = list(which.towns.values_list("pk", flat=True))
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO registry_rounditem (round_id, object_id, squad_id, outcome)
            SELECT %s, o.id, coalesce(o.squad_id, %s), ''
            FROM registry_regulatedobject o
            WHERE o.district_id = %s AND o.merged_into_id IS NULL AND o.status = ANY(%s)
              AND o.object_class_id IN (
                  SELECT objectclass_id FROM registry_verificationround_classes
                  WHERE verificationround_id = %s
              )
              AND (%s OR o.town_id = ANY(%s))
            ORDER BY o.squad_id, o.sort_key, o.id
            """,
            [
                which.pk,
                mobile.pk if mobile else None,
                which.district_id,
                [status.value for status in LISTED],
                which.pk,
                not towns,
                towns,
            ],
        )
        return int(cursor.rowcount)


def mobile_squad(district: District) -> Unit | None:
    """机动中队: has the whole district, and whatever belongs to no squad."""
    return Unit.objects.filter(district=district, kind=Unit.Kind.MOBILE_SQUAD, active=True).first()


def _not_ahead(at: datetime | None) -> datetime:
    now = timezone.now()
    if at is not None and at > now:
        raise RoundProblem(_("The time lies in the future."))
    return at or now


def close_round(which: VerificationRound, *, by: User, at: datetime | None = None) -> dict[str, Any]:
    """Freeze the figures; what nobody looked at stays listed as not checked. Returns the figures."""
    with transaction.atomic():
        current = locked(which.pk, "close")
        require(by, MANAGE, current.district_id)
        current.figures, at = figures_of(current), _not_ahead(at)
        current.state, current.closed_at = State.CLOSED, at
        current.save(update_fields=["figures", "state", "closed_at"])
        rows = current.items.order_by("id").values_list("object_id", "outcome")
        lines = (f"{object_id}:{outcome}" for object_id, outcome in rows.iterator(10_000))
        payload = {**current.figures, "outcomes_sha256": digest_of_lines(lines)}
        ledger.append(chain(current.pk), "closed", payload, actor=by.username, at=at)
    which.refresh_from_db()
    return dict(which.figures)


def figures_of(which: VerificationRound) -> dict[str, Any]:
    """Checked, newly added, open and the outcomes, in all and by squad, as they stand now (one query)."""
    rows = (
        RoundItem.objects.filter(round=which)
        .order_by("squad__code")
        .values_list("squad_id", "squad__name", "squad__name_en", "outcome")
        .annotate(n=Count("id"))
    )
    squads: dict[int | None, dict[str, Any]] = {}
    for squad, name, name_en, outcome, n in rows:
        entry = squads.setdefault(
            squad, {"squad": squad, "name": name or "", "name_en": name_en or "", "outcomes": {}}
        )
        entry["outcomes"][outcome or "open"] = n
    by_squad = [entry | _sums(entry["outcomes"]) for entry in squads.values()]
    outcomes: dict[str, int] = {}
    for entry in by_squad:
        for outcome, n in entry["outcomes"].items():
            outcomes[outcome] = outcomes.get(outcome, 0) + n
    return {**_sums(outcomes), "outcomes": outcomes, "by_squad": by_squad}


def _sums(outcomes: Mapping[str, int]) -> dict[str, int]:
    checked = sum(outcomes.get(outcome, 0) for outcome in CHECKED_OUTCOMES)
    unseen = outcomes.get("open", 0)
    added = outcomes.get(Outcome.ADDED, 0)
    return {"checked": checked, "added": added, "open": unseen, "total": checked + unseen}


# --- the work -----------------------------------------------------------------------------------------
def assign(items: Iterable[RoundItem], officer: User | None, *, by: User) -> int:
    """Give open items of one round to an officer of their squad (None: to nobody); returns how many.

    Items that have an outcome keep whoever is named on them.
    """
    ids = [item.pk for item in items]
    with transaction.atomic():
        rounds = set(RoundItem.objects.filter(pk__in=ids).values_list("round_id", flat=True))
        if len(rounds) != 1:
            raise RoundProblem(_("Choose items of one round."))
        current = locked(rounds.pop(), "assign")
        chosen = list(RoundItem.objects.select_for_update(of=("self",)).filter(pk__in=ids).order_by("pk"))
        for squad in {item.squad_id for item in chosen}:
            require(by, ASSIGN, current.district_id, squad)
            if officer is not None and not _may_work(officer, current.district_id, squad):
                raise RoundProblem(
                    _("%(name)s does not work in the area of these items.") % {"name": officer.full_name}
                )
        waiting = [item.pk for item in chosen if not item.outcome]
        return RoundItem.objects.filter(pk__in=waiting).update(assignee=officer)


def _may_work(officer: User, district_id: int, squad_id: int | None) -> bool:
    return officer.is_active and officer.scope_for(WORK).covers(district_id=district_id, squad_id=squad_id)


# --- common -------------------------------------------------------------------------------------------
def locked(round_id: int, action: str) -> VerificationRound:
    """The round, held against a close at the same moment; refused where its state forbids the action."""
    rows = VerificationRound.objects.select_for_update(of=("self",), no_key=True).select_related("district")
    found = rows.get(pk=round_id)
    if action:
        require_state(found, action)
    return found


def require_state(which: VerificationRound, action: str) -> None:
    if which.state not in ALLOWED[action]:
        raise RoundProblem(str(REFUSED[which.state]))


def require(by: User, permission: str, district_id: int, squad_id: int | None = None) -> None:
    if not by.scope_for(permission).covers(district_id=district_id, squad_id=squad_id):
        raise PermissionDenied(permission)


def _count_by_squad(which: VerificationRound) -> dict[str, int]:
    rows = which.items.order_by("squad__code").values_list("squad__code").annotate(n=Count("id"))
    return {code or "": n for code, n in rows}


def chain(round_id: int) -> str:
    return f"registry.round:{round_id}"


def digest_of_lines(lines: Iterable[Any]) -> str:
    """SHA-256 of lines of text, so that the frozen list can be proved later."""
    digest = hashlib.sha256()
    for line in lines:
        digest.update(f"{line}\n".encode())
    return digest.hexdigest()
