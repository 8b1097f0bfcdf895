"""Behind an X-Road security server (message protocol 4.0): its headers come back as they were."""

import pytest
from lxml import etree

from exchange.contract import SOAP11
from exchange.wire import XROAD
from tests.exchange.envelopes import envelope, fault_code, get_taxpayer, post, token

BLOCKS = (
    f'<x:client xmlns:x="{XROAD}" xmlns:i="http://x-road.eu/xsd/identifiers"'
    ' i:objectType="SUBSYSTEM"><i:xRoadInstance>TH</i:xRoadInstance></x:client>'
    f'<x:service xmlns:x="{XROAD}" xmlns:i="http://x-road.eu/xsd/identifiers"'
    ' i:objectType="SERVICE"><i:serviceCode>GetTaxpayer</i:serviceCode></x:service>'
    f'<x:userId xmlns:x="{XROAD}">TH๑๒๓</x:userId><x:id xmlns:x="{XROAD}">4894</x:id>'
    f'<x:protocolVersion xmlns:x="{XROAD}">4.0</x:protocolVersion>'
)
HASH = f'<x:requestHash xmlns:x="{XROAD}" algorithmId="SHA-512">x</x:requestHash>'


def told(door, blocks):
    security = token("RD", door.passwords["RD"])
    return post(door, envelope(get_taxpayer(), security=blocks + security))


def canonical(block):
    return etree.tostring(block, method="c14n", exclusive=True, with_tail=False)


@pytest.mark.parametrize("extra", ["", HASH])
def test_its_headers_come_back_in_their_order_without_the_hash(door, extra):
    answer = etree.fromstring(told(door, BLOCKS + extra).content)
    sent = etree.fromstring(f"<a>{BLOCKS}</a>")
    header = answer.find(f"{{{SOAP11}}}Header")
    assert [canonical(block) for block in header] == [canonical(block) for block in sent]


def test_its_headers_come_back_with_a_fault_too(door):
    answer = post(door, envelope(get_taxpayer(), security=BLOCKS))
    assert fault_code(answer) == "Client.AuthenticationFailed"
    assert ">4894<" in answer.text


def test_its_service_must_be_the_operation_of_the_body(door):
    other = BLOCKS.replace(">GetTaxpayer<", ">SubmitVatSales<")
    assert fault_code(told(door, other)) == "Client.Malformed"
