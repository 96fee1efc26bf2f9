"""Electronic signatures on issued PDFs (pyHanko, PAdES), by a test certificate or the bureau's PKCS#12.

PAdES with the time stamp of an authority (RFC 3161) where one is set, without what long-term validation adds.
pyHanko offers no SM2 seal: a bureau that must have one sends the PDF to its e-seal platform.
"""

from __future__ import annotations

import json
import secrets
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from io import BytesIO
from pathlib import Path
from typing import Any

from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import NoEncryption, pkcs12
from cryptography.x509.oid import NameOID
from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.layout import AxisAlignment, LayoutError, Margins, SimpleBoxLayoutRule
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign import fields, signers
from pyhanko.sign.general import SigningError
from pyhanko.sign.timestamps import HTTPTimeStamper, TimeStamper, TimestampRequestError
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko.sign.validation.errors import SignatureValidationError
from pyhanko.sign.validation.status import PdfSignatureStatus, SignatureCoverageLevel
from pyhanko.stamp import StaticStampStyle
from pyhanko_certvalidator import ValidationContext

from chengshu.cases.documents.fonts import font_set
from chengshu.cases.documents.model import DocumentModel
from chengshu.cases.documents.pdf import (
    TEMPLATES,
    SealPlace,
    readable_picture,
    render_pdf,
    seal_place,
    typeset,
)
from chengshu.cases.documents.problems import DocumentProblem

TEST_MARK = "测试证书 / test certificate"
TEST_DAYS = 3650
STAMP_SECONDS = 10
KEPT = "test-signer.p12"
SIDE = 119
"""Points: the 42 mm of an authority's seal."""

WHOLE_BOX = SimpleBoxLayoutRule(AxisAlignment.ALIGN_MID, AxisAlignment.ALIGN_MID, margins=Margins(0, 0, 0, 0))
CORNER = SealPlace(-1, 440.0, 130.0)
"""Where a signature stands on the last page of a document that keeps no place for a seal."""


@dataclass(frozen=True)
class DocumentSigner:
    """Who signs: key and certificate, and a picture of the seal (PNG or JPEG) if it is to show.

    ``stamper`` asks a time-stamp authority for its word on when it was signed.
    """

    signer: signers.SimpleSigner
    seal: bytes | None = None
    stamper: TimeStamper | None = None

    @property
    def name(self) -> str:
        """The certificate's subject (its common name)."""
        return _common_name(self.signer.signing_cert)

    @property
    def is_test(self) -> bool:
        """Whether this is a test certificate, whose signatures say so."""
        return _is_test(self.signer.signing_cert)


@dataclass(frozen=True)
class SignatureState:
    """What a check of a signed PDF finds.

    ``intact``: what was signed is unchanged; ``valid``: the key of the certificate signed it; ``whole``: the
    signature covers the whole file; ``trusted``: the certificate leads to one of the roots given.
    ``stamped_at``: the time by a time-stamp authority, None without its stamp or where that is not its own.
    """

    signer: str
    signed_at: datetime | None
    intact: bool
    valid: bool
    whole: bool
    trusted: bool
    is_test: bool
    stamped_at: datetime | None = None
    stamped_by: str = ""

    @property
    def good(self) -> bool:
        """Whether the file is, byte for byte, what the signer signed."""
        return self.intact and self.valid and self.whole


def bureau_signer() -> DocumentSigner:
    """The bureau's signer by the settings, else the test certificate kept beside the data.

    With ``SIGNING_TIMESTAMP_URL`` its signatures carry the time stamp of that authority. Raises
    `DocumentProblem` where the bureau's PKCS#12 file cannot be opened.
    """
    path = getattr(settings, "SIGNING_PKCS12", None)
    if path:
        held = _load(str(path), getattr(settings, "SIGNING_PASSWORD", None) or "")
    else:
        home = getattr(settings, "SIGNING_HOME", None)
        held = test_signer(Path(home)) if home else test_signer()
    url = getattr(settings, "SIGNING_TIMESTAMP_URL", None)
    return replace(held, stamper=_stamper(url)) if url else held


@lru_cache(maxsize=2)
def _stamper(url: str) -> TimeStamper:
    if not url.startswith(("http://", "https://")):
        raise DocumentProblem(
            _("The address of the time-stamp authority must begin with http:// or https://.")
        )
    return HTTPTimeStamper(url, timeout=STAMP_SECONDS)


@lru_cache(maxsize=2)
def _load(path: str, password: str) -> DocumentSigner:
    try:
        return signer_from(Path(path).read_bytes(), password)
    except OSError as error:
        raise DocumentProblem(
            _("The certificate %(path)s cannot be read: %(error)s") % {"path": path, "error": error.strerror}
        ) from error


def signer_from(data: bytes, password: str = "", seal: bytes | None = None) -> DocumentSigner:
    """A signer from a PKCS#12 file. Raises `DocumentProblem` for a wrong password or another file."""
    try:
        signer = signers.SimpleSigner.load_pkcs12_data(data, [], password.encode() or None)
    except ValueError as error:
        raise DocumentProblem(_("The certificate file is damaged or its password is wrong.")) from error
    return DocumentSigner(signer, seal)


@lru_cache(maxsize=4)
def test_signer(folder: Path | None = None, name: str = "城枢测试签章") -> DocumentSigner:
    """A self-signed test certificate, marked as one; kept in the folder if one is given."""
    path = folder / KEPT if folder else None
    if path is None:
        return signer_from(_test_pkcs12(name))
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        scratch = path.with_name(f"{KEPT}.{secrets.token_hex(4)}")
        scratch.touch(mode=0o600)
        scratch.write_bytes(_test_pkcs12(name))
        try:
            path.hardlink_to(scratch)  # of two first starts, one key wins
        except FileExistsError:
            pass
        finally:
            scratch.unlink()
    return signer_from(path.read_bytes())


test_signer.__test__ = False  # type: ignore[attr-defined]  # pytest takes it for a test otherwise


def _test_pkcs12(name: str) -> bytes:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name(
        [
            x509.NameAttribute(NameOID.COMMON_NAME, name),
            x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, TEST_MARK),
        ]
    )
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=TEST_DAYS))
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(
            x509.KeyUsage(True, True, False, False, False, False, False, False, False), critical=True
        )
        .sign(key, hashes.SHA256())
    )
    return pkcs12.serialize_key_and_certificates(b"test", key, certificate, None, NoEncryption())


def issue_pdf(model: DocumentModel, signer: DocumentSigner) -> bytes:
    """The document as it is issued: set, and signed at the place of its seal."""
    if not model.issued:
        raise DocumentProblem(_("A draft cannot be signed; compose the document for issue first."))
    return sign_pdf(render_pdf(model), signer, seal_place(model))


def sign_pdf(pdf: bytes, signer: DocumentSigner, place: SealPlace | None = None) -> bytes:
    """The PDF with one more signature, shown at the place (else at the foot of the last page).

    Raises `DocumentProblem` where the file is no PDF or cannot be signed.
    """
    at = place or CORNER
    half = SIDE / 2
    box = tuple(round(edge) for edge in (at.x - half, at.y - half, at.x + half, at.y + half))
    # pyHanko imports the look of the signature from a file while it writes.
    with tempfile.TemporaryDirectory(prefix="chengshu-sign-") as scratch:
        look = Path(scratch) / "stamp.pdf"
        look.write_bytes(_stamp(signer, scratch))
        try:
            writer = IncrementalPdfFileWriter(BytesIO(pdf))
            name = f"Signature{len(list(writer.prev.embedded_signatures)) + 1}"
            made = signers.PdfSigner(
                signers.PdfSignatureMetadata(
                    field_name=name,
                    md_algorithm="sha256",
                    subfilter=fields.SigSeedSubFilter.PADES,
                    name=signer.name,
                    reason=TEST_MARK if signer.is_test else None,
                ),
                signer=signer.signer,
                timestamper=signer.stamper,
                stamp_style=StaticStampStyle.from_pdf_file(
                    str(look), border_width=0, background_opacity=0.85, background_layout=WHOLE_BOX
                ),
                new_field_spec=fields.SigFieldSpec(name, on_page=at.page, box=box),  # type: ignore[arg-type]
            ).sign_pdf(writer)
        except TimestampRequestError as error:
            raise DocumentProblem(
                _("The time-stamp authority gave no time stamp: %(error)s") % {"error": _line(error)}
            ) from error
        except (PdfError, SigningError, LayoutError, ValueError, KeyError) as error:
            raise DocumentProblem(
                _("The PDF cannot be signed: %(error)s") % {"error": _line(error)}
            ) from error
    return bytes(made.getvalue())


def _line(error: Exception) -> str:
    return " ".join(str(error).split())


def _stamp(signer: DocumentSigner, scratch: str) -> bytes:
    """One page of the size of a seal: how the signature looks."""
    fonts = font_set()
    seal = None
    if signer.seal:
        (Path(scratch) / "seal.img").write_bytes(_seal_picture(signer.seal))
        seal = "/seal.img"
    data = {
        "fonts": fonts.families,
        "name": signer.name,
        "label": "签署",
        "day": timezone.localdate().strftime("%Y-%m-%d"),
        "note": TEST_MARK if signer.is_test else "",
        "seal": seal,
    }
    inputs = {"data": json.dumps(data, ensure_ascii=False)}
    return typeset((TEMPLATES / "stamp.typ").read_bytes(), inputs, Path(scratch))


def _seal_picture(seal: bytes) -> bytes:
    """The seal's picture; a PNG stays as it is, so that it may be transparent."""
    return seal if seal.startswith(b"\x89PNG") else readable_picture(seal, _("seal"))


def signature_of(pdf: bytes, roots: Iterable[asn1_x509.Certificate] = ()) -> SignatureState | None:
    """What the last signature of a PDF says, None if it bears none.

    ``roots`` are the certificates to trust. Raises `DocumentProblem` where the file cannot be read as a PDF.
    """
    try:
        signatures = PdfFileReader(BytesIO(pdf)).embedded_signatures
        if not signatures:
            return None
        last = signatures[-1]
        certificate = last.signer_cert
        known = list(roots)
        # Without roots only the seal's integrity is asked for; the certificate then vouches for itself.
        context = ValidationContext(trust_roots=known or [certificate], allow_fetching=False)
        status = validate_pdf_signature(last, context, skip_diff=True)
    except SignatureValidationError:
        return SignatureState(
            _common_name(certificate), None, False, False, False, False, _is_test(certificate)
        )
    except (PdfError, ValueError, KeyError, TypeError, AttributeError, IndexError, OSError) as error:
        raise DocumentProblem(_("The file is not a PDF whose signature can be read.")) from error
    return SignatureState(
        signer=_common_name(certificate),
        signed_at=last.self_reported_timestamp,
        intact=bool(status.intact),
        valid=bool(status.valid),
        whole=status.coverage == SignatureCoverageLevel.ENTIRE_FILE,
        trusted=bool(known and status.trusted),
        is_test=_is_test(certificate),
        **_stamped(status),
    )


def _stamped(status: PdfSignatureStatus) -> dict[str, Any]:
    """When a time-stamp authority says it was signed, where its stamp is whole."""
    stamp = status.timestamp_validity
    if stamp is None or not (stamp.intact and stamp.valid):
        return {}
    return {"stamped_at": stamp.timestamp, "stamped_by": _common_name(stamp.signing_cert)}


def _common_name(certificate: asn1_x509.Certificate) -> str:
    named = certificate.subject.native
    return str(named.get("common_name") or certificate.subject.human_friendly)


def _is_test(certificate: asn1_x509.Certificate) -> bool:
    units = certificate.subject.native.get("organizational_unit_name", "")
    return TEST_MARK in ([units] if isinstance(units, str) else units)
