"""What a list says about where a row lies, against where its position lies."""

from __future__ import annotations

import re
import unicodedata

from chengshu.bureau.models import District, Town
from chengshu.bureau.services.areas import area_index

from .parse import Parsed

_BLANKS = re.compile(r"[\s,，、/·\-—_]+")
_TOWN_TAIL = re.compile(r"(?:街道办事处|街道办|街道|镇人民政府|镇政府|镇|乡)$")
_DISTRICT_TAIL = re.compile(r"(?:新区|区|县|市)$")
_MUNICIPALITY = re.compile(r"^(?:[\u4e00-\u9fff]{2,3}省)?[\u4e00-\u9fff]{2,3}市(?!$)")


class Places:
    """Towns of a list's positions, with the doubts they raise."""

    def __init__(self, district: District, parsed: Parsed) -> None:
        self.district = district
        self.parsed = parsed
        self.index = area_index(district)
        self.names = {town.pk: town.name for town in Town.objects.filter(district=district)}
        places = self.index.place_many(parsed.lng, parsed.lat)  # type: ignore[arg-type]
        self.towns: list[int | None] = [place.town for place in places]
        self._short = {town_key(name) for name in self.names.values()}

    def judge(self, index: int) -> None:
        """Note on the row what does not go together."""
        position = self.parsed.position(index)
        if position is None or self.index.towns is None:  # a district without boundaries cannot object
            return
        town = self.towns[index]
        if town is None:
            self.parsed.remark(index, "outside_district", distance=self._distance(position))
        found = self.names[town] if town is not None else ""
        stated = self.parsed.stated_district[index]
        if stated and town is not None and not self._names_this_district(stated):
            self.parsed.remark(index, "stated_district_differs", stated=stated[:60], found=self.district.name)
        stated = self.parsed.stated_town[index]
        if stated and town is not None and town_key(stated, self.district.name) != town_key(found):
            self.parsed.remark(index, "stated_town_differs", stated=stated[:60], found=found)

    def _names_this_district(self, stated: str) -> bool:
        """Whether a stated area is this district, or one of its towns without the district's name."""
        parts = [part for part in _BLANKS.split(unicodedata.normalize("NFKC", stated)) if part]
        own = _DISTRICT_TAIL.sub("", self.district.name)
        heads = [_MUNICIPALITY.sub("", part) for part in parts]
        return any(head.startswith(own) for head in heads) or any(
            town_key(part) in self._short for part in parts
        )

    def _distance(self, position: list[float]) -> int | None:
        """Metres to the nearest border of the district's towns."""
        if self.index.towns is None:
            return None
        return round(self.index.towns.boundary_distance_m(position[0], position[1]))


def town_key(name: str, district: str = "") -> str:
    """A town's name without district and kind, for comparison: 上海市普陀区石泉路街道 → 石泉路."""
    text = _BLANKS.sub("", unicodedata.normalize("NFKC", name))
    own = _DISTRICT_TAIL.sub("", district)
    if own and own in text:
        text = text.split(own, 1)[1].removeprefix("区") or text
    return _TOWN_TAIL.sub("", _MUNICIPALITY.sub("", text)) or text
