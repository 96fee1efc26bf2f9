"""Logs: one JSON object a line (readable text on a terminal), a request id on each, personal data masked.

Django's, granian's and procrastinate's own lines go through the same processors as ours.
"""

from __future__ import annotations

import logging
import re
import secrets
import sys
import time
from collections.abc import Callable, MutableMapping
from typing import TYPE_CHECKING, Any

import orjson
import structlog

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from chengshu.config.env import Env

Event = MutableMapping[str, Any]
REQUEST_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{7,63}")
HIDDEN = "***"

SECRET_KEY = re.compile(
    r"passw|passwd|pwd|secret|token|authorization|cookie|csrf|otp|api_?key|signature|private", re.IGNORECASE
)
URL_PASSWORD = re.compile(r"(?<=://)([^/\s:@]*):[^/\s@]*@")
QUERY = re.compile(r"(?<=[^\s?])\?[^\s\"'?]*=[^\s\"']*")
RESIDENT_ID = re.compile(r"(?<![0-9A-Za-z])(\d{6})\d{8}\d{3}[0-9Xx](?![0-9A-Za-z])")
MOBILE = re.compile(r"(?<!\d)(1[3-9]\d)\d{4}(\d{4})(?!\d)")


def masked(text: str) -> str:
    """``text`` without passwords in URLs, query strings, resident identity numbers and mobile numbers."""
    text = URL_PASSWORD.sub(rf"\1:{HIDDEN}@", text)
    text = QUERY.sub(f"?{HIDDEN}", text)
    text = RESIDENT_ID.sub(r"\1************", text)
    return MOBILE.sub(r"\1****\2", text)


def _mask_value(key: str, value: Any) -> Any:
    if SECRET_KEY.search(key):
        return HIDDEN
    if isinstance(value, str):
        return masked(value)
    if isinstance(value, dict):
        return {name: _mask_value(str(name), item) for name, item in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [_mask_value("", item) for item in value]
    if value is None or isinstance(value, (int, float, bool)):
        return value if key.endswith(("_id", "id", "pid", "ms", "status")) else _mask_number(value)
    return masked(str(value))


def _mask_number(value: Any) -> Any:
    """A mobile or identity number may come as a number."""
    text = str(value)
    return value if masked(text) == text else masked(text)


def mask_event(_: Any, __: str, event: Event) -> Event:
    """structlog processor: mask everything before it is written."""
    for key, value in event.items():
        if not key.startswith("_"):
            event[key] = _mask_value(key, value)
    return event


def _shared() -> list[Any]:
    return [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
        structlog.processors.format_exc_info,
    ]


def _dump(value: Any, **_: Any) -> str:
    return orjson.dumps(value, default=str, option=orjson.OPT_NON_STR_KEYS).decode()


def formatter(style: str = "auto") -> logging.Formatter:
    """The formatter of every handler; ``style`` is ``json``, ``console`` or ``auto`` (by the terminal)."""
    if style == "auto":
        style = "console" if sys.stderr.isatty() else "json"
    last: Any = (
        structlog.dev.ConsoleRenderer(pad_event_to=0, exception_formatter=structlog.dev.plain_traceback)
        if style == "console"
        else structlog.processors.JSONRenderer(serializer=_dump)
    )
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=_shared(),
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, mask_event, last],
    )


def configure(env: Env) -> None:
    """Send every logger of this process through structlog to standard error. Safe to call twice."""
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *_shared(),
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(formatter(env.log_format))
    root = logging.getLogger()
    for old in [handler for handler in root.handlers if getattr(handler, "chengshu", False)]:
        root.removeHandler(old)
    handler.chengshu = True  # type: ignore[attr-defined]
    root.addHandler(handler)
    root.setLevel(env.log_level)
    # The request line below says it with the request id; only the traceback of a failure is news.
    failures = logging.getLogger("django.request")
    failures.setLevel(logging.ERROR)
    failures.addFilter(_has_traceback)
    logging.getLogger("django.server").setLevel(logging.WARNING)
    # A line for every job and poll, with the arguments of the task in it.
    for name in ("procrastinate", "botocore", "urllib3", "asyncio", "PIL", "watchfiles"):
        logging.getLogger(name).setLevel(max(logging.WARNING, root.level))
    logging.captureWarnings(True)


def _has_traceback(record: logging.LogRecord) -> bool:
    return record.exc_info is not None


def web_server_logging(env: Env) -> dict[str, Any]:
    """granian's own lines in our format (requests are logged by the middleware)."""
    return {
        "formatters": {"chengshu": {"()": "chengshu.config.logging.formatter", "style": env.log_format}},
        "handlers": {
            "chengshu": {
                "class": "logging.StreamHandler",
                "stream": "ext://sys.stderr",
                "formatter": "chengshu",
            }
        },
        "loggers": {"_granian": {"handlers": ["chengshu"], "level": "WARNING", "propagate": False}},
    }


def new_request_id() -> str:
    """48 bits of milliseconds and 80 random bits, as UUIDv7 has them: ids sort by time."""
    number = (time.time_ns() // 1_000_000 << 80) | secrets.randbits(80)
    number = number & ~(0xF << 76) | (7 << 76)
    number = number & ~(0x3 << 62) | (2 << 62)
    text = f"{number:032x}"
    return "-".join((text[:8], text[8:12], text[12:16], text[16:20], text[20:]))


class RequestIdMiddleware:
    """Give every request an id (the caller's, if it is a sane one), return it, and log one line a request."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        self.log = structlog.get_logger("chengshu.request")

    def __call__(self, request: HttpRequest) -> HttpResponse:
        given = request.headers.get("X-Request-ID", "")
        request_id = given if REQUEST_ID.fullmatch(given) else new_request_id()
        request.request_id = request_id  # type: ignore[attr-defined]
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=request_id)
        started = time.perf_counter()
        response = self.get_response(request)
        response["X-Request-ID"] = request_id
        quiet = request.path_info.startswith(("/static/", "/healthz", "/metrics"))
        write = self.log.debug if quiet else self.log.error if response.status_code >= 500 else self.log.info
        user = getattr(request, "_cached_user", None)  # the lazy user is not loaded just for the log
        write(
            "request",
            method=request.method,
            path=request.path_info,
            status=response.status_code,
            ms=round((time.perf_counter() - started) * 1000, 1),
            user_id=getattr(user, "pk", None),
        )
        return response
