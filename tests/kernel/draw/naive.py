"""The specification written down a second time, as literally as possible and without any care for speed."""

from __future__ import annotations

import hashlib
import hmac
import json
from typing import Any


def canonical(x: Any) -> bytes:
    return json.dumps(x, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode("utf-8")


def mac(key: bytes, message: bytes) -> bytes:
    return hmac.new(key, message, hashlib.sha256).digest()


def below(seed: bytes, label: str, n: int) -> int:
    t = 0
    while True:
        x = int.from_bytes(mac(seed, (label + "|" + str(t)).encode("utf-8"))[:6], "big")
        if x < (2**48 // n) * n:
            return x % n
        t += 1


class Naive:
    """A draw: ``result()`` and, after `withdraw`, ``result()`` again."""

    def __init__(self, proof: dict[str, Any]) -> None:
        self.proof, self.rules = proof, proof["commitment"]["rules"]
        message = hashlib.sha256(canonical(proof["commitment"])).digest()
        message += hashlib.sha256(canonical(proof["values"])).digest()
        self.seed = mac(bytes.fromhex(proof["secret"]), message)
        self.n = 0
        self.places: list[tuple[str, str, str]] = []  # group, squad, officer: every place ever given
        self.gone: list[tuple[str, str]] = []
        self.ever_taken: list[str] = []
        self.lines = {stratum["code"]: self.line(stratum["code"]) for stratum in self.rules["strata"]}
        self.list: list[list[Any]] = []
        for stratum in self.rules["strata"]:
            for _n in range(min(stratum["quota"], len(self.lines[stratum["code"]]))):
                self.take(stratum["code"])
        for row in self.list:
            row[2] = [self.team(row[0], rule) for rule in self.rules["team"]]

    def area(self, key: str) -> str:
        return next(str(row[3]) for row in self.proof["candidates"] if row[0] == key)

    def line(self, code: str) -> list[str]:
        pool = [row[0] for row in self.proof["candidates"] if row[1] == code and row[2] == 1]
        m = len(pool)
        for i in range(m):
            j = i + below(self.seed, "object|" + code + "|" + str(i), m - i)
            pool[i], pool[j] = pool[j], pool[i]
        return pool

    def take(self, code: str) -> bool:
        line = self.lines[code]
        while line:
            key = line.pop(0)
            area, cap = self.area(key), self.rules["area_cap"]
            if cap > 0 and area != "" and [self.area(one) for one in self.ever_taken].count(area) >= cap:
                continue
            self.ever_taken.append(key)
            self.list.append([key, code, []])
            return True
        return False

    def choose(self, what: str, things: list[str]) -> str:
        number = below(self.seed, what + "|" + str(self.n), len(things))
        self.n += 1
        return things[number]

    def of_group(self, group: str) -> list[list[Any]]:
        return [row for row in self.proof["officers"] if row[1] == group and row[3] == 1]

    def able(self, key: str, group: str) -> list[list[Any]]:
        return [
            row
            for row in self.of_group(group)
            if self.area(key) not in row[4] and key not in row[5] and (key, row[0]) not in self.gone
        ]

    def given(self, officer: str) -> int:
        return sum(place[2] == officer for place in self.places)

    def one_of(self, rows: list[list[Any]]) -> str:
        least = min(self.given(row[0]) for row in rows)
        chosen = self.choose("officer", [row[0] for row in rows if self.given(row[0]) == least])
        row = next(row for row in rows if row[0] == chosen)
        self.places.append((row[1], row[2], chosen))
        return chosen

    def team(self, key: str, rule: dict[str, Any]) -> list[str]:
        able, group = self.able(key, rule["group"]), rule["group"]
        if rule["same_squad"]:
            squads = sorted({row[2] for row in able})
            squads = [squad for squad in squads if sum(row[2] == squad for row in able) >= rule["officers"]]
            if not squads:
                return []
            load = {squad: sum(place[:2] == (group, squad) for place in self.places) for squad in squads}
            size = {squad: sum(row[2] == squad for row in self.of_group(group)) for squad in squads}
            least = [a for a in squads if all(load[a] * size[b] <= load[b] * size[a] for b in squads)]
            squad = self.choose("squad", least)
            able = [row for row in able if row[2] == squad]
        if len(able) < rule["officers"]:
            return []
        team: list[str] = []
        while len(team) < rule["officers"]:
            team.append(self.one_of([row for row in able if row[0] not in team]))
        return team

    def withdraw(self, key: str, officer: str | None) -> None:
        row = next(row for row in self.list if row[0] == key)
        if officer is None:
            self.list.remove(row)
            if self.take(row[1]):
                new = self.list[-1]
                new[2] = [self.team(new[0], rule) for rule in self.rules["team"]]
            return
        self.gone.append((key, officer))
        for place, rule in enumerate(self.rules["team"]):
            team = row[2][place]
            if officer not in team:
                continue
            able = [one for one in self.able(key, rule["group"]) if one[0] not in team]
            if rule["same_squad"]:
                squads = [
                    one[2] for one in self.of_group(rule["group"]) if one[0] in team and one[0] != officer
                ]
                able = [one for one in able if squads and one[2] == squads[0]]
            if able:
                team[team.index(officer)] = self.one_of(able)
            else:
                row[2][place] = self.team(key, rule)

    def result(self) -> list[list[Any]]:
        return [[key, code, sum(teams, [])] for key, code, teams in self.list]  # noqa: RUF017
