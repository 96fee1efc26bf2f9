"""Two dispatchers at the command centre: one stream, three keystrokes, and no lead sent twice."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.product import BARE, Product, Somebody, started

pytestmark = [pytest.mark.browser, pytest.mark.slow_start, pytest.mark.django_db]
Arrive = Callable[..., Somebody]
PASSWORD = "Correct-Horse-7!"

# Run beside the product, as its other processes are: people, duties, positions and leads by the services.
SCENE = """
import json, os
os.environ["DJANGO_SETTINGS_MODULE"] = "chengshu.config.settings"
import django
django.setup()
from datetime import timedelta
from django.utils import timezone
from chengshu.bureau.models import District, RoleAssignment, RosterEntry, Unit, User
from chengshu.bureau.services.positions import report_position
from chengshu.leads.services import NewLead, report
from chengshu.leads.services.classes import load_classes
now = timezone.now()
district = District.objects.get(code="310107")
load_classes(district)
bureau = Unit.objects.filter(district=district, kind="bureau")[0]
squad = Unit.objects.get(district=district, kind="squad", towns__name="长寿路街道")
def person(name, role, unit, full):
    user = User(username=name, full_name=full, unit=unit)
    user.set_password(PASSWORD)
    user.save()
    RoleAssignment.objects.create(user=user, role=role, unit=unit, granted_at=now)
    return User.objects.with_roles().get(pk=user.pk)
person("dispatch-a", "dispatcher", bureau, "周指挥")
person("dispatch-b", "dispatcher", bureau, "吴指挥")
person("leader-a", "squad_leader", squad, "郑中队")
for number in range(2):
    officer = person(f"officer-{number}", "officer", squad, f"队员{number}")
    RosterEntry.objects.create(
        unit=squad, user=officer, starts_at=now - timedelta(hours=1), ends_at=now + timedelta(hours=8)
    )
    report_position(officer, (121.4330 + number / 100, 31.2430), at=now)
for number in range(3):
    where = {"address": f"长寿路{number}号", "position": (121.433, 31.243)}
    found = NewLead("import", "E0201", f"占道设摊{number}", **where)
    report(found, district=district, by=None, route=False)
print(json.dumps(squad.code))
"""


@pytest.fixture(scope="module")
def product() -> Iterator[Product]:
    """A product without the demo's leads: the queue holds what the scene puts there."""
    with started(BARE) as running:
        yield running


@pytest.fixture(scope="module")
def squad_code(product: Product) -> str:
    """The scene is set; the code of the squad of 长寿路街道."""
    done = subprocess.run(
        [sys.executable, "-c", SCENE.replace("PASSWORD", repr(PASSWORD))],
        env=product.environment, capture_output=True, text=True, timeout=300,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    product.passwords |= dict.fromkeys(("dispatch-a", "dispatch-b", "leader-a"), PASSWORD)
    return str(json.loads(done.stdout.strip().splitlines()[-1]))


def enter(person: Somebody, path: str = "/command/") -> Page:
    """The room is open and live."""
    person.open(path)
    expect(person.page.locator("[data-link]")).to_have_attribute("data-state", "live")
    return person.page


def test_two_dispatchers_send_leads_by_keys(somebody: Arrive, squad_code: str) -> None:
    first, second = somebody("dispatch-a"), somebody("dispatch-b")
    one, other = enter(first), enter(second)
    expect(one.locator(".queue-row")).to_have_count(3)
    expect(one.locator("[data-count=duty]").first).to_have_text("2")

    # three keystrokes: choose, offer, pick; the other screen hears of it by the stream
    one.keyboard.press("j")
    expect(one.locator("[data-card]")).to_be_visible()
    number = one.locator("[data-card] h2").inner_text()
    one.keyboard.press("d")
    expect(one.locator("[data-pick='1']")).to_contain_text("队员0")
    first.shot("command-offers")
    one.keyboard.press("1")
    expect(one.locator("[data-said]")).to_contain_text(number)
    expect(other.locator(".queue-row", has_text=number)).to_contain_text("队员0")

    # both have the offer of the same lead open; the second to pick gets one sentence and the fresh row
    wanted = one.locator(".queue-row", has_text="待立案").first.locator(".row-number").inner_text()
    for page in (one, other):
        page.locator(".queue-row", has_text=wanted).click()
        expect(page.locator("[data-card] h2")).to_have_text(wanted)
        page.keyboard.press("d")
        expect(page.locator("[data-pick='2']")).to_be_visible()
    version = other.locator("[data-card]").get_attribute("data-version")
    other.route("**/act*", lambda route: route.continue_(post_data=_as_of(route.request.post_data, version)))
    one.keyboard.press("1")
    expect(other.locator(".queue-row", has_text=wanted)).to_contain_text("已派遣")
    other.keyboard.press("2")
    expect(other.locator("[data-said].problem")).to_contain_text("他人")
    second.problems.clear()  # the refusal is a 409, as it should be
    other.unroute("**/act*")

    # a filter lives in the address; Esc clears it
    other.keyboard.press("/")
    other.keyboard.type(wanted)
    expect(other.locator(".queue-row")).to_have_count(1)
    assert f"q={wanted}" in other.url
    other.keyboard.press("Escape")
    expect(other.locator(".queue-row")).to_have_count(3)

    # a drag onto an officer does the same
    third = one.locator(".queue-row", has_text="待立案")
    one.click("[data-tab=duty]")
    third.drag_to(one.locator("[data-officer-row]", has_text="队员1"))
    expect(one.locator(".queue-row", has_text="队员1")).to_have_count(1)
    expect(other.locator(".queue-row", has_text="队员1")).to_have_count(1)

    # the log has written itself, and takes a remark
    one.click("[data-tab=log]")
    one.fill("[data-remark] input", "两处摊位已劝离")
    one.press("[data-remark] input", "Enter")
    expect(one.locator("[data-log]")).to_contain_text("两处摊位已劝离")
    expect(one.locator("[data-log]")).to_contain_text(number)


def _as_of(data: str | None, version: str | None) -> str:
    """The form as it was sent by one who has not yet heard of the change."""
    fields = [part for part in (data or "").split("&") if not part.startswith("version=")]
    return "&".join([*fields, f"version={version}"])


def test_a_squad_leader_lands_in_the_own_room(somebody: Arrive, squad_code: str) -> None:
    page = enter(somebody("leader-a"))
    assert page.url.endswith(f"/command/squad/{squad_code}/")
    expect(page.locator(".queue-row")).to_have_count(3)


def test_the_wall_fits_and_the_day_can_be_played_again(somebody: Arrive, squad_code: str) -> None:
    person = somebody("dispatch-b")
    page = person.page
    page.set_viewport_size({"width": 1920, "height": 1080})
    enter(person, "/command/?mode=wall")
    expect(page.locator("[data-wall-queue] li")).to_have_count(3)
    assert page.evaluate("document.documentElement.scrollHeight <= innerHeight")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    enter(person)
    page.click("[data-replay-open]")
    expect(page.locator(".queue-row")).to_have_count(0)
    page.locator("[data-replay] input[name=at]").evaluate(
        "slider => { slider.value = slider.max; slider.dispatchEvent(new Event('input')); }"
    )
    expect(page.locator(".queue-row")).to_have_count(3)
    page.click("[data-replay-close]")
    expect(page.locator("[data-replay]")).to_be_hidden()
