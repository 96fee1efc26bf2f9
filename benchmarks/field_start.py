"""The officer's app from the cache to the list: milliseconds, the median of ten starts on a slow phone.

Claim: below 1 s in Chromium with the processor throttled four times and no network at all. A server of the
product is started on a fresh home, an officer signs in once so that the phone keeps the app and a list, then
the network is cut and every start is a new page. Measured in the page from the beginning of the navigation
to the first card of the list. Run: ``python benchmarks/field_start.py``.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

CLAIM_MS = 1000
THROTTLE = 4
PHONE = {"width": 360, "height": 640}
LEADS = 30
SEEN = """() => new Promise((done) => {
  const look = () => document.querySelector(".card")
    ? requestAnimationFrame(() => done(performance.now())) : setTimeout(look, 4);
  look();
})"""
LIST = f"""
from datetime import timedelta
from io import BytesIO
from PIL import Image
from django.utils import timezone
from chengshu.bureau.models import District, RosterEntry, User
from chengshu.leads import services
from chengshu.leads.models import LeadClass
from chengshu.leads.services.classes import load_classes
from shapely.geometry import shape
district = District.objects.get()
load_classes(district)
officer = User.objects.with_roles().get(username="officer")
now = timezone.now()
RosterEntry.objects.create(unit=officer.unit, user=officer, duty="patrol",
                           starts_at=now, ends_at=now + timedelta(hours=8))
place = shape(officer.unit.towns.first().boundary).representative_point()
kind = LeadClass.objects.filter(district=district, active=True).first()
picture = BytesIO()
Image.new("RGB", (8, 8)).save(picture, "PNG")
for n in range({LEADS}):
    picture.seek(0)
    services.report(
        services.NewLead(source="patrol", lead_class=kind.code, description=f"示例 {{n}}", address="示例路",
                         position=(place.x, place.y), reported_at=now),
        district=district, by=officer, request_key=f"start:{{n}}",
        attachments=[services.Attachment(content=picture, name="a.png", moment="filing")],
    )
"""


def prepared(browser: Any, address: str, password: str) -> Any:
    """A phone that has been signed in once and has everything it needs."""
    context = browser.new_context(viewport=PHONE, has_touch=True, locale="zh-CN")
    page = context.new_page()
    page.set_default_timeout(120_000)
    page.goto(f"{address}/accounts/login/?next=/field/")
    page.fill("[name=login]", "officer")
    page.fill("[name=password]", password)
    page.keyboard.press("Enter")
    page.wait_for_selector(".card")
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    page.reload()
    page.wait_for_function("navigator.serviceWorker.controller !== null")
    page.wait_for_selector(".card")
    page.close()
    return context


def start_ms(context: Any) -> float:
    """One start without a network, the processor throttled."""
    page = context.new_page()
    page.set_default_timeout(120_000)
    session = context.new_cdp_session(page)
    session.send("Emulation.setCPUThrottlingRate", {"rate": THROTTLE})
    page.goto(context.start_address, wait_until="commit")
    measured = float(page.evaluate(SEEN))
    page.close()
    return measured


def measure(starts: int, address: str | None, password: str) -> list[float]:
    """Milliseconds of each start, against a server of our own unless one is given."""
    from tests.journeys.product import BARE, started
    from tests.plugins.chromium import chromium

    def walk(where: str, secret: str) -> list[float]:
        with chromium() as browser:
            context = prepared(browser, where, secret)
            context.start_address = f"{where}/field/"
            context.set_offline(True)
            return [start_ms(context) for _n in range(starts)]

    if address:
        return walk(address, password)
    with started(BARE + LIST) as product:
        return walk(product.address, product.passwords["officer"])


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--starts", type=int, default=10)
    parser.add_argument("--address", help="a running server with a list for the account officer")
    parser.add_argument("--password", default="")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    found = measure(options.starts, options.address, options.password)
    median = statistics.median(found)
    result = {
        "median_ms": round(median),
        "starts_ms": [round(one) for one in found],
        "throttle": THROTTLE,
        "claim_ms": CLAIM_MS,
        "ratio_claim_to_median": round(CLAIM_MS / median, 2),
    }
    if options.json:
        print(json.dumps(result))
        return
    print(
        f"processor throttled {THROTTLE} times, no network: median {median:.0f} ms of {result['starts_ms']}"
    )
    print(f"claim {CLAIM_MS} ms : median = {result['ratio_claim_to_median']}")


if __name__ == "__main__":
    main()
