"""Two flights come onto one grid, whatever their files are like; or a sentence says why they cannot."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import rasterio
from affine import Affine
from hypothesis import given, settings
from hypothesis import strategies as st
from rasterio.enums import ColorInterp

from chengshu.vision.raster.grid import Box, open_pair, sources
from chengshu.vision.raster.types import RasterError, Registration

LOCAL = 'LOCAL_CS["Shanghai local",LOCAL_DATUM["local",0],UNIT["metre",1],AXIS["x",EAST],AXIS["y",NORTH]]'
GK120 = "EPSG:4549"
WEST, NORTH = 500_000.0, 3_450_000.0
Write = Callable[..., Path]


def scenery(size: int = 300, seed: int = 1, blur: float = 4.0) -> np.ndarray:
    """A soft coloured pattern without structure at the size of a pixel."""
    noise = np.random.default_rng(seed).uniform(0, 255, (size, size, 3)).astype(np.float32)
    smooth = cv2.GaussianBlur(noise, (0, 0), blur)
    return cv2.normalize(smooth, None, 20, 235, cv2.NORM_MINMAX).astype(np.uint8)


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Writes an image (rows, columns[, bands]) as GeoTIFF and gives its path."""

    def _write(
        name: str,
        pixels: np.ndarray,
        *,
        crs: str | None = GK120,
        west: float = WEST,
        north: float = NORTH,
        pixel: float = 0.1,
        transform: Affine | None = None,
        mask: np.ndarray | None = None,
        **options: Any,
    ) -> Path:
        bands = pixels[None] if pixels.ndim == 2 else pixels.transpose(2, 0, 1)
        place = transform or Affine(pixel, 0, west, 0, -pixel, north)
        profile = {
            "driver": "GTiff",
            "dtype": bands.dtype,
            "count": len(bands),
            "crs": crs,
            "transform": place,
        }
        profile |= {"height": bands.shape[1], "width": bands.shape[2], **options}
        with (
            rasterio.Env(GDAL_TIFF_INTERNAL_MASK=True),
            rasterio.open(tmp_path / name, "w", **profile) as file,
        ):
            file.write(bands)
            if mask is not None:
                file.write_mask(mask)
        return tmp_path / name

    return _write


def refusal(*paths: Path, **options: Any) -> str:
    with pytest.raises(RasterError) as error:
        open_pair(*paths, **options).close()
    return str(error.value)


class TestOneGrid:
    def test_same_pixels_are_read_as_they_are(self, write: Write) -> None:
        a, b = scenery(), scenery(seed=2)
        with open_pair(write("a.tif", a), write("b.tif", b)) as pair:
            assert (pair.grid.crs, pair.grid.pixel_m) == (GK120, 0.1)
            assert (pair.grid.width, pair.grid.height) == (300, 300)
            tile = pair.read(Box(20, 30, 100, 50))
        assert (tile.before == a[30:80, 20:120]).all()
        assert (tile.after == b[30:80, 20:120]).all()
        assert tile.valid.all()
        assert (tile.x0, tile.y0) == (20, 30)

    def test_only_what_both_show_is_compared(self, write: Write) -> None:
        a, b = scenery(), scenery(seed=2)
        with open_pair(write("a.tif", a), write("b.tif", b, west=WEST + 5, north=NORTH - 3)) as pair:
            assert (pair.grid.width, pair.grid.height) == (250, 270)
            assert pair.grid.transform[2] == WEST + 5
            tile = pair.read(Box(0, 0, 250, 270))
        assert (tile.before == a[30:300, 50:300]).all()
        assert (tile.after == b[:270, :250]).all()

    def test_the_coarser_pixel_is_taken_unless_another_is_asked_for(self, write: Write) -> None:
        a = scenery(400)
        fine = write("a.tif", a, pixel=0.05)
        coarse = write("b.tif", cv2.resize(a, (200, 200), interpolation=cv2.INTER_AREA), pixel=0.1)
        with open_pair(fine, coarse) as pair:
            assert (pair.grid.pixel_m, pair.grid.width) == (0.1, 200)
            tile = pair.read(Box(0, 0, 200, 200))
            assert np.abs(tile.before.astype(int) - tile.after).max() <= 4
        with open_pair(fine, coarse, resolution=0.2) as pair:
            assert (pair.grid.pixel_m, pair.grid.width) == (0.2, 100)

    def test_half_a_pixel_between_the_files_is_resampled(self, write: Write) -> None:
        a = scenery(blur=6)
        shifted = cv2.warpAffine(a, np.float32([[1, 0, -0.5], [0, 1, 0]]), (300, 300))
        with open_pair(write("a.tif", a), write("b.tif", shifted, west=WEST + 0.05)) as pair:
            tile = pair.read(Box(10, 10, 250, 250))
        assert np.abs(tile.before.astype(int) - tile.after)[:, :240].mean() < 1.5

    def test_a_local_metric_system_is_kept(self, write: Write) -> None:
        a = write("a.tif", scenery(), crs=LOCAL, west=-2_000, north=1_500)
        b = write("b.tif", scenery(600, seed=2), crs=LOCAL, west=-2_000, north=1_500, pixel=0.05)
        with open_pair(a, b) as pair:
            assert pair.grid.crs is not None
            assert "Shanghai local" in pair.grid.crs
            assert pair.grid.pixel_m == 0.1
            assert pair.read(Box(0, 0, 300, 300)).valid.all()

    def test_coordinates_without_a_system_are_local_metres_and_this_is_said(self, write: Write) -> None:
        a, b = write("a.tif", scenery(), crs=None), write("b.tif", scenery(), crs=None)
        with open_pair(a, b) as pair:
            assert (pair.grid.crs, pair.grid.pixel_m) == (None, 0.1)
            assert "name no coordinate system" in pair.remarks[0][0]

    def test_degrees_become_a_metric_system_that_fits_the_place(self, write: Write) -> None:
        step = 1e-6
        degrees = {"west": 121.4, "north": 31.2, "pixel": step}
        a = write("a.tif", scenery(), crs="EPSG:4490", **degrees)
        b = write("b.tif", scenery(), crs="EPSG:4326", **degrees)
        with open_pair(a, a) as pair:
            assert pair.grid.crs == "EPSG:4549"  # 120° E, three degrees wide
        with open_pair(b, b) as pair:
            assert pair.grid.crs == "EPSG:32651"
            assert pair.grid.pixel_m == pytest.approx(step * 111_000, rel=0.2)

    def test_a_web_map_is_not_true_to_scale_and_is_converted(self, write: Write) -> None:
        web = {"crs": "EPSG:3857", "west": 13_514_000, "north": 3_659_000}
        with open_pair(write("a.tif", scenery(), **web), write("b.tif", scenery(), **web)) as pair:
            assert pair.grid.crs == "EPSG:32651"
            assert pair.grid.pixel_m == pytest.approx(0.1 * np.cos(np.radians(31.2)), rel=0.01)

    def test_two_systems_meet_in_that_of_the_earlier_flight(self, write: Write) -> None:
        a = scenery(400, blur=8)
        first = write("a.tif", a, crs="EPSG:4549", west=WEST, north=NORTH)
        with open_pair(first, first, resolution=0.1) as pair:
            whole = pair.read(Box(0, 0, 400, 400)).before
        from rasterio.warp import Resampling, calculate_default_transform, reproject

        place, width, height = calculate_default_transform(
            "EPSG:4549", "EPSG:32651", 400, 400, WEST, NORTH - 40, WEST + 40, NORTH
        )
        other = np.zeros((3, height, width), np.uint8)
        reproject(
            whole.transpose(2, 0, 1),
            other,
            src_transform=Affine(0.1, 0, WEST, 0, -0.1, NORTH),
            src_crs="EPSG:4549",
            dst_transform=place,
            dst_crs="EPSG:32651",
            resampling=Resampling.cubic,
        )
        second = write("b.tif", other.transpose(1, 2, 0), crs="EPSG:32651", transform=place, nodata=0)
        with open_pair(first, second) as pair:
            assert pair.grid.crs == "EPSG:4549"
            tile = pair.read(Box(0, 0, pair.grid.width, pair.grid.height))
        assert tile.valid.mean() > 0.9
        assert np.abs(tile.before.astype(int) - tile.after)[tile.valid].mean() < 2

    @settings(max_examples=40, deadline=None)
    @given(
        st.integers(-50, 350),
        st.integers(-50, 350),
        st.integers(1, 200),
        st.integers(1, 200),
        st.integers(0, 9),
    )
    def test_a_window_shows_the_same_pixels_wherever_it_begins(
        self, tmp_path_factory: pytest.TempPathFactory, x: int, y: int, width: int, height: int, seed: int
    ) -> None:
        whole = scenery(300, seed=3)
        folder = tmp_path_factory.mktemp("pair")
        for name in ("a.png", "b.png"):
            cv2.imwrite(str(folder / name), whole[..., ::-1])
        with open_pair(folder / "a.png", folder / "b.png") as pair:
            tile = pair.read(Box(x, y, width, height))
        padded = np.pad(whole, ((300, 300), (300, 300), (0, 0)))
        inside = np.pad(np.ones((300, 300), bool), 300)
        assert (tile.before == padded[300 + y : 300 + y + height, 300 + x : 300 + x + width]).all()
        assert (tile.valid == inside[300 + y : 300 + y + height, 300 + x : 300 + x + width]).all()

    def test_windows_cover_every_pixel_once(self, write: Write) -> None:
        with open_pair(write("a.tif", scenery()), write("b.tif", scenery())) as pair:
            counted = np.zeros((300, 300), int)
            for core, outer in pair.windows(tile=128, halo=16):
                counted[core.y0 : core.y0 + core.height, core.x0 : core.x0 + core.width] += 1
                assert outer.x0 >= 0
                assert outer.x0 + outer.width <= 300
                assert outer.width <= 128 + 32
        assert (counted == 1).all()

    def test_an_overview_is_small_and_whole(self, write: Write) -> None:
        a = scenery(400, blur=20)
        with open_pair(write("a.tif", a), write("b.tif", a[:, :200])) as pair:
            seen = pair.read_overview(100)
        assert seen.before.shape == (100, 50, 3)
        expected = cv2.resize(a[:, :200], (50, 100), interpolation=cv2.INTER_AREA)
        assert np.abs(seen.before.astype(int) - expected).max() <= 3

    def test_a_pair_is_opened_again_on_another_machine(self, write: Write) -> None:
        with open_pair(write("a.tif", scenery()), write("b.tif", scenery()), resolution=0.2) as pair:
            again = pickle.loads(pickle.dumps(pair))  # noqa: S301
            assert again.grid == pair.grid
            assert (again.read(Box(0, 0, 90, 90)).after == pair.read(Box(0, 0, 90, 90)).after).all()
            again.close()


class TestKindsOfImages:
    def test_grey_is_shown_as_three_equal_colours(self, write: Write) -> None:
        grey = scenery()[..., 0]
        with open_pair(write("a.tif", grey), write("b.tif", scenery())) as pair:
            seen = pair.read(Box(0, 0, 300, 300)).before
        assert (seen == grey[..., None]).all()

    def test_sixteen_bits_become_eight_by_the_range_that_is_used(self, write: Write) -> None:
        a = scenery()
        deep = a.astype(np.uint16) * 30 + 500
        with open_pair(write("a.tif", deep), write("b.tif", a)) as pair:
            seen = pair.read(Box(0, 0, 300, 300)).before
        assert seen.dtype == np.uint8
        assert (seen.min(), seen.max()) == (0, 255)
        assert np.corrcoef(seen.ravel(), a.ravel())[0, 1] > 0.99

    @pytest.mark.parametrize("how", ["nodata", "alpha", "mask"])
    def test_holes_are_not_valid(self, write: Write, how: str) -> None:
        a = np.maximum(scenery(), 1)
        hole = np.ones((300, 300), bool)
        hole[50:120, 80:200] = False
        if how == "nodata":
            a[~hole] = 0
            holed = write("a.tif", a, nodata=0)
        elif how == "alpha":
            holed = write(
                "a.tif", np.dstack([a, hole * np.uint8(255)]), photometric="RGB", alpha="unspecified"
            )
            with rasterio.open(holed, "r+") as file:
                file.colorinterp = [ColorInterp.red, ColorInterp.green, ColorInterp.blue, ColorInterp.alpha]
        else:
            holed = write("a.tif", a, mask=hole)
        for other in (write("b.tif", scenery()), write("c.tif", scenery(), pixel=0.1, west=WEST + 0.05)):
            with open_pair(holed, other) as pair:
                tile = pair.read(Box(0, 0, 290, 290))
            assert (
                tile.valid == hole[:290, :290] if "b.tif" in str(other) else tile.valid.mean() < 0.95
            ).any()
            assert not tile.valid[60:110, 90:190].any()
            assert tile.valid[130:280, 10:280].all()

    @pytest.mark.parametrize(("kind", "nodata"), [(np.uint8, 255), (np.uint16, 65_535), (np.float32, -1.0)])
    def test_holes_stay_holes_when_resampled(self, write: Write, kind: type, nodata: float) -> None:
        a = np.clip(scenery(), 1, 250).astype(kind)
        a[50:120, 80:200] = nodata
        finer = write("b.tif", scenery(600), pixel=0.05, west=WEST + 0.02)
        with open_pair(write("a.tif", a, nodata=nodata), finer, resolution=0.2) as pair:
            tile = pair.read(Box(0, 0, 149, 149))
        assert not tile.valid[26:59, 41:99].any()
        assert tile.valid[62:140, 5:140].all()
        assert tile.valid[5:140, 102:140].all()

    def test_a_black_border_without_nodata_is_not_valid_but_a_dark_pixel_is(self, write: Write) -> None:
        a = np.maximum(scenery(), 1)
        a[:, :40] = 0
        a[200, 200] = 0
        with open_pair(write("a.tif", a), write("b.tif", scenery())) as pair:
            tile = pair.read(Box(0, 0, 300, 300))
        assert not tile.valid[:, :40].any()
        assert tile.valid[:, 40:].all()

    def test_near_infrared_is_left_out(self, write: Write) -> None:
        four = np.dstack([scenery(), scenery(seed=9)[..., 0]])
        with open_pair(write("a.tif", four, alpha="no"), write("b.tif", scenery())) as pair:
            tile = pair.read(Box(0, 0, 300, 300))
        assert (tile.before == four[..., :3]).all()
        assert tile.valid.all()

    def test_plain_pictures_of_equal_size_are_compared_in_pixels(self, tmp_path: Path) -> None:
        a = scenery()
        cv2.imwrite(str(tmp_path / "a.png"), a)
        cv2.imwrite(str(tmp_path / "b.jpg"), a)
        with open_pair(tmp_path / "a.png", tmp_path / "b.jpg") as pair:
            assert (pair.grid.crs, pair.grid.pixel_m) == (None, None)
            assert pair.grid.transform == (1, 0, 0, 0, 1, 0)
            tile = pair.read(Box(0, 0, 300, 300))
        assert np.abs(tile.before.astype(int) - tile.after).mean() < 3

    def test_rows_instead_of_tiles_are_said_to_be_slow(self, write: Write) -> None:
        wide = np.zeros((80, 3000), np.uint8) + 9
        rows = write("rows.tif", wide)
        tiled = write("tiled.tif", wide, tiled=True, blockxsize=256, blockysize=256)
        with open_pair(rows, tiled) as pair:
            assert [(text[:32], values) for text, values in pair.remarks] == [
                ("%(file)s is stored in rows, not ", {"file": "rows.tif"})
            ]


class TestHeights:
    def test_heights_come_in_metres_with_holes(self, write: Write) -> None:
        a = write("a.tif", scenery())
        low = np.full((150, 150), 4.0, np.float32)
        low[20:40, 20:40] = -9999
        high = np.full((150, 150), 700, np.int16)
        before = write("low.tif", low, pixel=0.2, nodata=-9999)
        after = write("high.tif", high, pixel=0.2)
        with rasterio.open(after, "r+") as file:
            file.scales = [0.01]
        with open_pair(a, a, before, after) as pair:
            assert pair.has_heights
            tile = pair.read(Box(0, 0, 300, 300))
        assert tile.before_heights is not None
        assert tile.after_heights is not None
        assert np.isnan(tile.before_heights[45:75, 45:75]).all()
        assert tile.before_heights[100:250, 100:250] == pytest.approx(4.0)
        assert tile.after_heights[100:250, 100:250] == pytest.approx(7.0)

    def test_a_model_of_a_part_only_leaves_the_rest_unknown(self, write: Write) -> None:
        a = write("a.tif", scenery())
        part = write("part.tif", np.full((100, 100), 3, np.float32), west=WEST + 10, north=NORTH - 10)
        with open_pair(a, a, part, part) as pair:
            heights = pair.read(Box(0, 0, 300, 300)).before_heights
        assert heights is not None
        assert np.isfinite(heights).sum() == 100 * 100
        assert (heights[100:200, 100:200] == 3).all()

    def test_one_model_alone_is_not_used_and_this_is_said(self, write: Write) -> None:
        a = write("a.tif", scenery())
        with open_pair(a, a, write("dsm.tif", np.ones((300, 300), np.float32))) as pair:
            assert not pair.has_heights
            assert "Only one of the flights" in pair.remarks[0][0]

    def test_a_photograph_is_no_surface_model(self, write: Write) -> None:
        a = write("a.tif", scenery())
        assert "is not a surface model" in refusal(a, a, a, a)


class TestMovedByTheRegistration:
    def test_the_later_flight_is_moved_onto_the_earlier(self, write: Write) -> None:
        a = scenery(blur=5)
        shift = np.float32([[1, 0, 3.5], [0, 1, -2.25]])
        b = cv2.warpAffine(a, shift, (300, 300), flags=cv2.INTER_CUBIC)
        ground = np.tile(np.arange(300, dtype=np.float32) / 10, (300, 1))
        moved = cv2.warpAffine(ground, shift, (300, 300), borderMode=cv2.BORDER_REPLICATE)
        files = write("a.tif", a), write("b.tif", b), write("c.tif", ground), write("d.tif", moved)
        with open_pair(*files) as pair:
            tile = pair.read(Box(20, 20, 250, 250), Registration(3.5, -2.25, accepted=True))
            kept = pair.read(Box(20, 20, 250, 250), Registration(3.5, -2.25, accepted=False))
        assert np.abs(tile.before.astype(int) - tile.after).mean() < 1
        assert np.abs(kept.before.astype(int) - kept.after).mean() > 3
        assert tile.before_heights is not None
        assert tile.after_heights is not None
        assert np.abs(tile.before_heights - tile.after_heights).max() < 0.02

    def test_a_local_field_moves_each_place_by_its_own_shift(self, write: Write) -> None:
        a = scenery(blur=5)
        columns, rows = np.meshgrid(np.arange(300, dtype=np.float32), np.arange(300, dtype=np.float32))
        b = cv2.remap(a, columns - 2 * (columns + 0.5 - 150) / 150, rows, cv2.INTER_CUBIC)
        field = {"order": 1, "centre": (150, 150), "scale": 150, "x": [0.0, 2.0, 0.0], "y": [0.0, 0.0, 0.0]}
        registration = Registration(0, 0, accepted=True, local=field)
        with open_pair(write("a.tif", a), write("b.tif", b)) as pair:
            plain = pair.read(Box(30, 30, 240, 240))
            tile = pair.read(Box(30, 30, 240, 240), registration)
        error, before = (np.abs(t.before.astype(int) - t.after).mean() for t in (tile, plain))
        assert error < before / 8


class TestRefusals:
    def test_a_missing_file(self, tmp_path: Path, write: Write) -> None:
        assert refusal(write("a.tif", scenery()), tmp_path / "b.tif") == "There is no file b.tif."

    def test_what_is_no_image(self, tmp_path: Path, write: Write) -> None:
        (tmp_path / "b.tif").write_text("minutes of a meeting")
        assert refusal(write("a.tif", scenery()), tmp_path / "b.tif").startswith("b.tif is not an image")

    def test_a_file_that_only_names_other_files(self, tmp_path: Path, write: Write) -> None:
        (tmp_path / "b.vrt").write_text('<VRTDataset rasterXSize="9" rasterYSize="9"></VRTDataset>')
        assert "is not an image" in refusal(write("a.tif", scenery()), tmp_path / "b.vrt")

    @pytest.mark.parametrize("name", ["b.png", "b.jpg"])
    def test_a_truncated_picture(self, tmp_path: Path, name: str) -> None:
        cv2.imwrite(str(tmp_path / "a.png"), scenery(400, blur=0.5))
        cv2.imwrite(str(tmp_path / name), scenery(400, blur=0.5))
        whole = (tmp_path / name).read_bytes()
        (tmp_path / name).write_bytes(whole[: len(whole) // 3])
        assert refusal(tmp_path / "a.png", tmp_path / name).startswith(f"{name} is ")

    def test_a_truncated_geotiff_is_found_when_it_is_read(self, write: Write) -> None:
        a = write("a.tif", scenery(blur=0.5), compress="deflate", tiled=True, blockxsize=64, blockysize=64)
        b = write("b.tif", scenery(blur=0.5), compress="deflate", tiled=True, blockxsize=64, blockysize=64)
        data = bytearray(b.read_bytes())
        data[len(data) // 2 :] = bytes(len(data) - len(data) // 2)
        b.write_bytes(data)
        with pytest.raises(RasterError, match=r"b.tif is (damaged|not an image)"), open_pair(a, b) as pair:
            pair.read(Box(0, 0, 300, 300))

    def test_places_that_do_not_overlap(self, write: Write) -> None:
        a, b = write("a.tif", scenery()), write("b.tif", scenery(), west=WEST + 900)
        assert refusal(a, b) == "a.tif and b.tif do not overlap; check their coordinates."

    def test_a_sliver_of_overlap(self, write: Write) -> None:
        a, b = write("a.tif", scenery()), write("b.tif", scenery(), west=WEST + 29)
        assert "overlap by only 10 × 300 pixels" in refusal(a, b)

    def test_coordinates_on_one_side_only(self, tmp_path: Path, write: Write) -> None:
        cv2.imwrite(str(tmp_path / "b.png"), scenery())
        message = refusal(write("a.tif", scenery()), tmp_path / "b.png")
        assert message.startswith("b.png has no coordinates, a.tif has")

    def test_a_coordinate_system_on_one_side_only(self, write: Write) -> None:
        message = refusal(write("a.tif", scenery()), write("b.tif", scenery(), crs=None))
        assert message.startswith("b.tif does not say in which coordinate system it lies")

    def test_different_local_systems(self, write: Write) -> None:
        message = refusal(write("a.tif", scenery()), write("b.tif", scenery(), crs=LOCAL))
        assert "cannot be converted" in message

    def test_plain_pictures_of_different_size(self, tmp_path: Path) -> None:
        cv2.imwrite(str(tmp_path / "a.png"), scenery(200))
        cv2.imwrite(str(tmp_path / "b.png"), scenery(210))
        message = refusal(tmp_path / "a.png", tmp_path / "b.png")
        assert message == (
            "Images without coordinates must be of equal size: a.png has 200 × 200 pixels, b.png 210 × 210."
        )

    def test_a_picture_that_swells_when_it_is_opened(self, tmp_path: Path) -> None:
        cv2.imwrite(str(tmp_path / "bomb.png"), np.zeros((11_000, 11_000), np.uint8))
        assert (tmp_path / "bomb.png").stat().st_size < 500_000
        assert "too many for PNG or JPEG" in refusal(tmp_path / "bomb.png", tmp_path / "bomb.png")

    def test_a_geotiff_in_one_giant_block(self, tmp_path: Path) -> None:
        profile = {"driver": "GTiff", "dtype": "uint8", "count": 1, "width": 40_960, "height": 20_480}
        tiles = {"tiled": True, "blockxsize": 40_960, "blockysize": 20_480, "SPARSE_OK": True}
        with rasterio.open(tmp_path / "a.tif", "w", **profile, **tiles, compress="deflate"):
            pass
        assert "stored in one piece" in refusal(tmp_path / "a.tif", tmp_path / "a.tif")

    def test_a_grid_too_large_to_be_meant(self, write: Write) -> None:
        a = write("a.tif", scenery())
        assert "choose larger pixels" in refusal(a, a, resolution=0.0001)
        assert refusal(a, a, resolution=-1) == "The pixel size must be more than zero."

    def test_too_many_bands(self, write: Write) -> None:
        a = write("a.tif", np.zeros((300, 300, 6), np.uint8), photometric="minisblack", alpha="no")
        assert refusal(a, a).startswith("a.tif has 6 bands")


def test_a_claimed_size_of_a_hundred_thousand_pixels_is_read_by_windows(tmp_path: Path) -> None:
    size = 100_000
    profile = {"driver": "GTiff", "dtype": "uint8", "count": 3, "width": size, "height": size, "crs": GK120}
    place = {"transform": Affine(0.03, 0, WEST, 0, -0.03, NORTH), "tiled": True, "SPARSE_OK": True}
    for name in ("a.tif", "b.tif"):
        with rasterio.open(tmp_path / name, "w", **profile, **place, bigtiff="YES") as file:
            file.write(
                np.full((3, 512, 512), 77, np.uint8), window=rasterio.windows.Window(51_200, 51_200, 512, 512)
            )
    with open_pair(tmp_path / "a.tif", tmp_path / "b.tif") as pair:
        assert (pair.grid.width, len(pair.windows())) == (size, 49 * 49)
        assert (pair.read(Box(51_200, 51_200, 512, 512)).before == 77).all()
    assert size * size > sources.PLAIN_PIXELS
