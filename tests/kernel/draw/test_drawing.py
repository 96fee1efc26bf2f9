"""Committing, drawing and withdrawing: what is refused, and the corners of what is not."""

from __future__ import annotations

import copy
from datetime import UTC, datetime
from typing import Any

import pytest

from chengshu.kernel import draw as drawing
from chengshu.kernel.draw import DrawProblem

from . import examples
from .examples import DUE, LOTTERY, LOTTERY_VALUE, candidates, commitment, drawn, officers, rules


def keys(rows: list[list[Any]]) -> list[str]:
    return [row[0] for row in rows]


class TestCommitting:
    def test_a_commitment_fixes_lists_rules_secret_and_what_will_be_mixed_in(self) -> None:
        objects = candidates(9, ineligible=4)
        made = commitment(objects, officers(4), rules(3))
        assert made["candidates"] == {"count": 9, "eligible": 6, "sha256": drawing.digest(objects)}
        assert made["officers"]["count"] == 4
        assert examples.SECRET.hex() not in drawing.canonical(made).decode()

    def test_moments_may_be_datetimes(self) -> None:
        at = datetime(2021, 3, 1, 1, tzinfo=UTC)
        later = {**LOTTERY, "due_at": datetime(2021, 3, 2, 13, 30, tzinfo=UTC)}
        made = commitment(candidates(2), officers(2), rules(1), committed_at=at, public_values=[later])
        assert made["committed_at"] == "2021-03-01T01:00:00+00:00"
        assert made["public_values"][0]["due_at"] == "2021-03-02T13:30:00+00:00"

    @pytest.mark.parametrize(
        ("changed", "reason"),
        [
            ({"public_values": []}, "public_values 应为"),
            ({"public_values": [{**LOTTERY, "due_at": examples.COMMITTED}]}, "公告之后"),
            ({"public_values": [{**LOTTERY, "due_at": "2021-02-28T00:00:00+08:00"}]}, "公告之后"),
            ({"public_values": [{**LOTTERY, "kind": "coin"}]}, "kind"),
            ({"public_values": [{**LOTTERY, "more": 1}]}, "public_values[0]"),
            ({"public_values": ["x"]}, "public_values[0]"),
            ({"committed_at": "2021-03-01"}, "时刻"),
            ({"committed_at": datetime(2021, 3, 1)}, "时刻"),
            ({"committed_at": "2021-02-30T09:00:00+08:00"}, "时刻"),
            ({"attempt": 2}, "上一次"),
            ({"attempt": 2, "previous": "0" * 64}, "原因"),
            ({"previous": "0" * 64}, "上一次"),
            ({"reason": "x"}, "原因"),
            ({"attempt": 0}, "attempt"),
            ({"task": ""}, "task"),
            ({"title": "\ud800"}, "title"),
            ({"secret": b"short"}, "32"),
            ({"rules": {**rules(1), "area_cap": -1}}, "area_cap"),
            ({"rules": {**rules(1), "area_cap": True}}, "area_cap"),
            ({"rules": {**rules(1), "strata": []}}, "strata"),
            ({"rules": {**rules(1), "strata": rules(1)["strata"] * 2}}, "s1"),
            ({"rules": {**rules(1), "team": rules(1)["team"] * 2}}, "g0"),
            ({"rules": []}, "rules"),
            ({"candidates": candidates(3)[::-1]}, "排序"),
            ({"candidates": [candidates(1)[0]] * 2}, "重复"),
            ({"candidates": candidates(4, strata=2)}, "candidates"),
            ({"candidates": [["x", "s1", 1, ""]]}, "candidates[0][0]"),
            ({"candidates": [[examples.key("x"), "s1", True, ""]]}, "candidates[0][2]"),
            ({"candidates": [[examples.key("x"), "s1", 1, "a b"]]}, "candidates[0][3]"),
            ({"candidates": [[examples.key("x"), "s1", 1]]}, "candidates[0]"),
            ({"candidates": None}, "candidates"),
            ({"officers": officers(3)[::-1]}, "排序"),
            ({"officers": officers(1, group="g9")}, "officers[0][1]"),
            ({"officers": officers(1, not_areas=[1])}, "officers[0][4][0]"),
            ({"officers": officers(1, not_objects=["x"])}, "officers[0][5][0]"),
        ],
    )
    def test_what_does_not_fit_is_refused_in_a_sentence(self, changed: dict[str, Any], reason: str) -> None:
        given = {"objects": candidates(3), "people": officers(3), "rule": rules(1)}
        with pytest.raises(DrawProblem) as refused:
            commitment(*given.values(), **changed)
        assert reason in str(refused.value)
        assert str(refused.value).endswith("。")

    def test_a_refusal_keeps_its_sentence_and_its_particulars_apart(self) -> None:
        with pytest.raises(DrawProblem) as refused:
            commitment(candidates(3), officers(3), {**rules(1), "strata": rules(1)["strata"] * 2})
        assert refused.value.params == {"where": "rules.strata", "code": "s1"}
        assert "%(code)s" in str(refused.value.message)


class TestDrawing:
    def test_each_stratum_gets_its_quota_of_eligible_objects(self) -> None:
        objects = candidates(60, strata=3, ineligible=5)
        proof = drawn(objects, officers(6, squads=2), rules(4, 0, 2))
        eligible = {row[0]: row[1] for row in objects if row[2]}
        assert [row[1] for row in proof["result"]] == ["s1"] * 4 + ["s3"] * 2
        assert all(eligible[row[0]] == row[1] for row in proof["result"])
        assert len(set(keys(proof["result"]))) == 6

    def test_a_quota_above_the_pool_takes_all_and_says_so(self) -> None:
        proof = drawn(candidates(5), officers(2), rules(9))
        assert len(proof["result"]) == 5
        assert any("抽取 5 个，应抽 9 个" in remark for remark in drawing.verify(proof).remarks)

    def test_an_empty_stratum_and_an_empty_list_draw_nothing(self) -> None:
        assert drawn([], [], rules(3))["result"] == []
        proof = drawn(candidates(3), officers(2), rules(1, 5))
        assert len(proof["result"]) == 1
        assert drawing.verify(proof).ok

    def test_a_list_of_one_is_drawn(self) -> None:
        proof = drawn(candidates(1), officers(2), rules(1))
        assert len(proof["result"][0][2]) == 2

    def test_no_area_is_drawn_more_often_than_its_cap(self) -> None:
        objects = candidates(60, strata=2, areas=5)
        proof = drawn(objects, officers(4), rules(10, 10, cap=3))
        area = {row[0]: row[3] for row in objects}
        counts = [sum(area[row[0]] == f"a{n}" for row in proof["result"]) for n in range(1, 6)]
        assert counts == [3] * 5

    def test_objects_without_an_area_are_not_capped(self) -> None:
        assert len(drawn(candidates(9), officers(2), rules(9, cap=1))["result"]) == 9

    def test_objects_can_be_drawn_without_officers(self) -> None:
        proof = drawn(candidates(4), [], rules(2, team=()))
        assert [row[2] for row in proof["result"]] == [[], []]

    def test_two_officers_of_one_squad_go_to_each_object_and_share_the_work(self) -> None:
        people = officers(6, squads=3)
        proof = drawn(candidates(30), people, rules(30))
        squad = {row[0]: row[2] for row in people}
        assert all(len({squad[one] for one in row[2]}) == 1 for row in proof["result"])
        assert all(len(set(row[2])) == 2 for row in proof["result"])
        work = [one for row in proof["result"] for one in row[2]]
        assert [work.count(one) for one in squad] == [10] * 6

    def test_a_squad_of_twice_the_size_gets_twice_the_work(self) -> None:
        people = officers(6, squads=3)
        for row in people:
            row[2] = "q1" if row[2] == "q3" else row[2]
        proof = drawn(candidates(40), people, rules(40))
        squad = {row[0]: row[2] for row in people}
        drawn_squads = [squad[row[2][0]] for row in proof["result"]]
        assert abs(drawn_squads.count("q1") - 2 * drawn_squads.count("q2")) <= 2

    def test_recusal_keeps_an_officer_from_areas_and_objects(self) -> None:
        objects = candidates(20, areas=4)
        people = officers(6)
        people[0][4], people[1][5] = ["a1", "a2"], keys(objects)[:10]
        proof = drawn(objects, people, rules(20))
        area = {row[0]: row[3] for row in objects}
        assert all(area[row[0]] in ("a3", "a4") for row in proof["result"] if people[0][0] in row[2])
        assert not [row for row in proof["result"] if people[1][0] in row[2] and row[0] in people[1][5]]

    @pytest.mark.parametrize(
        "people",
        [
            [],
            officers(1),
            officers(3, not_areas=["a1"]),
            officers(2, squads=2),
            [[*row[:3], 0, [], []] for row in officers(4)],
        ],
        ids=["nobody", "one officer", "all recused", "one in each squad", "none eligible"],
    )
    def test_where_no_team_is_possible_it_is_empty_and_a_remark_says_so(self, people: list[Any]) -> None:
        proof = drawn(candidates(3, areas=1), people, rules(2))
        assert [row[2] for row in proof["result"]] == [[], []]
        report = drawing.verify(proof)
        assert report.ok
        assert any("2 个对象" in remark for remark in report.remarks)

    def test_a_joint_team_has_officers_of_every_department(self) -> None:
        people = sorted(officers(4) + officers(3, group="g1", squads=3))
        proof = drawn(candidates(9), people, rules(6, team=(("g0", 2, True), ("g1", 2, False))))
        group = {row[0]: row[1] for row in people}
        assert all([group[one] for one in row[2]] == ["g0", "g0", "g1", "g1"] for row in proof["result"])

    def test_another_secret_another_list_or_an_early_draw_is_refused(self) -> None:
        objects, people = candidates(5), officers(3)
        made = commitment(objects, people, rules(2))
        good = [made, objects, people, examples.SECRET, [LOTTERY_VALUE], examples.DRAWN]
        assert drawing.draw(*good)["result"]
        for place, wrong, reason in [
            (1, candidates(6), "candidates"),
            (2, officers(4), "officers"),
            (3, bytes(32), "秘密值"),
            (4, [], "1 个公开数值"),
            (5, "2021-03-02T21:29:59+08:00", "早于"),
        ]:
            with pytest.raises(DrawProblem, match=reason):
                drawing.draw(*good[:place], wrong, *good[place + 1 :])

    def test_checked_lists_need_not_be_hashed_again(self) -> None:
        objects, people = candidates(5), officers(3)
        made = commitment(objects, people, rules(2))
        drawing.check_lists(made, objects, people)
        rest = (examples.SECRET, [LOTTERY_VALUE], DUE)
        assert drawing.draw(made, objects, people, *rest, lists_checked=True) == drawing.draw(
            made, objects, people, *rest
        )

    def test_rows_may_be_named_tuples(self) -> None:
        objects = [drawing.Candidate(*row) for row in candidates(5)]
        people = [drawing.Officer(*row) for row in officers(3)]
        made = commitment(objects, people, rules(2))  # type: ignore[arg-type]
        proof = drawing.draw(made, objects, people, examples.SECRET, [LOTTERY_VALUE], DUE)
        assert drawing.verify(drawing.canonical(proof)).ok
        assert drawing.verify(proof).ok


class TestWithdrawing:
    AT = "2021-03-04T09:00:00+08:00"

    def proof(self) -> dict[str, Any]:
        return drawn(candidates(12, strata=2, areas=3), officers(6, squads=2), rules(3, 3))

    def test_the_next_in_line_of_the_stratum_follows_and_gets_a_team(self) -> None:
        proof = self.proof()
        gone = proof["final"][1][0]
        line = drawing.line_of_succession(proof, "s1")
        after = drawing.withdraw(proof, gone, None, "已歇业", self.AT)
        assert gone not in keys(after["final"])
        assert after["final"][-1][:2] == [line[0], "s1"]
        assert len(after["final"][-1][2]) == 2
        assert drawing.line_of_succession(after, "s1") == line[1:]
        assert proof["withdrawals"] == [] and proof["final"] == proof["result"]
        assert after["result"] == proof["result"]
        assert drawing.opening_sha256(after) == drawing.opening_sha256(proof)

    def test_where_the_line_has_ended_nobody_follows(self) -> None:
        proof = drawn(candidates(2), officers(2), rules(2))
        after = drawing.withdraw(proof, proof["final"][0][0], None, "已拆除", self.AT)
        assert keys(after["final"]) == [proof["final"][1][0]]
        assert drawing.line_of_succession(after, "s1") == []
        assert drawing.verify(after).ok

    def test_the_line_leaves_out_full_areas_and_stops_where_asked(self) -> None:
        proof = drawn(candidates(30, areas=3), officers(2), rules(9, cap=3))
        assert drawing.line_of_succession(proof, "s1") == []
        proof = drawn(candidates(30), officers(2), rules(9))
        assert len(drawing.line_of_succession(proof, "s1")) == 21
        assert len(drawing.line_of_succession(proof, "s1", 2)) == 2
        with pytest.raises(DrawProblem, match="s9"):
            drawing.line_of_succession(proof, "s9")

    def test_a_colleague_of_the_squad_takes_an_officers_place(self) -> None:
        proof = self.proof()
        row = proof["final"][0]
        after = drawing.withdraw(proof, row[0], row[2][0], "recusal", self.AT)
        squad = {one[0]: one[2] for one in proof["officers"]}
        new = after["final"][0][2]
        assert new[1] == row[2][1] and new[0] not in row[2]
        assert squad[new[0]] == squad[new[1]]

    def test_where_the_squad_has_nobody_left_the_whole_team_is_formed_anew(self) -> None:
        proof = drawn(candidates(3), officers(4, squads=2), rules(1))
        row = proof["final"][0]
        after = drawing.withdraw(proof, row[0], row[2][0], "unavailable", self.AT)
        assert not set(after["final"][0][2]) & set(row[2])
        last = drawing.withdraw(after, row[0], after["final"][0][2][0], "unavailable", self.AT)
        assert last["final"][0][2] == []
        assert drawing.verify(last).ok

    @pytest.mark.parametrize(
        ("change", "reason"),
        [
            ({"object_key": "0" * 64}, "未被抽中"),
            ({"object_key": "x"}, "object"),
            ({"officer_key": "0" * 64, "code": "recusal"}, "不在该对象"),
            ({"officer_key": 0}, "officer"),
            ({"code": ""}, "code"),
            ({"at": "2021-03-01T09:00:00+08:00"}, "早于"),
            ({"at": "yesterday"}, "时刻"),
        ],
    )
    def test_a_withdrawal_that_cannot_be_is_refused(self, change: dict[str, Any], reason: str) -> None:
        proof = self.proof()
        given = {"object_key": proof["final"][0][0], "officer_key": None, "code": "已歇业", "at": self.AT}
        with pytest.raises(DrawProblem, match=reason):
            drawing.withdraw(proof, **{**given, **change})

    def test_an_officers_reason_is_never_told(self) -> None:
        proof = self.proof()
        row = proof["final"][0]
        with pytest.raises(DrawProblem, match="recusal, unavailable"):
            drawing.withdraw(proof, row[0], row[2][0], "老板的表弟", self.AT)


class TestKeys:
    def test_a_shop_proves_its_own_row_and_no_other(self) -> None:
        proof = examples.full()
        for number in (0, 1, 2, 3, 4):
            identity = f"object {number}"
            salt = drawing.salt_for(examples.LIST_SALT, identity)
            status = drawing.verify_key(proof, salt, identity)
            assert status.listed
            assert status.eligible == bool(number % 7)
            assert status.drawn == (status.key in keys(proof["result"]))
            assert status.final == (status.key in keys(proof["final"]))
            assert status.stratum == f"s{number % 3 + 1}"
        assert not drawing.verify_key(proof, salt, "object 5").listed

    def test_salts_and_keys_are_as_written(self) -> None:
        salt = drawing.salt_for(bytes(32), "店")
        assert len(salt) == len(drawing.key_for(salt, "店")) == 64
        assert drawing.key_for(salt, "店") != drawing.key_for(salt, "铺")
        assert len(drawing.new_secret()) == 32 and drawing.new_secret() != drawing.new_secret()


def test_a_proof_holds_neither_names_nor_addresses() -> None:
    proof = copy.deepcopy(examples.full())
    allowed = {"key", "stratum", "eligible", "area"}
    assert allowed == set(drawing.Candidate._fields)
    assert set(drawing.Officer._fields) == {"key", "group", "squad", "eligible", "not_areas", "not_objects"}
    assert "object 1" not in drawing.canonical(proof).decode()
