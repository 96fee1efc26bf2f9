"""What a photo says of itself."""

from __future__ import annotations

from datetime import date
from io import BytesIO

import pytest
from django.utils import timezone
from PIL import ExifTags, Image

from chengshu.kernel.exif import circumstances


def test_a_photos_own_time_and_place_are_read_from_it() -> None:
    exif = Image.Exif()
    exif.get_ifd(ExifTags.IFD.Exif).update(
        {ExifTags.Base.DateTimeOriginal: "2020:11:30 08:32:10", ExifTags.Base.OffsetTimeOriginal: "+08:00"}
    )
    exif.get_ifd(ExifTags.IFD.GPSInfo).update({1: "N", 2: (31.0, 14.0, 34.8), 3: "E", 4: (121.0, 25.0, 58.8)})
    content = BytesIO()
    Image.new("RGB", (8, 8), "red").save(content, "JPEG", exif=exif)
    taken, position = circumstances(content)
    assert taken is not None and timezone.localtime(taken).date() == date(2020, 11, 30)
    assert position is not None and position == pytest.approx((121.433, 31.243), abs=1e-4)
    assert circumstances(BytesIO(b"no picture")) == (None, None)


def test_a_moment_that_lies_ahead_and_a_place_that_is_none_are_not_believed() -> None:
    exif = Image.Exif()
    exif.get_ifd(ExifTags.IFD.Exif).update({ExifTags.Base.DateTimeOriginal: "2199:01:01 00:00:00"})
    exif.get_ifd(ExifTags.IFD.GPSInfo).update({1: "N", 2: (0.0, 0.0, 0.0), 3: "E", 4: (0.0, 0.0, 0.0)})
    content = BytesIO()
    Image.new("RGB", (8, 8), "red").save(content, "JPEG", exif=exif)
    assert circumstances(content) == (None, None)
    assert content.tell() == 0
