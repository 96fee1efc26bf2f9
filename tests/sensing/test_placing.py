"""Pictures that do not know where they are: laid on the map by hand, compared, and said to be so."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import pytest
from PIL import Image
from shapely.geometry import box, shape

from chengshu.sensing.models import Flight, Suspect
from chengshu.sensing.refusing import SensingProblem
from chengshu.sensing.services import comparing, deciding, sending
from tests import factories
from tests.sensing.conftest import Sky, fly, work

LNG, LAT = factories.IN_CHANGSHOU
PLACE = (LNG - 0.0004, LAT - 0.0003, LNG + 0.0004, LAT + 0.0003)  # about 76 m × 67 m
AREA = ", ".join(str(value) for value in PLACE)


def draw(sky: Sky, name: str, *, roof: bool) -> None:
    """Rough ground, with or without a light roof in the middle."""
    ground = np.random.default_rng(5).integers(70, 130, (420, 480, 3), np.uint8)
    if roof:
        ground[160:240, 200:300] = (225, 226, 224)
    Image.fromarray(ground).save(sky.folder / name)


def pair(sky: Sky) -> tuple[Flight, Flight]:
    draw(sky, "old.png", roof=False)
    draw(sky, "new.png", roof=True)
    how = {"dsm": "", "area": AREA}
    return (
        fly(sky.district, sky.clerk, "old", date(2020, 5, 3), mosaic="old.png", **how),
        fly(sky.district, sky.clerk, "new", date(2020, 6, 3), mosaic="new.png", **how),
    )


def test_two_plain_pictures_are_compared_where_they_were_laid(sky: Sky) -> None:
    before, after = pair(sky)
    assert before.state == "ready" and (before.width, before.height) == (480, 420)
    assert shape(before.area).symmetric_difference(box(*PLACE)).area < 0.05 * box(*PLACE).area
    made = comparing.compare(before, after, by=sky.clerk)
    work()
    made.refresh_from_db()
    assert made.state == "done", made.problem
    assert made.has_heights is False
    roof = Suspect.objects.filter(comparison=made).order_by("-area_m2")[0]
    lng, lat = roof.position
    assert abs(lng - (LNG + 0.0004 * 20 / 480)) < 2e-5 and abs(lat - (LAT + 0.0003 * 20 / 420)) < 2e-5
    decided = deciding.decide(roof, "lead", by=sky.clerk)
    lead = sending.send(decided, by=sky.dispatcher).lead
    assert lead is not None and "人工指定" in lead.description


@pytest.mark.parametrize("area", ["", "1,2,3", "121.4,31.2,121.3,31.3", "west", "121.4;31.2;121.5;31.3"])
def test_without_a_place_it_is_refused_saying_what_to_state(sky: Sky, area: str) -> None:
    draw(sky, "old.png", roof=False)
    with pytest.raises(SensingProblem, match="西、南、东、北") as refused:
        fly(sky.district, sky.clerk, "old", date(2020, 5, 3), mosaic="old.png", dsm="", area=area)
    assert refused.value.field == "area"


@pytest.mark.parametrize(
    ("content", "fields", "words"),
    [
        (b"GIF89a, not what it says", {"dsm": ""}, "PNG 或 JPEG"),
        (b"\x89PNG\r\n\x1a\n broken", {"dsm": ""}, "PNG 或 JPEG"),
        (None, {"dsm": "before_dsm.tif"}, "表面模型"),
    ],
)
def test_what_is_no_picture_is_refused(
    sky: Sky, content: bytes | None, fields: dict[str, Any], words: str
) -> None:
    draw(sky, "old.png", roof=False)
    if content is not None:
        (sky.folder / "old.png").write_bytes(content)
    with pytest.raises(SensingProblem, match=words):
        fly(sky.district, sky.clerk, "old", date(2020, 5, 3), mosaic="old.png", area=AREA, **fields)


def test_the_folder_is_not_left(sky: Sky) -> None:
    with pytest.raises(SensingProblem, match="目录"):
        fly(sky.district, sky.clerk, "old", date(2020, 5, 3), mosaic="../old.png", dsm="", area=AREA)
