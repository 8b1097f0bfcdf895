"""Who is let in, and what a stranger learns from being refused: nothing."""

import base64
import copy
import hashlib
import os
from datetime import UTC, datetime, timedelta

import pytest
import xmlsec
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID
from lxml import etree
from zeep.wsse.signature import BinarySignature

from exchange.clients.excise import Caller, _Signature, connect
from exchange.contract import SOAP11
from exchange.offered import SERVICES
from exchange.signatures import DS, WSSE, WSU
from excise.agencies.actions import revoke
from tests.exchange.conftest import NOW
from tests.exchange.envelopes import (
    DIGEST,
    REGISTRY,
    envelope,
    fault_code,
    get_taxpayer,
    header,
    post,
    token,
)


def ask(door, security, *, agency="RD", service="taxpayer-registry", payload=""):
    data = envelope(payload or get_taxpayer(head=header(agency)), security=security)
    return post(door, data, service=service)


def minutes_ago(minutes: float) -> str:
    return (datetime.now(UTC) - timedelta(minutes=minutes)).isoformat()


# Passwords


def test_the_right_password_is_let_in(door):
    assert ask(door, token("RD", door.passwords["RD"])).status_code == 200


def test_every_cause_of_refusal_reads_the_same(door):
    right = door.passwords["RD"]
    plain = token("RD", right).replace(DIGEST, DIGEST.replace("Digest", "Text"))
    causes = {
        "nothing": "",
        "empty": f'<w:Security xmlns:w="{WSSE[1:-1]}"/>',
        "wrong password": token("RD", "wrong"),
        "unknown agency": token("NOBODY", right),
        "another's password": token("RD", door.passwords["KTB"]),
        "plain text": plain,
        "short nonce": token("RD", right, nonce=b"short"),
        "stale and wrong": token("RD", "wrong", created=minutes_ago(60)),
        "no zone": token("RD", right, created="2026-11-10T00:00:00"),
        "end of time": token("RD", right, created="9999-12-31T23:59:59Z"),
        "two headers": token("RD", right) * 2,
        "no base64": token("RD", right).replace("<w:Nonce>", "<w:Nonce>*"),
    }
    answers = {}
    for cause, security in causes.items():
        answer = ask(door, security)
        assert fault_code(answer) == "Client.AuthenticationFailed", cause
        root = etree.fromstring(answer.content)
        for each in root.iter("{*}correlationId"):
            each.text = ""
        answers[cause] = etree.tostring(root)
    assert len(set(answers.values())) == 1


@pytest.mark.parametrize(("minutes", "code"), [(6, "StaleTimestamp"), (-6, "StaleTimestamp")])
def test_a_right_but_stale_token_is_told_so(door, minutes, code):
    answer = ask(door, token("RD", door.passwords["RD"], created=minutes_ago(minutes)))
    assert fault_code(answer) == f"Client.{code}"


@pytest.mark.parametrize("minutes", [4.5, -4.5])
def test_clocks_may_differ_by_minutes(door, minutes):
    answer = ask(door, token("RD", door.passwords["RD"], created=minutes_ago(minutes)))
    assert answer.status_code == 200


def test_a_token_serves_one_message(door):
    security = token("RD", door.passwords["RD"])
    assert ask(door, security).status_code == 200
    assert fault_code(ask(door, security)) == "Client.Replay"


def test_a_token_is_used_up_by_a_refused_message_too(door):
    security = token("RD", door.passwords["RD"])
    assert fault_code(ask(door, security, agency="KTB")) == "Client.NotAuthorised"
    assert fault_code(ask(door, security)) == "Client.Replay"


def test_a_revoked_agency_is_a_stranger(door):
    password = door.agency("GONE")
    assert ask(door, token("GONE", password), agency="GONE").status_code == 200
    with door.database.transaction() as session:
        revoke(session, "GONE", actor="terminal", at=NOW)
    answer = ask(door, token("GONE", password), agency="GONE")
    assert fault_code(answer) == "Client.AuthenticationFailed"


def test_nobody_speaks_for_another_agency(door):
    answer = ask(door, token("KTB", door.passwords["KTB"]), agency="RD")
    assert fault_code(answer) == "Client.NotAuthorised"


def test_another_protocol_version_is_refused(door):
    payload = get_taxpayer(head=header(protocolVersion="2.0"))
    answer = ask(door, token("RD", door.passwords["RD"]), payload=payload)
    assert fault_code(answer) == "Client.UnsupportedVersion"


BODIES = {
    "document.VerifyDocument": "<number>1</number><code>1</code>",
    "filing.GetReturnStatus": "<reference>1</reference>",
    "payment.NotifyPayment": "<bankCode>MUTE</bankCode><transactionId>1</transactionId>"
    "<paidAt>2026-11-10T00:00:00Z</paidAt><amount>1.00</amount><ref1/><ref2/><channel>x</channel>",
    "taxpayer-registry.GetTaxpayer": "<taxId>0105558096348</taxId>",
    "third-party-data.SubmitVatSales": "<documentNo>1</documentNo><record><clientRef>1</clientRef>"
    "<documentNo/><lineNo/><documentType/><taxId/><branch/><documentDate/><quantity/><amount/>"
    "<vat/></record>",
}
OPERATIONS = [each.right for service in SERVICES for each in service.contract().operations.values()]


@pytest.mark.parametrize("right", OPERATIONS)
def test_every_operation_needs_a_token_and_its_own_right(door, right):
    service, _, name = right.partition(".")
    inside = header("MUTE") + BODIES[right]
    payload = f'<{name} xmlns="urn:th:excise:exchange:{service}:v1">{inside}</{name}>'
    stranger = post(door, envelope(payload), service=service)
    assert fault_code(stranger) == "Client.AuthenticationFailed"
    security = token("MUTE", door.passwords["MUTE"])
    mute = post(door, envelope(payload, security=security), service=service)
    assert fault_code(mute) == "Client.NotAuthorised"


# Certificates


def make_certificate(folder, name, *, key=None, until=timedelta(days=30)):
    """A key and a self-signed certificate as PEM files, and the certificate's fingerprint."""
    key = key or rsa.generate_private_key(public_exponent=65537, key_size=2048)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=60))
        .not_valid_after(now + until)
        .sign(key, hashes.SHA256())
    )
    key_file, certificate_file = folder / f"{name}.key", folder / f"{name}.pem"
    key_file.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    certificate_file.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    print_ = hashlib.sha256(made.public_bytes(serialization.Encoding.DER)).hexdigest()
    return key_file, certificate_file, print_


@pytest.fixture(scope="module")
def pki(door, tmp_path_factory):
    """DLT signs with a certificate; OLD's has expired; a stranger's is nobody's."""
    folder = tmp_path_factory.mktemp("pki")
    made = {
        "DLT": make_certificate(folder, "DLT"),
        "OLD": make_certificate(folder, "OLD", until=timedelta(days=-1)),
        "STRANGER": make_certificate(folder, "STRANGER"),
    }
    door.agency("DLT", certificate=made["DLT"][2])
    door.agency("OLD", certificate=made["OLD"][2])
    return {name: (key, certificate) for name, (key, certificate, _) in made.items()}


def signer(pki, name, agency=""):
    key, certificate = pki[name]
    return Caller(agency=agency or name, key=key, certificate=certificate)


def signed(door, pki, name="DLT", agency="DLT", **methods):
    """An envelope as our client signs it."""
    service = connect("taxpayer-registry", door.url, signer(pki, name, agency))
    vars(service.client.wsse).update(methods)
    made = service.client.create_message(
        service.proxy, "GetTaxpayer", header=service.header(), taxId="0105558096348"
    )
    # As it would travel: no object of the signer is left in it.
    return etree.fromstring(etree.tostring(made))


def send(door, tree):
    return post(door, etree.tostring(tree))


def test_a_signed_message_is_let_in(door, pki):
    registry = connect("taxpayer-registry", door.url, signer(pki, "DLT"))
    told = registry.call("GetTaxpayer", taxId="0994000160101")
    assert [each.code for each in told.acknowledgement.error] == ["1001"]
    assert send(door, signed(door, pki)).status_code == 200


def test_an_elliptic_curve_signs_as_well(door, tmp_path):
    key = ec.generate_private_key(ec.SECP256R1())
    key_file, certificate, print_ = make_certificate(tmp_path, "CURVE", key=key)
    door.agency("CURVE", certificate=print_)
    caller = Caller(agency="CURVE", key=key_file, certificate=certificate)
    registry = connect("taxpayer-registry", door.url, caller)
    registry.client.wsse.signature_method = xmlsec.constants.TransformEcdsaSha256
    assert registry.call("GetTaxpayer", taxId="0994000160101").header.messageId


def test_a_signature_serves_once(door, pki):
    tree = signed(door, pki)
    assert send(door, tree).status_code == 200
    assert fault_code(send(door, tree)) == "Client.Replay"


@pytest.mark.parametrize("name", ["OLD", "STRANGER"])
def test_an_expired_or_unknown_certificate_is_refused(door, pki, name):
    assert fault_code(send(door, signed(door, pki, name))) == "Client.AuthenticationFailed"


def body_of(tree):
    return tree.find(f"{{{SOAP11}}}Body")


def security_of(tree):
    return tree.find(f"{{{SOAP11}}}Header/{WSSE}Security")


def another_question(tree):
    """A Body with the attacker's question."""
    forged = copy.deepcopy(body_of(tree))
    forged.find(f".//{{{REGISTRY}}}taxId").text = "0994000160101"
    return forged


def change_body(tree):
    body_of(tree).find(f".//{{{REGISTRY}}}taxId").text = "0994000160101"


def wrap_in_header(tree):
    forged, original = another_question(tree), body_of(tree)
    forged.attrib.pop(f"{WSU}Id")
    tree.replace(original, forged)
    holder = etree.SubElement(tree[0], "{urn:x}Wrapper")
    holder.append(original)


def wrap_with_the_same_id(tree):
    forged, original = another_question(tree), body_of(tree)
    tree.replace(original, forged)
    etree.SubElement(tree[0], "{urn:x}Wrapper").append(original)


def wrap_with_another_id(tree):
    forged, original = another_question(tree), body_of(tree)
    forged.set(f"{WSU}Id", "other")
    tree.replace(original, forged)
    etree.SubElement(tree[0], "{urn:x}Wrapper").append(original)


def wrap_in_the_signature(tree):
    forged, original = another_question(tree), body_of(tree)
    forged.attrib.pop(f"{WSU}Id")
    tree.replace(original, forged)
    etree.SubElement(security_of(tree).find(f"{DS}Signature"), f"{DS}Object").append(original)


def wrap_in_security(tree):
    forged, original = another_question(tree), body_of(tree)
    forged.attrib.pop(f"{WSU}Id")
    tree.replace(original, forged)
    security_of(tree).append(original)


def fresh_timestamp_beside(tree):
    stamp = security_of(tree).find(f"{WSU}Timestamp")
    fresh = copy.deepcopy(stamp)
    fresh.attrib.pop(f"{WSU}Id")
    security_of(tree).insert(0, fresh)


def fresh_timestamp_instead(tree):
    stamp = security_of(tree).find(f"{WSU}Timestamp")
    stamp.find(f"{WSU}Created").text = datetime.now(UTC).isoformat()


def no_reference_to_the_body(tree):
    info = security_of(tree).find(f"{DS}Signature/{DS}SignedInfo")
    name = body_of(tree).get(f"{WSU}Id")
    info.remove(info.find(f"{DS}Reference[@URI='#{name}']"))


def empty_reference(tree):
    for each in security_of(tree).iter(f"{DS}Reference"):
        each.set("URI", "")


def weak_digest(tree):
    for each in security_of(tree).iter(f"{DS}DigestMethod"):
        each.set("Algorithm", "http://www.w3.org/2000/09/xmldsig#sha1")


def hmac_confusion(tree):
    (method,) = security_of(tree).iter(f"{DS}SignatureMethod")
    method.set("Algorithm", "http://www.w3.org/2001/04/xmldsig-more#hmac-sha256")


def stylesheet(tree):
    for each in security_of(tree).iter(f"{DS}Transform"):
        each.set("Algorithm", "http://www.w3.org/TR/1999/REC-xslt-19991116")


def two_security_headers(tree):
    tree[0].append(copy.deepcopy(security_of(tree)))


def the_same_id_elsewhere(tree):
    etree.SubElement(tree[0], "{urn:x}Other").set("Id", body_of(tree).get(f"{WSU}Id"))


def no_signature(tree):
    security_of(tree).remove(security_of(tree).find(f"{DS}Signature"))


def broken_value(tree):
    (value,) = security_of(tree).iter(f"{DS}SignatureValue")
    value.text = base64.b64encode(os.urandom(256)).decode()


@pytest.mark.parametrize(
    "attack",
    [
        change_body,
        wrap_in_header,
        wrap_with_the_same_id,
        wrap_with_another_id,
        wrap_in_the_signature,
        wrap_in_security,
        fresh_timestamp_beside,
        fresh_timestamp_instead,
        no_reference_to_the_body,
        empty_reference,
        weak_digest,
        hmac_confusion,
        stylesheet,
        two_security_headers,
        the_same_id_elsewhere,
        no_signature,
        broken_value,
    ],
)
def test_a_signature_covers_what_we_obey_or_nothing(door, pki, attack):
    tree = signed(door, pki)
    attack(tree)
    assert fault_code(send(door, tree)) == "Client.AuthenticationFailed"


def test_a_timestamp_that_was_not_signed_is_worth_nothing(door, pki, monkeypatch):
    monkeypatch.setattr(_Signature, "apply", BinarySignature.apply)
    tree = signed(door, pki)
    stamp = etree.SubElement(security_of(tree), f"{WSU}Timestamp")
    etree.SubElement(stamp, f"{WSU}Created").text = datetime.now(UTC).isoformat()
    assert fault_code(send(door, tree)) == "Client.AuthenticationFailed"


@pytest.mark.parametrize(
    "methods",
    [
        {"signature_method": xmlsec.constants.TransformRsaSha1},
        {"digest_method": xmlsec.constants.TransformSha1},
    ],
)
def test_a_right_signature_of_the_last_century_is_refused(door, pki, methods):
    assert fault_code(send(door, signed(door, pki, **methods))) == "Client.AuthenticationFailed"


def test_a_signed_but_stale_message_is_told_so(door, pki, monkeypatch):
    class Yesterday(datetime):
        @classmethod
        def now(cls, tz=None):
            return datetime.now(tz) - timedelta(minutes=30)

    monkeypatch.setattr("exchange.clients.excise.datetime", Yesterday)
    assert fault_code(send(door, signed(door, pki))) == "Client.StaleTimestamp"
