"""The penalty cases of the reference year: planned from ``data/<district>/cases.yaml``, written in bulk.

Every file is laid out by `chengshu.cases.lawful` and passes the rules that guard single steps. Nothing here
counts: the figures come from the records. People and firms do not exist.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from chengshu.bureau.models import District, User
from chengshu.cases.authorities import Authority, area_of, authority_for
from chengshu.cases.lawful import Plan, general_file, simple_file
from chengshu.cases.models import Case, Party
from chengshu.cases.procedure.steps import Step
from chengshu.cases.procedure.steps import StepKind as K
from chengshu.cases.services.bulk import WholeFile, write_files
from chengshu.cases.services.numbering import WORDS
from chengshu.demo import plans
from chengshu.demo.objects import recipe
from chengshu.demo.squads import Crew, crews
from chengshu.kernel.numbers import document_numbers
from chengshu.kernel.planner import look_again
from chengshu.kernel.whole import whole
from chengshu.law.applicable import threshold
from chengshu.law.catalogue import catalogue
from chengshu.law.model import PartyKind

BATCH = 200
TEN = 10


def plan_of(code: str) -> dict[str, Any]:
    """What a district's year of cases consists of."""
    return plans.read(code, "cases")


@dataclass(frozen=True)
class Wish:
    """One case to be made: offence, kind of party, and what is decided."""

    cause: str
    party: str
    outcome: dict[str, Any]
    simple: bool = False
    seize: str = ""
    since: date | None = None


def share_out(total: int, bounds: Sequence[tuple[int, int]], rng: random.Random) -> list[int]:
    """Whole amounts within their bounds that add up to the total exactly, most of them in tens."""
    low, high = sum(b[0] for b in bounds), sum(b[1] for b in bounds)
    if not low <= total <= high:
        raise ValueError(f"{total} does not lie between {low} and {high}")
    lean = (total - low) / max(high - low, 1)
    amounts = []
    for least, most in bounds:
        value = least + (most - least) * min(1.0, max(0.0, rng.betavariate(1 + 3 * lean, 4 - 3 * lean)))
        amounts.append(min(most, max(least, round(value / TEN) * TEN)))
    places = list(range(len(amounts)))
    for unit in (TEN, 1):
        while abs(total - sum(amounts)) >= unit:
            gap, moved = total - sum(amounts), False
            rng.shuffle(places)
            for place in places:
                if abs(gap) < unit:
                    break
                step = unit if gap > 0 else -unit
                if bounds[place][0] <= amounts[place] + step <= bounds[place][1]:
                    amounts[place] += step
                    gap, moved = gap - step, True
            if not moved:
                break
    return amounts


def wishes(plan: dict[str, Any], rng: random.Random, scale: float = 1.0) -> list[Wish]:
    """Every case of the year, in no particular order."""
    made: list[Wish] = []
    for group in plan["groups"]:
        entries = [entry for entry in group["causes"] for _ in range(max(1, round(entry["n"] * scale)))]
        bounds = [(entry["low"], entry["high"]) for entry in entries]
        wanted = group.get("fines") or group.get("exempt") or 0
        if scale != 1.0:  # a part of the year keeps the averages, not the sums
            wanted = min(max(round(wanted * scale), sum(b[0] for b in bounds)), sum(b[1] for b in bounds))
        amounts = share_out(wanted, bounds, rng)
        gains = _gains(group, entries, rng)
        for entry, amount in zip(entries, amounts, strict=True):
            gain = gains.pop() if entry.get("gain") else 0
            made.append(
                Wish(
                    entry["cause"],
                    entry["party"],
                    _outcome(group, amount, gain),
                    entry.get("procedure") == "simple",
                    entry.get("seize", ""),
                    group.get("since"),
                )
            )
    rng.shuffle(made)
    return made


def _gains(group: dict[str, Any], entries: list[dict[str, Any]], rng: random.Random) -> list[int]:
    """Illegal gains that add up to the group's, each above the highest fine counted from it."""
    bounds = [(entry["high"], 4 * entry["high"]) for entry in entries if entry.get("gain")]
    return share_out(group["confiscated"], bounds, rng) if bounds and "confiscated" in group else []


def _outcome(group: dict[str, Any], amount: int, gain: int) -> dict[str, Any]:
    if "exempt" in group:
        return {
            "type": "no_penalty", "reason": "minor_corrected", "would_be": amount,
            "education": "当场教育，签署承诺书",
        }  # fmt: skip
    outcome: dict[str, Any] = {"type": "penalty", "fine": amount}
    if gain:
        outcome |= {"confiscated": gain, "base_value": gain, "others": ["confiscate_gain"]}
    return outcome


def load_cases(
    district: District,
    *,
    seed: int = 2020,
    scale: float = 1.0,
    report: Callable[[int, int, str], None] | None = None,
) -> int:
    """Write what is missing of the year's cases, in order of their decisions; how many were written.

    ``scale`` below 1 makes a part of the year. Batches are committed one by one, so that nobody waits long
    for a lock; a second call, or one after a killed process, goes on where the first stopped.
    """
    plan, rng = plan_of(district.code), random.Random(seed)  # noqa: S311 - invented data
    wanted = wishes(plan, rng, scale)
    of_the_year = Case.objects.filter(district=district, decided_on__year=plan["year"])
    present = of_the_year.count()
    if present >= len(wanted):
        return 0
    teams = crews(district)
    drafts = [_draft(district, wish, plan, teams, rng, number) for number, wish in enumerate(wanted, 1)]
    drafts.sort(key=lambda draft: draft.decided)
    people = {user.username: user for user in User.objects.filter(unit__district=district)}
    for start in range(present, len(drafts), BATCH):
        with whole():
            files = list(_numbered(district, drafts[start : start + BATCH]))
            write_files(district, files, by=None, people=people)
        if report:
            report(min(start + BATCH, len(drafts)), len(drafts), "案件")
    look_again(Case, Party)
    return len(drafts) - present


@dataclass(frozen=True)
class _Draft:
    plan: Plan
    crew: Crew
    simple: bool
    authority: Authority
    steps: list[Step]
    place: str

    @property
    def type(self) -> str:
        """``penalty`` or ``no_penalty``."""
        return str(self.plan.parties[0]["outcome"]["type"])

    @property
    def exempt(self) -> bool:
        """Whether it ends without a penalty."""
        return self.type == "no_penalty"

    @property
    def decided(self) -> datetime:
        """When the decision is made."""
        return _first(self.steps, K.APPROVE_DECISION, K.SIMPLE_DECISION)


def _first(steps: Sequence[Step], *kinds: K) -> datetime:
    """When the first step of these kinds is taken."""
    return next(step.at for step in steps if step.kind in kinds)


def _draft(
    district: District,
    wish: Wish,
    plan: dict[str, Any],
    teams: Sequence[Crew],
    rng: random.Random,
    number: int,
) -> _Draft:
    """Lay one file out so that its decision falls into the year."""
    crew = rng.choices(teams, [team.weight for team in teams])[0]
    words = recipe(district.code)
    party = _party(wish, words, rng)
    place = f"{rng.choice(words['roads'])}{rng.randrange(1, 900)}号"
    first = wish.since or date(plan["year"], 1, 2)
    while True:
        day = _day(plan, rng)
        if day < first:
            continue
        held = authority_for(district, crew.town, day)
        draft = Plan(
            cause=wish.cause, parties=[party], act_on=day, officers=crew.pair(rng), leader=crew.leader,
            source=rng.choices(list(plan["sources"]), list(plan["sources"].values()))[0],
            summary=f"实施“{catalogue().cause(wish.cause).name}”的行为，经现场检查属实。",
            area=area_of(crew.town),
            authority_kind=held.kind, authority=held.name, ordinal=number,
            minute=rng.randrange(8 * 60, 16 * 60), pace=rng.randrange(1, 5),
            hearing=_hearing(wish, plan, rng), seize=[{"name": wish.seize, "n": 1}] if wish.seize else (),
        )  # fmt: skip
        steps = simple_file(draft) if wish.simple else general_file(draft)
        made = _Draft(draft, crew, wish.simple, held, steps, place)
        if made.decided.year == plan["year"]:
            return made


def _hearing(wish: Wish, plan: dict[str, Any], rng: random.Random) -> bool:
    kind: PartyKind = "person" if wish.party == "person" else "organisation"
    limit = threshold("hearing", date(plan["year"], 1, 1)).amount(kind)  # only those who may ask do
    return int(wish.outcome.get("fine", 0)) >= limit and rng.random() < float(plan["hearing_share"])


def _day(plan: dict[str, Any], rng: random.Random) -> date:
    """A day of the year: by the rhythm of the months, weekends at a third."""
    while True:
        month = rng.choices(range(1, 13), plan["months"])[0]
        day = date(plan["year"], month, 1) + timedelta(days=rng.randrange(28 if month == 2 else 30))
        if day.weekday() < 5 or rng.random() < 1 / 3:
            return day


def _party(wish: Wish, words: dict[str, Any], rng: random.Random) -> dict[str, Any]:
    if wish.party == "person":
        name = rng.choice(words["surnames"]) + "".join(rng.sample(words["given"], 2))
        born = date(rng.randrange(1950, 2000), rng.randrange(1, 13), rng.randrange(1, 28))
        known = {"key": "1", "kind": "person", "name": name, "birth": born.isoformat()}
        return known | {"outcome": wish.outcome}
    name = f"上海{rng.choice(words['brands'])}{rng.choice(['商贸', '餐饮', '建设', '物业', '运输'])}有限公司"
    return {"key": "1", "kind": "organisation", "name": name, "outcome": wish.outcome}


def _numbered(district: District, drafts: Sequence[_Draft]) -> Iterator[WholeFile]:
    """Give case and decision numbers in the order of time, out of the series that live cases go on with."""
    filed = sorted((d for d in drafts if not d.simple), key=lambda d: _first(d.steps, K.APPROVE_FILING))
    cases = {id(d): n for d, n in _series(district, filed, case=True)}
    decisions = {id(d): n for d, n in _series(district, drafts)}
    told = [d for d in filed if not d.exempt]
    notices = {id(d): n for d, n in _series(district, told, WORDS["notice"])}
    for draft in drafts:
        number, decision = cases.get(id(draft)), decisions[id(draft)]
        notice = notices.get(id(draft), "")
        steps = [_with_numbers(step, number or decision, decision, notice) for step in draft.steps]
        yield WholeFile(
            steps,
            draft.crew.squad,
            draft.crew.town,
            draft.plan.source,
            draft.place,
            number=number or decision,
        )


def _series(
    district: District, drafts: Sequence[_Draft], kind: str = "", *, case: bool = False
) -> Iterator[tuple[_Draft, str]]:
    """Each draft with the next number of its series: of cases, of a kind of document, or of decisions."""
    by_series: dict[tuple[str, str, str, int], list[_Draft]] = {}
    for draft in drafts:
        word = "" if case else kind or WORDS["simple" if draft.simple else draft.type]
        template = draft.authority.case_number if case else draft.authority.number
        by_series.setdefault((template, draft.authority.word, word, draft.decided.year), []).append(draft)
    for (template, held, word, year), members in by_series.items():
        parts = {"word": held, "year": year} | ({} if case else {"kind": word})
        numbers = document_numbers(template, len(members), district_id=district.pk, **parts)
        yield from zip(members, numbers, strict=True)


def _with_numbers(step: Step, number: str, decision: str, notice: str) -> Step:
    """The step with the numbers of the case, of its notice and of its decision."""
    if step.kind is K.NOTICE:
        return replace(step, data={**step.data, "number": notice})
    if step.kind is K.APPROVE_FILING:
        return replace(step, data={**step.data, "number": number})
    if step.kind in (K.APPROVE_DECISION, K.SIMPLE_DECISION):
        outcomes = [{**outcome, "number": decision} for outcome in step.data["outcomes"]]
        given = {"number": decision} if step.kind is K.SIMPLE_DECISION else {}
        return replace(step, data={**step.data, "outcomes": outcomes, **given})
    return step
