"""The file review over many cases: what it counts, what it lists, and that a sample can be drawn again."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from click.testing import CliRunner
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from chengshu.bureau.models import District, Unit
from chengshu.cases import reviewing
from chengshu.cases.models import Case
from chengshu.cases.procedure.rules import RULES
from chengshu.cases.procedure.steps import Step, StepKind
from chengshu.cases.rule_names import RULE_NAMES
from chengshu.cases.services.bulk import WholeFile, write_files
from chengshu.config.commands.cases import cases as command
from tests.cases import files, planted

pytestmark = pytest.mark.django_db


def write(district: District, *given: list[Step], number: str = "普城管立〔2020〕第{:06d}号") -> list[Case]:
    """Files as they are, unlawful ones too: rows of an old system, judged afterwards like files made here."""
    squads = list(Unit.objects.filter(district=district, kind=Unit.Kind.SQUAD).order_by("code"))
    whole = [
        WholeFile(steps, squad=squads[place % 2], number=number.format(place + 1), partial=True)
        for place, steps in enumerate(given)
    ]
    made = write_files(district, whole, by=None)
    Case.objects.filter(pk__in=[case.pk for case in made]).update(imported=False)
    return made


def review(district: District, **chosen: Any) -> reviewing.ReviewReport:
    cases = reviewing.of_district(district)
    return reviewing.review_cases(reviewing.choose(cases, reviewing.Chosen(**chosen)))


def test_every_rule_has_a_name() -> None:
    assert set(RULES) <= set(RULE_NAMES)


def test_findings_are_counted_by_rule_and_listed_by_case(district: District) -> None:
    lawful, unlawful, again = write(
        district,
        planted.general(),
        planted.outcome(planted.general(), fine=100),
        planted.outcome(planted.general(), fine=100),
    )
    report = review(district)
    assert (report.files, report.with_findings) == (3, 2)
    counted = report.rules["fine-range"]
    assert (counted.findings, counted.files, counted.weight) == (2, 2, "grave")
    assert counted.provisions and counted.provisions[0].startswith("《")
    assert {one.case for one in report.findings} == {unlawful.pk, again.pk}
    one = next(one for one in report.findings if one.rule == "fine-range")
    assert one.step == 1 + next(
        place for place, step in enumerate(planted.general()) if step.kind is StepKind.APPROVE_DECISION
    )
    assert lawful.pk not in {one.case for one in report.findings}


def test_the_review_finds_in_the_database_what_the_rules_find_in_memory(district: District) -> None:
    names = ["one officer only", "no notice", "simple procedure above its limit", "served after seven days"]
    made = write(district, *(planted.PLANTED[name][0]() for name in names))
    found = {one.case: set[str]() for one in review(district).findings}
    for one in review(district).findings:
        found[one.case].add(one.rule)
    for case, name in zip(made, names, strict=True):
        assert planted.PLANTED[name][1] in found[case.pk]


def test_persons_are_masked_in_what_is_listed(district: District) -> None:
    steps = planted.without(planted.simple(), StepKind.PAY)
    write(district, steps)
    texts = [one.text for one in review(district).findings]
    assert texts and not any("王小明" in text for text in texts)
    assert any("王" in text for text in texts)


def test_year_and_squad_narrow_the_cases(district: District) -> None:
    old, _other = write(district, planted.general(), planted.of_2022())
    squad = Unit.objects.get(pk=Case.objects.get(pk=old.pk).squad_id)
    cases = reviewing.of_district(district)
    assert reviewing.choose(cases, reviewing.Chosen(year=2020)) == [old.pk]
    assert reviewing.choose(cases, reviewing.Chosen(squad=squad.code)) == [old.pk]


def test_a_sample_is_the_same_for_the_same_seed(district: District) -> None:
    made = write(district, *(planted.simple() for _ in range(12)))
    cases = reviewing.of_district(district)

    def drawn(seed: str, size: int = 5) -> list[int]:
        return reviewing.choose(cases, reviewing.Chosen(sample=size, seed=seed))

    assert drawn("2020") == drawn("2020") != drawn("2021")
    assert len(drawn("2020")) == 5 and set(drawn("2020")) <= {case.pk for case in made}
    assert set(drawn("2020", 4)) < set(drawn("2020", 5))
    assert drawn("2020", 50) == [case.pk for case in made]


def test_many_files_take_few_queries(district: District) -> None:
    made = write(district, *(planted.simple() for _ in range(20)))
    with CaptureQueriesContext(
        connection,
    ) as queries:
        reviewing.review_cases([case.pk for case in made])
    assert len(queries) == 4  # cases, steps, their parties, fines of those elsewhere


def test_steps_whose_particulars_the_law_cannot_judge_are_findings_not_faults(district: District) -> None:
    steps = planted.outcome(planted.general(), tier="light")
    strange = [
        replace(step, data={**step.data, "cause": "no.such-cause"}) if step.data.get("cause") else step
        for step in steps
    ]
    write(district, strange)
    assert {"party-kind", "fine-range"} <= set(review(district).rules)


@given(counts=st.lists(st.integers(0, 4), max_size=30), most=st.integers(1, 10))
def test_everything_is_counted_however_little_is_kept(counts: list[int], most: int) -> None:
    report = reviewing.ReviewReport(most=most)
    for case, count in enumerate(counts):
        weights = ["slight", "grave", "serious", "grave"][:count]
        report.add([reviewing.FoundInFile(case, "", 1, "", w, w, "", "") for w in weights])
    shown = report.as_dict()
    assert shown["files"] == len(counts) and shown["found"] == sum(counts)
    assert sum(rule["findings"] for rule in shown["rules"]) == sum(shown["by_weight"].values()) == sum(counts)
    assert len(shown["findings"]) == min(most, sum(counts))


# --- the command --------------------------------------------------------------------------------------
@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    monkeypatch.setattr("chengshu.config.commands.cases.setup_django", lambda **_: None)
    return lambda *arguments: CliRunner().invoke(command, list(map(str, arguments)))


def test_the_command_lists_and_counts(district: District, run: Callable[..., Any]) -> None:
    write(district, planted.general(), planted.outcome(planted.general(), fine=100))
    result = run("review")
    assert result.exit_code == 0
    assert "罚款幅度" in result.output and "评查 2 份案卷，1 份有问题" in result.output
    shown = json.loads(run("review", "--year", 2020, "--json").output)
    assert shown["files"] == 2 and shown["by_weight"]["grave"] >= 1
    assert json.loads(run("review", "--year", 2019, "--json").output)["files"] == 0


def test_the_command_draws_a_sample_with_its_seed_only(district: District, run: Callable[..., Any]) -> None:
    from chengshu.config.problems import Problem

    write(district, *(planted.simple() for _ in range(4)))
    shown = json.loads(run("review", "--sample", 2, "--seed", "评查2020", "--json").output)
    assert shown["files"] == 2 and len(shown["cases"]) == 2
    assert isinstance(run("review", "--sample", 2).exception, Problem)
    assert isinstance(run("review", "--squad", "none").exception, Problem)


def test_the_command_exports_a_file(district: District, run: Callable[..., Any], tmp_path: Any) -> None:
    from chengshu.cases.exporting.verify import verify_file
    from chengshu.config.problems import Problem
    from tests import factories

    case = files.make_file(district)
    person = factories.make_user("legal_reviewer")
    out = tmp_path / "file.zip"
    assert run("export", case.number, "--out", out, "--user", person.username).exit_code == 0
    assert verify_file(out).ok
    clerk = factories.make_user("registry_clerk")
    assert isinstance(run("export", case.number, "--out", out, "--user", clerk.username).exception, Problem)
    assert isinstance(run("export", "none", "--out", out, "--user", person.username).exception, Problem)
