"""转线索: a confirmed suspect becomes a lead of its town's squad; what was found on site comes back."""

from __future__ import annotations

import io
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from shapely.geometry import shape

from chengshu.bureau.models import User
from chengshu.leads.lifecycle import Action, Outcome
from chengshu.leads.models import Lead, LeadClass
from chengshu.leads.services import Attachment, LeadProblem, NewLead, bulk, report
from chengshu.leads.services.changing import Change, follow
from chengshu.leads.services.classes import load_classes
from chengshu.registry import neighbourhood
from chengshu.sensing.lifecycle import Kind, SecondState, SiteResult, SuspectState
from chengshu.sensing.models import Flight, Suspect
from chengshu.sensing.placing import placed_by_hand
from chengshu.sensing.refusing import DECIDE, SensingProblem, require
from chengshu.sensing.rules import rules

from .deciding import lock

SOURCE = "aerial"
WORK = "leads.work"
CROP_PX = 640
CROP_MARGIN_M = 25.0
TOLD = "sensing.told"  # what the leads of a batch have told


def send(suspect: Suspect, *, by: User, under_construction: bool | None = None) -> Suspect:
    """Report a suspect that was decided to be one as a lead. Sent twice it stays the same lead.

    ``under_construction``: it is being built now, and the squad has 2 h instead of 24 h to be there; None
    leaves what was decided. Raises `SensingProblem`, PermissionDenied.
    """
    with transaction.atomic():
        held = lock(suspect.pk)
        require(by, DECIDE, district_id=held.district_id, squad_id=held.squad_id)
        if held.lead_id is not None:
            return held
        if held.state != SuspectState.LEAD:
            raise SensingProblem(_("Only a suspect that was decided to be illegal can be sent."), "state")
        if held.second == SecondState.DISAGREED:
            raise SensingProblem(_("Two readers disagree; settle that first."), "state")
        if under_construction is not None:
            held.under_construction = under_construction
        whole = Suspect.objects.select_related("district", "comparison__before", "comparison__after")
        full = whole.get(pk=held.pk)
        held.lead = _report(full, held.under_construction, by)
        held.sent_at = timezone.now()
        held.save(update_fields=["lead", "sent_at", "under_construction"])
        return held


def _report(suspect: Suspect, under_construction: bool, by: User) -> Lead:
    code = rules().lead_classes["under_construction" if under_construction else "standing"]
    if not LeadClass.objects.filter(district=suspect.district, code=code).exists():
        load_classes(suspect.district)
    new = NewLead(
        SOURCE, code, words_of(suspect), position=suspect.position, source_ref=f"suspect:{suspect.pk}",
        data=_data(suspect, under_construction),
    )  # fmt: skip
    try:
        return report(
            new, district=suspect.district, by=by, request_key=f"sensing:suspect:{suspect.pk}",
            attachments=_crops(suspect),
        ).lead  # fmt: skip
    except LeadProblem as problem:
        raise SensingProblem(str(problem)) from None


def words_of(suspect: Suspect) -> str:
    """The lead in words, always in the language of the bureau; that it proves nothing stands in it."""
    comparison = suspect.comparison
    with translation.override(settings.LANGUAGE_CODE):
        values = {
            "kind": Kind(suspect.kind).label, "area": f"{suspect.area_m2:.0f}",
            "before": comparison.before.flown_on.isoformat(), "after": comparison.after.flown_on.isoformat(),
        }  # fmt: skip
        text = _("Seen from the air between %(before)s and %(after)s: %(kind)s, about %(area)s m².") % values
        if suspect.height_gain_m is not None:
            text += _("Height changed by %(gain)s m.") % {"gain": f"{suspect.height_gain_m:+.1f}"}
        elif comparison.has_heights is False:
            text += _("Compared without heights: low confidence.")
        if placed_by_hand(comparison.before.mosaic) or placed_by_hand(comparison.after.mosaic):
            text += _("The pictures were placed on the map by hand: the place is approximate.")
        return text + _("A suspect seen from the air is a clue only and no evidence; verify it on site.")


def _data(suspect: Suspect, under_construction: bool) -> dict[str, Any]:
    return {
        "suspect": suspect.pk, "comparison": suspect.comparison_id, "kind": suspect.kind,
        "area_m2": round(suspect.area_m2, 1), "height_gain_m": suspect.height_gain_m,
        "score": round(suspect.score, 3), "outline": suspect.outline, "evidence": False,
        "under_construction": under_construction,
    }  # fmt: skip


def _crops(suspect: Suspect) -> list[Attachment]:
    """Both dates of the place, as pictures of the clue; none where a flight's file cannot be read now."""
    found = []
    for flight in (suspect.comparison.before, suspect.comparison.after):
        if (content := _crop(flight, suspect)) is not None:
            found.append(Attachment(content, f"{flight.flown_on:%Y-%m-%d}.jpg"))
    return found


def _crop(flight: Flight, suspect: Suspect) -> io.BytesIO | None:
    from chengshu.sensing.queries.tiles import around, picture

    try:
        image = picture(flight, around(shape(suspect.outline), CROP_MARGIN_M), CROP_PX).convert("RGB")
    except (SensingProblem, OSError):
        return None
    content = io.BytesIO()
    image.save(content, "JPEG", quality=85)
    content.seek(0)
    return content


# --- what was found on site -------------------------------------------------------------------------
@follow(Action.HANDLE, Action.RECHECK, Action.ORDER, Action.LINK_CASE, Action.PASS_ON, Action.DISMISS)
def came_back(change: Change) -> None:
    """The lead has an outcome: the suspect learns what was there."""
    outcome = change.lead.outcome or (Outcome.ORDERED if change.action == Action.ORDER else "")
    if result := rules().outcomes.get(outcome, ""):
        _tell(change.lead, result)


@follow(Action.REOPEN, Action.REJECT)
def taken_back(change: Change) -> None:
    """The handling did not stand: the result is open again."""
    _tell(change.lead, SiteResult.NONE)


@transaction.atomic
def record_result(suspect: Suspect, result: str, *, by: User) -> Suspect:
    """Say what was found on site where the lead's outcome does not say it (legal; in the ledger).

    Raises `SensingProblem`, PermissionDenied.
    """
    held = lock(suspect.pk)
    require(by, WORK, district_id=held.district_id, squad_id=held.squad_id)
    if held.lead_id is None:
        raise SensingProblem(_("The suspect was not sent as a lead."), "state")
    if result not in SiteResult.values or not result:
        raise SensingProblem(_("There is no such result."), "result")
    return _keep(held, result)


def _tell(lead: Lead, result: str) -> None:
    """The suspect of the lead learns the result: at once, or with all others of a batch at its end, where
    only the last one of each still counts."""
    if lead.source != SOURCE:
        return
    batch = bulk.current()
    if batch is None or lead.pk not in batch.leads:
        _settle({lead.pk: result})
        return
    told: dict[int, str] = bulk.once(TOLD, dict)
    told[lead.pk] = result
    batch.afterwards(TOLD, lambda: _settle(told))


def _settle(told: Mapping[int, str]) -> None:
    """Keep the results of these leads' suspects; four queries for each district."""
    rows = Suspect.objects.select_for_update(of=("self",)).filter(lead__in=list(told)).order_by("pk")
    results: dict[str, list[int]] = defaultdict(list)
    doubtful: dict[int, list[Suspect]] = defaultdict(list)
    for suspect in rows:
        result = told[suspect.lead_id or 0]  # found by it
        if result == SiteResult.ILLEGAL:
            doubtful[suspect.district_id].append(suspect)
        else:
            results[result].append(suspect.pk)
    for suspects in doubtful.values():
        for suspect, known in zip(suspects, _in_ledger(suspects), strict=True):
            results[SiteResult.IN_LEDGER if known else SiteResult.ILLEGAL].append(suspect.pk)
    now = timezone.now()
    for result, ids in results.items():
        Suspect.objects.filter(pk__in=ids).update(result=result, result_at=now if result else None)


def _keep(suspect: Suspect, result: str) -> Suspect:
    suspect.result, suspect.result_at = result, timezone.now() if result else None
    suspect.save(update_fields=["result", "result_at"])
    return suspect


def _in_ledger(suspects: Sequence[Suspect]) -> Iterator[bool]:
    """Whether an entry of the ledger stood at each place when the lead ended: none made from this lead. The
    suspects are of one district."""
    kinds = rules().ledger_kinds
    places = [shape(suspect.outline) for suspect in suspects]
    found = neighbourhood.known_at(suspects[0].district, places, kinds=kinds)
    for suspect, known in zip(suspects, found, strict=True):
        yield any(one.data.get("standing", True) and one.data.get("lead") != suspect.lead_id for one in known)
