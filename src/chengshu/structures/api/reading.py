"""The ledger: the list with its filters, and one entry with everything on record."""

import base64
import binascii
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db.models import Exists, OuterRef, Q
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from ninja import Query
from ninja.errors import HttpError

from chengshu.kernel.access import api_permission
from chengshu.kernel.privacy_masks import mask_text
from chengshu.leads.api.schemas import NO_ID
from chengshu.registry.queries.reference import area_label, reference
from chengshu.structures import settings
from chengshu.structures.models import Proposal, Structure, StructurePhoto
from chengshu.structures.queries import clocks, one
from chengshu.structures.queries.lists import chosen, light_of
from chengshu.structures.words import history, people_of

from .common import CURSOR, LIMIT, VIEW, find
from .routes import router
from .schemas import EntryDetail, EntryPage, Filters, TypeOut

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
PLAIN = (
    "number", "version", "address", "position", "types", "built", "area_m2", "status", "disposal", "way",
    "found_at", "entered_on", "demolished_on", "written_off_at", "eliminated_on", "review_on", "due_at",
    "key_task", "relapses",
)  # fmt: skip
MORE = (
    "polygon", "built_year", "storeys", "height_m", "material", "use", "source", "source_ref",
    "permit_number", "note_state", "note_number",
)  # fmt: skip
WAITS = Exists(Proposal.objects.filter(structure=OuterRef("pk"), decided_at=None))


def shown(user: Any, row: Any, waits: bool) -> dict[str, Any]:
    """An entry as lists show it."""
    lead = row.lead if row.lead_id and user.may("leads.view") else None
    return {
        "id": row.pk,
        **{name: getattr(row, name) for name in PLAIN},
        "town": row.town_id,
        "town_name": area_label(reference().towns.get(row.town_id or 0)),
        "light": light_of(row, timezone.localdate(), settings.rules().amber_days),
        "waits": waits,
        "lead": lead.number if lead else None,
        "url": f"/api/v1/structures/{row.pk}",
    }


def detail(user: Any, structure_id: int) -> dict[str, Any]:
    """One entry with everything on record."""
    row = find(user, structure_id)
    steps = list(row.steps.select_related("by").order_by("seq"))
    current = clocks.steps_of(row)
    proposals = list(row.proposals.select_related("proposed_by", "decided_by"))
    return {
        **shown(user, row, any(p.decided_at is None for p in proposals)),
        **{name: getattr(row, name) for name in MORE},
        **people_of(row, unmasked=False),
        "description": mask_text(row.description),
        "case": (row.case.number or str(row.case.pk)) if row.case and user.may("cases.view") else None,
        "surveys": [
            {**_named(s, "area_m2", "method", "storeys", "height_m"), **_signed(s)}
            for s in row.surveys.select_related("by").order_by("-id")
        ],
        "findings": [
            {**_named(f, "result", "number"), **_signed(f)}
            for f in row.findings.select_related("by").order_by("-id")
        ],
        "photos": [photo_out(p) for p in row.photos.order_by("id")],
        "procedure": [_statutory(offered) for offered in one.procedure_of(row, current)],
        "clocks": [_clock(clock) for clock in clocks.clocks_of(row, current)],
        "proposals": [_proposal(p) for p in proposals],
        "disposals": one.disposals_of(row),
        "history": _history(steps),
    }


def _named(row: Any, *names: str) -> dict[str, Any]:
    return {name: getattr(row, name) for name in names}


def _signed(row: Any) -> dict[str, Any]:
    return {"at": row.at, "by": row.by.full_name if row.by else None, "note": mask_text(row.note)}


def photo_out(photo: StructurePhoto) -> dict[str, Any]:
    """A photo as it is kept."""
    return {
        "id": photo.pk,
        **_named(photo, "moment", "round", "name", "taken_at", "position"),
        "url": f"/api/v1/structures/{photo.structure_id}/photos/{photo.pk}",
    }


def _statutory(offered: one.Offered) -> dict[str, Any]:
    taken = offered.taken
    return {
        "code": offered.code, "label": offered.label, "article": offered.citation.article,
        "taken_at": taken.at if taken else None, "number": taken.number if taken else "",
        "deadline": taken.deadline if taken else None, "why_not": offered.why_not,
    }  # fmt: skip


def _clock(clock: clocks.Clock) -> dict[str, Any]:
    return {
        "code": clock.rule.code, "label": clock.rule.label, "article": clock.rule.citation.article,
        "kind": clock.rule.kind, **_named(clock, "started", "ends", "done_at"),
        "late": clock.late(timezone.now()),
    }  # fmt: skip


def _proposal(row: Proposal) -> dict[str, Any]:
    return {
        "id": row.pk,
        **_named(row, "kind", "permit_number", "review_on", "proposed_at", "approved", "decided_at"),
        "reason": mask_text(row.reason),
        "proposed_by": row.proposed_by.full_name,
        "decided_by": row.decided_by.full_name if row.decided_by else None,
        "decision_note": mask_text(row.decision_note),
    }


def _history(steps: list[Any]) -> list[dict[str, Any]]:
    """The newest first, in the words of the page."""
    return [
        {"seq": row.seq, "action": row.action, **{name: said[name] for name in ("title", "text", "at", "by")}}
        for row, said in zip(reversed(steps), history(steps), strict=True)
    ]


@router.get("", response={200: EntryPage}, url_name="structures_list")
@api_permission(VIEW)
def list_entries(
    request: HttpRequest, filters: Query[Filters], cursor: str = CURSOR, limit: int = LIMIT
) -> Any:
    """Entries in one's area, those whose statutory clock ends next first, then the newest."""
    user: Any = request.user
    rows = chosen(user, filters.wanted()).select_related("lead").annotate(waits=WAITS)
    if cursor:
        rows = rows.filter(_after(cursor))
    found: list[Any] = list(rows.defer("polygon", "lead__search_tokens")[: limit + 1])
    more = _cursor(found[limit - 1]) if len(found) > limit else None
    return {"items": [shown(user, row, row.waits) for row in found[:limit]], "next": more}


def _cursor(last: Structure) -> str:
    due = "" if last.due_at is None else str((last.due_at - EPOCH) // timedelta(microseconds=1))
    return base64.urlsafe_b64encode(f"d{due}:{last.pk}".encode()).decode()


def _after(given: str) -> Q:
    """What comes after the cursor's entry. Raises `HttpError` 400 for a cursor that we did not give."""
    try:
        plain = base64.b64decode(given.encode("ascii"), altchars=b"-_", validate=True).decode("ascii")
        due, _colon, pk = plain[1:].partition(":")
        moment, last = (EPOCH + timedelta(microseconds=int(due))) if due else None, int(pk)
    except (ValueError, OverflowError, binascii.Error) as error:
        raise HttpError(400, _("The cursor is not one that this API gave.")) from error
    if plain[:1] != "d" or not 0 < last <= NO_ID:
        raise HttpError(400, _("The cursor is not one that this API gave."))
    if moment is None:
        return Q(due_at=None, pk__lt=last)
    return Q(due_at__gt=moment) | Q(due_at=moment, pk__lt=last) | Q(due_at=None)


@router.get("/types", response={200: list[TypeOut]}, url_name="structures_types")
@api_permission(VIEW)
def list_types(request: HttpRequest) -> Any:
    """Types of structures, key types among them."""
    return [{"code": kind.code, "label": kind.label, "key": kind.key} for kind in settings.types().values()]


@router.get("/{structure_id}", response={200: EntryDetail}, url_name="structures_one")
@api_permission(VIEW)
def get_entry(request: HttpRequest, structure_id: int) -> Any:
    """One entry: surveys, findings, photos, procedure with its clocks, proposals, history; people masked."""
    return detail(request.user, structure_id)
