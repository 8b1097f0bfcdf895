"""The published contracts: frozen, complete, in agreement with our types, readable anywhere."""

import hashlib
import io
import shutil
from importlib import import_module

import pytest
import zeep
from hypothesis import given
from hypothesis import strategies as st

from exchange.binder import collapsed, decode, encode
from exchange.catalogue import _catalogue, rejection
from exchange.contract import FOLDER, Contract, ContractBroken, _parsed
from exchange.messages import third_party_data
from exchange.messages.frame import ServiceFault, Violation
from exchange.offered import SERVICES
from excise.agencies.rules import RIGHTS
from excise.evidence.codes import CODES

NAMES = [service.name for service in SERVICES]
# What others have built on never changes: a new version gets a new name.
FROZEN = {
    "document": "2f9d75c53192dc530cb7a5b3ca75317f87ebb381f5393e356b2d0fbc71d24bd8",
    "filing": "5b9c027930b729b675c86447a84464b59c6e74811fae350d8981e1841a515fdc",
    "payment": "706430afbd9ff7521afa79e9bc4c5cc025b58793749d8972d791507333de2277",
    "taxpayer-registry": "121f3f7a4e4deecfe87279bea9788689bbc08842b8c11929c428f3939f525547",
    "third-party-data": "0d595894bc0aa35ffeb3589737d8cac81a0b5819573cae64d8b4ce2146c0df87",
}


@pytest.mark.parametrize("service", SERVICES, ids=NAMES)
def test_a_published_contract_never_changes(service):
    published = service.contract().wsdl("https://exchange.example.org")
    assert hashlib.sha256(published).hexdigest() == FROZEN[service.name]


@pytest.mark.parametrize("service", SERVICES, ids=NAMES)
def test_a_client_reads_the_contract_from_its_one_file(service):
    contract = service.contract()
    client = zeep.Client(
        io.BytesIO(contract.wsdl("https://exchange.example.org")),
        settings=zeep.Settings(strict=True, forbid_external=True),
    )
    bindings = list(client.wsdl.bindings.values())
    assert [b.name.text[-2:] for b in bindings] == ["11", "12"]
    ours = {each.name: each.action for each in contract.operations.values()}
    for binding in bindings:
        theirs = {each.name: each.soapaction for each in binding._operations.values()}
        assert theirs == ours
        for operation in binding.port_type.operations.values():
            assert list(operation.fault_messages) == ["ServiceFault"]
    (offered,) = client.wsdl.services.values()
    for port in offered.ports.values():
        address = port.binding_options["address"]
        assert address == f"https://exchange.example.org/ws/{service.name}/v1"


def test_every_operation_is_a_right_that_agencies_can_be_given():
    offered = [op.right for each in SERVICES for op in each.contract().operations.values()]
    assert sorted(offered) == sorted(RIGHTS)


def test_every_operation_has_its_function():
    for service in SERVICES:
        names = {each.name for each in service.contract().operations.values()}
        assert names == set(service.serve)


CHANGES = {
    "another name": ('name="taxId"', 'name="taxID"'),
    "another order": (
        '<xs:element name="taxId" type="TaxId"/>\n    <xs:element name="nameTh" type="Text"/>',
        '<xs:element name="nameTh" type="Text"/>\n    <xs:element name="taxId" type="TaxId"/>',
    ),
    "optional": ('name="province" type="Text"', 'name="province" type="Text" minOccurs="0"'),
    "required": ('name="nameEn" type="Text" minOccurs="0"', 'name="nameEn" type="Text"'),
    "many": ('name="province" type="Text"', 'name="province" type="Text" maxOccurs="2"'),
    "another type": ('name="since" type="Date"', 'name="since" type="Moment"'),
    "a number": ('name="name" type="Text"', 'name="name" type="Count"'),
    "a value more": (
        '<xs:enumeration value="FACTORY"/>',
        '<xs:enumeration value="FACTORY"/><xs:enumeration value="FARM"/>',
    ),
    "an element more": (
        '<xs:element name="since"',
        '<xs:element name="until" type="Date"/><xs:element name="since"',
    ),
}


@pytest.mark.parametrize("change", CHANGES)
def test_the_exchange_does_not_start_on_a_contract_its_types_do_not_fit(tmp_path, change):
    folder = tmp_path / "contracts"
    shutil.copytree(FOLDER, folder)
    path = folder / "taxpayer-registry-v1.xsd"
    old, new = CHANGES[change]
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))
    with pytest.raises(ContractBroken):
        Contract("taxpayer-registry", import_module("exchange.messages.taxpayer_registry"), folder)


TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff"))


@given(st.lists(TEXT.map(collapsed), min_size=10, max_size=10), st.booleans())
def test_what_is_written_is_read_again(texts, has_product):
    names = list(third_party_data.SaleRecord.__dataclass_fields__)
    told = dict(zip([name for name in names if name != "product_code"], texts, strict=True))
    record = third_party_data.SaleRecord(**told, product_code="x" if has_product else None)
    element = _parsed(encode(record, "urn:x").encode())
    assert decode(element, third_party_data.SaleRecord, "urn:x") == record


def test_what_no_xml_can_hold_is_written_as_a_mark():
    fault = ServiceFault(
        code="x",
        correlation_id="x",
        retryable=False,
        message_th="",
        message_en="",
        violation=(Violation(line=3, message="a\x00b\ud800c"),),
    )
    element = _parsed(encode(fault, "urn:x").encode())
    assert element.findtext("{*}violation/{*}message") == "a\ufffdb\ufffdc"
    assert decode(element, ServiceFault, "urn:x").violation[0].line == 3


def test_every_code_speaks_both_languages():
    for section in ("faults", "codes"):
        for code, words in _catalogue()[section].items():
            assert words["th"] != words["en"], code
            assert any("\u0e00" <= letter <= "\u0e7f" for letter in words["th"]), code
    assert set(_catalogue()["domain"].values()) <= set(_catalogue()["codes"])
    assert {str(code.number) for code in CODES.values()} <= set(_catalogue()["codes"])


def test_a_domain_error_without_a_code_of_its_own_gets_that_of_its_kind():
    from excise.errors import Conflict, Invalid, NotAllowed, NotFound

    told = {
        Invalid("tax-id-format", field="tax_id"): "2005",
        Invalid("something"): "2000",
        Conflict("something"): "5000",
        NotFound(what="x"): "3003",
        NotAllowed("x"): "1002",
    }
    for error, code in told.items():
        assert rejection(error).problem.code == code


def test_what_makes_a_message_the_same_never_changes():
    """Answers are kept for years: a new release must know an old message again."""
    from exchange.calls import digest_of
    from exchange.messages.payment import NotifyPayment

    namespace = "urn:th:excise:exchange:payment:v1"
    payload = (
        f'<NotifyPayment xmlns="{namespace}"><header>'
        "<messageId>6b0ed5a2-5b43-4b6e-8a2e-0f8f4d0b1111</messageId>"
        "<senderAgency>KTB</senderAgency><senderSystem>core</senderSystem><userId>ก</userId>"
        "<purpose><legalBasis>พ.ร.บ.</legalBasis></purpose><sentAt>2026-11-10T00:00:00Z</sentAt>"
        "<protocolVersion>1.0</protocolVersion></header><bankCode>KTB</bankCode>"
        "<transactionId>1</transactionId><paidAt>2026-11-10T09:00:00+07:00</paidAt>"
        "<amount>100.00</amount><ref1>1</ref1><ref2>2</ref2><channel>qr</channel></NotifyPayment>"
    )
    request = decode(_parsed(payload.encode()), NotifyPayment, namespace)
    assert digest_of(request, namespace) == (
        "9518e7073825107a2b98c062412eb825cd75dd1096def08d0b658f6811cc0602"
    )
