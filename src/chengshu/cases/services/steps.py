"""Taking a step: lock, check the permission and the law, write, chain; all in one transaction."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from chengshu.bureau.models import Certificate, User
from chengshu.cases.authorities import area_of
from chengshu.cases.elsewhere import fined_elsewhere
from chengshu.cases.models import Case, CaseStep
from chengshu.cases.permissions import PERMISSION, SETTLING, permission_for, permissions_for
from chengshu.cases.procedure import law
from chengshu.cases.procedure.case_file import CaseFile, apply, keyed, replay, settled_by
from chengshu.cases.procedure.review import findings
from chengshu.cases.procedure.rules import Finding
from chengshu.cases.procedure.rules.base import Weight
from chengshu.cases.procedure.steps import OfficerAt, Step, StepKind
from chengshu.cases.procedure.transitions import REQUIRED
from chengshu.cases.services.blocks import BlockProblem
from chengshu.cases.services.numbering import ArchiveProblem, give_numbers, keep_number
from chengshu.cases.services.summary import save_summary
from chengshu.cases.stored import as_step, digest_of, officers_as_json
from chengshu.kernel import ledger
from chengshu.kernel.ledger.entries import plain

PARTY = "party"
AHEAD = timedelta(minutes=5)
"""By how much a device's clock may be ahead of ours."""
FINING = (StepKind.PROPOSE_DECISION, StepKind.APPROVE_DECISION, StepKind.SIMPLE_DECISION)
OWN_ACT = ("approver", "reviewer")


class StepRefused(ValueError):
    """Why a step is not taken: the findings of the rules, in one sentence each with its provision."""

    def __init__(self, found: Sequence[Finding]) -> None:
        self.findings = tuple(found)
        super().__init__(" ".join(sentence(finding) for finding in found))


def sentence(finding: Finding) -> str:
    """The finding with the provision that it offends against."""
    if finding.citation is None:
        return finding.text
    return _("%(text)s (%(law)s)") % {"text": finding.text, "law": law.cite(finding.citation)}


def may_take(user: User, case: Case, kind: StepKind) -> bool:
    """Whether the person may take this kind of step in this very case."""
    return _may_one(user, case, permissions_for(kind))


def _may_one(user: User, case: Case, permissions: Iterable[str]) -> bool:
    return any(
        user.may(one) and user.scope_for(one).covers(district_id=case.district_id, squad_id=case.squad_id)
        for one in permissions
    )


def officers_on(people: Iterable[User], day: date) -> tuple[OfficerAt, ...]:
    """People as officers of a step, each with the certificate that covers the day."""
    listed = list(people)
    held: dict[int, Certificate] = {}
    for certificate in Certificate.objects.filter(
        user__in=listed, valid_from__lte=day, valid_to__gte=day
    ).order_by("valid_to"):
        held[certificate.user_id] = certificate
    return tuple(_officer(person, held.get(person.pk)) for person in listed)


def _officer(person: User, certificate: Certificate | None) -> OfficerAt:
    if certificate is None:
        return OfficerAt(person.username, person.full_name)
    return OfficerAt(
        person.username,
        person.full_name,
        certificate.number,
        certificate.valid_to,
        certificate.valid_from,
    )


def refusal(rule: str, text: str) -> StepRefused:
    """A refusal that is not about the law but about the record itself."""
    return StepRefused([Finding(rule, Weight.SERIOUS, text, None, 0)])


def already_taken(case: Case, kind: StepKind, client_id: uuid.UUID | None) -> CaseStep | None:
    """The step that was recorded under this id before. Raises `StepRefused` where it was another one."""
    done = CaseStep.objects.filter(client_id=client_id).first() if client_id else None
    if done is not None and (done.case_id != case.pk or done.kind != kind):
        raise refusal("particulars", _("This form was sent before, for another step. Load the page again."))
    return done


def take_step(
    case: Case,
    kind: StepKind,
    *,
    by: User,
    data: Mapping[str, Any] | None = None,
    officers: Sequence[User] = (),
    at: datetime | None = None,
    client_id: uuid.UUID | None = None,
) -> CaseStep:
    """Take one step in a case and return its record; the same ``client_id`` again returns the first one.

    Raises `StepRefused` with the provisions that forbid it, ``PermissionDenied`` outside the person's rights.
    """
    with transaction.atomic():
        locked = Case.objects.select_for_update(of=("self",)).select_related("district", "town")
        current = locked.get(pk=case.pk)
        if done := already_taken(current, kind, client_id):
            return done
        if not may_take(by, current, kind):
            raise PermissionDenied(permission_for(kind))
        record = append_step(current, kind, by=by, data=data, officers=officers, at=at, client_id=client_id)
    case.refresh_from_db()
    return record


def append_step(
    current: Case,
    kind: StepKind,
    *,
    by: User | None,
    data: Mapping[str, Any] | None = None,
    officers: Sequence[User] = (),
    at: datetime | None = None,
    client_id: uuid.UUID | None = None,
    file: CaseFile | None = None,
    served: bool = False,
) -> CaseStep:
    """The part of `take_step` under the lock: the caller holds the row of the case.

    ``by`` None: the party itself, on the page where it opens its documents. ``served``: it was done before
    the party without a network (`services.served_offline`), so that no rule can undo it any more: what would
    have refused it is kept with the step as its ``objections``.
    """
    moment = timezone.localtime(at or timezone.now())
    if current.imported:  # its earlier steps were never checked, so nothing can be built on them
        raise refusal("order", _("This case comes from another system and is not worked on here."))
    if moment > timezone.now() + AHEAD:
        raise refusal("dates", _("A step is recorded when it has happened, not before."))
    if file is None:
        file = replay(
            map(as_step, current.steps.select_related("by").order_by("seq")), partial=current.imported
        )
    values = plain(dict(data or {}))
    if kind in (StepKind.PROPOSE_FILING, StepKind.SIMPLE_SCENE):
        values["area"] = area_of(current.town)  # decides in whose name: not for anybody to choose
    if by is not None and kind in PERMISSION:  # nobody approves or reviews in another's name
        values |= {name: by.username for name in OWN_ACT if name in REQUIRED[kind]}
    if kind is StepKind.CHANGE_SUBJECT:  # where none are named those of the case stay
        named = values.get("parties") or [dict(party.data) for party in file.parties.values()]
        values["parties"] = keyed(file, named)
    if kind is StepKind.CORRECT:  # not for anybody to state
        entitled = by is not None and _may_one(by, current, SETTLING)
        values["settles"] = settled_by(file, values.get("step"), by.username) if by and entitled else []
    if served and by is not None and kind is StepKind.SIMPLE_DECISION:
        held = User.objects.filter(username=str(values.get("recorded_by") or "")).first()
        noted = keep_number(current, values, moment, held or by)  # the number is of whoever served it
        values["noted"] = [*values.get("noted", ()), *([noted] if noted else ())]
    else:
        _number(current, kind, values, moment, by)
    actor = by.username if by else PARTY
    step = Step(kind, moment, actor, officers_on(officers, moment.date()), values)
    if kind in FINING:
        file.elsewhere = fined_elsewhere([current.pk]).get(current.pk, ())
    found = list(findings(file, step))
    if refusing := [finding for finding in found if finding.refuses]:
        if not served:
            raise StepRefused(refusing)
        values["objections"] = sorted({finding.rule for finding in refusing})
    apply(file, step)
    record = CaseStep(
        case=current,
        seq=len(file.steps),
        kind=kind,
        at=moment,
        by=by,
        officers=officers_as_json(step.officers),
        data=values,
        findings=[{"rule": f.rule, "weight": f.weight, "text": sentence(f)} for f in found],
        client_id=client_id or uuid.uuid4(),
    )
    record.digest = digest_of(record)
    record.save(force_insert=True)
    payload = {"seq": record.seq, "sha256": record.digest}
    ledger.append(current.chain, f"step.{kind}", payload, actor=actor, at=moment)
    save_summary(current, file)
    return record


def _number(current: Case, kind: StepKind, values: dict[str, Any], moment: datetime, by: User | None) -> None:
    """Give the numbers of a step, or refuse it."""
    try:
        give_numbers(current, kind, values, moment, by)
    except (BlockProblem, ArchiveProblem) as problem:
        code = "number-block" if isinstance(problem, BlockProblem) else "archive-number"
        raise refusal(code, str(problem)) from problem
