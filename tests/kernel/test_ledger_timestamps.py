"""RFC 3161 time stamps, by an authority of the test's own (``openssl ts``)."""

from __future__ import annotations

import shutil
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import time_machine

from chengshu.kernel import ledger
from chengshu.kernel.ledger import timestamps
from chengshu.kernel.models import DailyRoot
from chengshu.kernel.tasks import seal_ledger

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(shutil.which("openssl") is None, reason="the test's authority is openssl ts"),
]

CONFIG = """
[req]
distinguished_name = name
prompt = no
[name]
CN = Test authority
[ca]
basicConstraints = critical, CA:true
keyUsage = critical, keyCertSign
subjectKeyIdentifier = hash
[tsa]
basicConstraints = critical, CA:false
keyUsage = critical, digitalSignature
extendedKeyUsage = critical, timeStamping
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
[stamp]
serial = serial
crypto_device = builtin
signer_cert = tsa.pem
signer_key = tsa.key
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256, sha512
ordering = no
tsa_name = no
ess_cert_id_chain = no
ess_cert_id_alg = sha256
"""


@dataclass
class Authority:
    """A time-stamp authority on this machine."""

    url: str
    certificates: Path
    folder: Path
    working: bool = True


@pytest.fixture
def authority(tmp_path: Path, settings: Any) -> Iterator[Authority]:
    """An authority that is configured in the settings."""
    (tmp_path / "openssl.cnf").write_text(CONFIG)
    (tmp_path / "serial").write_text("01\n")
    for name, section, signing in (
        ("ca", "ca", []),
        ("tsa", "tsa", ["-CA", "ca.pem", "-CAkey", "ca.key"]),
    ):
        _openssl(tmp_path, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                 "-keyout", f"{name}.key", "-out", f"{name}.pem", "-days", "30", "-config", "openssl.cnf",
                 "-extensions", section, "-subj", f"/CN=Test {name}", *signing)  # fmt: skip
    served = Authority("", tmp_path / "ca.pem", tmp_path)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if not served.working:
                self.send_error(503)
                return
            (tmp_path / "query.tsq").write_bytes(body)
            _openssl(tmp_path, "ts", "-reply", "-queryfile", "query.tsq", "-config", "openssl.cnf",
                     "-section", "stamp", "-out", "reply.tsr")  # fmt: skip
            self.send_response(200)
            self.end_headers()
            self.wfile.write((tmp_path / "reply.tsr").read_bytes())

        def log_message(self, *args: Any) -> None:
            """Keep quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    served.url = f"http://127.0.0.1:{server.server_port}/"
    settings.LEDGER_TIMESTAMP_URL = served.url
    settings.LEDGER_TIMESTAMP_CERTIFICATES = served.certificates
    yield served
    server.shutdown()
    server.server_close()


def _openssl(folder: Path, *arguments: str) -> str:
    done = subprocess.run(["openssl", *arguments], cwd=folder, capture_output=True, text=True, check=True)
    return done.stdout


def _two_unsealed_days() -> None:
    now = datetime.now(UTC)
    with time_machine.travel(now.timestamp() - 2 * 86400, tick=False):
        ledger.append("a:1", "test", {"n": 1}, actor="clerk")


def test_sealed_days_are_stamped_and_openssl_agrees(authority: Authority) -> None:
    _two_unsealed_days()
    seal_ledger(timestamp=0)
    roots = list(DailyRoot.objects.order_by("day"))
    assert len(roots) == 2
    for root in roots:
        assert root.timestamped_at is not None
        (authority.folder / "seal.bin").write_bytes(bytes.fromhex(root.seal))
        (authority.folder / "token.tsr").write_bytes(bytes(root.timestamp_token or b""))
        _openssl(authority.folder, "ts", "-verify", "-data", "seal.bin", "-in", "token.tsr",
                 "-CAfile", "ca.pem", "-untrusted", "tsa.pem")  # fmt: skip
    report = ledger.verify_all()
    assert report.ok
    assert report.timestamps == 2


def test_an_authority_that_is_down_never_blocks_a_seal_and_is_asked_again(authority: Authority) -> None:
    authority.working = False
    _two_unsealed_days()
    seal_ledger(timestamp=0)
    newest = DailyRoot.objects.order_by("-day")[0]
    assert newest.timestamp_token is None
    assert "503" in newest.timestamp_problem
    assert ledger.verify_all().ok
    authority.working = True
    seal_ledger(timestamp=0)
    assert not DailyRoot.objects.filter(timestamp_token=None).exists()
    assert not DailyRoot.objects.exclude(timestamp_problem="").exists()


def test_a_stamp_over_another_seal_is_found(authority: Authority) -> None:
    _two_unsealed_days()
    ledger.seal_missed()
    first, second = DailyRoot.objects.order_by("day")
    other = timestamps.request_stamp(bytes.fromhex(second.seal), authority.url)
    DailyRoot.objects.filter(pk=first.pk).update(timestamp_token=other.as_bytes())
    assert [(f.kind, f.where) for f in ledger.verify_all().findings] == [("bad_timestamp", f"{first.day}")]


@pytest.mark.parametrize("trusted", [True, False])
def test_an_answer_to_something_else_is_refused(authority: Authority, settings: Any, trusted: bool) -> None:
    settings.LEDGER_TIMESTAMP_CERTIFICATES = authority.certificates if trusted else None
    seal = bytes(32)
    answer = timestamps.request_stamp(seal, authority.url)
    timestamps.check_stamp(answer.as_bytes(), seal)
    with pytest.raises(timestamps.TimestampProblem):
        timestamps.check_stamp(answer.as_bytes(), b"\x01" * 32)
    with pytest.raises(timestamps.TimestampProblem):
        timestamps.check_stamp(b"nonsense", seal)


def test_an_authority_nobody_trusts_is_refused(authority: Authority, settings: Any) -> None:
    _openssl(authority.folder, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
             "-nodes", "-keyout", "other.key", "-out", "other.pem", "-days", "30", "-config", "openssl.cnf",
             "-extensions", "ca", "-subj", "/CN=Somebody else")  # fmt: skip
    settings.LEDGER_TIMESTAMP_CERTIFICATES = authority.folder / "other.pem"
    with pytest.raises(timestamps.TimestampProblem):
        timestamps.request_stamp(bytes(32), authority.url)
    settings.LEDGER_TIMESTAMP_CERTIFICATES = authority.folder / "absent.pem"
    with pytest.raises(timestamps.TimestampProblem, match=r"absent\.pem"):
        timestamps.request_stamp(bytes(32), authority.url)


def test_without_an_address_nothing_is_asked_and_other_schemes_are_refused(settings: Any) -> None:
    settings.LEDGER_TIMESTAMP_URL = None
    assert timestamps.stamp_missing() == 0
    with pytest.raises(timestamps.TimestampProblem):
        timestamps.request_stamp(bytes(32), "file:///etc/passwd")
