"""Dispatchers at the command centre, each with a browser in a thread, and every POST they send."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from threading import Event, Thread
from typing import Any, TypeVar
from urllib.parse import parse_qs, urlsplit

from playwright.sync_api import Error as PageProblem
from playwright.sync_api import Page, Request, Response, expect

from chengshu.leads.lifecycle import Stage
from tests.journeys.product import DESK, PATIENCE_SECONDS, Product, Somebody
from tests.plugins.chromium import chromium

Made = TypeVar("Made")
Wanted = tuple[str, str]
"""A queue as the filter of the command centre has it: stage, source ("" for every source)."""
DRAG_EVERY = 7  # sends; the others go by keys
STEP_SECONDS = 30  # for what the page shows after a key
DRAG_SECONDS = 10  # the list moves under the mouse
LOOK_MS = 20
IDLE_MS = 250
AT_ONCE = 4  # a browser keeps six connections to a server, one is the stream

SEND_AT_ONCE = """posts => {
  const token = document.querySelector("meta[name=csrf-token]").content;
  for (const [lead, values] of posts) fetch(`/command/lead/${lead}/act`, {
    method: "POST", credentials: "same-origin", body: new URLSearchParams(values),
    headers: {"X-CSRFToken": token, Accept: "application/json"},
  }).then(answer => answer.text()).catch(() => null);
}"""
STATE = "async () => await (await fetch('/command/state')).json()"
CHOSEN = "() => Number(document.querySelector('.queue-row.is-chosen')?.dataset.lead ?? 0)"


@dataclass
class Post:
    """One POST from the command centre. ``status`` stays None where no answer came."""

    username: str
    lead: int
    action: str
    version: int
    values: dict[str, str]
    how: str
    status: int | None = None
    over: bool = False
    problem: str = ""

    @property
    def done(self) -> bool:
        """The server has said that it is done."""
        return self.status is not None and self.status < 300


class Dispatcher(Thread):
    """Somebody who registers, dispatches and verifies at ``/command`` until told to stop."""

    def __init__(self, product: Product, username: str, queues: list[Wanted], *, next_by: str = "j") -> None:
        """``next_by``: the key for the next lead; two at the same queue begin at its two ends."""
        super().__init__(name=username, daemon=True)
        self.product, self.username, self.queues, self.next_by = product, username, queues, next_by
        self.posts: list[Post] = []
        self.gave_up: list[str] = []
        self.seconds: list[float] = []
        self.deaf_seconds = 0.0
        self.failed: BaseException | None = None
        self.person: Somebody
        self._open: dict[Request, Post] = {}
        self._refused: list[tuple[Post, Response]] = []
        self._how = "keys"
        self._sent = 0
        self._errands: SimpleQueue[tuple[Callable[[], Any], Future[Any]]] = SimpleQueue()
        self._leaving = Event()
        self.paused = Event()
        """Takes no turn, only errands."""
        self.seated = Event()

    @property
    def page(self) -> Page:
        """The command centre."""
        return self.person.page

    def run(self) -> None:
        """Sign in, open the command centre, and work through the queues."""
        try:
            with chromium() as browser:
                self.person = Somebody(browser.new_context(viewport=DESK, locale="zh-CN"), self.product)
                self.person.sign_in(self.username)
                self.page.on("request", self._began)
                self.page.on("response", self._answered)
                self.page.on("requestfinished", self._ended)
                self.page.on("requestfailed", self._ended)
                self.person.open("/command/")
                expect(self.page.locator("[data-link]")).to_have_attribute("data-state", "live")
                self.seated.set()
                while not self._leaving.is_set():
                    self._run_errands()
                    if self.paused.is_set():
                        self.page.wait_for_timeout(LOOK_MS)
                    elif not self.turn():
                        self.page.wait_for_timeout(IDLE_MS)
        except BaseException as problem:
            self.failed = problem
            self._run_errands()
            self.seated.set()

    def send_for(self, errand: Callable[[], Made]) -> Future[Made]:
        """Have something done between two turns, in the thread of this browser."""
        future: Future[Made] = Future()
        self._errands.put((errand, future))
        return future

    def ask(self, errand: Callable[[], Made]) -> Made:
        """The same, and wait for its result."""
        return self.send_for(errand).result(2 * PATIENCE_SECONDS)

    def leave(self) -> None:
        """Stop working and close the browser."""
        self._leaving.set()
        self.join(PATIENCE_SECONDS)

    def _run_errands(self) -> None:
        with suppress(Empty):
            while True:
                errand, future = self._errands.get_nowait()
                try:
                    if self.failed:
                        raise self.failed
                    future.set_result(errand())
                except BaseException as problem:
                    future.set_exception(problem)

    # --- what the browser sends ---------------------------------------------------------------------
    def _began(self, request: Request) -> None:
        path = urlsplit(request.url).path.strip("/").split("/")
        if request.method != "POST" or path[-1] != "act":
            return
        values = {name: given[-1] for name, given in parse_qs(request.post_data or "").items()}
        post = Post(self.username, int(path[-2]), values["action"], int(values["version"]), values, self._how)
        self._open[request] = post
        self.posts.append(post)

    def _answered(self, answer: Response) -> None:
        if post := self._open.get(answer.request):
            post.status = answer.status
            if not post.done:
                self._refused.append((post, answer))

    def _ended(self, request: Request) -> None:
        if post := self._open.pop(request, None):
            post.over = True

    def settle(self) -> None:
        """Wait until every POST has its answer, or none will come."""
        self._until(lambda: not self._open, PATIENCE_SECONDS)
        while self._refused:
            post, answer = self._refused.pop()
            with suppress(PageProblem, ValueError):  # cut off within the answer
                post.problem = f"{post.how} {post.action}: {post.status} {answer.json().get('problem', '')}"

    def _until(self, condition: Callable[[], Any], seconds: float) -> bool:
        deadline = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > deadline:
                return False
            self.page.wait_for_timeout(LOOK_MS)
        return True

    # --- at the queue -------------------------------------------------------------------------------
    def live(self) -> bool:
        """The page hears of changes."""
        return self.page.get_attribute("[data-link]", "data-state") == "live"

    def turn(self) -> bool:
        """One lead further; False where there is nothing to do, or the server is away."""
        began = time.monotonic()
        if not self.live():
            self.page.wait_for_timeout(IDLE_MS)
            self.deaf_seconds += time.monotonic() - began
            return False
        try:
            lead = self.choose()
            if lead and self.further(lead):
                self.settle()
                self.seconds.append(time.monotonic() - began)
        except PageProblem as problem:
            self.gave_up.append(str(problem).splitlines()[0])
            self._clear()
            return False
        self._clear()
        return bool(lead)

    def choose(self) -> int:
        """The next lead of the first queue with any, chosen by key; 0 where all are empty."""
        for _queue in self.queues:
            stage, source = self.queues[0]
            for name, value in (("stage", stage), ("source", source)):
                box = self.page.locator(f"[data-queue-filter] [name={name}]")
                if box.input_value() != value:
                    box.select_option(value)
            if self.page.locator(".queue-row").count():
                self.page.locator("[data-queue]").focus()
                self.page.keyboard.press(self.next_by)
                return int(self.page.evaluate(CHOSEN))
            self.queues.append(self.queues.pop(0))
        return 0

    def further(self, lead: int) -> bool:
        """What leads on, as a dispatcher does it; False where the page sent nothing: somebody was quicker."""
        before = len(self.posts)
        if self.queues[0][0] == Stage.HANDLED:
            self.page.keyboard.press("v")
        else:
            self._sent += 1
            self._how = "drag" if self._sent % DRAG_EVERY == 0 else "keys"
            self._drag(lead) if self._how == "drag" else self._offer_and_pick(lead)
        sent = self._until(lambda: len(self.posts) > before, 5)
        self._how = "keys"
        return sent

    def _offer_and_pick(self, lead: int) -> None:
        self.page.keyboard.press("d")
        offer = f"[data-card='{lead}'] [data-pick='1']"
        self.page.wait_for_selector(offer, timeout=STEP_SECONDS * 1000)
        self.page.keyboard.press("1")

    def _drag(self, lead: int) -> None:
        self.page.click("[data-tab=duty]")
        people = self.page.locator("[data-officer-row]")
        row = self.page.locator(f".queue-row[data-lead='{lead}']")
        row.drag_to(people.nth(self._sent % people.count()), timeout=DRAG_SECONDS * 1000)

    def _clear(self) -> None:
        """Whatever is open is closed."""
        with suppress(PageProblem):
            if self.page.locator("dialog[open]").count():
                self.page.keyboard.press("Escape")

    # --- for the kill -------------------------------------------------------------------------------
    def send_held(self, hold: Callable[[int], bool]) -> Post | None:
        """Send a lead by keys that somebody else holds just then, so that the answer has to wait."""
        before = len(self.posts)
        if not any((lead := self.choose()) and hold(lead) for _try in range(2)):
            return None
        try:
            if not self.further(lead):
                return None
        except PageProblem as problem:
            self.gave_up.append(str(problem).splitlines()[0])
            return None
        post = self.posts[before]
        return None if post.over else post

    def send_at_once(self, share: int, of: int, without: set[int]) -> int:
        """Several POSTs from this page at one moment: this dispatcher's share of what waits; how many."""
        state = self.page.evaluate(STATE)
        officers = [one["id"] for one in state["officers"]]
        wanted = set(self.queues)
        posts = []
        for lead in state["leads"]:
            kind = {(lead["stage"], lead["source"]), (lead["stage"], "")}
            if lead["id"] % of != share or lead["id"] in without or not kind & wanted:
                continue
            values = {"action": "verify", "version": str(lead["version"])}
            if lead["stage"] != Stage.HANDLED:
                values |= {"action": "dispatch", "officer": str(officers[lead["id"] % len(officers)])}
            posts.append((lead["id"], values))
        self._send(posts[:AT_ONCE], "at once")
        return len(posts[:AT_ONCE])

    def send_again(self, posts: list[Post]) -> list[Post]:
        """The same POSTs once more, with what the page saw then; the new ones with their answers."""
        before = len(self.posts)
        self._send([(post.lead, post.values) for post in posts], "again")
        self.settle()
        return self.posts[before:]

    def _send(self, posts: list[tuple[int, dict[str, str]]], how: str) -> None:
        before, self._how = len(self.posts), how
        self.page.evaluate(SEND_AT_ONCE, posts)
        self._until(lambda: len(self.posts) == before + len(posts), STEP_SECONDS)
        self._how = "keys"
