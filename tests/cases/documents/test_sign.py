"""The electronic signature on an issued PDF."""

from __future__ import annotations

import stat
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from asn1crypto import keys as asn1_keys
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from hypothesis import given, settings
from hypothesis import strategies as st
from pyhanko.sign.timestamps import DummyTimeStamper
from pypdf import PdfReader, PdfWriter

from chengshu.cases.documents import DocumentProblem, compose
from chengshu.cases.documents import sign as signing
from chengshu.cases.documents.pdf import render_pdf
from chengshu.cases.documents.samples import sample
from chengshu.cases.documents.sign import (
    TEST_MARK,
    bureau_signer,
    issue_pdf,
    sign_pdf,
    signature_of,
    signer_from,
)
from tests.cases.documents.conftest import page_texts

pytestmark = pytest.mark.usefixtures("chinese_font")


@pytest.fixture(scope="module")
def signed() -> bytes:
    """An on-the-spot decision, signed."""
    return issue_pdf(
        compose("simple_decision", sample("simple_decision"), for_issue=True), signing.test_signer()
    )


def test_a_signed_decision_is_what_was_signed(signed: bytes) -> None:
    state = signature_of(signed)
    assert state is not None
    assert state.good
    assert state.signer == "城枢测试签章"
    assert state.signed_at is not None


def test_a_test_certificate_says_so_on_the_page_and_is_trusted_by_nobody(signed: bytes) -> None:
    state = signature_of(signed)
    assert state is not None and state.is_test and not state.trusted
    page = PdfReader(BytesIO(signed)).pages[0]
    look = page["/Annots"][0].get_object()["/AP"]["/N"]["/Resources"]["/XObject"]  # type: ignore[index]
    assert len(look) == 1
    writer = PdfWriter()
    sheet = writer.add_blank_page(200, 200)
    from chengshu.cases.documents.assembly import _draw

    _draw(sheet, page["/Annots"][0].get_object()["/AP"]["/N"].get_object(), [0, 0, 119, 119])  # type: ignore[index]
    out = BytesIO()
    writer.write(out)
    assert all(part.replace(" ", "") in page_texts(out.getvalue())[0] for part in TEST_MARK.split(" / "))


def test_the_root_that_the_bureau_names_is_trusted(signed: bytes) -> None:
    state = signature_of(signed, [signing.test_signer().signer.signing_cert])
    assert state is not None and state.trusted


@settings(max_examples=25)
@given(data=st.data())
def test_one_changed_byte_breaks_the_signature(signed: bytes, data: st.DataObject) -> None:
    contents = signed.rindex(b"/Contents <") if b"/Contents <" in signed else signed.rindex(b"/Contents<")
    at = data.draw(st.integers(0, contents - 1))
    changed = bytearray(signed)
    changed[at] ^= 1
    try:
        state = signature_of(bytes(changed))
    except DocumentProblem:
        return
    assert state is None or not state.good


def test_what_is_added_after_the_signature_is_noticed(signed: bytes) -> None:
    twice = sign_pdf(signed, signing.test_signer())
    state = signature_of(twice)
    assert state is not None and state.good
    state = signature_of(signed + b"\n% more")
    assert state is not None and not state.good


def test_an_unsigned_pdf_and_a_draft_are_told_apart() -> None:
    draft = compose("simple_decision", sample("simple_decision"))
    assert signature_of(render_pdf(draft)) is None
    with pytest.raises(DocumentProblem, match="draft cannot be signed"):
        issue_pdf(draft, signing.test_signer())


@pytest.mark.parametrize("data", [b"", b"hello", b"%PDF-1.7\n%%EOF"])
def test_what_is_no_pdf_is_refused_in_one_sentence(data: bytes) -> None:
    with pytest.raises(DocumentProblem, match="not a PDF"):
        signature_of(data)
    with pytest.raises(DocumentProblem, match="cannot be signed"):
        sign_pdf(data, signing.test_signer())


def test_the_test_certificate_is_kept_beside_the_data(settings: Any, tmp_path: Path) -> None:
    settings.SIGNING_HOME = tmp_path / "signing"
    first = bureau_signer()
    kept = tmp_path / "signing" / "test-signer.p12"
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    again = signer_from(kept.read_bytes())
    assert again.signer.signing_cert.dump() == first.signer.signing_cert.dump()


def test_the_bureaus_certificate_needs_its_file_and_password(settings: Any, tmp_path: Path) -> None:
    settings.SIGNING_PKCS12 = tmp_path / "bureau.p12"
    with pytest.raises(DocumentProblem, match="cannot be read"):
        bureau_signer()
    settings.SIGNING_PKCS12.write_bytes(b"no certificate")
    with pytest.raises(DocumentProblem, match="damaged or its password is wrong"):
        bureau_signer()


def authority(on: datetime) -> DummyTimeStamper:
    """A time-stamp authority of the test's own, whose clock stands."""
    key = rsa.generate_private_key(65537, 2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "示例时间戳服务")])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(on - timedelta(days=1))
        .not_valid_after(on + timedelta(days=1))
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING]), critical=True)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    return DummyTimeStamper(
        asn1_x509.Certificate.load(made.public_bytes(Encoding.DER)),
        asn1_keys.PrivateKeyInfo.load(private),
        fixed_dt=on,
    )


def test_a_time_stamp_says_when_by_another_clock_than_the_servers() -> None:
    on = datetime(2021, 8, 20, 9, 30, tzinfo=UTC)
    signer = replace(signing.test_signer(), stamper=authority(on))
    model = compose("simple_decision", sample("simple_decision"), for_issue=True)
    state = signature_of(issue_pdf(model, signer))
    assert state is not None and state.good
    assert (state.stamped_at, state.stamped_by) == (on, "示例时间戳服务")


def test_without_an_authority_there_is_no_time_stamp(signed: bytes) -> None:
    state = signature_of(signed)
    assert state is not None and state.stamped_at is None


@pytest.mark.parametrize(
    ("url", "sentence"),
    [("http://127.0.0.1:9/", "gave no time stamp"), ("ftp://tsa.example", "must begin with http")],
)
def test_an_authority_that_does_not_answer_stops_the_issue(settings: Any, url: str, sentence: str) -> None:
    settings.SIGNING_TIMESTAMP_URL = url
    with pytest.raises(DocumentProblem, match=sentence):
        issue_pdf(compose("simple_decision", sample("simple_decision"), for_issue=True), bureau_signer())
