"""A draw warns nobody and hides nothing: no part is drawn in full unannounced, every proof opens."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from chengshu.inspections import drawing_rules, joining
from chengshu.inspections.forms.draws import CommitForm
from chengshu.inspections.lifecycle import DrawState
from chengshu.inspections.models import InspectionTask
from chengshu.inspections.services import drawing
from chengshu.inspections.services.base import InspectionProblem
from chengshu.kernel import draw as lot
from chengshu.kernel import files
from chengshu.registry.models import RegulatedObject
from tests.inspections.conftest import WORDS, Checks

DRAND = "drand:8990e7a9aaed2ffed73dbd7092123d6f289930540d7651336225dc172e51b2ce"
PHONE = "13812345678"


def credits(checks: Checks, **counts: int) -> None:
    """So many of the twenty shops of each credit class; the rest is B."""
    shops = iter(checks.shops)
    RegulatedObject.objects.filter(pk__in=[shop.pk for shop in checks.shops]).update(credit="B")
    for credit, n in counts.items():
        chosen = [next(shops).pk for _n in range(n)]
        RegulatedObject.objects.filter(pk__in=chosen).update(credit=credit)


def strata(draw: Any) -> dict[str, int]:
    return {one["label"]: one["quota"] for one in draw.commitment["rules"]["strata"]}


@pytest.mark.django_db
class TestNoPartIsDrawnInFull:
    def test_the_only_shop_of_its_credit_class_is_drawn_together_with_the_next_one(
        self, checks: Checks
    ) -> None:
        credits(checks, D=1)
        rules = {"number": 4, "strata": ["class", "credit"], "weights": {"D": 900}, "recent_days": 0}
        draw = checks.commit(checks.task(rules))
        assert list(strata(draw).values()) == [4]
        assert "B、D" in next(iter(strata(draw)))
        assert any("合并" in words for words in draw.commitment["rules"]["text"])

    def test_what_cannot_be_joined_is_refused_with_what_to_do(self, checks: Checks) -> None:
        with pytest.raises(InspectionProblem, match="100"):
            checks.commit(checks.task({"number": 20, "strata": ["class"], "recent_days": 0}))

    def test_whom_the_rules_spare_is_not_drawn_in_anothers_place(self, checks: Checks) -> None:
        credits(checks, D=1)
        with pytest.raises(InspectionProblem, match="D"):
            checks.commit(checks.task({"per_mille": {"D": 300}, "strata": ["credit"], "recent_days": 0}))

    def test_a_class_that_the_rules_check_in_full_is_announced_as_such(self, checks: Checks) -> None:
        credits(checks, D=1)
        rules = {"per_mille": {"D": 1000, "B": 100}, "strata": ["credit"], "recent_days": 0}
        draw = checks.commit(checks.task(rules))
        assert sorted(strata(draw).values()) == [1, 2]
        assert any("全覆盖" in words for words in draw.commitment["rules"]["text"])


CLASSES = st.dictionaries(
    st.tuples(st.sampled_from(["shop", "site"]), st.sampled_from(drawing_rules.CREDITS)),
    st.integers(1, 12),
    min_size=1,
)


@given(
    eligible=CLASSES,
    number=st.integers(1, 40),
    weights=st.dictionaries(st.sampled_from("ABCD"), st.integers(0, 900)),
)
def test_joining_keeps_every_object_and_every_quota_and_leaves_none_drawn_in_full_unnamed(
    eligible: dict[tuple[str, ...], int], number: int, weights: dict[str, int]
) -> None:
    rules = drawing_rules.read({"number": number, "weights": weights})
    quotas = drawing_rules.quotas(rules, eligible)
    joined = joining.join(rules, eligible, quotas)
    assert sum(joined.eligible.values()) == sum(eligible.values())
    assert sum(joined.quotas.values()) == sum(quotas.values())
    assert {joined.of(one) for one in eligible} == joined.quotas.keys()
    for name, quota in joined.quotas.items():
        assert quota < joined.eligible[name] or name in joined.whole


@pytest.mark.django_db
class TestARepeatedDraw:
    def again(self, checks: Checks, reason: str = "清单有误") -> tuple[Any, list[Any]]:
        """The attempt that was drawn and set aside, and the inspections of the next."""
        task = checks.task()
        checks.drawn(task)
        first = drawing.live(task)
        assert first is not None
        drawing.abandon(first, reason, by=checks.supervisor)
        task.refresh_from_db()
        second = checks.commit(task, timezone.now() - timedelta(minutes=5))
        return first, drawing.perform(second, [{"value": list(WORDS)}], by=checks.supervisor)

    def test_the_proof_of_the_attempt_set_aside_opens_with_the_last_one(self, checks: Checks) -> None:
        first, made = self.again(checks)
        for inspection in made[:-1]:
            checks.reported(inspection)
        first.refresh_from_db()
        assert first.proof is None
        checks.reported(made[-1])
        first.refresh_from_db()
        assert first.state == DrawState.ABANDONED and first.opened_at is not None
        with files.open_verified(first.proof) as content:
            report = lot.verify(
                content.read(),
                {
                    "commitment": first.commitment_sha256,
                    "opening": first.opening_sha256,
                    "proof": first.proof_sha256,
                },
            )
        assert report.ok

    def test_its_reason_is_published_without_the_number_of_a_person(self, checks: Checks) -> None:
        first, _made = self.again(checks, f"店主 {PHONE} 反映名单有误")
        first.refresh_from_db()
        second = drawing.live(InspectionTask.objects.get())
        assert second is not None
        for published in (first.abandoned_reason, second.commitment["reason"]):
            assert "反映名单有误" in published and PHONE not in published


@pytest.mark.django_db
class TestARoundOfABeacon:
    def value(self, at: datetime, beacon: str, name: str) -> dict[str, Any]:
        return {"kind": "beacon", "beacon": beacon, "round": name, "due_at": at + timedelta(hours=1)}

    def test_a_round_known_at_the_announcement_is_refused_whatever_is_said_of_its_time(
        self, checks: Checks
    ) -> None:
        task, at = checks.task(), timezone.now() - timedelta(hours=2)
        known = lot.beacons()[DRAND].round_at(at - timedelta(minutes=3))
        with pytest.raises(InspectionProblem, match="产生，请指定更晚"):
            drawing.commit(task, [self.value(at, DRAND, known)], by=checks.supervisor, at=at)
        earlier = f"{at.astimezone(UTC) - timedelta(minutes=1):%Y-%m-%dT%H:%M:00Z}"
        with pytest.raises(InspectionProblem, match="产生，请指定更晚"):
            drawing.commit(task, [self.value(at, "nist:2", earlier)], by=checks.supervisor, at=at)
        other = "drand:" + "ab" * 32
        with pytest.raises(InspectionProblem, match="信标"):
            drawing.commit(task, [self.value(at, other, "9")], by=checks.supervisor, at=at)

    def test_the_form_names_a_pulse_by_its_minute(self) -> None:
        due = timezone.localtime() + timedelta(hours=3)
        sent = {"version": 1, "beacon": "on", "source": "nist:2", "understood": "on"}
        form = CommitForm({**sent, "beacon_due": f"{due:%Y-%m-%dT%H:%M:30}"})
        assert form.is_valid(), form.errors
        named = form.public_values()[0]
        assert named["round"] == f"{named['due_at'].astimezone(UTC):%Y-%m-%dT%H:%M:00Z}"
        assert timedelta(0) < named["due_at"] - due.replace(second=0, microsecond=0) <= timedelta(minutes=1)
        assert not CommitForm({**sent, "round": 220394}).is_valid()

    def test_only_the_pulse_of_the_announced_minute_is_drawn_with(self, checks: Checks) -> None:
        task, at = checks.task(), timezone.now() - timedelta(hours=2)
        name = lot.beacons()["nist:2"].round_at(at + timedelta(minutes=30))
        draw = drawing.commit(task, [self.value(at, "nist:2", name)], by=checks.supervisor, at=at)

        def pulse(moment: str) -> dict[str, str]:
            file = {"pulse": {"timeStamp": moment, "outputValue": "AB" * 64, "signatureValue": "CD" * 8}}
            return lot.read_beacon_file(json.dumps(file).encode())

        for wrong in (pulse("2026-01-01T10:00:00.000Z"), {"value": "ab" * 64}):
            with pytest.raises(InspectionProblem):
                drawing.perform(draw, [wrong], by=checks.supervisor)
        right = pulse(name.replace("Z", ".000Z"))
        assert len(drawing.perform(draw, [right], by=checks.supervisor)) == 5
