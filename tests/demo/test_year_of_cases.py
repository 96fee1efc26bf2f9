"""The reference year's cases: the figures come out of the records, and the review finds nothing."""

from __future__ import annotations

import csv
import random
from collections import Counter
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.db.models import Q, Sum

from chengshu.bureau.models import District
from chengshu.cases.models import Case, CaseStep
from chengshu.cases.procedure.review import review
from chengshu.cases.stored import as_step
from chengshu.demo.cases import load_cases, plan_of, share_out, wishes
from chengshu.kernel.ledger import verify_chain
from chengshu.law.catalogue import catalogue
from tests import factories

FIGURES = Path(__file__).resolve().parents[3] / "shared" / "reference" / "figures-2020.csv"


@pytest.mark.skipif(not FIGURES.exists(), reason="the reference figures, which must lie beside, are absent")
def test_the_plan_adds_up_to_the_reference_year() -> None:
    with FIGURES.open(encoding="utf-8") as stream:
        figures = {row["id"]: row["value"] for row in csv.DictReader(stream)}
    made = wishes(plan_of("310107"), random.Random(1))
    penal = [wish for wish in made if wish.outcome["type"] == "penalty"]
    law = {cause.code: cause for cause in catalogue().causes}

    def fines(chosen: list[Any]) -> int:
        return sum(wish.outcome["fine"] for wish in chosen)

    def basis(wish: Any) -> str:
        return law[wish.cause].rules[0].penalty.instrument

    household = [w for w in penal if basis(w) == "shanghai-household-waste-regulations"]
    individual = [w for w in household if w.party == "person"]
    others = [w for w in penal if law[w.cause].field == "waste" and w not in household]
    dust = [w for w in penal if law[w.cause].field in ("dust", "noise")]
    new = [w for w in penal if catalogue().field(law[w.cause].field).transferred_from]
    exempt = [w for w in made if w.outcome["type"] == "no_penalty"]
    counted = {
        "cases_total": len(penal),
        "cases_simple": sum(w.simple for w in penal),
        "cases_general": sum(not w.simple for w in penal),
        "fines_total": fines(penal),
        "waste_cases": len(household),
        "waste_fines": fines(household),
        "waste_cases_individual": len(individual),
        "waste_fines_individual": fines(individual),
        "waste_cases_other": len(others),
        "waste_fines_other": fines(others),
        "new_field_cases": len(new),
        "new_field_categories": len({w.cause for w in new}),
        "new_field_fines": fines(new),
        "new_field_confiscated": sum(w.outcome.get("confiscated", 0) for w in new),
        "exempt_cases": len(exempt),
        "exempt_amount": sum(w.outcome["would_be"] for w in exempt),
    }
    assert counted == {name: int(figures[name]) for name in counted}
    assert len(dust) > int(figures["dust_night_cases"])
    assert 780_000 <= fines(dust) < int(figures["dust_night_fines"])
    assert sum(bool(w.seize) for w in penal) > int(figures["vehicles_detained"])


@pytest.mark.django_db
def test_a_part_of_the_year_passes_the_review() -> None:
    district = factories.make_district()
    written = load_cases(district, scale=0.02)
    assert written == Case.objects.count() > 100
    assert Case.objects.exclude(findings=0).count() == 0
    assert Case.objects.exclude(Q(state="archived") & Q(decided_on__year=2020)).count() == 0
    assert load_cases(district, scale=0.02) == 0
    for case in Case.objects.order_by("id")[:20]:
        steps = [as_step(step) for step in CaseStep.objects.filter(case=case).select_related("by")]
        file, found = review(steps)
        assert found == []
        assert (file.state, sum(p.fine for p in file.parties.values())) == (case.state, case.fine)
        assert verify_chain(case.chain).findings == []


@pytest.mark.django_db
def test_numbers_of_the_year_have_no_gaps() -> None:
    district: District = factories.make_district()
    load_cases(district, scale=0.02)
    series: Counter[str] = Counter()
    numbers: dict[str, set[int]] = {}
    for number in Case.objects.values_list("decision_number", flat=True):
        name, _, rest = number.partition("第")
        series[name] += 1
        numbers.setdefault(name, set()).add(int(rest.removesuffix("号")))
    assert all(numbers[name] == set(range(1, n + 1)) for name, n in series.items())


def test_amounts_are_shared_out_exactly() -> None:
    rng, bounds = random.Random(5), [(10, 400), (20, 300), (50, 300)]
    for total in (100, 999, 1000):
        amounts = share_out(total, bounds, rng)
        assert sum(amounts) == total
        assert all(low <= a <= high for a, (low, high) in zip(amounts, bounds, strict=True))
    with pytest.raises(ValueError, match="between"):
        share_out(5, [(10, 20)], rng)


@pytest.mark.django_db
def test_the_same_seed_gives_the_same_year() -> None:
    district = factories.make_district()
    load_cases(district, scale=0.01)
    first = list(Case.objects.order_by("id").values_list("decision_number", "fine", "party_names"))
    total = Case.objects.aggregate(sum=Sum("fine"))["sum"]
    again = wishes(plan_of("310107"), random.Random(2020), 0.01)
    assert sum(Decimal(w.outcome.get("fine", 0)) for w in again) == total
    assert len(first) == len(again)
