"""What the paper of an on-the-spot decision says of the scene: who signed, who refused, how it was paid."""

from __future__ import annotations

from dataclasses import replace

from django.utils.translation import gettext as _

from chengshu.cases.documents import DocumentFacts, DocumentProblem
from chengshu.cases.procedure.case_file import CaseFile
from chengshu.cases.procedure.steps import Step
from chengshu.cases.procedure.steps import StepKind as K
from chengshu.kernel.files import FileDamaged, open_verified
from chengshu.kernel.models import StoredFile

REFUSED = "当事人拒绝签收，见证人：{witness}。"
PAID_AT_ONCE = "当事人当场缴纳罚款，执法人员出具财政部门统一制发的专用票据。"
COLLECTED = {"cash": "当场收缴", "bank": "到指定机构缴纳"}
SLOTS = {"officers": ("officer1", "officer2"), "party": ("party",)}


def on_the_spot(facts: DocumentFacts, file: CaseFile) -> DocumentFacts:
    """The facts with what happened at the scene. Raises `DocumentProblem` for a damaged signature."""
    scene, decision = file.last.get(K.SIMPLE_SCENE), file.last.get(K.SIMPLE_DECISION)
    if scene is None or decision is None:
        return facts
    said = [str(scene.data.get("statement") or "").strip(), _refused(file.last.get(K.SERVE))]
    ended = [part if part.endswith("。") else f"{part}。" for part in said if part]
    cash = _cash(file.first.get(K.PAY), decision)
    collected = COLLECTED["cash" if cash else "bank"] if facts.fine else ""
    return replace(
        facts,
        defence=facts.defence or "".join(ended),
        payment=PAID_AT_ONCE if cash else facts.payment,
        signatures=_signatures(decision),
        values={**facts.values, "collected": collected},
    )


def _refused(service: Step | None) -> str:
    """That the party would not sign, where the decision was left before a witness."""
    if service is None or service.data.get("mode") != "left" or not service.data.get("witness"):
        return ""
    return REFUSED.format(witness=service.data["witness"])


def _cash(payment: Step | None, decision: Step) -> bool:
    return payment is not None and payment.data.get("method") == "cash" and payment.day == decision.day


def _signatures(decision: Step) -> dict[str, tuple[bytes, ...]]:
    """The pictures of the signatures, by the place of the paper where they stand."""
    named = decision.data.get("signatures") or {}
    kept = {row.sha256: row for row in StoredFile.objects.filter(sha256__in=list(named.values()))}
    found = {
        slot: tuple(_read(kept[named[who]]) for who in signers if named.get(who) in kept)
        for slot, signers in SLOTS.items()
    }
    return {slot: marks for slot, marks in found.items() if marks}


def _read(stored: StoredFile) -> bytes:
    try:
        with open_verified(stored) as content:
            return bytes(content.read())
    except FileDamaged as damaged:
        text = _("The kept picture of a signature is damaged: %(name)s") % {"name": stored.name}
        raise DocumentProblem(text) from damaged
