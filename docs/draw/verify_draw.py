"""Check the proof of a draw (chengshu-draw/1) with the standard library of Python 3.11 alone.

python verify_draw.py PROOF.json [commitment=HEX] [opening=HEX] [proof=HEX]     HEX: the published hashes
Exit status 0: everything holds; 1: something does not; 2: no such file, or not JSON.
"""

import hashlib
import hmac
import json
import sys
from datetime import datetime
from fractions import Fraction
from itertools import count, islice
from pathlib import Path

IN_OPENING = ["commitment", "drawn_at", "format", "result", "secret", "values"]
FORMATS = ["chengshu-draw-proof/1", "chengshu-draw-commitment/1", "chengshu-draw/1"]
canonical = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode


def sha(data):
    return hashlib.sha256(data if isinstance(data, bytes) else canonical(data).encode()).hexdigest()


class Draw:  # everything follows from the seed, the lists and the rules
    def __init__(self, proof):
        message = bytes.fromhex(sha(proof["commitment"]) + sha(proof["values"]))
        self.seed = hmac.digest(bytes.fromhex(proof["secret"]), message, "sha256")
        self.rules, self.choices, self.final = proof["commitment"]["rules"], 0, {}
        self.area, self.in_area = {row[0]: row[3] for row in proof["candidates"]}, {}
        self.officers, self.gone = [row for row in proof["officers"] if row[3] == 1], set()
        self.load = {row[0]: 0 for row in self.officers}
        pools = {stratum["code"]: [] for stratum in self.rules["strata"]}
        for key, code, eligible, _area in proof["candidates"]:
            pools[code] += [key] * (eligible == 1)
        self.lines = {code: self.line(code, pool) for code, pool in pools.items()}
        for s in self.rules["strata"]:
            self.final |= dict.fromkeys(islice(self.lines[s["code"]], s["quota"]), s["code"])
        self.teams = {key: [self.team(key, rule) for rule in self.rules["team"]] for key in self.final}

    def below(self, label, n):
        for attempt in count():
            x = int.from_bytes(hmac.digest(self.seed, f"{label}|{attempt}".encode(), "sha256")[:6], "big")
            if x < 2**48 // n * n:
                return x % n

    def line(self, code, pool):
        for i in range(len(pool)):
            j = i + self.below(f"object|{code}|{i}", len(pool) - i)
            pool[i], pool[j] = pool[j], pool[i]
            taken = self.in_area.get(self.area[pool[i]], 0)
            if self.area[pool[i]] == "" or not 0 < self.rules["area_cap"] <= taken:
                self.in_area[self.area[pool[i]]] = taken + 1
                yield pool[i]

    def choose(self, what, among):
        self.choices += 1
        return among[self.below(f"{what}|{self.choices - 1}", len(among))]

    def able(self, key, rule):
        group = [o for o in self.officers if o[1] == rule["group"] and (key, o[0]) not in self.gone]
        return [o for o in group if self.area[key] not in o[4] and key not in o[5]]

    def officer(self, rows):
        least = min(self.load[o[0]] for o in rows)
        chosen = self.choose("officer", [o[0] for o in rows if self.load[o[0]] == least])
        self.load[chosen] += 1
        return chosen

    def team(self, key, rule):
        rows, team, group = self.able(key, rule), [], rule["group"]
        if rule["same_squad"]:
            names = [o[2] for o in rows]
            squads = [s for s in sorted(set(names)) if names.count(s) >= rule["officers"]]
            loads = {s: [self.load[o[0]] for o in self.officers if o[1:3] == [group, s]] for s in squads}
            mean = {s: Fraction(sum(loads[s]), len(loads[s])) for s in squads}
            squad = squads and self.choose("squad", [s for s in squads if mean[s] == min(mean.values())])
            rows = [o for o in rows if o[2] == squad]
        for _ in range(rule["officers"] if len(rows) >= rule["officers"] else 0):
            team.append(self.officer([o for o in rows if o[0] not in team]))
        return team

    def withdraw(self, key, officer):
        if officer is None:
            code, _teams = self.final.pop(key), self.teams.pop(key)
            for new in islice(self.lines[code], 1):
                self.final[new], self.teams[new] = code, [self.team(new, rule) for rule in self.rules["team"]]
            return
        teams = self.teams[key]
        at = [officer in team for team in teams].index(True)
        self.gone.add((key, officer))
        rule, others = self.rules["team"][at], [one for one in teams[at] if one != officer]
        squads = [o[2] for o in self.officers if o[0] in others or not rule["same_squad"]]
        rows = [o for o in self.able(key, rule) if o[0] not in others and o[2] in squads]
        new = self.officer(rows) if rows else None
        teams[at] = [new if one == officer else one for one in teams[at]] if rows else self.team(key, rule)

    def rows(self):
        return [[k, code, [o for team in self.teams[k] for o in team]] for k, code in self.final.items()]


def checks(proof, published):  # each: its name, whether it holds, the reason if not
    commitment, withdrawals = proof["commitment"], proof["withdrawals"]
    known = {*IN_OPENING, "candidates", "officers", "withdrawals", "final", "sha256"} == proof.keys()
    formats = [proof["format"], commitment["format"], commitment["algorithm"]] == FORMATS
    yield "form", known and formats, "unknown format or member"
    hashes = {"commitment": sha(commitment), "opening": sha({name: proof[name] for name in IN_OPENING})}
    after = {"opening": hashes["opening"], "withdrawals": withdrawals, "final": proof["final"]}
    yield "copy", proof["sha256"] == hashes | {"final": sha(after)}, "a part has not the hash the file names"
    wrong = [name for name in published if (hashes | {"proof": sha(proof)}).get(name) != published[name]]
    yield "published" if published else "nothing published", not wrong, f"not as published: {wrong}"
    for name, place in (("candidates", 2), ("officers", 3)):
        rows, keys = proof[name], [row[0] for row in proof[name]]
        found = {"count": len(rows), "eligible": sum(row[place] == 1 for row in rows), "sha256": sha(rows)}
        yield name, keys == sorted(set(keys)) and found == commitment[name], "not the committed list"
    yield "secret", sha(bytes.fromhex(proof["secret"])) == commitment["secret_sha256"], "it is another one"
    bare = [{k: v for k, v in one.items() if k not in ("value", "signature")} for one in proof["values"]]
    yield "values", bare == commitment["public_values"] != [], "not the public values named before"
    for one in (v for v in proof["values"] if v.get("signature") and v["beacon"].startswith("drand:")):
        yield "beacon", sha(bytes.fromhex(one["signature"])) == one["value"], "not the hash of its signature"
    at, due = datetime.fromisoformat, [one["due_at"] for one in commitment["public_values"]]
    times = [at(text) for text in (proof["drawn_at"], *(step["at"] for step in withdrawals))]
    follows = times == sorted(times) and all(at(commitment["committed_at"]) < at(d) <= times[0] for d in due)
    yield "times", follows, "commitment, public values, draw and withdrawals do not follow each other"
    draw = Draw(proof)
    yield "objects", [r[:2] for r in draw.rows()] == [r[:2] for r in proof["result"]], "others are drawn"
    yield "teams", draw.rows() == proof["result"], "other officers are drawn"
    _ = [draw.withdraw(step["object"], step["officer"]) for step in withdrawals]
    yield "withdrawals", draw.rows() == proof["final"], "the final list is another one"


def main(path="", *published):
    def once(pairs):
        return dict(pairs) if len(dict(pairs)) == len(pairs) else sys.exit("FAILED  a member stands twice")

    ok, hashes = True, dict(one.lower().split("=") for one in published if "=" in one)
    try:
        proof = json.loads(Path(path).read_bytes().decode(), object_pairs_hook=once)
    except (OSError, ValueError) as error:
        sys.exit(print(f"{path} cannot be read: {error}", file=sys.stderr) or 2)
    try:
        for name, holds, reason in checks(proof, hashes):
            ok = print(f"ok      {name}" if holds else f"FAILED  {name}: {reason}") or (ok and holds)
    except Exception as error:
        ok = print(f"FAILED  the proof is malformed: {error!r}")
    sys.exit(print("Everything holds.") if ok else "This proof does not hold.")


main(*sys.argv[1:])
