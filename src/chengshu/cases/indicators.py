"""The figures of penalty cases, each with one definition (ids as in the bureau's annual summary).

A figure is counted from the decisions: a case belongs to the period in which it was decided, with the fines
it has now. Sums of fines are marked as such: nothing may be ranked by them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from functools import cache
from typing import Any

from django.db.models import Exists, OuterRef, Q
from django.urls import reverse
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from chengshu.bureau.indicators import squads, towns
from chengshu.cases.models import Case, CaseStep, Party
from chengshu.cases.procedure.steps import StepKind
from chengshu.cases.procedure.transitions import State
from chengshu.kernel.indicators.declarations import (
    Dimension,
    Indicator,
    Measure,
    Population,
    Ratio,
    register,
)
from chengshu.law.catalogue import catalogue

HOUSEHOLD_WASTE = "shanghai-household-waste-regulations"
WASTE, DUST_AND_NIGHT = "waste", ("dust", "noise")
UNDONE = (State.WITHDRAWN,)
FINES = Measure("sum", "fine", of_fines=True)
CONFISCATED = Measure("sum", "confiscated", of_fines=True)
EXEMPTED = Measure("sum", "exempt_amount", of_fines=True)
CAUSES = Measure("distinct", "cause")
_IS_PENALTY = Q(exempt_amount=None) | Q(
    Exists(Party.objects.filter(case=OuterRef("pk"), outcome__type="penalty"))
)
_OF_A_PERSON = Q(Exists(Party.objects.filter(case=OuterRef("pk"), kind=Party.Kind.PERSON)))


@cache
def law_fingerprint() -> str:
    """Changes with the causes, their fields and their bases: conditions below are read from them."""
    parts = [f"{cause.code} {cause.field} {_basis(cause)}" for cause in catalogue().causes]
    parts += [f"{entry.code} {entry.transferred_from}" for entry in catalogue().fields]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]


def _basis(cause: Any) -> str:
    return str(cause.rules[0].penalty.instrument)


@cache
def _causes_under(instrument: str) -> list[str]:
    return [cause.code for cause in catalogue().causes if _basis(cause) == instrument]


def _cause_names(keys: Iterable[str]) -> Mapping[str, str]:
    known = {cause.code: cause.name for cause in catalogue().causes}
    return {key: str(known.get(key, key)) for key in keys}


def _field_names(keys: Iterable[str]) -> Mapping[str, str]:
    known = {entry.code: entry.name for entry in catalogue().fields}
    return {key: str(known.get(key, key)) for key in keys}


def _choices(choices: Iterable[tuple[Any, Any]]) -> Callable[[Iterable[str]], Mapping[str, str]]:
    return lambda keys: {str(code): str(label) for code, label in choices}


DIMENSIONS = {
    "town": towns(),
    "squad": squads(),
    "cause": Dimension("cause", _("Cause of action"), "cause", _cause_names),
    "field": Dimension("field", _("Field of enforcement"), "field", _field_names),
    "source": Dimension("source", _("Source"), "source", _choices(Case.Source.choices)),
    "procedure": Dimension("procedure", _("Procedure"), "procedure", _choices(Case.Procedure.choices)),
}


def _link(case: Any) -> str:
    return reverse("cases:case", args=[case.pk])


def _title(case: Any) -> str:
    return f"{case.decision_number or case.title} {case.party_names}"


DECIDED = Population(
    code="cases.decided",
    label=_("Cases decided"),
    rows=lambda: Case.objects.exclude(state__in=UNDONE),
    visible=lambda user: Case.objects.visible_to(user).exclude(state__in=UNDONE),
    time="decided_on",
    time_label=_("day of the decision"),
    dimensions=DIMENSIONS,
    permission="cases.view",
    title=_title,
    link=_link,
    outside=law_fingerprint,
)
SEIZED = Population(
    code="cases.seizures",
    label=_("Seizures and detentions"),
    rows=lambda: CaseStep.objects.filter(kind=StepKind.SEIZE),
    visible=lambda user: CaseStep.objects.filter(kind=StepKind.SEIZE, case__in=Case.objects.visible_to(user)),
    time="at",
    time_label=_("time of the measure"),
    moment="datetime",
    district="case__district",
    dimensions={"town": towns("case__town"), "squad": squads("case__squad")},
    permission="cases.view",
    title=lambda step: _title(step.case),
    link=lambda step: _link(step.case),
    related=("case",),
)


def _waste() -> Q:
    return _IS_PENALTY & Q(cause__in=_causes_under(HOUSEHOLD_WASTE))


def _waste_of_persons() -> Q:
    return _waste() & _OF_A_PERSON


def _other_waste() -> Q:
    return _IS_PENALTY & Q(field=WASTE) & ~Q(cause__in=_causes_under(HOUSEHOLD_WASTE))


def _dust_and_night() -> Q:
    return _IS_PENALTY & Q(field__in=DUST_AND_NIGHT)


def _in_new_fields() -> Q:
    since: dict[date, list[str]] = {}
    for entry in catalogue().fields:
        if entry.transferred_from:
            since.setdefault(entry.transferred_from, []).append(entry.code)
    moved = Q(pk__in=[])
    for day, codes in since.items():
        moved |= Q(field__in=codes, decided_on__gte=day)
    return _IS_PENALTY & moved


def _pair(stem: str, name: Any, fines_name: Any, definition: Any, condition: Callable[[], Q]) -> None:
    """The number of cases and the fines in them."""
    cases, fines = _IDS.get(stem, (f"{stem}_cases", f"{stem}_fines"))
    summed = format_lazy(_("sum of the fines: {cases}"), cases=definition)
    register(
        Indicator(cases, name, definition, "case", DECIDED, condition, owner="legal"),
        Indicator(fines, fines_name, summed, "yuan", DECIDED, condition, FINES, owner="legal"),
    )


_IDS = {
    "total": ("cases_total", "fines_total"),
    "waste_individual": ("waste_cases_individual", "waste_fines_individual"),
    "waste_other": ("waste_cases_other", "waste_fines_other"),
}
_pair(
    "total",
    _("Penalty cases"),
    _("Fines"),
    _("penalty cases decided in the period, decisions withdrawn left out; exemptions are not among them"),
    lambda: _IS_PENALTY,
)
_pair(
    "waste",
    _("Cases under the household-waste regulations"),
    _("Fines under the household-waste regulations"),
    _("penalty cases whose basis is the Shanghai household-waste regulations"),
    _waste,
)
_pair(
    "waste_individual",
    _("Household-waste cases against individuals"),
    _("Household-waste fines against individuals"),
    _("of the cases under the household-waste regulations those against a natural person"),
    _waste_of_persons,
)
_pair(
    "waste_other",
    _("Household-waste cases under other rules"),
    _("Fines in household-waste cases under other rules"),
    _("penalty cases in the field of household waste whose basis is another instrument"),
    _other_waste,
)
_pair(
    "dust_night",
    _("Dust and night-construction cases"),
    _("Fines in dust and night-construction cases"),
    _("penalty cases in the fields of dust and of construction noise"),
    _dust_and_night,
)
_pair(
    "new_field",
    _("Cases in newly transferred fields"),
    _("Fines in newly transferred fields"),
    _("penalty cases in fields transferred to the bureau, decided since the day of the transfer"),
    _in_new_fields,
)
register(
    Indicator(
        "cases_simple",
        _("By simple procedure"),
        _("penalty cases decided in the period by simple procedure"),
        "case",
        DECIDED,
        _IS_PENALTY & Q(procedure=Case.Procedure.SIMPLE),
        owner="legal",
    ),
    Indicator(
        "cases_general",
        _("By general procedure"),
        _("penalty cases decided in the period by general procedure"),
        "case",
        DECIDED,
        _IS_PENALTY & Q(procedure=Case.Procedure.GENERAL),
        owner="legal",
    ),
    Ratio(
        "cases_simple_share",
        _("Share of the simple procedure"),
        _("cases by simple procedure over all penalty cases"),
        "%",
        "cases_simple",
        "cases_total",
        owner="legal",
    ),
    Indicator(
        "new_field_categories",
        _("Causes in newly transferred fields"),
        _("different causes of action in newly transferred fields with a case decided in the period"),
        "category",
        DECIDED,
        _in_new_fields,
        CAUSES,
        owner="legal",
    ),
    Indicator(
        "new_field_confiscated",
        _("Illegal gains confiscated in newly transferred fields"),
        _("confiscations in cases in newly transferred fields"),
        "yuan",
        DECIDED,
        _in_new_fields,
        CONFISCATED,
        owner="legal",
    ),
    Indicator(
        "exempt_cases",
        _("Minor first offences left unpunished"),
        _("cases in which no penalty was imposed by a no-penalty decision of the period"),
        "case",
        DECIDED,
        ~_IS_PENALTY,
        owner="legal",
    ),
    Indicator(
        "exempt_amount",
        _("Amount not fined"),
        _("the discretionary fines that would have applied in cases left without a penalty"),
        "yuan",
        DECIDED,
        ~_IS_PENALTY,
        EXEMPTED,
        owner="legal",
    ),
    Indicator(
        "vehicles_detained",
        _("Construction vehicles detained"),
        _("seizures in the period in cases of the field of muck transport"),
        "vehicle",
        SEIZED,
        Q(case__field="muck"),
        owner="legal",
    ),
)
