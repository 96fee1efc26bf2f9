"""What every operation of the ledger needs: entries in the caller's area, refusals as the API puts them."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.http import Http404
from django.utils import timezone
from django.utils.translation import gettext as _
from ninja import Query
from ninja.errors import HttpError, ValidationError

from chengshu.bureau.models import District, Town
from chengshu.kernel.media import FileProblem
from chengshu.leads.api.schemas import NO_ID
from chengshu.registry.queries.reference import districts_of, reference
from chengshu.structures.models import Structure
from chengshu.structures.services.base import StructureProblem

VIEW, WORK, APPROVE, MANAGE, CHECK = (
    "structures.view", "structures.work", "structures.approve", "structures.manage", "structures.check",
)  # fmt: skip
CONFLICTS = frozenset({"", "state", "by", "version"})
"""What the present state refuses (409); the rest are values that do not fit (422)."""
PAGE_MOST = 200
CURSOR: Any = Query("", max_length=120, description="`next` of the page before")  # type: ignore[type-arg]
LIMIT: Any = Query(50, ge=1, le=PAGE_MOST)  # type: ignore[type-arg]
YEAR: Any = Query(None, ge=2000, le=2999, description="this year if left out")  # type: ignore[type-arg]
ANY_YEAR: Any = Query(None, ge=2000, le=2999)  # type: ignore[type-arg]


@contextmanager
def refusals(source: str = "body", **names: str) -> Iterator[None]:
    """Turn what services and files refuse into 409 or 422; ``names``: fields called otherwise here."""
    try:
        yield
    except StructureProblem as problem:
        if problem.field in CONFLICTS:
            raise HttpError(409, str(problem)) from problem
        where = (source, names.get(problem.field, problem.field))
        raise ValidationError([{"loc": where, "type": "refused", "msg": str(problem)}]) from problem
    except FileProblem as problem:
        raise ValidationError([{"loc": ("form", "file"), "type": "file", "msg": str(problem)}]) from problem


def find_in(rows: Any, pk: int) -> Any:
    """The row of this id among those the caller may see; else there is none (404)."""
    found = rows.filter(pk=pk).first() if 0 < pk <= NO_ID else None
    if found is None:
        raise Http404
    return found


def find(user: Any, structure_id: int, permission: str = VIEW) -> Structure:
    """The entry, if the caller sees it and may use the permission there; else there is none (404)."""
    rows = Structure.objects.visible_to(user).visible_to(user, permission)
    related = ("district", "squad", "town", "lead", "case")
    rows = rows.select_related(*related).defer("district__boundary", "town__boundary", "lead__search_tokens")
    found: Structure = find_in(rows, structure_id)
    return found


def district_of(user: Any, permission: str = VIEW) -> District:
    """The district the caller works in, their own where possible, out of memory; 404 where there is none."""
    allowed = districts_of(user.scope_for(permission))
    if not allowed:
        raise Http404
    own = user.unit.district_id
    return reference().districts[own if own in allowed else allowed[0]]


def town_of(user: Any, town_id: int, permission: str) -> Town:
    """A town of the districts where the caller may use the permission. Raises `ValidationError`."""
    towns = Town.objects.filter(district__in=districts_of(user.scope_for(permission)))
    found: Town | None = towns.defer("boundary").filter(pk=town_id).first()
    if found is None:
        raise unknown("town", _("There is no such street or town."))
    return found


def unknown(field: str, sentence: str) -> ValidationError:
    """A reference that leads nowhere the caller may see."""
    return ValidationError([{"loc": ("body", field), "type": "unknown", "msg": sentence}])


def year_or_this(year: int | None) -> int:
    """The year that is asked for, else this one."""
    return year if year is not None else timezone.localdate().year
