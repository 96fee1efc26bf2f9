"""One HTTP request to somebody else's server: bounded in time and size, no redirects, errors in two kinds."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import requests
from django.utils.translation import gettext_noop as _

from chengshu.kernel.outbox.channels import Permanent, Temporary

BODY_LIMIT = 64 * 1024  # bytes of an answer that are read
logging.getLogger("urllib3").setLevel(logging.INFO)  # its debug lines quote addresses with keys in them


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    headers: Mapping[str, str]
    body: bytes


def post(
    url: str,
    body: bytes,
    headers: Mapping[str, str],
    *,
    timeout: float,
    session: requests.Session | None = None,
    method: str = "POST",
) -> Answer:
    """Send ``body``; ``timeout`` in seconds for connecting and for each wait.

    Raises `Temporary` if the server cannot be reached, `Permanent` if the address is none.
    """
    own = session or requests.Session()
    try:
        with own.request(
            method, url, data=body, headers=dict(headers), timeout=timeout, allow_redirects=False, stream=True
        ) as response:
            content = response.raw.read(BODY_LIMIT, decode_content=True) or b""
            return Answer(response.status_code, response.headers, content)
    except requests.exceptions.Timeout:
        raise Temporary(_("No answer within %(seconds)s seconds."), seconds=int(timeout)) from None
    except requests.exceptions.SSLError:
        raise Temporary(_("The certificate of the server is not trusted.")) from None
    except (requests.exceptions.InvalidURL, requests.exceptions.InvalidSchema, UnicodeError):
        raise Permanent(_("The address is not valid.")) from None
    except Exception as error:
        # requests and urllib3 have a dozen names for "no connection"; anything else is a fault of ours
        if not _is_network(error):
            raise
        raise Temporary(_("The server cannot be reached.")) from None
    finally:
        if session is None:
            own.close()


def check(answer: Answer) -> None:
    """Return for 2xx. 408, 429 and 5xx are worth another try, everything else is not."""
    status = answer.status
    if 200 <= status < 300:
        return
    if status in (408, 425, 429) or status >= 500:
        raise Temporary(
            _("The server answered %(status)s."), retry_after=retry_after(answer.headers), status=status
        )
    if 300 <= status < 400:
        raise Permanent(_("The server answered %(status)s: redirects are not followed."), status=status)
    raise Permanent(_("The server answered %(status)s."), status=status)


def retry_after(headers: Mapping[str, Any]) -> float | None:
    """Seconds that ``Retry-After`` asks for (RFC 9110: seconds or a date), None where it says nothing."""
    value = str(headers.get("Retry-After", "")).strip()
    if value.isascii() and value.isdigit():
        return float(value)
    try:
        moment = parsedate_to_datetime(value)
    except ValueError:
        return None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return max(0.0, (moment - datetime.now(UTC)).total_seconds())


def _is_network(error: Exception) -> bool:
    from urllib3.exceptions import HTTPError

    return isinstance(error, requests.exceptions.RequestException | HTTPError | OSError)
