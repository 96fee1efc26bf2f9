"""Three flights over one made-up street of the district: before, built upon, and cleared again."""

from __future__ import annotations

from tests.journeys.product import Product, Somebody

# Run on the fresh home: the files lie in the folder of flights, as an operator leaves them there.
FLIGHTS = """
import shutil
from pathlib import Path
from django.conf import settings
from pyproj import Transformer
from chengshu.vision.raster.flights import CRS, write_pair
LNG, LAT, PIXELS, PIXEL_M, SEED = 121.433, 31.243, 1500, 0.1, 51
east, north = Transformer.from_crs("EPSG:4326", CRS, always_xy=True).transform(LNG, LAT)
half = PIXELS * PIXEL_M / 2
folder = Path(settings.FLIGHT_FOLDER)
write_pair(folder, SEED, PIXELS, PIXELS, PIXEL_M, corner=(east - half, north + half))
for part in ("", "_dsm"):  # the third flight sees the street as it was before
    shutil.copy(folder / f"before{part}.tif", folder / f"cleared{part}.tif")
"""


def register(who: Somebody, name: str, day: str, files: str) -> None:
    """Register a flight whose files lie in the folder; it is ready once they were checked."""
    who.open("/sensing/flights/new/")
    fields = {
        "name": name, "flown_on": day, "operator": "示例测绘院", "height_m": "120",
        "mosaic": f"{files}.tif", "dsm": f"{files}_dsm.tif",
    }  # fmt: skip
    for field, value in fields.items():
        who.page.fill(f"main input[name={field}]", value)
    who.page.locator("main form .button.primary").last.click()
    who.page.locator("main .badge", has_text="可用").wait_for()


def compare(who: Somebody, before: str, after: str) -> str:
    """Compare two flights by their names and see it finish; the address of the comparison."""
    who.open("/sensing/comparisons/new/")
    for field, name in (("before", before), ("after", after)):
        option = who.page.locator(f"select[name={field}] option", has_text=name)
        who.page.select_option(f"select[name={field}]", option.first.get_attribute("value"))
    who.page.locator("main form .button.primary").last.click()
    who.page.locator("main .badge", has_text="已完成").wait_for()
    return path_of(who.product, who.page.url)


def path_of(product: Product, address: str) -> str:
    """The path of an address, without host and query."""
    return address.removeprefix(product.address).partition("?")[0]
