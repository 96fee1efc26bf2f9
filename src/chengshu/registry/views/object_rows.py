"""The rows of the list of objects as texts and as markup."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import Any

from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from chengshu.kernel.privacy_masks import mask_name, mask_phone
from chengshu.registry.queries.lists import Row
from chengshu.registry.queries.reference import Reference, area_label
from chengshu.ui.formats import NOTHING, day
from chengshu.ui.table_rows import table_rows
from chengshu.ui.templatetags.ui import badge, grade

_ROW = """<tr data-href="{url}">
<td class="primary-cell"><a href="{url}">{name}</a></td>
<td data-label="%(class)s" class="nowrap">{class}</td>
<td data-label="%(address)s">{address}</td>
<td data-label="%(town)s" class="nowrap">{town}</td>
<td data-label="%(status)s">{status}</td>
<td data-label="%(credit)s">{credit}</td>
<td data-label="%(person)s" class="nowrap"><span>{person} <span class="muted">{phone}</span></span></td>
<td data-label="%(verified)s" class="nowrap">{verified}</td>
<td data-label="%(updated)s" class="nowrap">{updated}</td>
</tr>"""


def shown(rows: Iterable[Row], known: Reference) -> list[dict[str, Any]]:
    """Rows as texts, personal data masked."""
    address = reverse("registry:list")
    statuses = cache(lambda code, label: badge(label, code=code))
    grades = cache(grade)
    return [
        {
            "name": row.name,
            "url": f"{address}objects/{row.id}/",
            "class": kind.label if (kind := known.classes.get(row.object_class_id)) else "",
            "address": row.address or NOTHING,
            "town": area_label(known.towns.get(row.town_id or 0)) or NOTHING,
            "status": statuses(row.status, row.status_label),
            "credit": grades(row.credit),
            "person": mask_name(row.responsible_name) or NOTHING,
            "phone": mask_phone(row.responsible_phone),
            "verified": day(row.verified_on),
            "updated": day(row.updated_at),
        }
        for row in rows
    ]


def table_body(rows: Iterable[dict[str, Any]]) -> SafeString:
    """The rows of the table, every text escaped."""
    labels = {
        "class": _("Class"),
        "address": _("Address"),
        "town": _("Street or town"),
        "status": _("Status"),
        "credit": _("Credit class"),
        "person": _("Responsible person"),
        "verified": _("Verified"),
        "updated": _("Updated"),
    }
    return table_rows(_ROW, labels, rows)
