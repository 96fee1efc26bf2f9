"""Building dashboards: one's own pages of numbers and charts, and who else sees them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import ProtectedError
from django.utils.translation import gettext as _

from chengshu.bureau.models import Unit, User
from chengshu.bureau.services.base import Refused
from chengshu.kernel import ledger
from chengshu.reports.boards import ITEMS_MOST, BoardProblem, item_of
from chengshu.reports.models import Board

BUILD = "reports.build"
NAME_MOST = 80
UP, DOWN = -1, 1


@transaction.atomic
def create(name: str, *, by: User) -> Board:
    """A dashboard with nothing on it, for its maker alone. Raises `Refused`, PermissionDenied."""
    if not by.may(BUILD):
        raise PermissionDenied(BUILD)
    made = Board.objects.create(district_id=by.unit.district_id, owner=by, name=_named(name))
    ledger.append(_chain(made), "created", {"name": made.name}, actor=by.username)
    return made


@transaction.atomic
def rename_and_share(pk: int, name: str, shared: str, *, by: User) -> Board:
    """Give it a name, and say who else sees it: nobody, one's squad, the bureau. Raises `Refused`."""
    board = _locked(pk, by)
    if shared not in Board.Shared.values:
        raise Refused(_("Choose who sees the dashboard."), "shared")
    squad = by.unit if by.unit.kind == Unit.Kind.SQUAD else None
    if shared == Board.Shared.SQUAD and squad is None:
        raise Refused(_("You belong to no squad. Share the dashboard with the whole bureau."), "shared")
    board.name, board.shared = _named(name), shared
    board.squad = squad if shared == Board.Shared.SQUAD else None
    board.save()
    ledger.append(_chain(board), "shared", {"name": board.name, "shared": shared}, actor=by.username)
    return board


def add(pk: int, raw: Mapping[str, Any], *, by: User) -> Board:
    """Put one more thing at the end. Raises `BoardProblem`, fines in a ranking included."""
    item = item_of(raw)
    return _changed(pk, by, lambda items: [*items, item.data()])


def move(pk: int, at: int, by_steps: int, *, by: User) -> Board:
    """Move a thing up or down; at the edge it stays."""

    def moved(items: list[Any]) -> list[Any]:
        to = max(0, min(len(items) - 1, at + by_steps))
        items.insert(to, items.pop(at))
        return items

    return _changed(pk, by, moved, at)


def remove(pk: int, at: int, *, by: User) -> Board:
    """Take a thing away."""
    return _changed(pk, by, lambda items: items[:at] + items[at + 1 :], at)


@transaction.atomic
def delete(pk: int, *, by: User) -> None:
    """Delete a dashboard. Raises `Refused` where a delivery sends it."""
    board = _locked(pk, by)
    try:
        with transaction.atomic():
            board.delete()
    except ProtectedError:
        raise Refused(_("A scheduled delivery sends this dashboard, so that it cannot be deleted.")) from None
    ledger.append(f"reports.board:{pk}", "deleted", {"name": board.name}, actor=by.username)


def _chain(board: Board) -> str:
    return f"reports.board:{board.pk}"


def _named(name: str) -> str:
    name = " ".join(name.replace("\0", " ").split())
    if not name:
        raise Refused(_("Give the dashboard a name."), "name")
    return name[:NAME_MOST]


def _locked(pk: int, by: User) -> Board:
    """The dashboard, held until the transaction ends; only its maker changes it."""
    board: Board = Board.objects.select_for_update().get(pk=pk)
    if board.owner_id != by.pk or not by.may(BUILD):
        raise PermissionDenied(BUILD)
    return board


@transaction.atomic
def _changed(pk: int, by: User, change: Any, at: int | None = None) -> Board:
    board = _locked(pk, by)
    items = list(board.items)  # as stored: what can no longer be shown can still be taken away
    if at is not None and not 0 <= at < len(items):
        raise BoardProblem(_("This thing is no longer on the dashboard."))
    changed = change(items)
    if len(changed) > ITEMS_MOST:
        raise BoardProblem(_("A dashboard shows %(most)d things at most.") % {"most": ITEMS_MOST})
    board.items = changed
    board.save(update_fields=["items", "changed_at"])
    return board
