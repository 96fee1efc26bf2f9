"""What may be done with a lead: one route an action, each with a body and a permission of its own."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from django.db import transaction
from django.http import HttpRequest
from django.utils.translation import gettext as _
from ninja import Field, Schema
from ninja.errors import ValidationError

from chengshu.bureau.models import Unit, User
from chengshu.kernel.access import api_permission
from chengshu.leads import services
from chengshu.leads.lifecycle import PERMISSION, Action
from chengshu.leads.models import Lead

from . import examples, rendering
from .common import find, refusals
from .routes import router
from .schemas import Day, Id, LeadIn, LeadOut, Moment, example


class Body(Schema):
    """What every action may say."""

    model_config = example({}, {"expected_version": 3}, closed=True)

    expected_version: int | None = Field(
        None, ge=1, le=2**31 - 1, description="refuse (409) if the lead has changed since this version"
    )


class Noted(Body):
    """With a note."""

    model_config = example({"note": "已到现场核实"}, closed=True)

    note: str = Field("", max_length=1000)


class Reasoned(Body):
    """With a reason."""

    model_config = example({"note": "不属本中队辖区", "expected_version": 3}, closed=True)

    note: str = Field(min_length=1, max_length=1000, description="the reason, or what was done")


class Register(Noted):
    """Registering."""

    model_config = example({"route": True}, closed=True)

    route: bool = Field(True, description="also send it where the routing rules say")


class Dismiss(Reasoned):
    """Closing before dispatch."""

    model_config = example({"outcome": "unfounded", "note": "现场未见该情况"}, closed=True)

    outcome: Literal["unfounded", "not_ours"]


class Dispatch(Noted):
    """Sending to a squad."""

    model_config = example({"squad": 12, "expected_version": 2}, closed=True)

    squad: Id
    officer: Id | None = None


class Assign(Noted):
    """Giving it to an officer."""

    model_config = example({"officer": 57}, closed=True)

    officer: Id


class Transfer(Reasoned):
    """Handing it to another squad."""

    model_config = example({"squad": 14, "note": "现场位于桃浦镇"}, closed=True)

    squad: Id
    officer: Id | None = None


class Handle(Reasoned):
    """How it was handled."""

    model_config = example({"outcome": "advised", "note": "当场劝离，已清理"}, closed=True)

    outcome: Literal["advised", "unfounded", "legal", "not_ours"]


class Order(Reasoned):
    """An order to rectify."""

    model_config = example({"recheck_on": "2020-12-07", "note": "责令限期拆除违规店招"}, closed=True)

    recheck_on: Day


class Recheck(Reasoned):
    """What the re-check showed."""

    model_config = example({"complied": True, "note": "已拆除"}, closed=True)

    complied: bool


class PassOn(Reasoned):
    """Passing it on."""

    model_config = example({"body": "区市场监管局", "note": "属无证餐饮，非本局职责"}, closed=True)

    body: str = Field(min_length=1, max_length=100, description="the body that answers for it")


class Answer(Body):
    """The answer of the body it was passed on to."""

    model_config = example({"answer": "已受理，将于五日内查处"}, closed=True)

    answer: str = Field(min_length=1, max_length=500)


class Evaluate(Noted):
    """A rating."""

    model_config = example({"rating": 5, "note": "处置及时"}, closed=True)

    rating: int = Field(ge=0, le=100, description="usually 1 to 5")


class AskExtension(Reasoned):
    """Asking for more time."""

    model_config = example({"until": "2020-12-10T18:00:00+08:00", "note": "需联合属地街道"}, closed=True)

    until: Moment


class Merge(Noted):
    """Joining a double to another lead."""

    model_config = example({"into": 4700}, closed=True)

    into: Id


class PartIn(LeadIn):
    """A part of a lead. It has no number of a source: the same number would be another lead."""

    model_config = example(examples.PART, closed=True)

    source_ref: str = Field("", max_length=0)


class Split(Reasoned):
    """Splitting into parts."""

    model_config = example({"note": "两处摊位", "parts": [examples.PART, examples.PART]}, closed=True)

    parts: list[PartIn] = Field(min_length=2, max_length=50)


class Remark(Body):
    """A remark."""

    model_config = example({"note": "来电人补充：每晚七点后出摊"}, closed=True)

    note: str = Field(min_length=1, max_length=1000)


@dataclass(frozen=True)
class Verb:
    """One action: its words for the description, its body, and what it calls."""

    summary: str
    body: type[Body]
    call: Callable[[Lead, Any, Any], Any]


def _simple(service: Callable[..., Any]) -> Callable[[Lead, Any, Any], Any]:
    """A service that takes nothing but a note."""
    return lambda lead, body, by: service(lead, by=by, note=body.note)


def _register(lead: Lead, body: Register, by: User) -> None:
    services.register(lead, by=by, note=body.note)
    if body.route:
        services.route(lead, by=by)


def _dispatch(lead: Lead, body: Dispatch, by: User) -> None:
    squad = _squad(body.squad)
    services.dispatch(lead, squad, officer=_officer(body.officer), by=by, note=body.note)


def _transfer(lead: Lead, body: Transfer, by: User) -> None:
    squad = _squad(body.squad)
    services.transfer(lead, squad, officer=_officer(body.officer), by=by, note=body.note)


def _split(lead: Lead, body: Split, by: User) -> None:
    services.split(lead, [part.new() for part in body.parts], by=by, note=body.note)


VERBS: dict[Action, Verb] = {
    Action.REGISTER: Verb("立案: complete and ours", Register, _register),
    Action.DISMISS: Verb(
        "Close before dispatch: unfounded or not ours",
        Dismiss,
        lambda lead, body, by: services.dismiss(lead, body.outcome, by=by, note=body.note),
    ),
    Action.DISPATCH: Verb("派遣: send to a squad or an officer of it", Dispatch, _dispatch),
    Action.ACCEPT: Verb("接收: the squad takes it", Noted, _simple(services.accept)),
    Action.ARRIVE: Verb("到场", Noted, _simple(services.arrive)),
    Action.ASSIGN: Verb(
        "Give to an officer of the squad",
        Assign,
        lambda lead, body, by: services.assign(lead, _officer(body.officer), by=by, note=body.note),  # type: ignore[arg-type]
    ),
    Action.TRANSFER: Verb("Hand to another squad", Transfer, _transfer),
    Action.RETURN: Verb("退回: back to the dispatcher", Reasoned, _simple(services.give_back)),
    Action.HANDLE: Verb(
        "处置反馈: put right on the spot, unfounded or not ours",
        Handle,
        lambda lead, body, by: services.handle(lead, body.outcome, by=by, note=body.note),
    ),
    Action.ORDER: Verb(
        "责令改正 until a day",
        Order,
        lambda lead, body, by: services.order(lead, body.recheck_on, by=by, note=body.note),
    ),
    Action.RECHECK: Verb(
        "复查 of an order",
        Recheck,
        lambda lead, body, by: services.recheck(lead, complied=body.complied, by=by, note=body.note),
    ),
    Action.PASS_ON: Verb(
        "移送 to another body",
        PassOn,
        lambda lead, body, by: services.pass_on(lead, body.body, by=by, note=body.note),
    ),
    Action.ANSWER: Verb(
        "Answer of the other body",
        Answer,
        lambda lead, body, by: services.receive_answer(lead, body.answer, by=by),
    ),
    Action.VERIFY: Verb("核查: somebody else says that it is done", Noted, _simple(services.verify)),
    Action.REJECT: Verb("核查不通过: back to the handler", Reasoned, _simple(services.reject)),
    Action.CLOSE: Verb("结案", Noted, _simple(services.close)),
    Action.EVALUATE: Verb(
        "评价",
        Evaluate,
        lambda lead, body, by: services.evaluate(lead, body.rating, by=by, note=body.note),
    ),
    Action.REOPEN: Verb("重新办理", Reasoned, _simple(services.reopen)),
    Action.URGE: Verb("催办", Noted, _simple(services.urge)),
    Action.ASK_EXTENSION: Verb(
        "申请延期",
        AskExtension,
        lambda lead, body, by: services.ask_extension(lead, body.until, by=by, note=body.note),
    ),
    Action.GRANT_EXTENSION: Verb("准予延期", Noted, _simple(services.grant_extension)),
    Action.REFUSE_EXTENSION: Verb("不准延期", Reasoned, _simple(services.refuse_extension)),
    Action.HOLD: Verb("挂起: the clocks stand still", Reasoned, _simple(services.hold)),
    Action.RESUME: Verb("恢复", Noted, _simple(services.resume)),
    Action.MERGE: Verb(
        "并案: close a double into another lead",
        Merge,
        lambda lead, body, by: services.merge(lead, _other(body.into, by), by=by, note=body.note),
    ),
    Action.SPLIT: Verb("拆分 into parts", Split, _split),
    Action.REMARK: Verb("备注", Remark, lambda lead, body, by: services.remark(lead, body.note, by=by)),
}
"""Every action of a caller. Filing a case belongs to cases; the rest the loop does by itself."""


def _add(action: Action, verb: Verb) -> None:
    def act(request: HttpRequest, lead_id: int, body: verb.body) -> Any:  # type: ignore[name-defined]
        user: Any = request.user
        with refusals(), transaction.atomic():
            lead = services.lock(find(user, lead_id, PERMISSION[action]).pk)
            if body.expected_version not in (None, lead.version):
                raise services.LeadProblem(
                    _("Somebody else has changed this lead in the meantime. Look at it again."), "version"
                )
            verb.call(lead, body, user)
        return rendering.answer(rendering.one(lead.pk))

    act.__name__ = f"lead_{action.value}"
    act.__doc__ = verb.body.__doc__
    router.post(
        f"/{{lead_id}}/actions/{action.value}",
        response={200: LeadOut},
        by_alias=True,
        url_name=act.__name__,
        operation_id=act.__name__,
        summary=verb.summary,
        tags=["lead actions"],
    )(api_permission(PERMISSION[action])(act))


for _action, _verb in VERBS.items():
    _add(_action, _verb)


def _squad(pk: int) -> Unit:
    found = Unit.objects.filter(pk=pk, kind__in=[Unit.Kind.SQUAD, Unit.Kind.MOBILE_SQUAD]).first()
    if found is None:
        raise _unknown("squad", _("There is no such squad."))
    return found


def _officer(pk: int | None) -> User | None:
    if pk is None:
        return None
    found: User | None = User.objects.filter(pk=pk, is_service=False).first()
    if found is None:
        raise _unknown("officer", _("There is no such officer."))
    return found


def _other(pk: int, by: Any) -> Lead:
    found: Lead | None = Lead.objects.visible_to(by).filter(pk=pk).first()
    if found is None:
        raise _unknown("into", _("There is no such lead."))
    return found


def _unknown(field: str, sentence: str) -> ValidationError:
    return ValidationError([{"loc": ("body", field), "type": "unknown", "msg": sentence}])
