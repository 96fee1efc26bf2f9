"""The page of a lead, its photos, and what is done there."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from chengshu.bureau.models import User
from chengshu.kernel import files
from chengshu.kernel.access import permission_required
from chengshu.kernel.files import FileDamaged, FileProblem
from chengshu.kernel.privacy import UnmaskRefused, unmask
from chengshu.kernel.privacy_masks import mask_text
from chengshu.leads import links
from chengshu.leads.forms.actions import LABELS, ActionForm, Around
from chengshu.leads.lifecycle import Action, Outcome, Stage
from chengshu.leads.models import Lead, LeadAttachment, LeadClass
from chengshu.leads.offered import FORWARD, may, offered
from chengshu.leads.queries import around, one, people
from chengshu.leads.services import Attachment, LeadProblem, add_attachment, informing, lock
from chengshu.leads.services.dispatching import squads_near
from chengshu.leads.services.reporting import may_attach
from chengshu.leads.settings import sources
from chengshu.leads.views.common import INFORM, VIEW, person, visible_lead
from chengshu.leads.words import SEVERITY_TONES, STAGE_TONES, light_of
from chengshu.registry.queries.reference import area_label
from chengshu.registry.views.mapping import CLOSE, ground

TO_CHOOSE = {Action.DISPATCH, Action.TRANSFER, Action.ASSIGN}
PHOTOS_AT = {Action.HANDLE: LeadAttachment.Moment.CLOSING, Action.RECHECK: LeadAttachment.Moment.CLOSING}
MOST_PHOTOS = 20


@permission_required(VIEW)
@require_http_methods(["GET", "POST"])
def lead_page(request: HttpRequest, pk: int) -> HttpResponse:
    """The page of a lead. A POST asks, with a reason, to see the reporter: shown in that answer only."""
    lead = visible_lead(request, pk)
    unmasked = request.method == "POST" and _unmasked(request, lead)
    return render(request, "leads/lead.html", page(request, lead, unmasked=unmasked))


def _unmasked(request: HttpRequest, lead: Lead) -> bool:
    """Record the look. Raises ``PermissionDenied`` outside the person's rights."""
    user = person(request)
    if not one.may_unmask(user, lead):
        raise PermissionDenied("privacy.unmask")
    fields = one.personal_fields(lead)
    if not fields:
        return False
    try:
        unmask(user, f"leads.lead:{lead.pk}", fields, request.POST.get("reason", ""))
    except UnmaskRefused as refused:
        messages.error(request, str(refused))
        return False
    return True


def page(
    request: HttpRequest, lead: Lead, *, form: ActionForm | None = None, unmasked: bool = False
) -> dict[str, Any]:
    """Everything on the page; ``form`` is one that was refused and keeps what was typed."""
    user, now = person(request), timezone.now()
    parts, doubles = one.kin(lead)
    kept = one.attachments(lead)
    near = _near(user, lead)
    actions = offered(user, lead, one.kin_of(parts, doubles))
    choices = around_of(lead, actions, near)
    forms = [
        form if form and form.action is action else ActionForm(action, lead, choices) for action in actions
    ]
    source = sources().get(lead.source)
    town = area_label(lead.town)
    return {
        "lead": lead,
        "stage": Stage(lead.stage).label,
        "stage_tone": STAGE_TONES[Stage(lead.stage)],
        "outcome": Outcome(lead.outcome).label if lead.outcome else "",
        "severity": LeadClass.Severity(lead.severity).label,
        "severity_tone": SEVERITY_TONES[lead.severity],
        "source": source.label if source else lead.source,
        "description": lead.description if unmasked else mask_text(lead.description),
        "town": " · ".join(part for part in (town, lead.grid.name if lead.grid else "") if part),
        "squad": area_label(lead.squad),
        "doubt": [squad.label for squad in choices.squads if squad.pk in choices.doubt],
        "light": light_of(lead, now),
        "clocks": one.clocks_of(lead, now),
        "alarms": list(lead.alarms.filter(cleared_at=None)),
        "parts": [other_shown(part) for part in parts],
        "doubles": [other_shown(double) for double in doubles],
        "near": [{**other_shown(other.lead), "metres": other.metres} for other in near],
        "earlier": [other_shown(other) for other in _earlier(user, lead)],
        "kept": kept,
        "moments": _moments(lead) if may_attach(lead, user) else [],
        "history": one.history(lead, kept),
        "reporter": one.reporter_of(lead, unmasked=unmasked),
        "unmasked": unmasked,
        "may_unmask": one.may_unmask(user, lead) and bool(one.personal_fields(lead)),
        "to_inform": _to_inform(user, lead),
        "forward": [entry for entry in forms if entry.action in FORWARD],
        "others": [entry for entry in forms if entry.action not in FORWARD],
        "refused": form,
        "ways": links.ways_of(user, lead),
        "map": _map(lead),
        "trail": [(_("Leads"), reverse("leads:list")), (lead.number, "")],
    }


def _near(user: User, lead: Lead) -> list[around.Other]:
    """Open leads of its class near by; a closed lead is nobody's double any more."""
    if lead.position is None or lead.stage == Stage.CLOSED:
        return []
    return around.open_near(user, lead.position, lead.lead_class, exclude=lead.pk)


def _earlier(user: User, lead: Lead) -> list[Lead]:
    return around.at_object(user, lead.object_id, exclude=lead.pk) if lead.object_id else []


def around_of(lead: Lead, actions: list[Action], near: list[around.Other]) -> Around:
    """What the forms offer; squads and people are read only where somebody can be chosen."""
    numbers = [(other.lead.number, mask_text(other.lead.description)) for other in near]
    if TO_CHOOSE.isdisjoint(actions):
        return Around(near=numbers)
    squads = people.squads_of(lead.district_id)
    if Action.DISPATCH not in actions and Action.TRANSFER not in actions:
        squads = [squad for squad in squads if squad.pk == lead.squad_id]
    doubt: tuple[int, ...] = ()
    if Action.DISPATCH in actions and lead.position is not None and lead.object_id is None:
        doubt = squads_near(lead.district, lead.position)
    officers = people.workers_of([squad.pk for squad in squads])
    return Around(squads, officers, doubt if len(doubt) > 1 else (), numbers)


def other_shown(lead: Lead) -> dict[str, Any]:
    """Another lead as a line on a page."""
    return {
        "id": lead.pk,
        "url": reverse("leads:lead", args=[lead.pk]),
        "number": lead.number,
        "kind": lead.lead_class.label,
        "text": mask_text(lead.description),
        "stage": Stage(lead.stage).label,
        "tone": STAGE_TONES[Stage(lead.stage)],
        "outcome": Outcome(lead.outcome).label if lead.outcome else "",
        "reported_at": lead.reported_at,
    }


def _moments(lead: Lead) -> list[tuple[str, Any]]:
    """When a photo added now was taken, the likely one first."""
    if lead.stage == Stage.CLOSED:
        return []
    moments = list(LeadAttachment.Moment.choices)
    working = lead.stage in (Stage.ACCEPTED, Stage.HANDLED, Stage.VERIFIED)
    return [moments[1], moments[0], moments[2]] if working else moments


def _to_inform(user: User, lead: Lead) -> list[informing.ToInform]:
    scope = user.scope_for(INFORM)
    here = scope.covers(district_id=lead.district_id, squad_id=lead.squad_id)
    return informing.inform(lead) if here else []


def _map(lead: Lead) -> dict[str, Any] | None:
    if lead.position is None:
        return None
    lng, lat = lead.position
    point = {"lng": lng, "lat": lat, "label": lead.number}
    return {**ground(lead.district_id), "mode": "show", "center": [lng, lat], "zoom": CLOSE, "point": point}


# --- actions ----------------------------------------------------------------------------------------
@permission_required(VIEW)
@require_POST
def act(request: HttpRequest, pk: int, action: str) -> HttpResponse:
    """Take an action. Refused, the page keeps what was typed; sent twice, it is done once."""
    wanted = _action(action)
    user, lead = person(request), visible_lead(request, pk)
    if not may(user, lead, wanted):
        raise PermissionDenied(wanted)
    form = ActionForm(wanted, lead, _choices(user, lead, wanted), request.POST, request.FILES)
    address = redirect("leads:lead", pk=pk)
    if form.is_valid():
        try:
            _take(form, lead, user)
        except LeadProblem as problem:
            if problem.code == "version" and _done_before(lead, wanted, user, form):
                return address
            form.add_error(None, str(problem))
        except FileProblem as problem:
            form.add_error("photos", str(problem))
        else:
            messages.success(request, _("Recorded: %(step)s.") % {"step": wanted.label})
            still = Lead.objects.visible_to(user).filter(pk=pk).exists()
            return address if still else redirect("leads:list")
    lead = visible_lead(request, pk)
    return render(request, "leads/lead.html", page(request, lead, form=form), status=422)


def _action(text: str) -> Action:
    """An action that has a form."""
    try:
        action = Action(text)
    except ValueError:
        raise Http404 from None
    if action not in LABELS:
        raise Http404
    return action


def _choices(user: User, lead: Lead, action: Action) -> Around:
    return around_of(lead, [action], [] if action is not Action.MERGE else _near(user, lead))


def _take(form: ActionForm, lead: Lead, user: User) -> None:
    """First the photos, which stay even where the action is refused, then the action."""
    if form.photos:
        with transaction.atomic():
            _locked(form, lead)
            add_photos(lead, form.photos, PHOTOS_AT[form.action], user)
    with transaction.atomic():
        form.take(_locked(form, lead), user)


def _locked(form: ActionForm, lead: Lead) -> Lead:
    """The lead, locked, if it is still as the person saw it. Raises `LeadProblem`."""
    if form.action is Action.MERGE:  # two leads are locked in the order of their ids, see `joining.merge`
        into = Lead.objects.filter(district=lead.district_id, number=form.cleaned_data["into"].strip())
        keys = [lead.pk, *into.values_list("pk", flat=True)]
        list(Lead.objects.select_for_update().filter(pk__in=keys).order_by("pk").values("pk"))
    current = lock(lead.pk)
    if current.version != form.cleaned_data["version"]:
        raise LeadProblem(
            _("Somebody else has changed this lead in the meantime. Look at it again."), "version"
        )
    return current


def _done_before(lead: Lead, action: Action, user: User, form: ActionForm) -> bool:
    """Whether the same person took this very step from the page as it was: a form that was sent twice."""
    version = form.cleaned_data["version"] + 1
    return bool(lead.steps.filter(version=version, action=action, by=user).exists())


# --- photos -----------------------------------------------------------------------------------------
def add_photos(lead: Lead, photos: list[Any], moment: LeadAttachment.Moment, by: User) -> None:
    """Keep uploads with the lead. Raises `FileProblem` for one that is not what it says."""
    for photo in photos[:MOST_PHOTOS]:
        add_attachment(lead, Attachment(photo, photo.name or "", moment), by=by)


@permission_required(VIEW)
@require_POST
def photo_add(request: HttpRequest, pk: int) -> HttpResponse:
    """Add photos or papers to a lead that is not closed."""
    user, lead = person(request), visible_lead(request, pk)
    if not may_attach(lead, user):
        raise PermissionDenied("leads.work")
    back = redirect(reverse("leads:lead", args=[pk]) + "#photos")
    uploads = request.FILES.getlist("photos")
    moment = request.POST.get("moment", "")
    if not uploads or moment not in LeadAttachment.Moment.values:
        messages.error(request, _("Choose the photos and when they were taken."))
    elif lead.stage == Stage.CLOSED:
        messages.error(request, _("The lead is closed."))
    else:
        try:
            with transaction.atomic():
                add_photos(lead, uploads, LeadAttachment.Moment(moment), user)
            messages.success(request, _("Added."))
        except FileProblem as problem:
            messages.error(request, str(problem))
    return back


@permission_required(VIEW)
@require_GET
def photo(request: HttpRequest, pk: int, attachment: int) -> HttpResponse:
    """A photo or paper of a lead that the person may see."""
    lead = visible_lead(request, pk)
    found = get_object_or_404(LeadAttachment.objects.select_related("file"), pk=attachment, lead=lead)
    try:
        answer: Any = files.response(found.file, found.name, request)
    except FileDamaged:
        messages.error(request, _("The kept file is damaged or missing; tell the administrators."))
        return redirect("leads:lead", pk=pk)
    return answer  # type: ignore[no-any-return]
