"""What a hostile or careless sender gets: a SOAP fault, quickly, and nothing of ours."""

import gzip
import socket
import threading

import pytest
import requests

from exchange.contract import SOAP11, SOAP12
from tests.exchange.envelopes import (
    REGISTRY,
    envelope,
    fault_code,
    get_taxpayer,
    header,
    post,
    token,
)

S = SOAP11


@pytest.fixture(scope="module")
def listener():
    """A socket that nobody may connect to."""
    hits = []
    server = socket.create_server(("127.0.0.1", 0))
    server.settimeout(0.1)
    stop = threading.Event()

    def listen():
        while not stop.is_set():
            try:
                connection, _ = server.accept()
            except TimeoutError:
                continue
            hits.append(1)
            connection.close()

    thread = threading.Thread(target=listen)
    thread.start()
    yield server.getsockname()[1], hits
    stop.set()
    thread.join()
    server.close()


def doctype(declarations: str, use: str = "&x;") -> str:
    body = envelope(get_taxpayer(use)).decode().partition("?>")[2]
    return f'<?xml version="1.0"?><!DOCTYPE x [{declarations}]>{body}'


LAUGHS = '<!ENTITY a "ha">' + "".join(
    f'<!ENTITY {chr(98 + n)} "{f"&{chr(97 + n)};" * 10}">' for n in range(9)
)
PAYLOAD = get_taxpayer()
ATTRIBUTES = " ".join(f'a{n}="1"' for n in range(100_000))
OPENING = b'<s:Envelope xmlns:s="%s"><s:Header>' % S.encode()
COMMENT = b"<!--" + b" " * 1017 + b"-->"
HOSTILE = {
    "external entity": (doctype('<!ENTITY x SYSTEM "file:///etc/passwd">'), "Client.Malformed"),
    "entity from http": (
        doctype('<!ENTITY x SYSTEM "http://127.0.0.1:PORT/x">'),
        "Client.Malformed",
    ),
    "internal entity": (doctype('<!ENTITY x "0105558096348">'), "Client.Malformed"),
    "doctype alone": (doctype("", "0105558096348"), "Client.Malformed"),
    "external dtd": (
        envelope(PAYLOAD)
        .decode()
        .replace("?>", '?><!DOCTYPE x SYSTEM "http://127.0.0.1:PORT/x.dtd">', 1),
        "Client.Malformed",
    ),
    "parameter entity": (
        doctype('<!ENTITY % p SYSTEM "http://127.0.0.1:PORT/p"> %p;', "0105558096348"),
        "Client.Malformed",
    ),
    "billion laughs": (doctype(LAUGHS, "&j;"), "Client.Malformed"),
    "quadratic blowup": (
        doctype(f'<!ENTITY x "{"a" * 50_000}">', "&x;" * 5_000),
        "Client.Malformed",
    ),
    "schema location": (
        envelope(
            PAYLOAD.replace(
                "<GetTaxpayer ",
                '<GetTaxpayer xmlns:i="http://www.w3.org/2001/XMLSchema-instance"'
                f' i:schemaLocation="{REGISTRY} http://127.0.0.1:PORT/x.xsd" ',
            )
        ).decode(),
        "Client.AuthenticationFailed",
    ),
    "nesting": (
        envelope(PAYLOAD, security="<a>" * 5_000 + "</a>" * 5_000).decode(),
        "Client.Malformed",
    ),
    "text of 11 MB": (envelope(get_taxpayer("1" * 11_000_000)).decode(), "Client.Malformed"),
    "80,000 schema errors": (
        envelope(PAYLOAD.replace("<taxId>", "<x/>" * 80_000 + "<taxId>")).decode(),
        "Client.SchemaViolation",
    ),
    "100,000 attributes": (
        envelope(PAYLOAD.replace("<taxId>", f"<taxId {ATTRIBUTES}>")).decode(),
        "Client.SchemaViolation",
    ),
    "100,000 header blocks": (
        envelope(PAYLOAD, security="<a xmlns='u:x'/>" * 100_000).decode(),
        "Client.SchemaViolation",
    ),
    "33 header blocks": (
        envelope(PAYLOAD, security="<a xmlns='u:x'/>" * 33).decode(),
        "Client.SchemaViolation",
    ),
    "unknown child": (
        envelope(PAYLOAD.replace("</GetTaxpayer>", "<more/></GetTaxpayer>")).decode(),
        "Client.SchemaViolation",
    ),
    "child twice": (
        envelope(
            PAYLOAD.replace("</GetTaxpayer>", "<taxId>0105558096348</taxId></GetTaxpayer>")
        ).decode(),
        "Client.SchemaViolation",
    ),
    "two payloads": (envelope(PAYLOAD * 2).decode(), "Client.SchemaViolation"),
    "no payload": (envelope("").decode(), "Client.SchemaViolation"),
    "two bodies": (
        envelope(PAYLOAD)
        .decode()
        .replace("</s:Envelope>", f"<s:Body>{PAYLOAD}</s:Body></s:Envelope>"),
        "Client.SchemaViolation",
    ),
    "operation of another namespace": (
        envelope(PAYLOAD.replace(REGISTRY, "urn:other")).decode(),
        "Client.UnknownOperation",
    ),
    "an answer as a question": (
        envelope(
            f'<ServiceFault xmlns="{REGISTRY}"><code>x</code><correlationId>x</correlationId>'
            "<retryable>true</retryable><messageTh>x</messageTh><messageEn>x</messageEn>"
            "</ServiceFault>"
        ).decode(),
        "Client.UnknownOperation",
    ),
    "processing instruction": (
        envelope(PAYLOAD.replace("<taxId>", "<?php echo 1 ?><taxId>")).decode(),
        "Client.Malformed",
    ),
    "Thai digits": (envelope(get_taxpayer("๐๑๐๕๕๕๘๐๙๖๓๔๘")).decode(), "Client.SchemaViolation"),
    "a Buddhist year": (
        envelope(get_taxpayer(head=header(sentAt="2569-11-10T00:00:00Z"))).decode(),
        "Client.SchemaViolation",
    ),
    "the year 99999": (
        envelope(get_taxpayer(head=header(sentAt="99999-01-01T00:00:00Z"))).decode(),
        "Client.SchemaViolation",
    ),
    "a moment without zone": (
        envelope(get_taxpayer(head=header(sentAt="2026-11-10T00:00:00"))).decode(),
        "Client.SchemaViolation",
    ),
    "cut off": (envelope(PAYLOAD).decode()[:-20], "Client.Malformed"),
    "bare ampersand": (envelope(get_taxpayer("0105558096348 & x")).decode(), "Client.Malformed"),
    "nothing": ("", "Client.Malformed"),
    "no XML": ('{"taxId": 1}', "Client.Malformed"),
    "another envelope": (
        envelope(PAYLOAD, version="urn:not-soap").decode(),
        "Client.UnsupportedVersion",
    ),
}


@pytest.mark.parametrize("case", HOSTILE)
def test_a_hostile_message_gets_a_fault_and_fetches_nothing(door, listener, case):
    port, hits = listener
    text, code = HOSTILE[case]
    answer = post(door, text.replace("PORT", str(port)).encode())
    assert fault_code(answer) == code
    assert answer.status_code == 500
    assert "root:" not in answer.text
    assert hits == []


@pytest.mark.parametrize(
    ("content_type", "data"),
    [
        (None, envelope(PAYLOAD)),
        ("application/json", b"{}"),
        ("text/html", envelope(PAYLOAD)),
        ("multipart/related; boundary=x", b"--x\r\n\r\n--x--"),
        ("application/x-www-form-urlencoded", b"a=b"),
    ],
)
def test_another_content_type_is_refused(door, content_type, data):
    answer = post(door, data, Content_Type=content_type)
    assert (answer.status_code, fault_code(answer)) == (415, "Client.Malformed")


def test_a_sender_s_fault_is_400_in_soap_1_2(door):
    answer = post(door, b"<x", version=SOAP12)
    assert (answer.status_code, fault_code(answer)) == (400, "Client.Malformed")
    assert answer.headers["Content-Type"].startswith("application/soap+xml")
    assert "<messageTh>ข้อความไม่ใช่ SOAP ที่ถูกต้อง</messageTh>" in answer.text


@pytest.mark.parametrize(
    ("data", "status"),
    [
        (gzip.compress(OPENING + COMMENT * 40_000), 413),
        (gzip.compress(envelope(PAYLOAD))[:-6], 500),
        (b"not gzip", 500),
    ],
)
def test_a_gzip_bomb_or_wreck_is_refused(door, data, status):
    answer = post(door, data, Content_Encoding="gzip")
    assert answer.status_code == status
    assert fault_code(answer) == ("Client.PayloadTooLarge" if status == 413 else "Client.Malformed")


def test_another_content_encoding_is_refused(door):
    assert post(door, b"x", Content_Encoding="br").status_code == 415


def test_a_stream_without_end_is_cut_at_the_limit(door):
    sent = []

    def endless():
        yield OPENING
        while len(sent) < 400:
            sent.append(1)
            yield COMMENT * 64

    try:
        answer = post(door, endless())
    except requests.ConnectionError:
        assert len(sent) < 400  # it hung up on us
    else:
        assert (answer.status_code, fault_code(answer)) == (413, "Client.PayloadTooLarge")


def test_the_action_of_http_must_be_that_of_the_body(door):
    data = envelope(PAYLOAD)
    wrong = post(door, data, SOAPAction='"urn:other/Delete"')
    assert fault_code(wrong) == "Client.Malformed"
    for right in ('""', f'"{REGISTRY}/GetTaxpayer"'):
        assert fault_code(post(door, data, SOAPAction=right)) == "Client.AuthenticationFailed"
    wrong = post(
        door,
        envelope(PAYLOAD, version=SOAP12),
        version=SOAP12,
        Content_Type='application/soap+xml; action="urn:other/Delete"',
    )
    assert fault_code(wrong) == "Client.Malformed"


@pytest.mark.parametrize("version", [SOAP11, SOAP12])
def test_a_header_that_must_be_understood_is_not_ignored(door, version):
    block = f'<t:Tx xmlns:t="urn:tx" xmlns:v="{version}" v:mustUnderstand="1">1</t:Tx>'
    answer = post(door, envelope(PAYLOAD, security=block, version=version), version=version)
    assert fault_code(answer) == "Client.HeaderNotUnderstood"
    assert ":MustUnderstand<" in answer.text
    assert (":NotUnderstood" in answer.text) == (version == SOAP12)
    for_another = block.replace(">1<", f' v:{"actor" if version == SOAP11 else "role"}="urn:gw">1<')
    answer = post(door, envelope(PAYLOAD, security=for_another, version=version), version=version)
    assert fault_code(answer) == "Client.AuthenticationFailed"


def test_a_violation_tells_its_line(door):
    text = envelope(get_taxpayer("๐")).decode().replace("<taxId>", "\n\n<taxId>")
    assert "<line>3</line>" in post(door, text.encode()).text


@pytest.mark.parametrize(
    "encode",
    [
        lambda text: ("text/xml", text.encode("utf-16")),
        lambda text: ("text/xml", b"\xef\xbb\xbf" + text.encode()),
        lambda text: ("text/xml; charset=windows-874", text.encode("cp874")),
        lambda text: ("text/xml; charset=TIS-620", text.encode("tis-620")),
        lambda text: (
            "text/xml",
            text.replace("0105558096348", "<![CDATA[0105558096348]]>").encode(),
        ),
        lambda text: ("text/xml", text.replace("01055580", "0105<!-- x -->5580").encode()),
    ],
)
def test_other_right_ways_to_write_the_same_are_read(door, encode):
    security = token("RD", door.passwords["RD"])
    text = envelope(PAYLOAD, security=security).decode().replace('<?xml version="1.0"?>', "")
    content_type, data = encode(
        text.replace(text[text.index("<messageId>") : text.index("</messageId>")], header()[8:55])
    )
    answer = post(door, data, Content_Type=content_type)
    assert answer.status_code == 200, answer.text


def test_an_unknown_charset_is_refused(door):
    answer = post(door, envelope(PAYLOAD), Content_Type="text/xml; charset=klingon")
    assert fault_code(answer) == "Client.Malformed"


def test_a_packed_message_is_read(door):
    data = envelope(get_taxpayer(), security=token("RD", door.passwords["RD"]))
    assert post(door, gzip.compress(data), Content_Encoding="gzip").status_code == 200


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/ws/payment/v1", 405),
        ("HEAD", "/ws/payment/v1", 405),
        ("PUT", "/ws/payment/v1", 405),
        ("OPTIONS", "/ws/payment/v1", 405),
        ("GET", "/ws/payment/v2", 404),
        ("GET", "/", 404),
        ("DELETE", "/healthz", 405),
    ],
)
def test_an_address_never_answers_with_a_page(door, method, path, status):
    answer = requests.request(method, door.url + path, timeout=10)
    assert answer.status_code == status
    assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"


def test_a_message_to_an_unknown_service_gets_a_fault(door):
    answer = post(door, envelope(PAYLOAD), service="taxpayer-registry/v2")
    assert (answer.status_code, fault_code(answer)) == (404, "Client.UnknownOperation")


def test_the_contract_names_our_address_whatever_the_host_header_says(door):
    answer = requests.get(
        f"{door.url}/ws/filing/v1?WSDL", headers={"Host": "evil.example"}, timeout=10
    )
    assert answer.headers["Content-Type"] == "text/xml; charset=utf-8"
    assert f'location="{door.url}/ws/filing/v1"' in answer.text
    assert "evil" not in answer.text
