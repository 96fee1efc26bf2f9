"""Objects out of the registry as a table that the import reads back without changing anything.

Personal data is masked unless a reason is given, which is logged before the file is made. A workbook says on
a second sheet who exported it, when and what; a csv file, which has one sheet, carries no mark.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from chengshu.bureau.models import District, User
from chengshu.kernel import ledger
from chengshu.kernel.privacy import PERMISSION as UNMASK
from chengshu.kernel.privacy import UnmaskRefused, unmask
from chengshu.kernel.privacy_masks import mask_text, mask_value
from chengshu.kernel.tables import Cell, write_csv, write_xlsx
from chengshu.registry.importing.check import permit_values
from chengshu.registry.importing.columns import CITY_SCHEME
from chengshu.registry.importing.permits import write_permits
from chengshu.registry.models import (
    AttributeDefinition,
    ObjectClass,
    ObjectIdentifier,
    Permit,
    RegulatedObject,
)
from chengshu.registry.queries.filters import ObjectFilter, visible
from chengshu.registry.queries.text import question

PERMISSION = "registry.export"
CHUNK = 2_000
MAX_ROWS = 200_000
PERSONAL = {"responsible_name": "name", "responsible_phone": "phone", "responsible_id": "resident_id"}
#: Column names as the import knows them, whatever the language of the page.
CORE = {
    "object_id": "城枢档案号",
    "name": "名称",
    "address": "地址",
    "uscc": "统一社会信用代码",
    "responsible_name": "负责人",
    "responsible_phone": "联系电话",
    "responsible_id": "身份证号",
    "lng": "经度_wgs84",
    "lat": "纬度_wgs84",
    "town": "街道",
    "squad": "中队",
    "status": "状态",
    "credit": "信用分级",
    "verified_on": "核查日期",
}
PERMITS = "许可与备案"


class ExportProblem(Exception):
    """The export cannot be made; one translated sentence."""


@dataclass
class Plan:
    """What is exported: objects of one class, the columns, and whether personal data shows."""

    objects: QuerySet[RegulatedObject]
    object_class: ObjectClass
    by: User
    description: str = ""
    unmasked: bool = False
    definitions: list[AttributeDefinition] = field(default_factory=list)
    schemes: list[str] = field(default_factory=list)

    def columns(self) -> list[str]:
        """The first row."""
        names = [*CORE.values()]
        taken = set(names)
        for item in self.definitions:
            names.append(item.label_zh if item.label_zh not in taken else f"{item.label_zh}_{item.key}")
        names += ["市级编号" if scheme == CITY_SCHEME else f"编号:{scheme}" for scheme in self.schemes]
        return [*names, PERMITS]


def chosen(user: User, wanted: ObjectFilter) -> QuerySet[RegulatedObject]:
    """The objects that the filters of a list leave, as far as the person may export them."""
    objects: QuerySet[RegulatedObject] = visible(user, PERMISSION)
    asked = question(wanted.q)
    if wanted.q and not asked.words:
        return objects.none()
    return objects.filter(wanted.facets() & wanted.verification() & wanted.permits() & asked.condition())


def plan(
    objects: QuerySet[RegulatedObject],
    object_class: ObjectClass,
    by: User,
    *,
    description: str = "",
    reason: str = "",
) -> Plan:
    """Prepare an export; with a reason personal data shows, and that is logged first.

    Raises `ExportProblem`, also where objects lie outside the area in which the person may unmask;
    PermissionDenied without the permission to unmask.
    """
    objects = objects.filter(object_class=object_class)
    if reason.strip() and by.may(UNMASK):
        objects = _within_reach(objects, by)
    count = objects.count()
    if count > MAX_ROWS:
        raise ExportProblem(
            _("More than %(limit)s objects: narrow the filters.") % {"limit": f"{MAX_ROWS:,}"}
        )
    definitions = [item for item in object_class.attributes.all() if item.active]
    schemes = ObjectIdentifier.objects.filter(object__in=objects.order_by()).order_by("scheme")
    made = Plan(
        objects,
        object_class,
        by,
        description=description,
        unmasked=bool(reason.strip()),
        definitions=definitions,
        schemes=list(schemes.values_list("scheme", flat=True).distinct()),
    )
    if made.unmasked:
        fields = [*PERSONAL, *(f"attributes.{item.key}" for item in definitions if item.personal)]
        try:
            unmask(by, f"registry.export:{object_class.district.code}:{object_class.code}", fields, reason)
        except UnmaskRefused as refused:
            raise ExportProblem(str(refused)) from refused
    ledger.append(
        f"registry:export:{object_class.district.code}",
        "registry.exported",
        {
            "class": object_class.code,
            "rows": count,
            "filters": mask_text(description),
            "unmasked": made.unmasked,
        },
        actor=by.get_username(),
    )
    return made


def _within_reach(objects: QuerySet[RegulatedObject], by: User) -> QuerySet[RegulatedObject]:
    """The objects, if the person may look behind the mask of every one. Raises `ExportProblem`."""
    reach = by.scope_for(UNMASK).q()
    beyond = RegulatedObject.objects.exclude(reach).filter(pk__in=objects.order_by().values("pk")).count()
    if beyond:
        raise ExportProblem(
            _("%(count)s of the objects lie outside the area in which you may see personal data.")
            % {"count": f"{beyond:,}"}
        )
    return objects.filter(reach)


def write(made: Plan, target: str | Path | BinaryIO, kind: str) -> int:
    """Write the planned export as ``xlsx`` or ``csv``; returns the number of rows."""
    if kind == "csv":
        return write_csv(target, made.columns(), rows(made))
    return write_xlsx(target, made.columns(), rows(made), sheet=_sheet_name(made), about=watermark(made))


def _sheet_name(made: Plan) -> str:
    """The class's name without the signs that a workbook refuses in the name of a sheet."""
    return re.sub(r"[\[\]:*?/\\']", " ", made.object_class.label_zh).strip()[:31] or made.object_class.code


def watermark(made: Plan) -> list[tuple[str, str]]:
    """The second sheet: who took this away, when, and what it is."""
    now = timezone.localtime()
    return [
        (_("Exported by"), f"{made.by.get_full_name()} ({made.by.get_username()})"),
        (_("Unit"), made.by.unit.name),
        (_("Exported at"), now.strftime("%Y-%m-%d %H:%M:%S")),
        (_("Class"), made.object_class.label),
        (_("Filters"), made.description or "—"),
        (_("Personal data"), _("shown") if made.unmasked else _("masked")),
    ]


def rows(made: Plan) -> Iterator[list[Cell]]:
    """The objects as cells, in the order of their numbers; two look-ups per some thousand rows."""
    last = 0
    objects = (
        made.objects.select_related("town", "squad").defer("search_text", "search_tokens").order_by("pk")
    )
    while found := list(objects.filter(pk__gt=last)[:CHUNK]):
        last = found[-1].pk
        ids = [obj.pk for obj in found]
        identifiers: dict[int, dict[str, str]] = {}
        for item in ObjectIdentifier.objects.filter(object__in=ids):
            identifiers.setdefault(item.object_id, {})[item.scheme] = item.value
        permits: dict[int, list[dict[str, Any]]] = {}
        for permit in Permit.objects.filter(object__in=ids, withdrawn_on=None).order_by("id"):
            permits.setdefault(permit.object_id, []).append(permit_values(permit))
        for obj in found:
            yield _row(made, obj, identifiers.get(obj.pk, {}), permits.get(obj.pk, []))


def _row(
    made: Plan, obj: RegulatedObject, identifiers: Mapping[str, str], permits: list[dict[str, Any]]
) -> list[Cell]:
    lng, lat = obj.position or (None, None)
    personal = {
        name: getattr(obj, name) if made.unmasked else mask_value(kind, getattr(obj, name))
        for name, kind in PERSONAL.items()
    }
    core: dict[str, Cell] = {
        "object_id": obj.pk,
        "name": obj.name,
        "address": obj.address,
        "uscc": obj.uscc,
        **personal,
        "lng": lng,
        "lat": lat,
        "town": obj.town.name if obj.town else None,
        "squad": obj.squad.name if obj.squad else None,
        "status": STATUS[obj.status],
        "credit": obj.credit,
        "verified_on": obj.verified_on,
    }
    return [
        *(core[name] for name in CORE),
        *(_attribute(item, obj.attributes.get(item.key), made.unmasked) for item in made.definitions),
        *(identifiers.get(scheme) for scheme in made.schemes),
        write_permits(permits) or None,
    ]


STATUS = {"operating": "在营", "closed": "关闭", "moved": "迁出", "not_found": "查无"}


def _attribute(definition: AttributeDefinition, value: Any, unmasked: bool) -> Cell:
    """A stored value as the import reads it."""
    if value in (None, "", []):
        return None
    if definition.personal and not unmasked:
        return mask_value(
            "phone" if definition.kind == AttributeDefinition.Kind.PHONE else "name", str(value)
        )
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, list):
        return "|".join(str(item) for item in value)
    return value  # type: ignore[no-any-return]


def export_file(
    path: Path, *, by: User, district: District, object_class: ObjectClass, reason: str = ""
) -> int:
    """Write what the person may export of a class to a file; its ending says how. Raises `ExportProblem`."""
    kind = path.suffix.lower().lstrip(".")
    if kind not in ("xlsx", "csv"):
        raise ExportProblem(_("The file must end in .xlsx or .csv."))
    objects = RegulatedObject.objects.visible_to(by, PERMISSION).filter(district=district)
    made = plan(objects, object_class, by, reason=reason)
    try:
        return write(made, path, kind)
    except OSError as error:
        raise ExportProblem(_("The file “%(name)s” cannot be written.") % {"name": path.name}) from error
