"""The Department's seal beside a file instead of in it: a detached CMS signature.

Law: Electronic Transactions Act B.E. 2544, s. 26.
"""

import asyncio
import datetime as dt
from dataclasses import dataclass

from asn1crypto import cms, pem
from asn1crypto import x509 as asn1_x509
from pyhanko.sign.general import SigningError
from pyhanko.sign.signers.pdf_cms import PdfCMSSignedAttributes
from pyhanko.sign.validation import async_validate_detached_cms
from pyhanko.sign.validation.errors import SignatureValidationError
from pyhanko_certvalidator import ValidationContext

from excise.documents.seal import Seal
from excise.errors import Invalid


@dataclass(frozen=True)
class Signed:
    """Who signed, by the certificate inside, and whether it holds."""

    name: str
    fingerprint: str
    is_whole: bool
    is_trusted: bool


def signature_of(seal: Seal, content: bytes, *, at: dt.datetime) -> bytes:
    """Return the seal's signature over some bytes, as DER."""
    about = PdfCMSSignedAttributes(signing_time=at)
    made = seal.signer.async_sign_general_data(content, "sha256", signed_attr_settings=about)
    signature: bytes = asyncio.run(made).dump()
    return signature


def certificate_of(seal: Seal) -> bytes:
    """Return the seal's certificate as PEM, for those who verify elsewhere."""
    certificate = seal.signer.signing_cert
    assert certificate is not None
    text: bytes = pem.armor("CERTIFICATE", certificate.dump())
    return text


def signed_by(
    content: bytes, signature: bytes, *, certificate: bytes | None, at: dt.datetime
) -> Signed:
    """Tell who signed some bytes, and whether the signature is whole and of a certificate.

    `certificate` is the one that is trusted, as PEM; without it only the one inside can be
    held against the signature, which proves that nothing was changed, not by whom. Validity
    is judged as of `at`. Raises Invalid `signature-unreadable`, `certificate-unreadable`.
    """
    try:
        signed = cms.ContentInfo.load(signature, strict=True)["content"]
        own = [each.chosen for each in signed["certificates"]]
        signer = own[0]
    except (ValueError, TypeError, KeyError, IndexError) as error:
        raise Invalid("signature-unreadable", field="file") from error
    root = _read(certificate) if certificate else signer
    context = ValidationContext(trust_roots=[root], other_certs=own, moment=at)
    try:
        status = asyncio.run(
            async_validate_detached_cms(content, signed, signer_validation_context=context)
        )
        holds = bool(status.intact and status.valid)
        trusted = holds and bool(status.trusted) and certificate is not None
    except (SignatureValidationError, SigningError, ValueError):
        holds = trusted = False
    return Signed(signer.subject.human_friendly, signer.sha256.hex(), holds, trusted)


def _read(certificate: bytes) -> asn1_x509.Certificate:
    try:
        content = pem.unarmor(certificate)[2] if pem.detect(certificate) else certificate
        read = asn1_x509.Certificate.load(content, strict=True)
        _ = read.subject.human_friendly
    except (ValueError, TypeError) as error:
        raise Invalid("certificate-unreadable", field="certificate") from error
    return read
