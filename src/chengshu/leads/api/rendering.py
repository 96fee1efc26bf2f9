"""Leads as JSON, built in PostgreSQL and passed on as it is: the same form in a list and for one lead.

What `LeadOut` promises stands here a second time, as SQL: a hundred full leads would otherwise cost a
thousand rows in Python. A test compares both.
"""

from collections.abc import Sequence
from typing import Any

import orjson
from django.db import connection
from django.http import HttpResponse

from chengshu.registry.queries.filters import Compiled

JSON = "application/json; charset=utf-8"
LIGHT = """CASE WHEN l.held_at IS NOT NULL AND l.handled_at IS NULL THEN 'held'
    WHEN l.handle_by IS NULL THEN 'green'
    WHEN l.handled_at IS NOT NULL THEN CASE WHEN l.handled_at <= l.handle_by THEN 'green' ELSE 'red' END
    WHEN clock_timestamp() > l.handle_by THEN 'red'
    WHEN clock_timestamp() >= l.amber_at THEN 'amber' ELSE 'green' END"""
STEPS = """(SELECT json_agg(json_build_object('version', s.version, 'action', s.action, 'stage', s.stage,
    'outcome', s.outcome, 'squad', s.squad_id, 'officer', s.officer_id, 'by', s.by_id,
    'by_name', (SELECT w.full_name FROM bureau_user w WHERE w.id = s.by_id),
    'at', s.at, 'note', s.note, 'data', s.data) ORDER BY s.version)
    FROM leads_leadstep s WHERE s.lead_id = l.id)"""
ATTACHMENTS = """COALESCE((SELECT json_agg(json_build_object('id', a.id, 'name', a.name, 'moment', a.moment,
    'media_type', f.media_type, 'size', f.size, 'taken_at', a.taken_at, 'added_at', a.added_at,
    'url', '/api/v1/leads/' || l.id || '/attachments/' || a.id) ORDER BY a.id)
    FROM leads_leadattachment a JOIN kernel_storedfile f ON f.id = a.file_id WHERE a.lead_id = l.id), '[]')"""
PARTS = """COALESCE((SELECT json_agg(json_build_object('id', p.id, 'number', p.number, 'stage', p.stage,
    'outcome', p.outcome) ORDER BY p.id) FROM leads_lead p WHERE p.parent_id = l.id), '[]')"""
FULL = f"""l.id, l.number, l.version, l.source, l.source_ref, k.code AS class, k.label_zh AS class_name,
    l.severity, l.description, l.address,
    CASE WHEN l.position IS NOT NULL THEN json_build_array(l.position[0], l.position[1]) END AS position,
    l.town_id AS town, t.name AS town_name, l.object_id AS object, l.squad_id AS squad, q.name AS squad_name,
    l.officer_id AS officer, o.full_name AS officer_name, l.stage, l.outcome, {LIGHT} AS light,
    l.reported_at, l.registered_at, l.dispatched_at, l.accepted_at, l.arrived_at, l.handled_at, l.verified_at,
    l.closed_at, l.arrive_by, l.handle_by, l.held_at, l.extension_until, l.recheck_on, l.refused,
    l.case_number, l.passed_to, l.answer, l.parent_id AS parent, l.merged_into_id AS merged_into, l.returned,
    l.rejected, l.reopened, l.urged, l.rating, l.data, l.created_at, l.updated_at,
    '/api/v1/leads/' || l.id AS url, {STEPS} AS steps, {ATTACHMENTS} AS attachments, {PARTS} AS parts"""
NAMES = """JOIN leads_leadclass k ON k.id = l.lead_class_id LEFT JOIN bureau_town t ON t.id = l.town_id
    LEFT JOIN bureau_unit q ON q.id = l.squad_id LEFT JOIN bureau_user o ON o.id = l.officer_id"""
ORDERS = {"newest": "l.id DESC", "updated": "l.updated_at, l.id"}
# The inner OFFSET 0 keeps the planner from unfolding the row, so that each field is worked out once.
BY_PAGE = """SELECT l.id, extract(epoch FROM l.updated_at) * 1000000, row_to_json(x)::text
    FROM leads_lead l {names}, LATERAL (SELECT {full} OFFSET 0) x
    WHERE l.id IN ({page}) ORDER BY {order}"""


def rows(page: Compiled, order: str) -> Sequence[tuple[int, int, str]]:
    """The leads whose ids a query selects: id, last change in microseconds since 1970, JSON text."""
    sql, params = page
    with connection.cursor() as cursor:
        cursor.execute(BY_PAGE.format(names=NAMES, full=FULL, page=sql, order=ORDERS[order]), params)
        return [(int(pk), int(changed), text) for pk, changed, text in cursor.fetchall()]


def one(lead_id: int) -> str:
    """One lead as JSON text."""
    return rows(("SELECT %s::bigint", (lead_id,)), "newest")[0][2]


def answer(text: str, status: int = 200, **headers: str) -> HttpResponse:
    """JSON text as the answer, without reading it again."""
    content = text.encode()
    headers["Content-Length"] = str(len(content))  # requests with a key pass no middleware that counts
    return HttpResponse(content, content_type=JSON, status=status, headers=headers)


def joined(texts: Sequence[str], **more: Any) -> str:
    """``{"items": […], …}``."""
    rest = "".join(f",{plain(key)}:{plain(value)}" for key, value in more.items())
    return f'{{"items":[{",".join(texts)}]{rest}}}'


def plain(value: Any) -> str:
    """Any other value as JSON text."""
    return orjson.dumps(value).decode()
