"""The rows of the list of cases as texts and as markup."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from functools import cache
from typing import Any

from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from chengshu.cases.models import Case
from chengshu.cases.procedure.transitions import STATE_LABELS, State
from chengshu.cases.queries.lists import Row
from chengshu.cases.words import cause_label, light, masked_parties
from chengshu.kernel.privacy_masks import mask_text
from chengshu.registry.queries.reference import Reference, area_label
from chengshu.ui.formats import NOTHING, day, number
from chengshu.ui.table_rows import table_rows
from chengshu.ui.templatetags.ui import badge

PROCEDURES = dict(Case.Procedure.choices)
_ROW = """<tr data-href="{url}">
<td class="select"><input type="checkbox" name="id" value="{id}" form="print-form" aria-label="{title}"></td>
<td class="primary-cell"><a href="{url}">{title}</a>{key}</td>
<td data-label="%(cause)s">{cause}</td>
<td data-label="%(parties)s">{parties}</td>
<td data-label="%(squad)s" class="nowrap">{squad}</td>
<td data-label="%(state)s">{state}</td>
<td data-label="%(due)s">{due}</td>
<td data-label="%(decided)s" class="nowrap">{decided}</td>
<td data-label="%(fine)s" class="number">{fine}</td>
</tr>"""


def shown(rows: Iterable[Row], known: Reference, today: date) -> list[dict[str, Any]]:
    """Rows as texts, personal data masked; states and lights as markup."""
    address = reverse("cases:list")
    causes, states, lights = cache(cause_label), cache(_state), cache(_light)
    key = format_html(" {}", badge(_("Key case"), tone="danger"))
    wrong = format_html(" {}", badge(_("To put right"), tone="warn"))
    marks = {(False, False): "", (True, False): key, (False, True): wrong, (True, True): key + wrong}
    return [
        {
            "id": row.id,
            "url": f"{address}{row.id}/",
            "title": row.number or _("Lead %(id)s") % {"id": row.id},
            "key": marks[row.is_key, row.to_correct],
            "cause": causes(row.cause) or mask_text(row.summary) or NOTHING,
            "parties": masked_parties(row.parties) or NOTHING,
            "squad": area_label(known.squads.get(row.squad_id or 0)) or NOTHING,
            "state": states(row.state, row.procedure),
            "due": lights(row.due_on, row.due_for, today),
            "decided": day(row.decided_on),
            "fine": _fine(row) if row.decided_on else NOTHING,
        }
        for row in rows
    ]


def table_body(rows: Iterable[dict[str, Any]]) -> SafeString:
    """The rows of the table, every text escaped."""
    labels = {
        "cause": _("Cause of action"),
        "parties": _("Parties of the case"),
        "squad": _("Squad"),
        "state": _("Case state"),
        "due": _("Deadline"),
        "decided": _("Decided on"),
        "fine": _("Fine (yuan)"),
    }
    return table_rows(_ROW, labels, rows)


def _fine(row: Row) -> str:
    return number(row.fine.normalize() if row.fine % 1 else int(row.fine))


def _state(code: str, procedure: str) -> SafeString:
    label = badge(STATE_LABELS.get(State(code), code), code=code)
    if not procedure:
        return format_html("<span>{}</span>", label)
    note = PROCEDURES.get(procedure, "")
    return format_html('<span>{} <small class="muted nowrap">{}</small></span>', label, note)


def _light(due: date | None, code: str, today: date) -> SafeString | str:
    found = light(due, code, today)
    if found is None:
        return NOTHING
    return format_html(
        '<span><span class="light badge {}" title="{}"><i aria-hidden="true"></i>{}</span>'
        ' <small class="muted">{}</small></span>',
        found.tone,
        day(found.due),
        found.text,
        found.label,
    )
