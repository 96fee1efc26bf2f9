"""A case of the simple procedure that was decided, signed and served on the phone."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from chengshu.bureau.models import User
from chengshu.cases.forms.parties import birth_of
from chengshu.cases.models import Party
from chengshu.cases.permissions import WORK
from chengshu.cases.services import SimpleCase, correcting
from chengshu.cases.services.evidence import Circumstances
from chengshu.cases.services.served_offline import (
    NotACase,
    Served,
    Shown,
    TakenIn,
    objections_of,
    take_in_served,
)
from chengshu.field import kinds
from chengshu.field.kinds import Done, Outcome, Sent
from chengshu.kernel.identifiers import InvalidIdentifier, check_resident_id, check_uscc
from chengshu.kernel.models import StoredFile
from chengshu.leads.models import Lead
from chengshu.registry.models import RegulatedObject

SIGNERS = ("officer1", "officer2", "party")
TEXTS = ("id_type", "id_number", "phone", "address", "representative", "sex")
MOST_YUAN = 10**10


def enter_by_hand(sent: Sent, reason: str) -> None:
    """Whatever kept it from being a case, it was served: the squad's leaders are asked to enter it."""
    ask_for(sent, _text(sent.data.get("number"), 80), reason)


def ask_for(sent: Sent, number: str, reason: str) -> None:
    """Ask for a decision of the record to be entered by hand, on the page that begins with what it says."""
    url = reverse("field:served", args=[sent.id])
    correcting.ask_by_hand(sent.user, key=str(sent.id), number=number, reason=reason[:300], url=url)


@kinds.register(
    "case.simple", WORK, whatever_files=True, whatever_rights=True, dated=True, when_refused=enter_by_hand
)
def simple_case(sent: Sent) -> Done:
    """Take the decision in as it was served; only what cannot be a case is left to be entered by hand."""
    try:
        taken = take_in_served(
            sent.user.unit.district, _served(sent), by=sent.user, client_id=sent.id, now=sent.received_at
        )
    except NotACase as problem:
        number = _text(sent.data.get("number"), 80)
        advice = _("The decision stays valid; your squad leader has been asked to enter it by hand.")
        return Done(Outcome.REFUSED, (str(problem), advice), {"number": number})
    return _done(taken)


def _done(taken: TakenIn) -> Done:
    case = taken.case
    messages = objections_of(case)
    flagged = bool(messages or taken.lead_problem)
    if messages:
        messages.append(_("The decision was taken in as it was served and is to be put right."))
    if taken.lead_problem:
        messages.append(taken.lead_problem)
    result = {
        "case": case.pk,
        "number": case.decision_number,
        "url": reverse("cases:case", args=[case.pk]),
        "to_correct": case.to_correct,
    }
    return Done(Outcome.FLAGGED if flagged else Outcome.APPLIED, tuple(messages), result)


def _served(sent: Sent) -> Served:
    """What the record says, as values. Raises `NotACase` where it says nothing that a case could be."""
    data = sent.data
    officers, noted = _officers(sent), []
    if sent.user not in officers:
        noted.append("not-acting")
    if not sent.user.may(WORK):
        noted.append("not-entitled")
    if sent.files_refused:
        noted.append("file-refused")
    lead = _lead(sent)
    if lead is None and sent.data.get("lead"):
        noted.append("lead-unseen")
    party = _party(data.get("party"))
    if not _possible_id(party):
        noted.append("party-id")
    photos = [_shown(sent, stored, _("Photo of the scene")) for stored in _photos(sent)]
    return Served(
        entered=_entered(sent, party),
        officers=officers,
        at=sent.at,
        photos=photos,
        signatures=_signatures(sent),
        lead=lead,
        noted=noted,
        law_version=_text(data.get("law_version"), 64),
        authority=_text(data.get("authority"), 120),
    )


def _entered(sent: Sent, party: Mapping[str, Any]) -> SimpleCase:
    data = sent.data
    return SimpleCase(
        cause=_text(data.get("cause"), 60),
        party=party,
        act_on=_day(data.get("act_on")),
        facts=_text(data.get("facts"), 500),
        fine=_yuan(data.get("fine")),
        warning=data.get("warning") is True,
        address=_text(data.get("address"), 300),
        position=sent.position,
        obj=_object(sent),
        statement=_text(data.get("statement"), 500),
        told=data.get("told") is True,
        heard=data.get("heard") is True,
        id_shown=data.get("id_shown") is True,
        tier=_text(data.get("tier"), 40),
        receiver=_text(data.get("receiver"), 60),
        refused_to_sign=data.get("refused_to_sign") is True,
        witness=_text(data.get("witness"), 60),
        cash=data.get("cash") is True,
        number=_text(data.get("number"), 55),
        another_act=_text(data.get("another_act"), 500),
    )


def _text(value: Any, most: int) -> str:
    return " ".join(str(value).replace("\0", " ").split())[:most] if value is not None else ""


def _day(value: Any) -> date:
    try:
        return date.fromisoformat(str(value)[:10])
    except ValueError as error:
        raise NotACase(_("The decision names no day of the act.")) from error


def _yuan(value: Any) -> int:
    """The fine in whole yuan, 0 where there is none."""
    if value in (None, "", False):
        return 0
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < MOST_YUAN:
        raise NotACase(_("The fine is not an amount in whole yuan."))
    return value


def _party(value: Any) -> dict[str, Any]:
    """The particulars that a step keeps of a party."""
    given = value if isinstance(value, Mapping) else {}
    organisation = given.get("kind") == Party.Kind.ORGANISATION
    found: dict[str, Any] = {
        "kind": (Party.Kind.ORGANISATION if organisation else Party.Kind.PERSON).value,
        "name": _text(given.get("name"), 200),
    }
    found |= {name: text for name in TEXTS if (text := _text(given.get(name), 300))}
    if "id_number" in found:
        found["id_number"] = found["id_number"][:40]
    if not organisation and _is_resident_id(found) and _possible_id(found):
        found["birth"] = birth_of(check_resident_id(found["id_number"]))
    return found


def _is_resident_id(party: Mapping[str, Any]) -> bool:
    number = str(party.get("id_number") or "")
    return len(number) == 18 and party.get("id_type") in (None, "", "resident_id")


def _possible_id(party: Mapping[str, Any]) -> bool:
    """Whether the number of the party's paper is one that there can be; none given is another matter."""
    number = str(party.get("id_number") or "")
    if not number:
        return True
    try:
        if party.get("kind") == Party.Kind.ORGANISATION:
            check_uscc(number)
        elif party.get("id_type") in (None, "", "resident_id"):
            check_resident_id(number)
    except InvalidIdentifier:
        return False
    return True


def _ids(value: Any) -> list[int]:
    return [int(one) for one in value if str(one).isdecimal() and len(str(one)) < 10]


def _officers(sent: Sent) -> list[User]:
    """The officers named, in their order, as far as they are people of the district."""
    named = sent.data.get("officers")
    ids = _ids(named if isinstance(named, list) else [])
    people = User.objects.filter(unit__district=sent.user.unit.district_id).in_bulk(ids)
    return [people[pk] for pk in dict.fromkeys(ids) if pk in people]


def _photos(sent: Sent) -> list[StoredFile]:
    named = sent.data.get("photos")
    wanted = [str(one) for one in named] if isinstance(named, list) else []
    return [sent.files[sha256] for sha256 in dict.fromkeys(wanted) if sha256 in sent.files]


def signature_titles() -> dict[str, str]:
    """What the pictures of the signatures are called, by who signs."""
    return {
        "officer1": _("Signature of the first officer"),
        "officer2": _("Signature of the second officer"),
        "party": _("Signature of the party"),
    }


def _signatures(sent: Sent) -> dict[str, Shown]:
    """The pictures of signatures that came; anything that is no picture signs nothing."""
    named = sent.data.get("signatures")
    given = named if isinstance(named, Mapping) else {}
    titles = signature_titles()
    found: dict[str, Shown] = {}
    for who in SIGNERS:
        stored = sent.files.get(str(given.get(who)))
        if stored is not None and stored.media_type.startswith("image/"):
            found[who] = _shown(sent, stored, titles[who])
    return found


def _shown(sent: Sent, stored: StoredFile, title: str) -> Shown:
    """A file with its circumstances, by what the device says of it, else of the record."""
    note = sent.file_notes.get(stored.sha256)
    return Shown(
        stored,
        title,
        Circumstances(
            captured_at=(note.taken_at if note else None) or sent.at,
            place=_text(sent.data.get("address"), 200),
            position=(note.position if note else None) or sent.position,
            device=_text(sent.device.name or str(sent.device.pk), 120),
            operator=sent.user.full_name,
            clock_offset=sent.clock_offset_s,
        ),
    )


def _lead(sent: Sent) -> Lead | None:
    """The lead, if its officer may see it: its photos become evidence of the case."""
    return Lead.objects.visible_to(sent.user).filter(pk__in=_ids([sent.data.get("lead")])).first()


def _object(sent: Sent) -> RegulatedObject | None:
    ids = _ids([sent.data.get("object")])
    return RegulatedObject.objects.filter(pk__in=ids, district=sent.user.unit.district_id).first()
