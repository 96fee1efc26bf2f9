"""Reasons of a match in words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

SENTENCES: dict[str, Any] = {
    "name.same": gettext_lazy("The names are the same"),
    "name.same_core": gettext_lazy("The names differ only in the word for the trade"),
    "name.same_sound": gettext_lazy("The names sound the same"),
    "name.contained": gettext_lazy("One name is part of the other"),
    "name.close": gettext_lazy("The names are almost the same"),
    "name.alike": gettext_lazy("The names are partly alike"),
    "name.weak": gettext_lazy("The names have little in common"),
    "name.different": gettext_lazy("The names are different"),
    "name.common": gettext_lazy("Many objects bear this name"),
    "trade.conflict": gettext_lazy("The names speak of different trades"),
    "branch.same": gettext_lazy("Both name the same branch"),
    "branch.one": gettext_lazy("Only one names its branch"),
    "branch.conflict": gettext_lazy("They name different branches"),
    "numbers.same": gettext_lazy("Numbers or directions in the names agree"),
    "numbers.conflict": gettext_lazy("Numbers or directions in the names differ"),
    "address.same": gettext_lazy("The addresses agree"),
    "address.other_room": gettext_lazy("Same house number, another room"),
    "address.lane_or_number": gettext_lazy("Same number, once as a lane (弄) and once as a house (号)"),
    "address.same_lane": gettext_lazy("Same lane (弄)"),
    "address.same_corner": gettext_lazy("Same street corner"),
    "address.corner_on_road": gettext_lazy("One address is a street corner on the other's road"),
    "address.road_only": gettext_lazy("Same road, a number is missing"),
    "address.near_number": gettext_lazy("Same road, a house number near by"),
    "address.other_number": gettext_lazy("Same road, another house number"),
    "address.other_road": gettext_lazy("The addresses are on different roads"),
    "phone.same": gettext_lazy("Same phone"),
    "phone.different": gettext_lazy("Different phones"),
    "uscc.same": gettext_lazy("Same USCC"),
    "uscc.different": gettext_lazy("Different USCCs"),
}


@dataclass(frozen=True)
class Spoken:
    """A reason as people read it; `speaks_for` a double or against."""

    text: str
    speaks_for: bool
    weight: float


def sentence(reason: Mapping[str, Any]) -> str:
    """One reason in words."""
    code = str(reason["code"])
    if code.startswith("distance."):
        return _("%(metres)s m apart") % {"metres": f"{int(reason.get('metres', 0)):,}"}
    return str(SENTENCES.get(code, code))


def spoken(reasons: Iterable[Mapping[str, Any]]) -> list[Spoken]:
    """Reasons in words, those for a double first, the weightiest first within each."""
    weighed = [(reason, float(reason["weight"])) for reason in reasons]
    said = [Spoken(sentence(reason), weight > 0, abs(weight)) for reason, weight in weighed]
    return sorted(said, key=lambda reason: (not reason.speaks_for, -reason.weight))
