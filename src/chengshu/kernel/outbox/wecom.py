"""WeCom (企业微信) and its on-premises kin 政务微信: group robots and application messages.

Only the transport: who gets what is decided above. Keys travel as arguments and are never part of an error.
"""

from __future__ import annotations

import hashlib
import threading
import time
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import orjson
import requests
from django.utils.translation import gettext_noop as _

from chengshu.kernel.outbox.channels import Permanent, Temporary
from chengshu.kernel.outbox.http import check, post

ROBOT_SPACING = 60 / 20  # seconds: a robot takes 20 messages a minute
MARKDOWN_BYTES, TEXT_BYTES, TITLE_BYTES, DESCRIPTION_BYTES = 4096, 2048, 128, 512
BUSY = {-1: None, 45009: 60.0, 45011: 60.0, 45033: 5.0}  # worth another try, after so many seconds
OLD_TOKEN = {40014, 41001, 42001}
# The operator must put something right (wrong corpid or secret, our address not trusted): keep the message.
OPERATOR = {40001, 40013, 40056, 41004, 48002, 60020, 301002}
NOBODY = {40003, 40031, 60111, 81013}
HEADERS = {"Content-Type": "application/json; charset=utf-8"}
_tokens: dict[str, tuple[str, float]] = {}
_lock = threading.Lock()


@dataclass(frozen=True)
class App:
    """An application of the house: base address of the server, corpid, agentid, secret."""

    base: str
    corp_id: str
    agent_id: int
    secret: str = field(repr=False)

    @property
    def cache_key(self) -> str:
        """Under which its token is kept."""
        return hashlib.sha256(f"{self.base}\n{self.corp_id}\n{self.secret}".encode()).hexdigest()


def robot_key(text: str) -> str:
    """The key in a robot's address, or the key itself; "" if there is none."""
    text = text.strip()
    if "://" in text:
        text = (parse_qs(urlsplit(text).query).get("key") or [""])[0]
    return text if 8 <= len(text) <= 100 and text.isascii() and text.replace("-", "").isalnum() else ""


def send_to_robot(base: str, key: str, markdown: str, *, timeout: float) -> None:
    """A message into the robot's group."""
    body = {"msgtype": "markdown", "markdown": {"content": cut(markdown, MARKDOWN_BYTES)}}
    answer = _call(f"{base}/cgi-bin/webhook/send?{urlencode({'key': key})}", body, timeout)
    _judge(answer)


def send_to_person(app: App, account: str, title: str, text: str, url: str, *, timeout: float) -> None:
    """A message of the application to one account; a card with a link where there is an address."""
    if url:
        card = {
            "title": cut(title, TITLE_BYTES),
            "description": cut(text or title, DESCRIPTION_BYTES),
            "url": url,
        }
        content: dict[str, Any] = {"msgtype": "textcard", "textcard": card}
    else:
        content = {"msgtype": "text", "text": {"content": cut(f"{title}\n{text}".strip(), TEXT_BYTES)}}
    body = {"touser": account, "agentid": app.agent_id, "enable_duplicate_check": 1, **content}
    for attempt in (1, 2):
        query = urlencode({"access_token": _token(app, timeout)})
        answer = _call(f"{app.base}/cgi-bin/message/send?{query}", body, timeout)
        if _code(answer) in OLD_TOKEN and attempt == 1:
            _forget(app)
            continue
        break
    _judge(answer)
    if account.lower() in str(answer.get("invaliduser", "")).lower().split("|"):
        raise Permanent(_("The account is unknown there or may not use the application."))


def account_of(app: App, code: str, *, path: str, timeout: float) -> str:
    """The account of whoever WeCom sent back with the code; "" for somebody outside the organisation.

    ``path``: where the server answers, which differs between WeCom and 政务微信. A code is good once and for
    five minutes.
    """
    for attempt in (1, 2):
        query = urlencode({"access_token": _token(app, timeout), "code": code})
        answer = _call(f"{app.base}{path}?{query}", None, timeout)
        if _code(answer) in OLD_TOKEN and attempt == 1:
            _forget(app)
            continue
        break
    _judge(answer)
    found = answer.get("userid") or answer.get("UserId") or ""
    return found if isinstance(found, str) else ""


def cut(text: str, limit: int) -> str:
    """The text within ``limit`` bytes of UTF-8, ended by an ellipsis if it had to be cut."""
    raw = text.encode()
    if len(raw) <= limit:
        return text
    return raw[: limit - 3].decode(errors="ignore") + "…"


def forget_tokens() -> None:
    """Fetch every token anew (tests)."""
    with _lock:
        _tokens.clear()


# --- the token ----------------------------------------------------------------------------------------
def _token(app: App, timeout: float) -> str:
    with _lock:  # one at a time: the server counts how often it is asked
        known = _tokens.get(app.cache_key)
        if known is not None and known[1] > time.monotonic():
            return known[0]
        query = urlencode({"corpid": app.corp_id, "corpsecret": app.secret})
        answer = _call(f"{app.base}/cgi-bin/gettoken?{query}", None, timeout)
        _judge(answer)
        token, lasts = answer.get("access_token"), answer.get("expires_in")
        if not isinstance(token, str) or not token or not isinstance(lasts, int):
            raise Temporary(_("The answer cannot be understood."))
        _tokens[app.cache_key] = (token, time.monotonic() + max(0, lasts - 300))
        return token


def _forget(app: App) -> None:
    with _lock:
        _tokens.pop(app.cache_key, None)


# --- requests and answers -----------------------------------------------------------------------------
def _call(url: str, body: dict[str, Any] | None, timeout: float) -> dict[str, Any]:
    with requests.Session() as session:
        raw = orjson.dumps(body) if body is not None else b""
        method = "POST" if body is not None else "GET"
        answer = post(url, raw, HEADERS, timeout=timeout, session=session, method=method)
    check(answer)
    try:
        data = orjson.loads(answer.body)
    except orjson.JSONDecodeError:
        data = None
    if not isinstance(data, dict):
        raise Temporary(_("The answer cannot be understood."))
    return data


def _code(answer: dict[str, Any]) -> int:
    code = answer.get("errcode")
    if not isinstance(code, int):
        raise Temporary(_("The answer cannot be understood."))
    return code


def _judge(answer: dict[str, Any]) -> None:
    code = _code(answer)
    if code == 0:
        return
    if code in BUSY:
        raise Temporary(_("WeCom is busy (%(code)s)."), retry_after=BUSY[code], code=code)
    if code in OLD_TOKEN or code in OPERATOR:
        raise Temporary(_("WeCom does not accept our application (%(code)s)."), code=code)
    if code in NOBODY:
        raise Permanent(_("The account is unknown there or may not use the application."))
    raise Permanent(_("WeCom refuses it (%(code)s)."), code=code)
