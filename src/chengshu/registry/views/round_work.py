"""Re-verification on the spot, on a phone: one object, four outcomes; newly found objects."""

from __future__ import annotations

import math
from typing import Any
from uuid import uuid4

from django.contrib import messages
from django.core import signing
from django.core.files.uploadedfile import UploadedFile
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from chengshu.bureau.models import User
from chengshu.kernel import files
from chengshu.kernel.access import permission_required
from chengshu.kernel.files import FileProblem
from chengshu.kernel.models import StoredFile
from chengshu.kernel.privacy_masks import mask_name, mask_phone, mask_text, mask_value
from chengshu.registry.forms.objects import PERSONAL, personal_kind
from chengshu.registry.forms.rounds import CorrectionForm, NewObjectForm, ReportForm
from chengshu.registry.models import RoundItem, RoundResult, VerificationRound
from chengshu.registry.queries.reference import area_label, reference
from chengshu.registry.services import rounds
from chengshu.registry.services.round_reports import CloseDoubles, next_item, report, report_new
from chengshu.registry.services.rounds import RoundProblem
from chengshu.registry.services.values import ATTRIBUTE, InvalidValues
from chengshu.registry.views import mapping
from chengshu.registry.views.rounds import MOBILE, visible_round

Outcome = RoundItem.Outcome
BUTTONS = (
    (Outcome.UNCHANGED, "check"),
    (Outcome.CLOSED, "close"),
    (Outcome.NOT_FOUND, "help"),
)
SIGN = "registry.round.photo"


def _item(request: HttpRequest, pk: int) -> RoundItem:
    user: Any = request.user
    items = RoundItem.objects.visible_to(user).select_related(
        "round", "object", "object__object_class", "squad", "assignee", "done_by"
    )
    return get_object_or_404(items, pk=pk)


def _may_work(user: User, item: RoundItem) -> bool:
    inside = user.scope_for(rounds.WORK).covers(district_id=item.round.district_id, squad_id=item.squad_id)
    return inside and item.round.state == VerificationRound.State.OPEN


@permission_required("registry.view")
@require_GET
def round_item(request: HttpRequest, pk: int) -> HttpResponse:
    """One object of a round, made for one thumb: what is known, the outcomes, what was reported."""
    item = _item(request, pk)
    form = ReportForm(initial={"client_id": uuid4()})
    return render(request, "registry/round_item.html", _item_context(request, item, form))


def _item_context(request: HttpRequest, item: RoundItem, form: ReportForm) -> dict[str, Any]:
    user: Any = request.user
    obj = item.object
    return {
        "item": item,
        "object": obj,
        "class": reference().classes.get(obj.object_class_id, obj.object_class),
        "town": area_label(reference().towns.get(obj.town_id or 0)),
        "squad": area_label(item.squad) or MOBILE,
        "person": mask_name(obj.responsible_name),
        "phone": mask_phone(obj.responsible_phone),
        "form": form,
        "buttons": [(code, label, icon) for code, icon in BUTTONS for label in (code.label,)],
        "results": _results(item),
        "may_work": _may_work(user, item),
        "may_report": _may_work(user, item) and item.outcome != Outcome.ADDED,
        "map": mapping.show(obj),
        "next": next_item(user, item.round, item.pk) if user.may(rounds.WORK) else None,
        "trail": _trail(item.round, obj.name),
    }


def _trail(which: VerificationRound, last: str) -> list[tuple[str, str]]:
    return [
        (_("Re-verification"), reverse("registry:rounds")),
        (which.name, reverse("registry:round", args=[which.pk])),
        (last, ""),
    ]


def _results(item: RoundItem) -> list[dict[str, Any]]:
    """What was reported, newest first, for the timeline."""
    definitions = {d.key: d for d in reference().classes[item.object.object_class_id].attributes.all()}
    entries = []
    for result in item.results.select_related("by", "photo"):
        said = [_said(name, value, definitions) for name, value in result.values.items()]
        text = "；".join(part for part in [*said, mask_text(result.note)] if part)
        entries.append(
            {
                "at": result.at,
                "title": result.get_outcome_display(),
                "text": text,
                "by": result.by.full_name,
                "url": reverse("registry:round_photo", args=[result.pk]) if result.photo_id else "",
                "tone": "warn" if result.outcome in (Outcome.CLOSED, Outcome.NOT_FOUND) else "ok",
            }
        )
    return entries


def _said(name: str, value: Any, definitions: dict[str, Any]) -> str:
    """One corrected value in words, personal data masked."""
    labels = {
        "name": _("Name"), "address": _("Address"), "responsible_name": _("Responsible person"),
        "responsible_phone": _("Phone"), "responsible_id": _("Resident ID"), "position": _("Position"),
        "status": _("Status"), "uscc": _("USCC"),
    }  # fmt: skip
    if name in PERSONAL:
        value = mask_value(PERSONAL[name], str(value))
    definition = definitions.get(name.removeprefix(ATTRIBUTE)) if name.startswith(ATTRIBUTE) else None
    if definition is not None and definition.personal:
        value = mask_value(personal_kind(definition), str(value))
    if isinstance(value, list):
        value = "、".join(f"{part:.5f}" if isinstance(part, float) else str(part) for part in value)
    label = definition.label if definition else labels.get(name, name)
    return f"{label}: {value}"


@permission_required(rounds.WORK)
@require_POST
def round_report(request: HttpRequest, pk: int) -> HttpResponse:
    """One of the outcomes that need no form."""
    user: Any = request.user
    item = _item(request, pk)
    form = ReportForm(request.POST, request.FILES)
    if not form.is_valid():
        return render(request, "registry/round_item.html", _item_context(request, item, form), status=422)
    data = form.cleaned_data
    try:
        report(
            item,
            outcome=data["outcome"],
            client_id=data["client_id"],
            by=user,
            note=data["note"],
            photo=_stored(data["photo"]),
            position=_stood_at(request),
        )
    except (RoundProblem, FileProblem) as problem:
        form.add_error(None, str(problem))
        return render(request, "registry/round_item.html", _item_context(request, item, form), status=422)
    return _onward(request, item)


def _onward(request: HttpRequest, item: RoundItem) -> HttpResponse:
    """To the next open item, so that a row of shops is worked through without going back."""
    user: Any = request.user
    messages.success(
        request,
        _("Reported: %(name)s, %(outcome)s.")
        % {"name": item.object.name, "outcome": item.get_outcome_display()},
    )
    following = next_item(user, item.round, item.pk)
    return (
        redirect("registry:round_item", following.pk)
        if following
        else redirect("registry:round", item.round_id)
    )


def _stored(upload: UploadedFile[Any] | None) -> StoredFile | None:
    return files.store(upload, name=upload.name or "photo", kind="photo") if upload else None


def _stood_at(request: HttpRequest) -> tuple[float, float] | None:
    """Where the phone says it is, if it says so."""
    try:
        lng, lat = float(request.POST.get("at_lng", "")), float(request.POST.get("at_lat", ""))
    except ValueError:
        return None
    inside = math.isfinite(lng) and math.isfinite(lat) and abs(lng) <= 180 and abs(lat) <= 90
    return (lng, lat) if inside else None


@permission_required(rounds.WORK)
@require_http_methods(["GET", "POST"])
def round_correct(request: HttpRequest, pk: int) -> HttpResponse:
    """What is recorded wrongly, set right: name, address, responsible person, phone, pin, attributes."""
    user: Any = request.user
    item = _item(request, pk)
    if not _may_work(user, item):
        messages.error(request, _("This item cannot be worked on."))
        return redirect("registry:round_item", pk)
    obj = item.object
    data = request.POST if request.method == "POST" else None
    form = CorrectionForm(data, obj.object_class, obj, request.FILES)
    if data is None:
        form.initial["client_id"] = uuid4()
    elif form.is_valid():
        try:
            report(
                item,
                outcome=Outcome.ADDED if item.outcome == Outcome.ADDED else Outcome.CORRECTED,
                client_id=form.cleaned_data["client_id"],
                by=user,
                values=_without_lost_pin(form.stated()),
                note=form.cleaned_data["note"],
                photo=_stored(form.cleaned_data["photo"]),
                position=_stood_at(request),
            )
        except InvalidValues as error:
            form.add_problems(error.errors)
        except (RoundProblem, FileProblem) as problem:
            form.add_error(None, str(problem))
        else:
            return _onward(request, item)
    context = {
        "item": item,
        "object": obj,
        "form": form,
        "class": obj.object_class,
        "map": mapping.pick(item.round.district_id, obj.position),
        "trail": _trail(item.round, obj.name),
    }
    return render(request, "registry/round_correct.html", context, status=422 if form.errors else 200)


def _without_lost_pin(values: dict[str, Any]) -> dict[str, Any]:
    """An empty pin on a phone means that nobody moved it, not that the object has none."""
    return {name: value for name, value in values.items() if name != "position" or value is not None}


# --- newly found ----------------------------------------------------------------------------------------
@permission_required(rounds.WORK)
@require_http_methods(["GET", "POST"])
def round_found(request: HttpRequest, pk: int) -> HttpResponse:
    """An object the registry lacks: class first, then facts, photo and pin; likely doubles are offered."""
    user: Any = request.user
    current = visible_round(user, pk)
    classes = list(current.classes.all())
    wanted = request.POST.get("object_class") or request.GET.get("class") or ""
    chosen = next((item for item in classes if str(item.pk) == wanted), None)
    if chosen is None and len(classes) == 1:
        chosen = classes[0]
    if chosen is None:
        context = {"round": current, "classes": classes, "trail": _trail(current, _("Newly found"))}
        return render(request, "registry/round_found_class.html", context)
    data = request.POST if request.method == "POST" else None
    form = NewObjectForm(data, chosen, request.FILES)
    offered: list[dict[str, Any]] = []
    if data is None:
        form.initial["client_id"] = uuid4()
    elif form.is_valid():
        answer = _try_new(request, current, form, chosen)
        if isinstance(answer, HttpResponse):
            return answer
        offered = answer
    context = {
        "round": current,
        "form": form,
        "class": chosen,
        "offered": offered,
        "kept_photo": form.data.get("kept_photo", "") if form.is_bound else "",
        "map": mapping.pick(current.district_id, _pin(form)),
        "trail": _trail(current, _("Newly found")),
    }
    status = 422 if form.errors else 409 if offered else 200
    return render(request, "registry/round_found.html", context, status=status)


def _pin(form: NewObjectForm) -> tuple[float, float] | None:
    data = getattr(form, "cleaned_data", {})
    return (data["lng"], data["lat"]) if data.get("lng") is not None and data.get("lat") is not None else None


def _try_new(
    request: HttpRequest, current: VerificationRound, form: NewObjectForm, chosen: Any
) -> HttpResponse | list[dict[str, Any]]:
    """Enter it; the answer is the next page, or the objects it may already be."""
    user: Any = request.user
    data = form.cleaned_data
    try:
        photo = _stored(data["photo"]) or _kept_photo(data["kept_photo"], user)
        if photo is not None:  # a browser does not send a file twice
            resent: Any = form.data
            form.data = resent = resent.copy()
            resent["kept_photo"] = signing.dumps([photo.pk, user.pk], salt=SIGN)
        values = _without_lost_pin({k: v for k, v in form.stated().items() if v not in (None, "", [])})
        position = values.pop("position", None)
        result = report_new(
            current,
            object_class=chosen,
            values=values,
            photo=photo,
            position=position,
            client_id=data["client_id"],
            by=user,
            note=data["note"],
            confirmed_new=data["confirmed_new"],
        )
    except CloseDoubles as close:
        again: Any = form.data
        again["confirmed_new"] = "on"
        return [_offer(user, current, obj, match) for obj, match in close.found]
    except InvalidValues as error:
        form.add_problems(error.errors)
        return []
    except (RoundProblem, FileProblem) as problem:
        form.add_error(None, str(problem))
        return []
    messages.success(request, _("Entered as newly found: %(name)s.") % {"name": result.item.object.name})
    return redirect("registry:round_item", result.item_id)


def _kept_photo(token: str, user: User) -> StoredFile | None:
    """The photo sent with the first try, if this is that person's."""
    if not token:
        return None
    try:
        pk, owner = signing.loads(token, salt=SIGN, max_age=24 * 3600)
    except signing.BadSignature:
        return None
    return StoredFile.objects.filter(pk=pk).first() if owner == user.pk else None


def _offer(user: User, current: VerificationRound, obj: Any, match: Any) -> dict[str, Any]:
    """What the page says of an object that may be the same; of another squad's only that there is one."""
    from chengshu.registry.matching.reasons import spoken

    item = RoundItem.objects.visible_to(user).filter(round=current, object=obj).first()
    reach = user.scope_for("registry.view")
    if item is None and not reach.covers(district_id=obj.district_id, squad_id=obj.squad_id):
        return {"elsewhere": True}
    route = ("registry:round_item", item.pk) if item else ("registry:object", obj.pk)
    reasons = [reason.text for reason in spoken(match.reasons) if reason.speaks_for]
    return {"object": obj, "url": reverse(route[0], args=[route[1]]), "reasons": reasons, "item": item}


@permission_required(rounds.WORK)
@require_GET
def round_next(request: HttpRequest, pk: int) -> HttpResponse:
    """Start, or go on: the next open item of one's own."""
    user: Any = request.user
    current = visible_round(user, pk)
    after = request.GET.get("after", "")
    item = next_item(user, current, int(after) if after.isdecimal() and len(after) < 19 else 0)
    if item is None:
        messages.info(request, _("Nothing is left to check in your area."))
        return redirect("registry:round", pk)
    return redirect("registry:round_item", item.pk)


@permission_required("registry.view")
@require_GET
def round_photo(request: HttpRequest, pk: int) -> Any:
    """The photo of a result, for whoever may see the item."""
    user: Any = request.user
    result = get_object_or_404(RoundResult.objects.select_related("photo"), pk=pk)
    if result.photo is None or not RoundItem.objects.visible_to(user).filter(pk=result.item_id).exists():
        raise Http404
    return files.response(result.photo, request=request)
