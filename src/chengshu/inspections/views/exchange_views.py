"""The city's own supervision system: tasks in by file, results back."""

from __future__ import annotations

import io
from typing import Any

from django.contrib import messages
from django.core import signing
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Q
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from chengshu.inspections.exchange import receiving, results
from chengshu.inspections.exchange.schema import json_schema
from chengshu.inspections.exchange.table import FILENAME, LIMITS, ExchangeProblem, write_template
from chengshu.inspections.forms.exchange import FileForm, ResultsForm, TeamForm
from chengshu.inspections.models import CityTask, CityTaskObject
from chengshu.inspections.services.base import InspectionProblem
from chengshu.inspections.views.config_views import district_of
from chengshu.kernel import files
from chengshu.kernel.access import permission_required
from chengshu.kernel.files import FileProblem
from chengshu.kernel.media import TABLES
from chengshu.kernel.models import LedgerEntry, StoredFile
from chengshu.ui.paging import paginate

VIEW, PLAN, ASSIGN = "inspections.view", "inspections.plan", "inspections.assign"
SALT = "inspections.city-tasks"
CHECKED_FOR = 3600  # seconds that a checked file may wait for its receipt
HISTORY = 20
KINDS = frozenset({"application/json", *TABLES})


@permission_required(VIEW)
@require_http_methods(["GET", "POST"])
def city_tasks(request: HttpRequest) -> HttpResponse:
    """Tasks of the city's system; a file uploaded here is checked first."""
    user: Any = request.user
    district = district_of_viewer(request)
    form = FileForm(request.POST or None, request.FILES or None)
    if request.method == "POST":
        if not user.may(PLAN):
            raise PermissionDenied(PLAN)
        if form.is_valid() and (answer := _check(request, form)):
            return answer
    rows = CityTask.objects.filter(district=district).select_related("task", "item", "received_by")
    rows = rows.annotate(objects_n=Count("drawn"), waiting_n=Count("drawn", filter=Q(drawn__inspection=None)))
    context = {
        "form": form,
        "results_form": ResultsForm(initial={"since": timezone.localdate().replace(day=1)}),
        "page": paginate(rows, request, per_page=20),
        "may_plan": user.may(PLAN),
        "history": _history(receiving.chain(district)) if user.may(PLAN) else [],
        "limit_mb": LIMITS.max_bytes >> 20,
    }
    return render(request, "inspections/exchange_list.html", context, status=422 if form.errors else 200)


def district_of_viewer(request: HttpRequest) -> Any:
    """The district whose city tasks the person looks at: officers of a squad see those of their own."""
    user: Any = request.user
    if user.scope_for(VIEW).districts:
        return district_of(request, VIEW)
    return user.unit.district


def _check(request: HttpRequest, form: FileForm) -> HttpResponse | None:
    user: Any = request.user
    upload = form.cleaned_data["file"]
    try:
        district = district_of(request, PLAN)
        kept = files.store(upload, name=upload.name, media_types=KINDS, limit=LIMITS.max_bytes)
        with files.open_verified(kept) as content:
            received = receiving.check_file(content, upload.name, district, by=user)  # type: ignore[arg-type]
    except (FileProblem, ExchangeProblem) as problem:
        form.add_error("file", str(problem))
        return None
    token = signing.dumps({"file": kept.pk, "name": upload.name, "by": user.pk}, salt=SALT)
    context = {
        "received": received,
        "filename": upload.name,
        "token": token,
        "trail": [(_("City supervision system"), reverse("inspections:exchange")), (upload.name, "")],
    }
    return render(request, "inspections/exchange_check.html", context)


@permission_required(PLAN)
@require_POST
def city_receive(request: HttpRequest) -> HttpResponse:
    """Take in the file that was checked; asked twice, done once."""
    user: Any = request.user
    try:
        stated = signing.loads(request.POST.get("token", ""), salt=SALT, max_age=CHECKED_FOR)
    except signing.BadSignature:
        messages.error(request, _("The check has expired. Upload the file again."))
        return redirect("inspections:exchange")
    if stated["by"] != user.pk:
        raise Http404
    kept = get_object_or_404(StoredFile, pk=stated["file"])
    try:
        with files.open_verified(kept) as content:
            received = receiving.receive_file(
                content,  # type: ignore[arg-type]
                stated["name"],
                district_of(request, PLAN),
                by=user,
            )
    except ExchangeProblem as problem:
        messages.error(request, str(problem))
        return redirect("inspections:exchange")
    if received.faulty:
        messages.error(
            request, _("Nothing was taken in: the registry has changed since. Check the file again.")
        )
    elif received.written:
        text = _("%(new)d tasks taken in, %(same)d were known already.")
        messages.success(request, text % {"new": received.new, "same": received.same})
    else:
        messages.info(request, _("All tasks of the file were known already: nothing has changed."))
    return redirect("inspections:exchange")


@permission_required(PLAN)
@require_GET
def city_template(request: HttpRequest) -> Any:
    """The empty table."""
    target = io.BytesIO()
    write_template(target)
    target.seek(0)
    return FileResponse(target, as_attachment=True, filename=FILENAME)


@permission_required(PLAN)
@require_GET
def city_schema(request: HttpRequest) -> HttpResponse:
    """The JSON Schema of a file of tasks."""
    answer = JsonResponse(json_schema(), json_dumps_params={"indent": 2, "ensure_ascii": False})
    answer["Content-Disposition"] = 'attachment; filename="city-tasks.schema.json"'
    return answer


@permission_required(VIEW)
@require_GET
def city_task(request: HttpRequest, pk: int) -> HttpResponse:
    """One task of the city: what becomes of it here."""
    found = get_object_or_404(
        CityTask.objects.select_related("task", "item", "received_by", "district"),
        pk=pk,
        district=district_of_viewer(request),
    )
    rows = _within(request, found).select_related("object", "object__squad", "inspection")
    page = paginate(rows, request, per_page=50)
    context = {
        "city": found,
        "page": page,
        "rows": [{"row": row, "form": _team_form(request, row)} for row in page],
        "trail": [(_("City supervision system"), reverse("inspections:exchange")), (found.source_ref, "")],
    }
    return render(request, "inspections/exchange_task.html", context)


def _within(request: HttpRequest, found: CityTask) -> Any:
    """The objects in the places that the person looks after."""
    user: Any = request.user
    scope = user.scope_for(VIEW)
    return found.drawn.filter(scope.q(district="object__district", squad="object__squad"))


def _team_form(request: HttpRequest, row: CityTaskObject) -> TeamForm | None:
    """The choice of officers, for whoever assigns in the object's squad."""
    user: Any = request.user
    if row.inspection_id is not None:
        return None
    if not user.scope_for(ASSIGN).covers(district_id=row.object.district_id, squad_id=row.object.squad_id):
        return None
    return TeamForm(waiting=row, prefix=f"o{row.pk}")


@permission_required(ASSIGN)
@require_POST
def city_arrange(request: HttpRequest, pk: int) -> HttpResponse:
    """Give an object that the city drew to two officers."""
    user: Any = request.user
    row = get_object_or_404(
        CityTaskObject.objects.select_related("city_task", "object"),
        pk=pk,
        city_task__district=user.unit.district_id,
    )
    form = TeamForm(request.POST, waiting=row, prefix=f"o{row.pk}")
    if not form.is_valid():
        messages.error(request, _("Choose two officers."))
    else:
        try:
            made = receiving.arrange_waiting(row, form.team(), by=user)
        except InspectionProblem as problem:
            messages.error(request, str(problem))
        else:
            messages.success(request, _("Inspection %(number)s is arranged.") % {"number": made.number})
    return redirect("inspections:exchange_task", pk=row.city_task_id)


@permission_required(PLAN)
@require_POST
def city_results(request: HttpRequest) -> Any:
    """The results as a file; its digest goes into the ledger."""
    user: Any = request.user
    form = ResultsForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Choose a day, the tasks and a format."))
        return redirect("inspections:exchange")
    try:
        made = results.export(district_of(request, PLAN), by=user, **form.cleaned_data)
    except ExchangeProblem as problem:
        messages.error(request, str(problem))
        return redirect("inspections:exchange")
    answer = FileResponse(io.BytesIO(made.content), as_attachment=True, filename=made.filename)
    answer["X-Content-SHA256"] = made.sha256
    return answer


def _history(chain: str) -> list[dict[str, Any]]:
    titles = {
        "tasks.received": _("File taken in"),
        "task.received": _("Task taken in"),
        "results.exported": _("Results taken away"),
    }
    entries = LedgerEntry.objects.filter(chain=chain).order_by("-seq")[:HISTORY]
    return [
        {
            "at": entry.at,
            "title": titles.get(entry.action, entry.action),
            "by": entry.actor,
            "text": " · ".join(
                str(entry.payload[name])
                for name in ("number", "rows", "tasks", "since", "format", "sha256")
                if entry.payload.get(name) not in (None, "")
            ),
        }
        for entry in entries
    ]
