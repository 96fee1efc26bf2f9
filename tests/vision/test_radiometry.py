"""The light of a day is taken off; what was built stays."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chengshu.vision.raster.radiometry import lighting, normalise
from chengshu.vision.raster.types import Image, RasterError


def picture(seed: int = 1, size: int = 192) -> Image:
    """Blocks of ground of different colours with a little noise, none near black or white."""
    rng = np.random.default_rng(seed)
    blocks = rng.integers(70, 170, (size // 16, size // 16, 3))
    whole = np.kron(blocks, np.ones((16, 16, 1))) + rng.normal(0, 2, (size, size, 3))
    return np.clip(whole, 0, 255).astype(np.uint8)


def lit(image: Image, gain: tuple[float, float, float], offset: float) -> Image:
    """The same ground under another light."""
    return np.clip(image.astype(float) * gain + offset, 0, 255).astype(np.uint8)


def everywhere(image: Image) -> np.ndarray:
    return np.ones(image.shape[:2], bool)


@settings(max_examples=25, deadline=None)
@given(
    st.tuples(*[st.floats(0.7, 1.3)] * 3),
    st.floats(-25, 25),
    st.integers(0, 1000),
)
def test_exposure_and_white_balance_do_not_count(
    gain: tuple[float, float, float], offset: float, seed: int
) -> None:
    before = picture(seed)
    after = normalise(before, lit(before, gain, offset), everywhere(before))
    assert np.abs(after.astype(int) - before).mean() < 2.5


def test_a_third_of_the_picture_rebuilt_does_not_move_the_light() -> None:
    before = picture()
    after = before.copy()
    after[:, :64] = (230, 230, 235)
    moved = normalise(before, lit(after, (0.8, 0.9, 0.85), 10), everywhere(before))
    assert np.abs(moved[:, 80:].astype(int) - before[:, 80:]).mean() < 4
    assert moved[:, :48].mean() > 190, "the white roofs are still white"


def test_haze_at_one_side_is_taken_off() -> None:
    before = picture(size=384)
    haze = np.linspace(0, 24, 384)[None, :, None]
    after = np.clip(before + haze, 0, 255).astype(np.uint8)
    moved = normalise(before, after, everywhere(before))
    assert np.abs(moved.astype(int) - before).mean() < 0.6 * np.abs(after.astype(int) - before - 12).mean()


def test_holes_have_no_say() -> None:
    before = picture()
    after = lit(before, (0.9, 0.9, 0.9), 5)
    valid = everywhere(before)
    valid[:, :120] = False
    after[:, :120] = 0
    light = lighting(before, after, valid)
    assert light.gain == pytest.approx((1 / 0.9,) * 3, abs=0.03)
    assert light.unchanged > 0.8


def test_nothing_valid_changes_nothing() -> None:
    before = picture()
    assert (normalise(before, before, np.zeros(before.shape[:2], bool)) == before).all()


def test_unequal_sizes_are_refused_in_one_sentence() -> None:
    before = picture()
    with pytest.raises(RasterError, match="of one size"):
        normalise(before, before[:-1], everywhere(before))
    with pytest.raises(RasterError, match="8-bit channels"):
        normalise(before[..., 0], before[..., 0], everywhere(before))
