"""Results for the city's system: one record an inspection, as it stands; a changed one comes again."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal

import orjson
from django.db.models import F, Max, OuterRef, Q, QuerySet, Subquery
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override

from chengshu.bureau.models import District, User
from chengshu.cases.models import Case
from chengshu.inspections.lifecycle import Action, Result
from chengshu.inspections.models import Inspection, InspectionReport, InspectionStep
from chengshu.inspections.services.base import require
from chengshu.kernel import ledger
from chengshu.kernel.privacy_masks import mask_text
from chengshu.kernel.tables import Cell, write_xlsx

from .receiving import PERMISSION, chain
from .table import ExchangeProblem

MAX_ROWS = 20_000
CHANGES = (Action.REPORT, Action.CORRECT, Action.RECHECK, Action.HAND_OVER)
Which = Literal["city", "all"]
Format = Literal["xlsx", "json"]
_RELATED = ("task", "city_object__city_task", "object", "object__object_class", "checklist", "lead")


@dataclass(frozen=True)
class Export:
    """A file of results; its SHA-256 stands in the ledger."""

    content: bytes
    filename: str
    sha256: str
    rows: int


def reported(
    inspections: QuerySet[Inspection], which: Which, since: date | None = None
) -> QuerySet[Inspection]:
    """Inspections with a result, with ``changed_at`` and ``change``: when and in which step it changed last.

    ``city``: those of tasks of the city's system; ``all``: those of our own tasks too. Inspections that
    belong to no task are never among them. ``since``: only what changed since the beginning of the day.
    """
    begin = timezone.make_aware(datetime.combine(since, datetime.min.time())) if since else None
    of_city = Q(task__city_task__isnull=False) | Q(city_object__isnull=False)
    wanted = of_city if which == "city" else of_city | Q(task__isnull=False)
    steps = InspectionStep.objects.filter(inspection=OuterRef("pk"), action__in=CHANGES)
    last = steps.order_by("-recorded_at", "-id")
    return (
        inspections.filter(wanted, result__isnull=False)
        .annotate(changed_at=Subquery(last.values("recorded_at")[:1]), change=Subquery(last.values("id")[:1]))
        .filter(Q(changed_at__gte=begin) if begin else Q(changed_at__isnull=False))
        .order_by(F("changed_at"), F("change"))
    )


def records(inspections: Iterable[Inspection]) -> Iterator[dict[str, Any]]:
    """The records of inspections that came out of `reported`, as JSON values; a few queries for all."""
    found = list(inspections)
    ids = [one.pk for one in found]
    reports = _last_reports(ids)
    rechecks = dict(
        InspectionStep.objects.filter(inspection__in=ids, action=Action.RECHECK)
        .order_by("seq")
        .values_list("inspection_id", "data__complied")
    )
    cases: dict[int, list[str]] = {}
    leads = [one.lead_id for one in found if one.lead_id]
    for lead, number in Case.objects.filter(lead__in=leads).exclude(number="").values_list("lead", "number"):
        cases.setdefault(lead, []).append(number)
    for one in found:
        yield _record(one, reports.get(one.pk), rechecks.get(one.pk), cases.get(one.lead_id or 0, []))


def related(inspections: QuerySet[Inspection]) -> QuerySet[Inspection]:
    """With everything that a record reads."""
    return inspections.select_related(*_RELATED).prefetch_related("team")


def _last_reports(ids: Sequence[int]) -> dict[int, InspectionReport]:
    rows = InspectionReport.objects.filter(inspection__in=ids)
    newest = rows.order_by().values("inspection").annotate(last=Max("pk")).values("last")
    return {row.inspection_id: row for row in InspectionReport.objects.filter(pk__in=newest)}


def _record(
    one: Inspection, report: InspectionReport | None, complied: bool | None, cases: list[str]
) -> dict[str, Any]:
    held = getattr(one, "city_object", None)
    city = held.city_task if held is not None else None
    task, extra = one.task, vars(one)
    result = Result(one.result or Result.NOTHING_FOUND)
    with override("zh-hans"):
        result_text = str(result.label)
    return {
        "city_number": city.source_ref if city else task.source_ref if task else "",
        "city_draw": city.draw_ref if city else "",
        "task_number": task.number if task else "",
        "task_title": city.title if city else task.title if task else "",
        "inspection": one.number,
        "kind": str(one.kind),
        "object": {
            "uscc": one.object.uscc,
            "name": one.object.name,
            "address": one.object.address,
            "class": one.object_class,
        },
        "officers": [member.certificate for member in one.team.all() if member.replaced_at is None],
        "inspected_on": timezone.localdate(one.done_at).isoformat() if one.done_at else None,
        "result": int(result),
        "result_text": result_text,
        "problems": _problems(one, report),
        "corrected_on_the_spot": one.corrected,
        "rectify_by": one.rectify_by.isoformat() if one.rectify_by else None,
        "rectified": True if one.corrected else complied,
        "lead": one.lead.number if one.lead else "",
        "cases": cases,
        "changed_at": extra["changed_at"],
    }


def _problems(one: Inspection, report: InspectionReport | None) -> list[dict[str, str]]:
    entries = {entry["code"]: entry["zh"] for entry in (one.checklist.entries if one.checklist else [])}
    return [
        {
            "code": answer["code"],
            "entry": entries.get(answer["code"], ""),
            "note": mask_text(answer.get("note", "")),
        }
        for answer in (report.answers if report else [])
        if answer["found"] == "yes"
    ]


def export(
    district: District,
    since: date,
    *,
    by: User,
    which: Which = "city",
    form: Format = "xlsx",
    now: datetime | None = None,
) -> Export:
    """The results that changed since the beginning of a day, as a file; its digest goes into the ledger.

    Raises `ExchangeProblem` for too many; PermissionDenied.
    """
    require(by, PERMISSION, district_id=district.pk)
    now = now or timezone.now()
    found = related(reported(Inspection.objects.filter(district=district), which, since))
    rows = list(records(found[: MAX_ROWS + 1]))
    if len(rows) > MAX_ROWS:
        raise ExchangeProblem(_("More than %(n)d results: choose a later day.") % {"n": MAX_ROWS})
    content = _json(district, since, now, rows) if form == "json" else _xlsx(rows)
    digest = hashlib.sha256(content).hexdigest()
    payload = {
        "sha256": digest,
        "rows": len(rows),
        "since": since.isoformat(),
        "format": form,
        "which": which,
    }
    ledger.append(chain(district), "results.exported", payload, actor=by.username)
    name = f"inspection-results-{district.code}-{since:%Y%m%d}-{timezone.localtime(now):%Y%m%d%H%M}.{form}"
    return Export(content, name, digest, len(rows))


def _json(district: District, since: date, now: datetime, rows: list[dict[str, Any]]) -> bytes:
    return orjson.dumps(
        {
            "district": district.code,
            "since": since,
            "made_at": timezone.localtime(now).replace(microsecond=0),
            "results": rows,
        },
        option=orjson.OPT_INDENT_2,
    )


COLUMNS = (
    "市级任务编号", "市级抽取编号", "任务编号", "任务名称", "检查编号", "检查类别", "统一社会信用代码",
    "对象名称", "对象地址", "对象类别", "执法证号", "检查日期", "结果代码", "检查结果", "存在问题",
    "当场改正", "整改期限", "整改情况", "线索编号", "案件编号", "更新时间",
)  # fmt: skip
_KINDS = {"random": "双随机抽查", "special": "专项检查", "routine": "日常检查", "follow_up": "后续检查"}
_RECTIFIED = {True: "已整改", False: "未整改", None: ""}


def _xlsx(rows: Iterable[dict[str, Any]]) -> bytes:
    target = io.BytesIO()
    write_xlsx(target, COLUMNS, (_cells(row) for row in rows), sheet="检查结果")
    return target.getvalue()


def _cells(row: dict[str, Any]) -> list[Cell]:
    target = row["object"]
    problems = "；".join(p["entry"] + (f"（{p['note']}）" if p["note"] else "") for p in row["problems"])
    return [
        row["city_number"], row["city_draw"], row["task_number"], row["task_title"], row["inspection"],
        _KINDS[row["kind"]], target["uscc"], target["name"], target["address"], target["class"],
        "、".join(row["officers"]), row["inspected_on"], row["result"], row["result_text"], problems[:30_000],
        "是" if row["corrected_on_the_spot"] else "否", row["rectify_by"], _RECTIFIED[row["rectified"]],
        row["lead"], "、".join(row["cases"]), row["changed_at"],
    ]  # fmt: skip
