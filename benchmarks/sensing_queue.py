"""The queue of suspects at one decision a second: no verdict is lost, and how soon the next one is there.

Claim: 200 suspects are decided by keyboard in Chromium at one a second. A server of the product is started on
a fresh home with two invented mosaics of 410 m a side and 200 suspects; a key is pressed each second whether
the page has kept up or not. Measured in the page: milliseconds from the key to the next suspect, and those
the server takes to answer a verdict. Afterwards the database is asked for every verdict, place by place.
Run: ``python benchmarks/sensing_queue.py``.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

EVERY_S = 1.0
ACCOUNT = "clerk"
WORLD = f"""
import sys
sys.path.insert(0, {str(ROOT)!r})
from datetime import date
from pathlib import Path
from django.conf import settings
from chengshu.bureau.models import District, User
from chengshu.leads.services.classes import load_classes
from chengshu.sensing.models import Comparison, Flight
from chengshu.sensing.services import flights
from chengshu.sensing.services.suspects import make_suspects
from tests.sensing import scene
SIDE, STEP, HOUSE = 4096, 200, 80
district, clerk = District.objects.get(), User.objects.with_roles().get(username={ACCOUNT!r})
load_classes(district)
rings = []
for n in range(MANY):
    x, y = 40 + n % 20 * STEP, 40 + n // 20 * STEP
    rings.append([(x, y), (x + HOUSE, y), (x + HOUSE, y + HOUSE), (x, y + HOUSE), (x, y)])
folder = Path(settings.FLIGHT_FOLDER)
scene.write_mosaic(folder / "before.tif", [], size=SIDE)
scene.write_mosaic(folder / "after.tif", rings, size=SIDE)
both = [
    flights.register_flight(district, by=clerk, name=name, flown_on=day, mosaic=name + ".tif")
    for name, day in (("before", date(2020, 5, 1)), ("after", date(2020, 6, 1)))
]
Flight.objects.update(state="ready")
found = scene.found(*(scene.candidate(ring, score=0.5 + n / (2 * MANY)) for n, ring in enumerate(rings)))
made = Comparison.objects.create(
    district=district, before=both[0], after=both[1], state="done", seed="0" * 32, grid=found.grid,
    registration=found.registration, has_heights=False,
)
made.suspects = make_suspects(made, found.candidates).suspects
made.save()
"""
ASKED = """
import os, json
os.environ["DJANGO_SETTINGS_MODULE"] = "chengshu.config.settings"
import django
django.setup()
from chengshu.sensing.models import Decision
print(json.dumps(list(Decision.objects.order_by("id").values_list("suspect_id", "verdict"))))
"""
WATCH = """() => {
  const box = document.getElementById("sky");
  window.seen = {cards: [box.dataset.card], shown: [], pressed: 0};
  document.addEventListener("keydown", () => { window.seen.pressed = performance.now(); }, true);
  new MutationObserver(() => {
    if (box.dataset.card === window.seen.cards.at(-1)) return;
    window.seen.cards.push(box.dataset.card);
    window.seen.shown.push(performance.now() - window.seen.pressed);
  }).observe(box, {attributes: true, attributeFilter: ["data-card"]});
  performance.setResourceTimingBufferSize(20000);
}"""
ANSWERS = """() => performance.getEntriesByType("resource")
  .filter((one) => one.name.includes("/decide.json")).map((one) => one.duration)"""
BUTTONS = """() => Object.fromEntries([...document.querySelectorAll("[data-verdict]")]
  .map((one) => [one.querySelector("kbd").textContent, one.dataset.verdict]))"""


def decide(page: Any, many: int) -> tuple[list[str], float]:
    """Press a key each second; the verdicts that were meant, and the seconds it took."""
    verdicts: dict[str, str] = page.evaluate(BUTTONS)
    keys, meant = sorted(verdicts), []
    begun = time.monotonic()
    for n in range(many):
        time.sleep(max(0.0, begun + n * EVERY_S - time.monotonic()))
        key = keys[n % len(keys)]
        page.keyboard.press(key)
        meant.append(verdicts[key])
    page.wait_for_selector("#sky[data-pending='0']", state="attached")
    return meant, time.monotonic() - begun


def measure(many: int) -> dict[str, Any]:
    """One run against a server of its own."""
    from tests.journeys.product import BARE, started
    from tests.plugins.chromium import chromium

    with started(BARE + WORLD.replace("MANY", str(many))) as product, chromium() as browser:
        page = browser.new_page(viewport={"width": 1280, "height": 900}, locale="zh-CN")
        page.set_default_timeout(180_000)
        page.goto(f"{product.address}/accounts/login/?next=/sensing/queue/")
        page.fill("[name=login]", ACCOUNT)
        page.fill("[name=password]", product.passwords[ACCOUNT])
        page.keyboard.press("Enter")
        page.wait_for_selector("#sky[data-card]:not([data-card=''])", state="attached")
        page.wait_for_selector("#sky[data-idle]", state="attached")
        page.evaluate(WATCH)
        meant, seconds = decide(page, many)
        seen, answers = page.evaluate("window.seen"), page.evaluate(ANSWERS)
        kept = json.loads(product.beside(ASKED))
    asked = [[int(card), verdict] for card, verdict in zip(seen["cards"], meant, strict=False) if card]
    return {
        "suspects": many, "seconds": round(seconds, 1), "kept": len(kept),
        "lost_or_changed": sum(one not in kept for one in asked) + many - len(asked),
        "next_shown_ms": _spread(seen["shown"]), "answered_ms": _spread(answers),
    }  # fmt: skip


def _spread(values: list[float]) -> dict[str, int]:
    return {f"p{share}": round(float(np.percentile(values, share))) for share in (50, 95, 100)}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--suspects", type=int, default=200)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    result = measure(options.suspects)
    print(json.dumps(result) if options.json else "\n".join(f"{k}: {v}" for k, v in result.items()))


if __name__ == "__main__":
    main()
