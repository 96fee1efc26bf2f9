"""Strata of which every object would be drawn, joined to the next credit class: no quota warns anybody."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from .drawing_rules import CREDITS, FULL_SHARE, Rules

JOINT = "+"
"""Between the credit classes of a joined stratum: C+D."""


@dataclass(frozen=True)
class Joined:
    """The strata of a draw after `join`."""

    eligible: dict[tuple[str, ...], int]
    quotas: dict[tuple[str, ...], int]
    whole: tuple[tuple[str, ...], ...]
    """Strata that are drawn in full against the rules' word, and that no other could be joined to."""
    into: Mapping[tuple[str, ...], tuple[str, ...]]

    def of(self, stratum: tuple[str, ...]) -> tuple[str, ...]:
        """The stratum in which the objects of a stratum are drawn."""
        return self.into.get(stratum, stratum)


def in_full(rules: Rules, stratum: tuple[str, ...]) -> bool:
    """Whether the rules say that all of a stratum are inspected: a share of 100 % for its credit class."""
    credit = stratum[rules.strata.index("credit")] if "credit" in rules.strata else ""
    share = rules.per_mille.get(credit, 0)  # type: ignore[call-overload]
    return rules.number is None and bool(share == FULL_SHARE)


def join(
    rules: Rules, eligible: Mapping[tuple[str, ...], int], quotas: Mapping[tuple[str, ...], int]
) -> Joined:
    """Join what would be drawn in full to the next credit class, so that an announcement warns nobody.

    A stratum whose quota takes all of its eligible objects tells each of them before the draw that it comes.
    It is drawn together with the nearest credit class of the same class and town (the better one first),
    quotas added up. Strata that the rules check in full stay; what nothing can be joined to is named in
    `Joined.whole`.
    """
    groups = {stratum: [stratum] for stratum in sorted(eligible)}

    def sums(values: Mapping[tuple[str, ...], int]) -> dict[tuple[str, ...], int]:
        return {name: sum(values.get(one, 0) for one in group) for name, group in groups.items()}

    stuck: set[tuple[str, ...]] = set()
    while True:
        have, take = sums(eligible), sums(quotas)
        full = [
            name
            for name in groups
            if take[name]
            and take[name] >= have[name]
            and name not in stuck
            and not in_full(rules, groups[name][0])
        ]
        if not full:
            break
        nearest = _nearest(rules, full[0], groups)
        if nearest is None:
            stuck.add(full[0])
            continue
        group = sorted([*groups.pop(full[0]), *groups.pop(nearest)])
        groups[_name(rules, group)] = group
    into = {one: name for name, group in groups.items() for one in group}
    return Joined(sums(eligible), sums(quotas), tuple(sorted(stuck & groups.keys())), into)


def _nearest(
    rules: Rules, stratum: tuple[str, ...], groups: Mapping[tuple[str, ...], Sequence[tuple[str, ...]]]
) -> tuple[str, ...] | None:
    """The stratum that differs in its credit class only, by the least distance between classes."""
    if "credit" not in rules.strata:
        return None
    at = rules.strata.index("credit")

    def places(name: tuple[str, ...]) -> list[int]:
        return [CREDITS.index(one[at]) for one in groups[name]]

    def distance(name: tuple[str, ...]) -> tuple[int, int]:
        return min((abs(a - b), b) for a in places(stratum) for b in places(name))

    others = [
        name
        for name in groups
        if name != stratum
        and name[:at] + name[at + 1 :] == stratum[:at] + stratum[at + 1 :]
        and not in_full(rules, groups[name][0])
        and _drawn_at_all(rules, groups[name])
    ]
    return min(others, key=distance, default=None)


def _drawn_at_all(rules: Rules, group: Sequence[tuple[str, ...]]) -> bool:
    """Whether the rules draw from these credit classes: whom they spare is not drawn in another's place."""
    at = rules.strata.index("credit")
    if rules.number is None:
        return any(rules.per_mille.get(one[at], 0) for one in group)  # type: ignore[call-overload]
    return any(rules.weights.get(one[at], 100) for one in group)  # type: ignore[call-overload]


def _name(rules: Rules, group: Sequence[tuple[str, ...]]) -> tuple[str, ...]:
    at = rules.strata.index("credit")
    credits = sorted((one[at] for one in group), key=CREDITS.index)
    return (*group[0][:at], JOINT.join(credits), *group[0][at + 1 :])


def credit_words(part: str) -> str:
    """The credit class of a stratum, or the classes of a joined one."""
    credits = part.split(JOINT)
    if credits == [""]:
        return _("not rated")
    if "" not in credits:
        return _("credit class %(credit)s") % {"credit": _(", ").join(credits)}
    rated = _(", ").join(one for one in credits if one)
    return _("credit class %(credit)s or not rated") % {"credit": rated}
