"""The file review (案卷评查): nothing against lawful files, everything against the planted ones."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.utils import translation

from chengshu.cases.procedure.law import requirement
from chengshu.cases.procedure.particulars import listed
from chengshu.cases.procedure.review import review
from chengshu.cases.procedure.rules import RULES
from chengshu.cases.procedure.rules.decision import CONTENTS
from chengshu.cases.procedure.rules.hearing import NOTICE_CONTENTS
from chengshu.cases.procedure.steps import StepKind as K
from chengshu.cases.procedure.transitions import REQUIRED, State
from tests.cases import planted

LAWFUL = {
    "general": planted.general,
    "simple": planted.simple,
    "heavy": planted.heavy,
    "heavy with hearing": lambda: planted.heavy(hearing=True),
    "no penalty": planted.exempt,
    "under the law of 2021": planted.of_2022,
}


@pytest.mark.parametrize("name", LAWFUL)
def test_a_lawful_file_has_no_finding(name: str) -> None:
    file, found = review(LAWFUL[name]())
    assert [(finding.rule, finding.text) for finding in found] == []
    assert file.state is State.ARCHIVED


@pytest.mark.parametrize("wrong", planted.PLANTED)
def test_what_is_unlawful_is_found(wrong: str) -> None:
    make, rule = planted.PLANTED[wrong]
    _file, found = review(make())
    assert rule in {finding.rule for finding in found}, [(f.rule, f.text) for f in found]


@pytest.mark.parametrize("wrong", planted.PLANTED)
def test_each_finding_names_its_article(wrong: str) -> None:
    make, rule = planted.PLANTED[wrong]
    if not RULES.get(rule) or rule in {"overpaid"}:
        return  # the order of steps, dates and sums stand in no provision of their own
    finding = next(finding for finding in review(make())[1] if finding.rule == rule)
    assert finding.citation is not None
    assert finding.citation.instrument
    # of rules whose text is not at hand the article may be unknown, never of one that was read
    assert finding.citation.article.startswith("第") or not finding.citation.verified


def test_every_rule_rests_on_a_requirement_of_the_catalogue() -> None:
    from datetime import date

    for rule in RULES.values():
        if rule.article:
            assert requirement(rule.article, date(2022, 1, 1)) is not None, rule.code


def test_at_least_thirty_kinds_are_planted() -> None:
    assert len(planted.PLANTED) >= 30


def test_every_particular_that_can_be_missing_has_a_name() -> None:
    asked = {name for names in REQUIRED.values() for name in names}
    with translation.override("zh-hans"):
        for name in sorted(asked | set(CONTENTS) | set(NOTICE_CONTENTS)):
            assert re.fullmatch(r"[\u4e00-\u9fff、]+", listed([name])), name


@pytest.mark.parametrize(
    ("steps", "sentence"),
    [
        (
            lambda: planted.changed(planted.general(), K.PAY, amount=None, method=None),
            "金额、缴款方式",
        ),
        (
            lambda: planted.changed(planted.general(), K.APPROVE_DECISION, contents=["party"]),
            "处罚依据",
        ),
        (lambda: planted.changed(planted.general(), K.NOTICE, contents=["facts"]), "当事人享有的权利"),
        (lambda: planted.outcome(planted.general(), others=["revoke_licence"]), "吊销"),
    ],
)
def test_what_is_missing_is_said_in_words(steps: Any, sentence: str) -> None:
    with translation.override("zh-hans"):
        said = " ".join(finding.text for finding in review(steps())[1])
    assert sentence in said and not re.search("[a-z_]{4,}", said), said
