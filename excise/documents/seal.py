"""The Department's electronic seal: an invisible PAdES signature (B-B) on every document.

Invisible, because a visible signature field is outside the reading order and
would end PDF/UA; who signed is printed by the document itself.
"""

import datetime as dt
import io
import re
import secrets
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import pkcs12
from cryptography.x509.oid import NameOID
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.metadata import xmp_xml
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign import signers
from pyhanko.sign.fields import InvisSigSettings, MDPPerm, SigFieldSpec, SigSeedSubFilter
from pyhanko.sign.general import SigningError
from pyhanko.sign.signers.pdf_signer import PdfSignatureMetadata, PdfSigner, PdfSigningSession
from pyhanko.sign.validation import SignatureCoverageLevel, validate_pdf_signature
from pyhanko.sign.validation.errors import SignatureValidationError
from pyhanko_certvalidator import ValidationContext

from excise.config import Settings, write_secret
from excise.errors import Unavailable

# On every save pyHanko turns metadata that looks like an address into a link,
# and the PDF/A extension schema is broken. The text stays text.
xmp_xml.HTTP_URI_RE = re.compile(r"(?!)")

FIELD = "Seal"
RESERVED_HEX_DIGITS = 16_384  # said beforehand, pyHanko needs no trial signature
DEMO_NAME = "Excise e-service sample seal, no legal effect"
DEMO_YEARS = 10
DIGESTS: dict[str, Any] = {
    "sha256": hashes.SHA256,
    "sha384": hashes.SHA384,
    "sha512": hashes.SHA512,
}


class LoadedSigner(signers.SimpleSigner):
    """Signs with a key that is parsed and checked once, not at each signature."""

    @cached_property
    def _key(self) -> Any:
        return serialization.load_der_private_key(self.signing_key.dump(), None)

    def sign_raw(self, data: bytes, digest_algorithm: str) -> bytes:
        """Sign the data with the key of the PKCS#12 file."""
        digest = DIGESTS[digest_algorithm]()
        if isinstance(self._key, ec.EllipticCurvePrivateKey):
            return self._key.sign(data, ec.ECDSA(digest))
        signature: bytes = self._key.sign(data, padding.PKCS1v15(), digest)
        return signature


class _SignerAt(PdfSigner):
    """Signs at a given time, where pyHanko would look at the clock."""

    at: dt.datetime

    def init_signing_session(self, *args: Any, **options: Any) -> PdfSigningSession:
        session = super().init_signing_session(*args, **options)
        session.system_time = self.at
        return session


class Seal:
    """A key and its certificate, ready to sign and to recognise what it signed."""

    def __init__(self, pkcs12_file: bytes, passphrase: bytes) -> None:
        """Load the key; raises Unavailable when file and passphrase do not fit."""
        try:
            loaded = signers.SimpleSigner.load_pkcs12_data(pkcs12_file, [], passphrase)
        except (ValueError, SigningError) as error:
            raise Unavailable("seal-unreadable") from error
        self.signer = LoadedSigner(
            signing_cert=loaded.signing_cert,
            signing_key=loaded.signing_key,
            cert_registry=loaded.cert_registry,
        )

    def sign(self, pdf: bytes, *, reason: str, at: dt.datetime) -> bytes:
        """Return the document sealed; nothing may be changed in it afterwards."""
        assert at.tzinfo, "a moment says where its clock stands"
        about = PdfSignatureMetadata(
            field_name=FIELD,
            md_algorithm="sha256",
            reason=reason,
            subfilter=SigSeedSubFilter.PADES,
            certify=True,
            docmdp_permissions=MDPPerm.NO_CHANGES,
        )
        signer = _SignerAt(about, signer=self.signer, new_field_spec=_invisible_field())
        signer.at = at
        writer = IncrementalPdfFileWriter(io.BytesIO(pdf))
        sealed: bytes = signer.sign_pdf(writer, bytes_reserved=RESERVED_HEX_DIGITS).getvalue()
        return sealed

    def is_on(self, pdf: bytes) -> bool:
        """Tell whether this seal is on the document and nothing changed since."""
        try:
            signatures = PdfFileReader(io.BytesIO(pdf)).embedded_signatures
            ours: Any = self.signer.signing_cert
            if [signature.signer_cert.dump() for signature in signatures] != [ours.dump()]:
                return False
            state = validate_pdf_signature(signatures[0], ValidationContext(trust_roots=[ours]))
        except (PdfError, SignatureValidationError, ValueError):
            return False
        whole = state.coverage == SignatureCoverageLevel.ENTIRE_FILE
        return bool(state.intact and state.valid and whole)


def _invisible_field() -> SigFieldSpec:
    # PDF/UA allows an untagged field only outside the page, PDF/A only a printable one.
    return SigFieldSpec(
        FIELD,
        readable_field_name="ตราอิเล็กทรอนิกส์ของกรมสรรพสามิต",
        invis_sig_settings=InvisSigSettings(
            set_print_flag=True, set_hidden_flag=False, box_out_of_bounds=True
        ),
    )


def seal_of(settings: Settings, *, at: dt.datetime) -> Seal:
    """Return the seal that is set, else a self-signed one made at first need.

    Each process loads it once. Raises Unavailable when it cannot be read.
    """
    if settings.seal_pkcs12:
        return _load(Path(settings.seal_pkcs12), settings.seal_passphrase.encode())
    return _load(*make_demo_seal(settings.data / "secrets", at=at))


@lru_cache(maxsize=4)
def _load(path: Path, passphrase: bytes) -> Seal:
    try:
        return Seal(path.read_bytes(), passphrase)
    except OSError as error:
        raise Unavailable("seal-unreadable", path=str(path)) from error


def make_demo_seal(folder: Path, *, at: dt.datetime) -> tuple[Path, bytes]:
    """Return a self-signed seal's file and its passphrase, made once, mode 0600.

    For demonstration and development: its name says that it has no legal effect.
    """
    path, words = folder / "demo-seal.p12", folder / "demo-seal-passphrase"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    # Of two processes one wins each file; both lock the key with the winner's words.
    if not words.exists():
        write_secret(words, secrets.token_urlsafe(32).encode())
    passphrase = words.read_bytes()
    if not path.exists():
        write_secret(path, _self_signed(passphrase, at))
    return path, passphrase


def _self_signed(passphrase: bytes, at: dt.datetime) -> bytes:
    key = rsa.generate_private_key(public_exponent=65_537, key_size=3072)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, DEMO_NAME)])
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(at - dt.timedelta(days=1))
        .not_valid_after(at + dt.timedelta(days=365 * DEMO_YEARS))
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_signing_only(), critical=True)
        .sign(key, hashes.SHA256())
    )
    return pkcs12.serialize_key_and_certificates(
        None, key, certificate, None, serialization.BestAvailableEncryption(passphrase)
    )


def _signing_only() -> x509.KeyUsage:
    others = dict.fromkeys(
        (
            "key_encipherment",
            "data_encipherment",
            "key_agreement",
            "key_cert_sign",
            "crl_sign",
            "encipher_only",
            "decipher_only",
        ),
        False,
    )
    return x509.KeyUsage(digital_signature=True, content_commitment=True, **others)
