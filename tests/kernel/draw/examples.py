"""Lists, rules and proofs that the tests of the draw share; all of it fixed, nothing by chance."""

from __future__ import annotations

import hashlib
from typing import Any

from chengshu.kernel import draw as drawing

LIST_SALT = bytes(range(32))
SECRET = hashlib.sha256(b"a secret of the tests").digest()
COMMITTED, DUE, DRAWN = (
    "2021-03-01T09:00:00+08:00",
    "2021-03-02T21:30:00+08:00",
    "2021-03-03T09:00:00+08:00",
)
LOTTERY = {"kind": "lottery", "game": "双色球", "issue": "2021023", "due_at": DUE}
WORDS = {"kind": "words", "place": "普陀区城管局会议室", "observers": 2, "due_at": DUE}
SIGNATURE = hashlib.sha512(b"a signature of the tests").hexdigest()
BEACON = {
    "kind": "beacon",
    "beacon": "drand:" + hashlib.sha256(b"a chain of the tests").hexdigest(),
    "round": "4242",
    "due_at": DUE,
}
LOTTERY_VALUE = {"value": "03 07 12 18 22 30 + 05"}
WORDS_VALUE = {"value": ["梧桐", "苏州河"]}
BEACON_VALUE = {
    "value": hashlib.sha256(bytes.fromhex(SIGNATURE)).hexdigest(),
    "signature": SIGNATURE,
}


def key(identity: str) -> str:
    return drawing.key_for(drawing.salt_for(LIST_SALT, identity), identity)


def candidates(n: int, *, strata: int = 1, areas: int = 0, ineligible: int = 0) -> list[list[Any]]:
    """``n`` objects spread over strata and areas; every ``ineligible``-th one may not be drawn."""
    return sorted(
        [
            key(f"object {number}"),
            f"s{number % strata + 1}",
            int(not (ineligible and number % ineligible == 0)),
            f"a{number % areas + 1}" if areas else "",
        ]
        for number in range(n)
    )


def officers(
    n: int, *, squads: int = 1, group: str = "g0", not_areas: Any = (), not_objects: Any = ()
) -> list[list[Any]]:
    """``n`` officers of a group in squads, all of them kept from the same areas and objects."""
    return sorted(
        [key(f"{group} officer {i}"), group, f"q{i % squads + 1}", 1, list(not_areas), list(not_objects)]
        for i in range(n)
    )


def rules(*quotas: int, team: Any = (("g0", 2, True),), cap: int = 0) -> dict[str, Any]:
    return {
        "strata": [
            {"code": f"s{n}", "label": f"第{n}类", "quota": quota} for n, quota in enumerate(quotas, 1)
        ],
        "team": [
            {"group": group, "label": f"单位{group}", "officers": n, "same_squad": same}
            for group, n, same in team
        ],
        "area_cap": cap,
        "text": ["按类别随机抽取检查对象", "每户两名执法人员"],
    }


def commitment(
    objects: list[list[Any]], people: list[list[Any]], rule: dict[str, Any], **changed: Any
) -> dict[str, Any]:
    given: dict[str, Any] = {
        "task": "2021-1-07",
        "title": "户外招牌随机抽查",
        "committed_at": COMMITTED,
        "candidates": objects,
        "officers": people,
        "rules": rule,
        "secret": SECRET,
        "public_values": [LOTTERY],
        **changed,
    }
    return drawing.commit(**given)


def drawn(
    objects: list[list[Any]],
    people: list[list[Any]],
    rule: dict[str, Any],
    values: Any = (LOTTERY_VALUE,),
    **changed: Any,
) -> dict[str, Any]:
    """A proof from commitment to draw."""
    made = commitment(objects, people, rule, **changed)
    return drawing.draw(made, objects, people, changed.get("secret", SECRET), list(values), DRAWN)


def small() -> dict[str, Any]:
    """One stratum, one squad of three, nothing withdrawn."""
    return drawn(candidates(8), officers(3), rules(3))


def full() -> dict[str, Any]:
    """Strata, a cap, exclusions, a joint team, three public values, a re-draw, every kind of withdrawal."""
    objects = candidates(40, strata=3, areas=9, ineligible=7)
    people = officers(8, squads=3) + officers(3, squads=2, group="g1")
    people = sorted(people)
    people[2][4] = ["a1", "a4"]
    people[4][5] = [objects[3][0], objects[9][0]]
    people[5][3] = 0
    proof = drawn(
        objects,
        people,
        rules(5, 4, 40, team=(("g0", 2, True), ("g1", 1, False)), cap=3),
        (LOTTERY_VALUE, BEACON_VALUE, WORDS_VALUE),
        public_values=[LOTTERY, BEACON, WORDS],
        attempt=2,
        previous=hashlib.sha256(b"the first attempt").hexdigest(),
        reason="首次抽取时公证员未到场",
    )
    return withdrawn(proof)


def withdrawn(proof: dict[str, Any]) -> dict[str, Any]:
    """An object, one with its line at its end, officers one after the other until a team is formed anew."""
    first = proof["final"][0]
    last = next(row for row in reversed(proof["final"]) if row[1] == "s3")
    proof = drawing.withdraw(proof, first[0], None, "已歇业", "2021-03-04T09:00:00+08:00")
    proof = drawing.withdraw(proof, last[0], None, "已拆除", "2021-03-04T09:10:00+08:00")
    for number in range(4):
        row = proof["final"][1]
        at = f"2021-03-05T09:0{number}:00+08:00"
        proof = drawing.withdraw(proof, row[0], row[2][number % len(row[2])], "recusal", at)
    row = proof["final"][-1]
    return drawing.withdraw(proof, row[0], row[2][-1], "unavailable", "2021-03-06T09:00:00.250000+08:00")
