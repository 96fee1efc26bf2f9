"""Which squad or officer gets a lead: ordered rules as data, tried from the top.

`decide` is pure: it reads a lead's particulars and the rules, and answers with the way and the reason, so
that the what-if page replays a month under other rules with the same code.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, time
from typing import Any, Literal, Protocol, get_args

from django.utils import timezone
from django.utils.translation import gettext as _

from chengshu.kernel.workdays import WorkingDayCalendarError, is_working_day

Day = Literal["working_day", "day_of_rest"]
KEYS = frozenset(
    {"classes", "kinds", "majors", "sources", "towns", "object_classes", "credits", "severity_from", "days",
     "from", "to", "with_object"}
)  # fmt: skip


class RuleProblem(ValueError):
    """A rule that cannot be evaluated; one translated sentence."""


@dataclass(frozen=True)
class Facts:
    """What rules may ask about."""

    lead_class: str
    kind: str
    major: str
    source: str
    severity: int
    at: datetime
    town: str | None = None
    town_squad: int | None = None
    object_class: str | None = None
    credit: str | None = None
    doubt: tuple[int, ...] = ()
    """Squads between which the place is in doubt, near a boundary."""


class Rule(Protocol):
    """What `decide` needs of a rule; `RoutingRule` has it, and so has a draft on the what-if page."""

    @property
    def pk(self) -> Any: ...
    @property
    def name(self) -> str: ...
    @property
    def condition(self) -> dict[str, Any]: ...
    @property
    def target(self) -> str: ...
    @property
    def unit_id(self) -> int | None: ...
    @property
    def officer_id(self) -> int | None: ...
    @property
    def problem(self) -> str: ...


def stated(facts: Facts) -> dict[str, Any]:
    """The facts as JSON, kept with the step of registration; `facts_of_step` reads them back."""
    kept = {**vars(facts), "at": facts.at.isoformat(), "doubt": list(facts.doubt)}
    return {key: value for key, value in kept.items() if value not in (None, [])}


def facts_of_step(kept: dict[str, Any]) -> Facts:
    """What `stated` wrote."""
    at = datetime.fromisoformat(kept["at"])
    return Facts(**{**kept, "at": at, "doubt": tuple(kept.get("doubt", ()))})


@dataclass(frozen=True)
class Way:
    """Where a lead goes. Without a squad the dispatcher decides; ``failed`` names rules that broke."""

    squad: int | None
    officer: int | None
    rule: int | None
    reason: str
    failed: tuple[tuple[int, str], ...] = field(default=())


def decide(facts: Facts, rules: Sequence[Rule]) -> Way:
    """The first rule whose condition holds says where; a broken rule is named and sends to the dispatcher.

    Without any rule that holds, the squad of the town. Near a boundary, and outside every town, nobody is
    guessed: the dispatcher is asked.
    """
    for rule in rules:
        try:
            if not holds(rule.condition, facts):
                continue
            return _way(rule, facts)
        except RuleProblem as problem:
            failed = ((rule.pk, str(problem)),)
            reason = _("The rule “%(rule)s” failed: %(problem)s") % {"rule": rule.name, "problem": problem}
            return Way(None, None, rule.pk, reason, failed)
    return _town_squad(facts, None)


def holds(condition: dict[str, Any], facts: Facts) -> bool:
    """Whether every part of the condition holds. Raises `RuleProblem` for one that cannot be read."""
    if not isinstance(condition, dict):
        raise RuleProblem(_("the condition is not a set of named parts"))
    unknown = sorted(set(condition) - KEYS)
    if unknown:
        raise RuleProblem(_("unknown condition “%(key)s”") % {"key": unknown[0]})
    sets: dict[str, str | None] = {
        "classes": facts.lead_class,
        "kinds": facts.kind,
        "majors": facts.major,
        "sources": facts.source,
        "towns": facts.town,
        "object_classes": facts.object_class,
        "credits": facts.credit,
    }
    for key, value in sets.items():
        if key in condition and value not in _list(condition, key):
            return False
    if "with_object" in condition and bool(condition["with_object"]) != (facts.object_class is not None):
        return False
    if "severity_from" in condition and facts.severity < _number(condition, "severity_from"):
        return False
    return _on_day(condition, facts.at) and _in_hours(condition, facts.at)


def check_condition(condition: dict[str, Any], at: datetime) -> None:
    """Raise `RuleProblem` for a condition that could fail; used before a rule is saved."""
    if not isinstance(condition, dict):
        raise RuleProblem(_("the condition is not a set of named parts"))
    if "severity_from" in condition:
        _number(condition, "severity_from")
    for key in ("classes", "kinds", "majors", "sources", "towns", "object_classes", "credits"):
        if key in condition:
            _list(condition, key)
    holds({key: condition[key] for key in condition if key not in {"days", "from", "to"}}, _ANY)
    _on_day(condition, at)
    _in_hours(condition, at)


def _way(rule: Rule, facts: Facts) -> Way:
    reason = _("By the rule “%(rule)s”.") % {"rule": rule.name}
    if rule.target == "dispatcher":
        return Way(None, None, rule.pk, reason)
    if rule.target == "town_squad":
        return _town_squad(facts, rule)
    if rule.target not in ("unit", "officer"):
        raise RuleProblem(_("it does not say where to"))
    if rule.problem:
        raise RuleProblem(rule.problem)
    if rule.unit_id is None:
        raise RuleProblem(_("it names no squad"))
    if rule.target == "officer" and rule.officer_id is None:
        raise RuleProblem(_("it names no officer"))
    return Way(rule.unit_id, rule.officer_id if rule.target == "officer" else None, rule.pk, reason)


def _town_squad(facts: Facts, rule: Rule | None) -> Way:
    number = rule.pk if rule else None
    if len(facts.doubt) > 1:
        return Way(None, None, number, _("The place is near a boundary between squads: please choose."))
    if facts.town_squad is None:
        return Way(None, None, number, _("The place lies in no town with a squad: please choose."))
    return Way(facts.town_squad, None, number, _("The squad of the town."))


def _list(condition: dict[str, Any], key: str) -> list[Any]:
    value = condition[key]
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        raise RuleProblem(_("“%(key)s” must be a list") % {"key": key})
    return value


def _number(condition: dict[str, Any], key: str) -> int:
    value = condition[key]
    if isinstance(value, bool) or not isinstance(value, int):
        raise RuleProblem(_("“%(key)s” must be a whole number") % {"key": key})
    return value


def _on_day(condition: dict[str, Any], at: datetime) -> bool:
    if "days" not in condition:
        return True
    wanted = condition["days"]
    if not isinstance(wanted, str) or wanted not in get_args(Day):
        raise RuleProblem(_("“%(key)s” is not a kind of day") % {"key": wanted})
    try:
        return bool(is_working_day(timezone.localtime(at).date()) == (wanted == "working_day"))
    except WorkingDayCalendarError as error:
        raise RuleProblem(str(error)) from error


def _in_hours(condition: dict[str, Any], at: datetime) -> bool:
    if "from" not in condition and "to" not in condition:
        return True
    begin, end = _clock(condition, "from", time(0, 0)), _clock(condition, "to", time(0, 0))
    now: time = timezone.localtime(at).time()
    if begin < end:
        return begin <= now < end
    return now >= begin or now < end  # over midnight


def _clock(condition: dict[str, Any], key: str, default: time) -> time:
    if key not in condition:
        return default
    try:
        return time.fromisoformat(condition[key]).replace(tzinfo=None)
    except (TypeError, ValueError) as error:
        raise RuleProblem(_("“%(key)s” must be a time like 22:00") % {"key": key}) from error


_ANY = Facts("", "", "", "", 1, datetime(2020, 1, 1, tzinfo=timezone.get_default_timezone()))
