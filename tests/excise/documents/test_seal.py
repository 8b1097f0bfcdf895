import datetime as dt
import io
import stat
from dataclasses import replace

import pytest
from pyhanko.pdf_utils.reader import PdfFileReader

from excise.config import from_environment
from excise.documents import seal as seals
from excise.documents.receipt_pdf import render_receipt
from excise.documents.seal import Seal, make_demo_seal, seal_of
from excise.errors import Unavailable
from tests.excise.documents.samples import ISSUED, receipt

AT = dt.datetime(2026, 11, 22, 4, 0, tzinfo=dt.UTC)


@pytest.fixture(scope="module")
def secrets_folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("data") / "secrets"
    make_demo_seal(folder, at=ISSUED)
    return folder


@pytest.fixture(scope="module")
def seal(secrets_folder):
    path, passphrase = make_demo_seal(secrets_folder, at=ISSUED)
    return Seal(path.read_bytes(), passphrase)


@pytest.fixture(scope="module")
def pdf():
    return render_receipt(
        receipt(1), verify_url="https://e.example/v/1/2", code="0" * 12, register_seq=1
    )


@pytest.fixture(scope="module")
def sealed(seal, pdf):
    return seal.sign(pdf, reason="ออกใบเสร็จรับเงิน", at=AT)


def test_a_sealed_document_is_recognised(seal, sealed, pdf):
    assert seal.is_on(sealed)
    assert not seal.is_on(pdf)
    assert not seal.is_on(b"not a document")


def test_any_changed_byte_of_the_content_is_found(seal, sealed, pdf):
    for place in range(100, len(pdf), len(pdf) // 10):
        tampered = bytearray(sealed)
        tampered[place] ^= 1
        assert not seal.is_on(bytes(tampered)), place


def test_nothing_may_be_added_after_the_seal(seal, sealed):
    assert not seal.is_on(sealed + b"\n% more\n")


def test_a_stranger_s_seal_is_not_ours(sealed, tmp_path):
    path, passphrase = make_demo_seal(tmp_path, at=ISSUED)
    assert not Seal(path.read_bytes(), passphrase).is_on(sealed)


def test_the_time_of_the_seal_is_the_time_given(sealed):
    [signature] = PdfFileReader(io.BytesIO(sealed)).embedded_signatures
    assert signature.self_reported_timestamp == AT
    assert signature.sig_object["/SubFilter"] == "/ETSI.CAdES.detached"


def test_the_seal_leaves_the_archive_metadata_whole(sealed):
    # pyHanko alone would turn the addresses in it into links.
    reader = PdfFileReader(io.BytesIO(sealed))
    metadata = reader.root["/Metadata"].data.decode()
    assert 'namespaceURI="http://www.aiim.org/pdfua/ns/id/"' in metadata
    assert "rdf:resource" not in metadata


def test_the_demo_seal_is_made_once_and_only_we_may_read_it(secrets_folder):
    before = {path.name: path.read_bytes() for path in secrets_folder.iterdir()}
    make_demo_seal(secrets_folder, at=AT)
    assert {path.name: path.read_bytes() for path in secrets_folder.iterdir()} == before
    assert len(before) == 2
    assert {stat.S_IMODE(path.stat().st_mode) for path in secrets_folder.iterdir()} == {0o600}


def test_the_seal_that_is_set_is_the_one_used(secrets_folder, seal, sealed):
    settings = from_environment({"EXCISE_DATA": str(secrets_folder.parent / "other")})
    path, passphrase = make_demo_seal(secrets_folder, at=AT)
    chosen = replace(settings, seal_pkcs12=str(path), seal_passphrase=passphrase.decode())
    assert seal_of(chosen, at=AT).is_on(sealed)
    assert seal_of(chosen, at=AT) is seal_of(chosen, at=AT)
    own = replace(settings, data=secrets_folder.parent)
    assert seal_of(own, at=AT).is_on(sealed)


def test_a_wrong_passphrase_or_file_is_unavailable(secrets_folder, tmp_path):
    path, _ = make_demo_seal(secrets_folder, at=AT)
    with pytest.raises(Unavailable):
        Seal(path.read_bytes(), b"wrong")
    settings = from_environment({"EXCISE_DATA": str(tmp_path)})
    with pytest.raises(Unavailable):
        seal_of(replace(settings, seal_pkcs12=str(tmp_path / "none.p12")), at=AT)


def test_the_key_is_parsed_once(seal, pdf, monkeypatch):
    seal.sign(pdf, reason="1", at=AT)
    monkeypatch.setattr(seals.serialization, "load_der_private_key", None)
    assert seal.is_on(seal.sign(pdf, reason="2", at=AT))
