"""RFC 3161 time stamps over seals: somebody else's clock says that a day's root existed by then."""

from __future__ import annotations

import logging
import urllib.request
from pathlib import Path

from cryptography import x509
from django.conf import settings
from rfc3161_client import (
    HashAlgorithm,
    TimeStampRequest,
    TimestampRequestBuilder,
    TimeStampResponse,
    VerificationError,
    VerifierBuilder,
    decode_timestamp_response,
)

from chengshu.kernel.models import DailyRoot

logger = logging.getLogger(__name__)
SECONDS = 10
LARGEST_ANSWER = 1 << 20


class TimestampProblem(Exception):
    """No usable time stamp; the message says why."""


def stamp_missing(limit: int = 30) -> int:
    """Ask for the time stamps that sealed days still lack, newest first; returns how many came.

    Stops at the first failure (the authority is likely down) and records it; the next run tries again.
    """
    if not settings.LEDGER_TIMESTAMP_URL:
        return 0
    stamped = 0
    for root in DailyRoot.objects.filter(timestamp_token=None).order_by("-day")[:limit]:
        try:
            answer = request_stamp(bytes.fromhex(root.seal), settings.LEDGER_TIMESTAMP_URL)
        except TimestampProblem as problem:
            logger.warning("ledger: no time stamp for %s: %s", root.day, problem)
            DailyRoot.objects.filter(pk=root.pk).update(timestamp_problem=str(problem)[:200])
            break
        DailyRoot.objects.filter(pk=root.pk, timestamp_token=None).update(
            timestamp_token=answer.as_bytes(),
            timestamped_at=answer.tst_info.gen_time,
            timestamp_problem="",
        )
        stamped += 1
    return stamped


def request_stamp(seal: bytes, url: str) -> TimeStampResponse:
    """A verified time stamp over the bytes of a seal. Raises `TimestampProblem`."""
    if not url.startswith(("http://", "https://")):
        raise TimestampProblem(f"not an HTTP address: {url}")
    request = TimestampRequestBuilder().data(seal).hash_algorithm(HashAlgorithm.SHA256).build()
    message = urllib.request.Request(  # noqa: S310 - the scheme was checked
        url, data=request.as_bytes(), headers={"Content-Type": "application/timestamp-query"}
    )
    try:
        with urllib.request.urlopen(message, timeout=SECONDS) as answer:  # noqa: S310
            body = answer.read(LARGEST_ANSWER)
    except (OSError, ValueError) as error:
        raise TimestampProblem(f"{url}: {error}") from error
    return _checked(body, seal, request)


def check_stamp(token: bytes, seal: bytes) -> None:
    """Raise `TimestampProblem` unless the kept answer is a time stamp over this seal."""
    _checked(token, seal, None)


def _checked(body: bytes, seal: bytes, request: TimeStampRequest | None) -> TimeStampResponse:
    """Check what is stamped and, where certificates are configured, who stamped it."""
    try:
        response = decode_timestamp_response(body)
        roots = trusted_certificates()
        if roots:
            builder = VerifierBuilder.from_request(request) if request is not None else VerifierBuilder()
            for certificate in roots:
                builder = builder.add_root_certificate(certificate)
            builder.build().verify_message(response, seal)
        else:
            _check_imprint(response, seal, request)
    except (ValueError, VerificationError) as error:
        raise TimestampProblem(str(error) or "not a time stamp") from error
    return response


def _check_imprint(response: TimeStampResponse, seal: bytes, request: TimeStampRequest | None) -> None:
    import hashlib

    info = response.tst_info
    if info.message_imprint.message != hashlib.sha256(seal).digest():
        raise VerificationError("the time stamp is over something else")
    if request is not None and info.nonce != request.nonce:
        raise VerificationError("the time stamp answers another request")


def trusted_certificates() -> list[x509.Certificate]:
    """The root certificates of ``CHENGSHU_TIMESTAMP_CERTIFICATES`` (PEM), none where unset."""
    path = settings.LEDGER_TIMESTAMP_CERTIFICATES
    if not path:
        return []
    try:
        return x509.load_pem_x509_certificates(Path(path).read_bytes())
    except (OSError, ValueError) as error:
        raise TimestampProblem(f"{path}: {error}") from error
