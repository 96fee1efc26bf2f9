"""Lists of leads, one lead, classes and sources."""

from typing import Any

from django.db.models import Q
from django.http import HttpRequest
from ninja import Query

from chengshu.kernel.access import api_permission
from chengshu.kernel.privacy_masks import mask_value
from chengshu.leads.models import Lead, LeadClass, LeadReporter
from chengshu.leads.settings import sources
from chengshu.registry.queries.filters import Compiled, compiled

from . import rendering
from .common import find
from .filters import Filters, cursor_of, moment_of, read_cursor, settled_before
from .routes import router
from .schemas import LeadClassOut, LeadDetail, LeadPage, SourceOut, SyncPage

PAGE_MOST = 200
NONE: Compiled = ("SELECT NULL::bigint", ())


@router.get("", response={200: LeadPage}, by_alias=True, url_name="leads_list")
@api_permission("leads.view")
def list_leads(
    request: HttpRequest,
    filters: Query[Filters],
    cursor: str = Query("", max_length=80, description="`next` of the page before"),  # type: ignore[type-arg]
    limit: int = Query(50, ge=1, le=PAGE_MOST),  # type: ignore[type-arg]
) -> Any:
    """Leads the caller may see, the newest first, each with its steps, attachments and parts."""
    wanted = filters.condition()
    if after := read_cursor(cursor, "i", 1):
        wanted &= Q(pk__lt=after[0])
    found = rendering.rows(_page(request, wanted, limit + 1, "-id"), "newest")
    more = cursor_of("i", found[limit - 1][0]) if len(found) > limit else None
    return rendering.answer(rendering.joined([text for _pk, _at, text in found[:limit]], next=more))


@router.get("/changes", response={200: SyncPage}, by_alias=True, url_name="leads_changes")
@api_permission("leads.view")
def list_changes(
    request: HttpRequest,
    filters: Query[Filters],
    cursor: str = Query("", max_length=80, description="`next` of the call before"),  # type: ignore[type-arg]
    limit: int = Query(50, ge=1, le=PAGE_MOST),  # type: ignore[type-arg]
) -> Any:
    """For keeping a copy: leads in the order of their last change, the longest unchanged first.

    Call again with `next` at once while `more` is true, then from time to time. A lead that has changed
    comes again as it stands then. What is being written at the moment of the call comes with a later one;
    nothing is passed by.
    """
    wanted = filters.condition() & Q(updated_at__lt=settled_before())
    after = read_cursor(cursor, "u", 2)
    if after:
        changed = moment_of(after[0])
        wanted &= Q(updated_at__gte=changed) & (Q(updated_at__gt=changed) | Q(pk__gt=after[1]))
    found = rendering.rows(_page(request, wanted, limit + 1, "updated_at", "id"), "updated")
    shown = found[:limit]
    last = (shown[-1][1], shown[-1][0]) if shown else tuple(after or (0, 0))
    texts = [text for _pk, _at, text in shown]
    return rendering.answer(rendering.joined(texts, next=cursor_of("u", *last), more=len(found) > limit))


@router.get("/classes", response={200: list[LeadClassOut]}, url_name="leads_classes")
@api_permission("leads.view")
def list_classes(request: HttpRequest) -> Any:
    """Classes in use in the caller's district, with their limits."""
    user: Any = request.user
    return list(LeadClass.objects.filter(district=user.unit.district_id, active=True))


@router.get("/sources", response={200: list[SourceOut]}, url_name="leads_sources")
@api_permission("leads.view")
def list_sources(request: HttpRequest) -> Any:
    """Every source a lead may name."""
    return [
        {"code": source.code, "label_zh": source.zh, "label_en": source.en, "trusted": source.trusted}
        for source in sources().values()
    ]


@router.get("/{lead_id}", response={200: LeadDetail}, by_alias=True, url_name="lead")
@api_permission("leads.view")
def get_lead(request: HttpRequest, lead_id: int) -> Any:
    """One lead with its reporter, who is always masked. Outside the caller's area there is none (404)."""
    lead = find(request.user, lead_id)
    reporter = LeadReporter.objects.filter(lead=lead).first()
    text = rendering.one(lead.pk)
    return rendering.answer(f'{text[:-1]},"reporter":{rendering.plain(_masked(reporter))}}}')


def _masked(reporter: LeadReporter | None) -> dict[str, Any] | None:
    if reporter is None:
        return None
    name, at, domain = reporter.email.rpartition("@")
    return {
        "name": mask_value("name", reporter.name),
        "phone": mask_value("phone", reporter.phone),
        "email": f"{mask_value('name', name)}{at}{domain}" if at else mask_value("name", domain),
        "wants_answer": reporter.wants_answer,
        "informed_at": reporter.informed_at,
    }


def _page(request: HttpRequest, wanted: Q, limit: int, *order: str) -> Compiled:
    """The query for the ids of one page."""
    from django.core.exceptions import EmptyResultSet

    user: Any = request.user
    leads = Lead.objects.visible_to(user).filter(wanted).order_by(*order).values("pk")[:limit]
    try:
        return compiled(leads)
    except EmptyResultSet:
        return NONE
