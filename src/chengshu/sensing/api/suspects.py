"""Suspects: the list in the order of the queue, and one with why it is suspected and what is known."""

import base64
import binascii
import math
from typing import Any, Literal

from django.db.models import Q
from django.http import HttpRequest
from django.utils.translation import gettext as _
from ninja import Query
from ninja.errors import HttpError
from shapely.geometry import shape

from chengshu.kernel.access import api_permission
from chengshu.kernel.privacy_masks import mask_text
from chengshu.leads.api.schemas import NO_ID, Id
from chengshu.registry.queries.reference import area_label
from chengshu.sensing.models import Suspect
from chengshu.sensing.queries import lists
from chengshu.sensing.queries.places import decided_before
from chengshu.sensing.refusing import DECIDE, VIEW
from chengshu.sensing.words import sentences

from .common import CURSOR, LIMIT, find
from .routes import router
from .schemas import SuspectDetail, SuspectFilters, SuspectPage


def shown(one: Suspect) -> dict[str, Any]:
    """A suspect as lists show it."""
    names = ("kind", "state", "second", "under_construction", "decided_at", "sent_at", "result", "position")
    return {
        "id": one.pk,
        "number": str(one),
        "comparison": one.comparison_id,
        "area_m2": round(one.area_m2, 1),
        "height_gain_m": None if one.height_gain_m is None else round(one.height_gain_m, 2),
        "score": round(one.score, 3),
        "town": one.town_id,
        "town_name": area_label(one.town),
        "lead": one.lead.number if one.lead else None,
        **{name: getattr(one, name) for name in names},
        "url": f"/api/v1/sensing/suspects/{one.pk}",
    }


def detail(user: Any, suspect_id: int) -> dict[str, Any]:
    """One suspect with everything that is known of it."""
    rows = Suspect.objects.visible_to(user).select_related("comparison", "town", "lead", "footprint")
    one: Suspect = find(rows.defer("town__boundary"), suspect_id)
    before = decided_before(
        one.district_id, [shape(one.outline)], viewer=user, leaving_out=one.comparison_id
    )[0]
    return {
        **shown(one),
        "outline": one.outline,
        "reasons": sentences(one.reasons),
        "known": one.known,
        "permit": one.footprint.number if one.footprint else None,
        "decisions": [
            {
                "role": row.role, "verdict": row.verdict, "by": row.by.full_name if row.by else None,
                "at": row.at, "note": mask_text(row.note), "score": round(row.score, 3),
            }
            for row in one.decisions.select_related("by")
        ],
        "earlier": [
            {
                "id": row.pk, "number": str(row), "seen_on": row.comparison.after.flown_on,
                "state": row.state, "result": row.result,
            }
            for row in before
        ],
    }  # fmt: skip


@router.get("/suspects", response={200: SuspectPage}, url_name="sensing_suspects")
@api_permission(VIEW)
def list_suspects(
    request: HttpRequest, filters: Query[SuspectFilters], cursor: str = CURSOR, limit: int = LIMIT
) -> Any:
    """Suspects in one's area, the likeliest first, of equal ones the largest.

    Scores are judged anew at night; a reading that goes on over night may show a suspect twice.
    """
    user: Any = request.user
    asked = {name: value for name, value in filters.model_dump().items() if value is not None}
    return _page(lists.suspect_rows(user, lists.SuspectFilter(**asked)), cursor, limit)


@router.get("/suspects/queue", response={200: SuspectPage}, url_name="sensing_queue")
@api_permission(DECIDE)
def list_queue(
    request: HttpRequest,
    mode: Literal["first", "second"] = Query("first", description="second: samples to be read again"),  # type: ignore[type-arg]
    comparison: Id | None = None,
    cursor: str = CURSOR,
    limit: int = LIMIT,
) -> Any:
    """What waits for a verdict of this person, in the order in which it is shown at the screen."""
    user: Any = request.user
    rows = (lists.second_queue if mode == "second" else lists.queue)(user, comparison=comparison)
    return _page(rows, cursor, limit)


@router.get("/suspects/{suspect_id}", response={200: SuspectDetail}, url_name="sensing_suspect")
@api_permission(VIEW)
def get_suspect(request: HttpRequest, suspect_id: int) -> Any:
    """One suspect: why it is one, what is known of the place, what was decided, now and before."""
    return detail(request.user, suspect_id)


def _page(rows: Any, cursor: str, limit: int) -> dict[str, Any]:
    if cursor:
        score, area, pk = _read(cursor)
        later = Q(score=score, area_m2__lt=area) | Q(score=score, area_m2=area, pk__gt=pk)
        rows = rows.filter(Q(score__lt=score) | later)
    found = list(rows.defer("town__boundary", "measures", "outline", "reasons", "known")[: limit + 1])
    more = _cursor(found[limit - 1]) if len(found) > limit else None
    return {"items": [shown(one) for one in found[:limit]], "next": more}


def _cursor(last: Suspect) -> str:
    plain = f"s{last.score.hex()}:{last.area_m2.hex()}:{last.pk}"
    return base64.urlsafe_b64encode(plain.encode()).decode()


def _read(given: str) -> tuple[float, float, int]:
    """Score, area and id of a cursor. Raises `HttpError` 400 for one that we did not give."""
    try:
        plain = base64.b64decode(given.encode("ascii"), altchars=b"-_", validate=True).decode("ascii")
        score, area, pk = plain[1:].split(":")
        found = float.fromhex(score), float.fromhex(area), int(pk)
    except (ValueError, OverflowError, binascii.Error) as error:
        raise HttpError(400, _("The cursor is not one that this API gave.")) from error
    if plain[:1] != "s" or not all(map(math.isfinite, found[:2])) or not 0 < found[2] <= NO_ID:
        raise HttpError(400, _("The cursor is not one that this API gave."))
    return found
