"""The algorithm ``chengshu-draw/1``, as ``docs/draw-specification.md`` gives it on one page.

Lists are shuffled place by place, only as far as places are needed, so that the work grows with the number
of drawn objects, not with the list.
"""

from __future__ import annotations

import hashlib
import hmac
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from .canonical import canonical
from .shapes import Row

RANGE = 1 << 48


def seed_of(commitment_sha256: str, secret: bytes, values: Sequence[Mapping[str, Any]]) -> bytes:
    """What everything is derived from: the secret over the commitment and the public values."""
    message = bytes.fromhex(commitment_sha256) + hashlib.sha256(canonical(list(values))).digest()
    return hmac.digest(secret, message, "sha256")


def below(seed: bytes, label: str, n: int) -> int:
    """A number from 0 to n − 1, all equally likely; the label says what it is for. ``n`` from 1 to 2^48."""
    limit = RANGE - RANGE % n
    attempt = 0
    while True:
        x = int.from_bytes(hmac.digest(seed, f"{label}|{attempt}".encode(), "sha256")[:6], "big")
        if x < limit:
            return x % n
        attempt += 1


class Line:
    """The eligible candidates of a stratum in the order in which the draw calls them."""

    def __init__(self, seed: bytes, code: str, pool: list[int]) -> None:
        self.seed, self.code, self.pool = seed, code, pool
        self.place = 0
        self.moved: dict[int, int] = {}  # a sparse Fisher–Yates shuffle: only what was swapped is kept

    def next(self) -> int | None:
        """The next candidate (its place in the list); nothing when all were called."""
        i, m = self.place, len(self.pool)
        if i >= m:
            return None
        self.place += 1
        j = i + below(self.seed, f"object|{self.code}|{i}", m - i)
        taken = self.moved.get(j, j)
        self.moved[j] = self.moved.pop(i, i)
        return self.pool[taken]


class Group:
    """The eligible officers of one group: squads, loads, and who is not sent where."""

    def __init__(self, rows: Sequence[Row], rule: Mapping[str, Any]) -> None:
        self.wanted, self.same_squad = int(rule["officers"]), bool(rule["same_squad"])
        self.load: dict[str, int] = {}
        self.squad_of: dict[str, str] = {}
        self.squads: dict[str, list[str]] = {}
        self.kept_from: dict[str, set[str]] = {}
        for key, group, squad, eligible, not_areas, not_objects in rows:
            if group == rule["group"] and eligible:
                self.load[key], self.squad_of[key] = 0, squad
                self.squads.setdefault(squad, []).append(key)
                # Codes of areas and keys of objects can share one table: a code that looks like a key of an
                # object would need 64 hexadecimal digits, so they are told apart by a mark.
                for what in (*("a" + area for area in not_areas), *("o" + one for one in not_objects)):
                    self.kept_from.setdefault(what, set()).add(key)
        self.squads = dict(sorted(self.squads.items()))
        self.squad_load = dict.fromkeys(self.squads, 0)

    def barred(self, object_key: str, area: str) -> set[str]:
        """Officers who are not sent to this object."""
        by_area, by_object = self.kept_from.get("a" + area), self.kept_from.get("o" + object_key)
        return (by_area or set()) | (by_object or set())

    def take(self, key: str) -> None:
        self.load[key] += 1
        self.squad_load[self.squad_of[key]] += 1


class Drawing:
    """A draw in progress: the lines of the strata, the loads of the officers, the number of choices made."""

    def __init__(
        self, rules: Mapping[str, Any], candidates: Sequence[Row], officers: Sequence[Row], seed: bytes
    ) -> None:
        self.rules, self.candidates, self.seed = rules, candidates, seed
        pools: dict[str, list[int]] = {stratum["code"]: [] for stratum in rules["strata"]}
        # A million rows: what is not needed of them is not touched, it lies far apart in memory.
        add = {code: pool.append for code, pool in pools.items()}
        for place, row in enumerate(candidates):
            if row[2]:
                add[row[1]](place)
        self.lines = {code: Line(seed, code, pool) for code, pool in pools.items()}
        self.groups = [Group(officers, rule) for rule in rules["team"]]
        self.area_cap = int(rules["area_cap"])
        self.in_area: dict[str, int] = {}
        self.choices = 0
        self.area_of: dict[str, str] = {}
        self.withdrawn: dict[str, set[str]] = {}
        self.final: dict[str, tuple[str, list[list[str]]]] = {}

    def run(self) -> None:
        """Draw the objects of every stratum, then the team of each."""
        taken: list[tuple[str, str]] = []
        for stratum in self.rules["strata"]:
            for _n in range(min(stratum["quota"], len(self.lines[stratum["code"]].pool))):
                key = self.next_object(stratum["code"])
                if key is None:
                    break
                taken.append((key, stratum["code"]))
        for key, code in taken:
            self.final[key] = (code, [self.team(group, key) for group in self.groups])

    def next_object(self, code: str) -> str | None:
        """The next object of the stratum whose area still has room."""
        line = self.lines[code]
        while (place := line.next()) is not None:
            key, _code, _eligible, area = self.candidates[place]
            if self.area_cap and area:
                if self.in_area.get(area, 0) >= self.area_cap:
                    continue
                self.in_area[area] = self.in_area.get(area, 0) + 1
            self.area_of[key] = area
            return str(key)
        return None

    def rows(self) -> list[list[Any]]:
        """What is drawn now, as it stands in a proof."""
        return [
            [key, code, [officer for team in teams for officer in team]]
            for key, (code, teams) in self.final.items()
        ]

    def team(self, group: Group, object_key: str) -> list[str]:
        """Officers of the group for an object; none where too few may go there."""
        barred = group.barred(object_key, self.area_of[object_key])
        barred |= self.withdrawn.get(object_key, set())
        if group.same_squad:
            missing = Counter(group.squad_of[key] for key in barred if key in group.squad_of)
            squads = [
                squad for squad, keys in group.squads.items() if len(keys) - missing[squad] >= group.wanted
            ]
            if not squads:
                return []
            pool = group.squads[self.squad(group, squads)]
        else:
            pool = list(group.load)
        free = [key for key in pool if key not in barred] if barred else pool
        if len(free) < group.wanted:
            return []
        chosen: list[str] = []
        for _n in range(group.wanted):
            chosen.append(self.officer(group, free, chosen))
        return chosen

    def squad(self, group: Group, squads: Sequence[str]) -> str:
        """One of the squads with the least load for its size."""
        best: list[str] = []
        least, size = 0, 1
        for squad in squads:
            load, own = group.squad_load[squad], len(group.squads[squad])
            if not best or load * size < least * own:
                best, least, size = [squad], load, own
            elif load * size == least * own:
                best.append(squad)
        return best[self.choice("squad", len(best))]

    def officer(self, group: Group, pool: Sequence[str], without: Collection[str]) -> str:
        """One of the officers with the least load, in the order of their keys; the load grows."""
        free = [key for key in pool if key not in without]
        least = min(group.load[key] for key in free)
        best = [key for key in free if group.load[key] == least]
        key = best[self.choice("officer", len(best))]
        group.take(key)
        return key

    def choice(self, what: str, n: int) -> int:
        """A number below n; every choice counts, also where only one is left."""
        number = self.choices
        self.choices += 1
        return below(self.seed, f"{what}|{number}", n) if n > 1 else 0

    def withdraw_object(self, key: str) -> str | None:
        """Take an object out; the next in the line of its stratum (or none, when the line has ended)."""
        code, _teams = self.final.pop(key)
        successor = self.next_object(code)
        if successor is not None:
            self.final[successor] = (code, [self.team(group, successor) for group in self.groups])
        return successor

    def withdraw_officer(self, object_key: str, officer_key: str) -> None:
        """Replace an officer at an object from the colleague's squad, or the whole team of the group."""
        teams = self.final[object_key][1]
        at = next(place for place, team in enumerate(teams) if officer_key in team)
        group, team = self.groups[at], teams[at]
        self.withdrawn.setdefault(object_key, set()).add(officer_key)
        barred = group.barred(object_key, self.area_of[object_key]) | self.withdrawn[object_key] | set(team)
        rest = [key for key in team if key != officer_key]
        if group.same_squad:
            pool = group.squads[group.squad_of[rest[0]]] if rest else []
        else:
            pool = list(group.load)
        free = [key for key in pool if key not in barred]
        if free:
            new = self.officer(group, free, ())
            teams[at] = [new if key == officer_key else key for key in team]
        else:
            teams[at] = self.team(group, object_key)
