"""Documents of a case: what they say comes from its steps; issued ones are numbered, signed and frozen."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from io import BytesIO
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from chengshu.bureau.models import District, User
from chengshu.cases.authorities import authority_for, printed_for
from chengshu.cases.documents import DocumentFacts, DocumentModel, DocumentProblem, as_data, kind
from chengshu.cases.documents import facts as f
from chengshu.cases.documents.editing import compose_edited
from chengshu.cases.documents.money import rmb_capital
from chengshu.cases.models import Case, CaseDocument, Party
from chengshu.cases.permissions import VIEW, WORK
from chengshu.cases.procedure import law
from chengshu.cases.procedure.case_file import CaseFile, PartyView, party_of, replay
from chengshu.cases.procedure.steps import Step
from chengshu.cases.procedure.steps import StepKind as K
from chengshu.cases.services.advice import ADVICE, advised
from chengshu.cases.services.drafts import Draft, Slot, draft_of, refuse_stale
from chengshu.cases.services.numbering import next_document_number
from chengshu.cases.services.on_paper import on_the_spot
from chengshu.cases.stored import as_step
from chengshu.kernel import files, ledger

# The step whose particulars, number and day a document takes, for kinds that come from one.
STEP_OF: dict[str, K] = {
    "lead_registration": K.REGISTER_LEAD,
    "filing_approval": K.APPROVE_FILING,
    "no_filing_approval": K.REFUSE_FILING,
    "rectification_order": K.ORDER_RECTIFY,
    "interview_record": K.INQUIRE,
    "seizure_decision": K.SEIZE,
    "seizure_list": K.SEIZE,
    "seizure_extension": K.EXTEND_SEIZURE,
    "seizure_release": K.RELEASE_SEIZURE,
    "investigation_report": K.REPORT,
    "legal_review_opinion": K.LEGAL_REVIEW,
    "collective_discussion_record": K.DISCUSS,
    "penalty_notice": K.NOTICE,
    "hearing_right_notice": K.NOTICE,
    "defence_record": K.STATEMENT,
    "hearing_notice": K.HEARING_NOTICE,
    "hearing_record": K.HOLD_HEARING,
    "decision_approval": K.APPROVE_DECISION,
    "penalty_decision": K.APPROVE_DECISION,
    "no_penalty_decision": K.APPROVE_DECISION,
    "simple_decision": K.SIMPLE_DECISION,
    "service_return": K.SERVE,
    "performance_reminder": K.REMIND,
    "late_fee_decision": K.LATE_CHARGE,
    "court_application": K.APPLY_TO_COURT,
    "closing_approval": K.CLOSE,
    "transfer_letter": K.TRANSFER,
    "withdrawal_approval": K.WITHDRAW,
}
DECISIONS = frozenset({"penalty_decision", "no_penalty_decision", "simple_decision"})
OTHERS = {
    "warning": "警告",
    "confiscate_gain": "没收违法所得",
    "confiscate_goods": "没收非法财物",
    "revoke_licence": "吊销许可证件",
    "suspend_business": "责令停业整顿",
}


def file_of(case: Case) -> CaseFile:
    """The case as its kept steps add up."""
    return replay(map(as_step, case.steps.select_related("by").order_by("seq")), partial=case.imported)


def facts_of(case: Case, kind_code: str, party_key: str | None = None, recipient: str = "") -> DocumentFacts:
    """What the case has to say in a document of a kind; what it does not know stays blank.

    ``recipient``: the body that an enforcement advice goes to, by default the party.
    """
    file = file_of(case)
    party = file.parties.get(party_key or "1") or next(iter(file.parties.values()), PartyView("1"))
    step = file.last.get(STEP_OF.get(kind_code, K.REGISTER_LEAD))
    day = step.day if step and kind_code != ADVICE else timezone.localdate()
    held = authority_for(case.district, case.town, day)
    base = DocumentFacts(
        authority=_deciding(kind_code, step) or held.name,
        case_number=case.number,
        source=str(case.get_source_display()),
        found_at=case.created_at if not file.steps else file.steps[0].at,
        filed_on=file.filed_on,
        closed_on=case.closed_on,
        unit=case.squad.name if case.squad else "",
        officers=tuple(f.Officer(o.name, o.certificate) for o in file.officers),
        act_time=file.act_on,
        act_place=case.place,
        evidence=tuple(f.Evidence(str(item.data.get("title") or "证据"), "1份") for item in file.evidence),
        date=day,
        recipient=party.name,
        **_said_by(file, kind_code, step.data if step else {}),
    )
    base = replace(base, **_party(party), **_law(file, party, day), **printed_facts(case.district, day))
    said = replace(base, **_outcome(file, party, kind_code, day))
    if kind_code == "simple_decision":
        said = on_the_spot(said, file)
    return advised(said, file.cause, recipient) if kind_code == ADVICE else said


def _deciding(kind_code: str, step: Step | None) -> str:
    """In whose name a decision was made: what the party holds names that authority, whoever it is today."""
    return str(step.data.get("authority") or "") if step and kind_code in DECISIONS else ""


def _said_by(file: CaseFile, kind_code: str, data: Any) -> dict[str, Any]:
    """Words that the step itself recorded."""
    report = file.last.get(K.REPORT) or file.last.get(K.SIMPLE_SCENE) or file.first.get(K.REGISTER_LEAD)
    told = (report.data.get("facts") or report.data.get("summary")) if report else ""
    facts = str(data.get("facts") or told or "")
    said: dict[str, Any] = {"facts": facts, "number": str(data.get("number") or "")}
    if kind_code in DECISIONS:
        said["number"] = ""
    items = data.get("items") or ()
    said["items"] = tuple(
        f.Item(str(item.get("name", "")), quantity=str(item.get("n", "")), state=str(item.get("state", "")))
        for item in items
    )
    said["due"] = data.get("due_on")
    said["hearing_at"], said["chair"] = data.get("hearing_on"), str(data.get("chair") or "")
    said["order_text"] = str(data.get("text") or "立即改正违法行为")
    said["delivery_mode"] = str(data.get("mode") or "")
    said["receiver"] = str(data.get("receiver") or "")
    return said


def _party(party: PartyView) -> dict[str, Any]:
    data = party.data
    return {
        "party_kind": party.kind,
        "party_name": party.name,
        "party_birth": party.birth,
        "party_sex": str(data.get("sex") or ""),
        "party_phone": str(data.get("phone") or ""),
        "party_address": str(data.get("address") or ""),
        "party_representative": str(data.get("representative") or ""),
        **(
            {"party_uscc": str(data.get("id_number") or "")}
            if party.kind == "organisation"
            else {"party_id_type": "居民身份证", "party_id_number": str(data.get("id_number") or "")}
        ),
    }


def _law(file: CaseFile, party: PartyView, day: date) -> dict[str, Any]:
    """Offence and provisions by the law that applies."""
    if not file.cause or not law.known(file.cause):
        return {}
    said: dict[str, Any] = {"cause": law.cause(file.cause).name}
    rule = law.rule_or_none(file.cause, file.act_end, max(day, file.act_end or day), party.kind)
    if rule is not None:
        said |= {"breached": law.cite(rule.breach), "applied": law.cite(rule.penalty)}
    return said


def printed_facts(district: District, day: date) -> dict[str, Any]:
    """Remedies and payment: lengths from the law of the day, names from the district's data."""
    words = printed_for(district)
    return {
        "review_authority": words.get("review_authority", ""),
        "court": words.get("court", ""),
        "bank": words.get("bank", ""),
        "authority_address": words.get("address", ""),
        "authority_phone": words.get("phone", ""),
        "review_days": law.period("reconsideration", day).n,
        "suit_months": law.period("litigation", day).n,
        "payment_days": law.period("payment", day).n,
        "payment": f"当事人应当自收到本决定书之日起{law.period('payment', day).n}日内，"
        f"到{words.get('bank', '')}或者通过电子支付系统缴纳罚款。",
    }


def _outcome(file: CaseFile, party: PartyView, kind_code: str, day: date) -> dict[str, Any]:
    """What is proposed or decided for the party."""
    outcome = party.outcome if kind_code in DECISIONS or party.outcome else {}
    if not outcome and party.notice:
        outcome = party.notice.data.get("proposal") or {}
    if not outcome and file.done(K.REPORT):
        proposals = file.last[K.REPORT].data.get("proposals") or []
        outcome = next((p for p in proposals if str(p.get("party", "1")) == party.key), {})
    fine = Decimal(str(outcome.get("fine") or 0))
    items = [OTHERS.get(other, other) for other in outcome.get("others") or ()]
    items += [f"罚款{rmb_capital(fine)}"] if fine else []
    said: dict[str, Any] = {
        "decision_items": tuple(items),
        "fine": fine or None,
        "tier": str(outcome.get("tier") or ""),
        "decision_number": str(outcome.get("number") or ""),
        "decided_on": file.decision.day if file.decision else None,
        "values": {"statement_days": _days("statement", day)},
    }
    if kind_code in DECISIONS:
        said["number"] = str(outcome.get("number") or "")
    if outcome.get("type") == "no_penalty":
        reason = law.exemption_reason(str(outcome.get("reason")), day)
        if reason:
            said |= {"tier_reason": f"{reason.name}。", "applied": law.cite(reason.citation)}
        said["values"] |= {"education": str(outcome.get("education") or "")}
    if party.notice:
        said |= {
            "notice_number": str(party.notice.data.get("number") or ""),
            "notice_served_on": party.notice_served_on,
        }
    if party.statement:
        made = party.statement.data.get("made")
        silent = "" if made else "当事人未提出陈述申辩意见。"
        said["defence"] = str(party.statement.data.get("text") or silent)
    if party.statement_review:
        said["defence_review"] = str(party.statement_review.data.get("reason") or "")
    return said


def _days(code: str, day: date) -> str:
    period = law.period(code, day)
    return f"{period.n}{'个工作日' if period.unit == 'working_day' else '日'}"


def draft(case: Case, kind_code: str, party_key: str | None = None, recipient: str = "") -> Draft:
    """The document before issue, with what was edited in Word."""
    slot = Slot.of(case, kind_code, party_key)
    if not recipient and kind_code == ADVICE and (kept := slot.kept()):
        recipient = kept.recipient
    return draft_of(slot, facts_of(case, kind_code, party_key, recipient))


def preview(case: Case, kind_code: str, party_key: str | None = None, recipient: str = "") -> DocumentModel:
    """How the document would be issued."""
    return draft(case, kind_code, party_key, recipient).shown


def check_may_issue(case: Case, by: User) -> None:
    """Raises ``PermissionDenied`` for a person who may not make documents of this case."""
    scope = by.scope_for(WORK if by.may(WORK) else "cases.manage")
    if not scope.covers(district_id=case.district_id, squad_id=case.squad_id):
        raise PermissionDenied(VIEW)


def _kept_number(case: Case, kind_code: str, party_key: str | None) -> str:
    """The number of the version issued before, where it came of the same step: a text set right keeps it."""
    party = Slot.of(case, kind_code, party_key).party
    earlier = case.documents.filter(kind=kind_code, party=party).order_by("-version").first()
    if earlier is None or kind_code not in STEP_OF:
        return ""
    file, key = file_of(case), party.key if party else None
    for seq, step in reversed(list(enumerate(file.steps, 1))):
        concerned = party_of(file, step) if "party" in step.data else None
        if step.kind is STEP_OF[kind_code] and (concerned is None or key in (None, concerned.key)):
            return earlier.number if seq <= (earlier.step_seq or 0) else ""
    return earlier.number


def issue_document(
    case: Case,
    kind_code: str,
    *,
    by: User,
    party_key: str | None = None,
    recipient: str = "",
    facts: DocumentFacts | None = None,
) -> CaseDocument:
    """Issue a document: complete, numbered, set, signed, frozen as its next version, noted in the ledger.

    What was edited in Word goes in. ``facts``: others than the case's. Raises `DocumentProblem` naming what
    it lacks, and where the case changed after the edit.
    """
    check_may_issue(case, by)
    if case.imported:
        raise DocumentProblem(_("This case comes from another system and is not worked on here."))
    from chengshu.cases.documents.sign import bureau_signer, issue_pdf

    each = kind(kind_code)
    with transaction.atomic():
        locked = Case.objects.select_for_update(of=("self",)).select_related("district", "town")
        current = locked.get(pk=case.pk)
        before = draft(current, kind_code, party_key, recipient)
        refuse_stale(before)
        said = facts or before.facts
        if each.numbered and not said.number:
            if kind_code in DECISIONS:
                raise DocumentProblem(_("The decision has not been made yet."))
            number = _kept_number(current, kind_code, party_key) or next_document_number(
                current, each.number, said.date or timezone.localdate()
            )
            said = replace(said, number=number)
        model = compose_edited(each, said, {} if facts else before.edits)
        pdf = issue_pdf(model, bureau_signer())
        kept = files.store(BytesIO(pdf), name=f"{each.name}.pdf", media_types={"application/pdf"})
        party = Party.objects.filter(case=current, key=party_key or "1").first()
        earlier = before.issued
        document = CaseDocument.objects.create(
            case=current, party=party, kind=kind_code, number=said.number, version=earlier + 1,
            step_seq=current.step_count, facts=as_data(model), pdf=kept, sha256=kept.sha256,
            issued_at=timezone.now(), by=by,
        )  # fmt: skip
        payload = {"kind": kind_code, "number": said.number, "version": earlier + 1, "sha256": kept.sha256}
        ledger.append(current.chain, "document.issued", payload, actor=by.username)
    return document
