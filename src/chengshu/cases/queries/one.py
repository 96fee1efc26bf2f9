"""One case on one page: everything that is known about it, read in a fixed number of queries."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from chengshu.bureau.models import User
from chengshu.cases.forms.catalogue import SPECS
from chengshu.cases.forms.fields import F, Kind
from chengshu.cases.forms.outcomes import OTHERS
from chengshu.cases.forms.parties import PERSONAL
from chengshu.cases.models import Case, CaseStep, EvidenceItem
from chengshu.cases.procedure.case_file import CaseFile, replay
from chengshu.cases.procedure.clocks import clocks
from chengshu.cases.procedure.law import LawProblem
from chengshu.cases.procedure.steps import StepKind
from chengshu.cases.procedure.transitions import STEP_LABELS
from chengshu.cases.queries.law import Advice, advice
from chengshu.cases.stored import as_step
from chengshu.cases.words import cause_label, light, masked_party
from chengshu.kernel.privacy_masks import mask_name, mask_text, mask_value
from chengshu.ui.formats import number

WEIGHT_TONES = {"grave": "danger", "serious": "warn", "slight": "neutral"}
PUBLIC = ("name", "id_number", "address")  # of an organisation
PERSON_KEYS = ("approver", "reviewer", "chair", "officer")
# The particulars of steps that are not taken by a form of the case page.
EXTRA: dict[StepKind, tuple[F, ...]] = {
    StepKind.REGISTER_LEAD: (
        F("summary", gettext_lazy("Summary")),
        F("cause", gettext_lazy("Cause of action"), Kind.CAUSE),
    ),
    StepKind.ADD_EVIDENCE: (
        F("title", gettext_lazy("Title")),
        F("type", gettext_lazy("Kind of evidence"), Kind.CHOICE, choices=tuple(EvidenceItem.Type.choices)),
        F("sha256", "SHA-256"),
    ),
    StepKind.SIMPLE_SCENE: (
        F("cause", gettext_lazy("Cause of action"), Kind.CAUSE),
        F("party", gettext_lazy("Party"), Kind.PARTY),
        F("facts", gettext_lazy("Facts found")),
        F("id_shown", gettext_lazy("The officers showed their certificates")),
        F("told", gettext_lazy("Told facts, ground and rights")),
        F("heard", gettext_lazy("Heard the party")),
        F("statement", gettext_lazy("What the party said")),
    ),
}
INLINE = ("image/jpeg", "image/png", "image/webp", "image/gif")


@dataclass(frozen=True)
class Opened:
    """A case with its steps and what they add up to."""

    case: Case
    records: list[CaseStep]
    file: CaseFile


def opened(case: Case) -> Opened:
    """Read the steps (one query) and replay them."""
    records = list(case.steps.select_related("by").order_by("seq"))
    return Opened(case, records, replay(map(as_step, records), partial=case.imported))


def running(file: CaseFile, today: date) -> list[dict[str, Any]]:
    """The deadlines that run, each with its light; nothing where the law has no answer."""
    try:
        found = clocks(file)
    except LawProblem:
        return []
    return [
        {
            "light": light(clock.due, clock.code, today),
            "party": _party_name(file, clock.party) if len(file.parties) > 1 else "",
            "waits": clock.waits_for_party,
        }
        for clock in found
    ]


def _party_name(file: CaseFile, key: str) -> str:
    party = file.parties.get(key)
    return masked_party(party.kind, party.name) if party else ""


def law_of(file: CaseFile, today: date) -> list[Advice]:
    """What applies, for each kind of party in the case."""
    act = file.act_end
    if not file.cause or act is None:
        return []
    on = file.decision.day if file.decision else today
    kinds = dict.fromkeys(party.kind for party in file.parties.values()) or {"person": None}
    return [advice(file.cause, kind, act, on) for kind in kinds]


# --- parties --------------------------------------------------------------------------------------
def parties(file: CaseFile, unmasked: bool) -> list[dict[str, Any]]:
    """The parties with their particulars, personal ones masked unless somebody gave a reason."""
    return [
        {
            "key": party.key,
            "kind": party.kind,
            "name": party.name if unmasked else masked_party(party.kind, party.name),
            "facts": [(label, _shown(party.kind, name, party.data.get(name), unmasked)) for name, label in (
                ("id_number", _("Resident ID") if party.kind == "person" else _("USCC")),
                ("representative", _("Legal representative")),
                ("phone", _("Phone")),
                ("address", _("Address")),
            ) if party.data.get(name)],
            "party": party,
            "owed": party.fine + party.late_charge - party.paid,
        }
        for party in file.parties.values()
    ]  # fmt: skip


def _shown(kind: str, name: str, value: Any, unmasked: bool) -> str:
    public = kind == "organisation" and name in PUBLIC
    return str(value) if unmasked or public else mask_value(PERSONAL[name], str(value))


def personal_fields(file: CaseFile) -> list[str]:
    """Which personal particulars the parties have, as the record of a look names them."""
    return [
        f"{party.key}.{name}"
        for party in file.parties.values()
        for name in PERSONAL
        if party.data.get(name) and not (party.kind == "organisation" and name in PUBLIC)
    ]


# --- evidence -------------------------------------------------------------------------------------
def evidence(opened: Opened, *, may_read: bool) -> list[dict[str, Any]]:
    """The items of evidence with how each can be shown, and who had them; no files without ``may_read``."""
    case, signs = opened.case, sign_photos(opened.records)
    items = case.evidence.select_related("file", "by", "original").prefetch_related("custody__by")
    return [_item(case, item, signs, may_read) for item in items]


def sign_photos(records: Iterable[CaseStep]) -> dict[int, str]:
    """By the item of evidence, the SHA-256 of the photo of the sign at the off-site device that made it."""
    made = (record.data for record in records if record.kind == StepKind.ADD_EVIDENCE)
    return {
        data["item"]: str(data["sign_photo"]) for data in made if data.get("sign_photo") and "item" in data
    }


def _item(case: Case, item: EvidenceItem, signs: Mapping[int, str], may_read: bool) -> dict[str, Any]:
    readable = may_read and item.file_id
    url = reverse("cases:evidence_file", args=[case.pk, item.seq]) if readable else ""
    return {
        "item": item,
        "url": url,
        "image": url if item.file and item.file.media_type in INLINE else "",
        "sign": reverse("cases:evidence_sign", args=[case.pk, item.seq]) if item.seq in signs else "",
        "custody": list(item.custody.all()),
    }


# --- timeline -------------------------------------------------------------------------------------
def timeline(case: Opened, unmasked: bool) -> list[dict[str, Any]]:
    """What happened, newest first, with particulars in words and the findings noted."""
    names = _people(case.records)
    return [_entry(record, case.file, names, unmasked) for record in reversed(case.records)]


def free_text(file: CaseFile, text: str, unmasked: bool) -> str:
    """Text that somebody wrote, without the names of the persons in the case, their numbers and phones."""
    if unmasked:
        return text
    for party in file.parties.values():
        for name in [party.name if party.kind == "person" else "", party.data.get("representative")]:
            if name and len(str(name)) > 1:
                text = text.replace(str(name), mask_name(str(name)))
    return mask_text(text)


def _people(records: Iterable[CaseStep]) -> Mapping[str, str]:
    """Names of the people whom particulars mention by account."""
    wanted = {str(record.data[key]) for record in records for key in PERSON_KEYS if record.data.get(key)}
    return dict(User.objects.filter(username__in=wanted).values_list("username", "full_name"))


def _entry(record: CaseStep, file: CaseFile, names: Mapping[str, str], unmasked: bool) -> dict[str, Any]:
    found = record.findings
    tone = WEIGHT_TONES.get(found[0]["weight"], "warn") if found else "ok"
    return {
        "seq": record.seq,
        "at": record.at,
        "late": (record.recorded_at - record.at).days >= 1,
        "recorded_at": record.recorded_at,
        "title": STEP_LABELS[StepKind(record.kind)],
        "lines": _particulars(record, file, names, unmasked),
        "by": record.by.full_name if record.by else "",
        "officers": "、".join(
            f"{o['name']}（{o['certificate']}）" if o.get("certificate") else o["name"]
            for o in record.officers
        ),
        "findings": [
            {
                "text": free_text(file, finding["text"], unmasked),
                "weight": finding["weight"],
                "tone": WEIGHT_TONES.get(finding["weight"], "warn"),
            }
            for finding in found
        ],
        "tone": tone,
        "digest": record.digest,
    }


def _particulars(
    record: CaseStep, file: CaseFile, names: Mapping[str, str], unmasked: bool
) -> list[tuple[str, str]]:
    """Labels and values of what a step records, in the order of its form."""
    kind, data = StepKind(record.kind), record.data
    lines = []
    if data.get("number"):
        lines.append((_("Document number"), str(data["number"])))
    for declared in _declared(kind):
        value = data.get(declared.name)
        if value not in (None, "", [], {}) and declared.kind is not Kind.CONST:
            shown = _in_words(declared, value, file, names)
            lines.append((str(declared.label or _("Approved by")), free_text(file, shown, unmasked)))
    for name in ("proposals", "outcomes", "proposal"):
        value = data.get(name)
        for outcome in [value] if isinstance(value, Mapping) else value or []:
            lines.append((_party_name(file, str(outcome.get("party", "1"))), outcome_in_words(outcome)))
    return lines


def _declared(kind: StepKind) -> tuple[F, ...]:
    return EXTRA[kind] if kind in EXTRA else SPECS[kind].fields if kind in SPECS else ()


def _in_words(declared: F, value: Any, file: CaseFile, names: Mapping[str, str]) -> str:
    if declared.kind is Kind.CHOICE:
        return str(dict(declared.choices).get(str(value), value))
    if declared.kind is Kind.PARTY:
        key = value.get("key", "1") if isinstance(value, Mapping) else value
        return _party_name(file, str(key))
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    if isinstance(value, list):
        return "、".join(
            str(part.get("name", "")) if isinstance(part, Mapping) else str(part) for part in value
        )
    if declared.kind is Kind.MOMENT:
        return str(value)[:16].replace("T", " ")
    if declared.kind is Kind.CAUSE:
        return cause_label(str(value))
    return names.get(str(value), str(value))


def outcome_in_words(outcome: Mapping[str, Any]) -> str:
    """What is proposed or decided, as one text."""
    parts = []
    if outcome.get("number"):
        parts.append(str(outcome["number"]))
    if outcome.get("type") == "no_penalty":
        parts.append(_("No penalty"))
    if outcome.get("fine"):
        parts.append(_("fine of %(n)s yuan") % {"n": number(str(outcome["fine"]))})
    if outcome.get("confiscated"):
        parts.append(_("gains of %(n)s yuan confiscated") % {"n": number(str(outcome["confiscated"]))})
    parts += [str(OTHERS.get(code, code)) for code in outcome.get("others") or ()]
    if outcome.get("mitigation_ground"):
        parts.append(str(outcome["mitigation_ground"]))
    return "，".join(parts)
