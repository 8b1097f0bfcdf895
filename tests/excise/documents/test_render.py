import io
import threading

import pytest
from pyhanko.pdf_utils.reader import PdfFileReader
from weasyprint.urls import FatalURLFetchingError

from excise.documents import font, render
from excise.documents.codes import code128_svg, qr_svg
from excise.documents.receipt_pdf import render_receipt
from excise.documents.render import OfflineFetcher, Renderer, keep_together
from excise.errors import Invalid, Unavailable
from tests.excise.documents.samples import receipt


@pytest.fixture(scope="module")
def catalogue():
    pdf = render_receipt(
        receipt(24), verify_url="https://e.example/v/1/2", code="0" * 12, register_seq=1
    )
    return PdfFileReader(io.BytesIO(pdf)).root


def elements(node):
    """Walk the structure tree: what a screen reader reads."""
    children = node.get("/K", [])
    for child in children if isinstance(children, list) else [children]:
        child = child.get_object()
        if hasattr(child, "get") and "/S" in child:
            yield child
            yield from elements(child)


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:1/x", "https://e.example/", "file:///etc/passwd", "FTP://e.example"]
)
def test_a_document_can_open_no_address_and_no_file(url):
    with pytest.raises(FatalURLFetchingError):
        OfflineFetcher().fetch(url)


def test_a_document_that_reaches_out_is_not_made():
    renderer = render.renderer()
    for html in (
        "<img src=file:///etc/hostname alt=x>",
        "<style>@import 'http://e.example/x'</style>",
    ):
        with pytest.raises(Invalid) as refused:
            renderer._print(html, [])
        assert refused.value.reason == "document-reaches-out"


def test_data_addresses_still_open():
    assert OfflineFetcher().fetch("data:text/plain,excise").read() == b"excise"


def test_the_metadata_is_one_packet_that_claims_both_standards(catalogue):
    metadata = catalogue["/Metadata"].data.decode()
    assert metadata.count("<rdf:RDF") == 1
    for claim in ('pdfaid:part="3"', 'pdfaid:conformance="A"', "<pdfuaid:part>1<"):
        assert claim in metadata
    assert catalogue["/OutputIntents"][0]["/S"] == "/GTS_PDFA1"
    assert catalogue["/Lang"] == "th"


def test_each_attachment_is_named_once_as_data(catalogue):
    references = [str(item) for item in catalogue["/AF"]]
    assert len(references) == len(set(references)) == 1
    assert catalogue["/AF"][0]["/AFRelationship"] == "/Data"


def test_table_heads_say_what_they_head(catalogue):
    scopes = {
        element["/A"]["/Scope"]
        for element in elements(catalogue["/StructTreeRoot"])
        if element["/S"] == "/TH"
    }
    assert scopes == {"/Column", "/Row"}


def test_page_numbers_are_not_read_aloud(catalogue):
    for page in catalogue["/Pages"]["/Kids"]:
        assert page.get_object()["/Contents"].data.count(b"/Pagination") == 2


def test_the_reading_order_begins_with_the_title(catalogue):
    kinds = [element["/S"] for element in elements(catalogue["/StructTreeRoot"])]
    assert kinds.count("/H1") == 1
    figures = [e for e in elements(catalogue["/StructTreeRoot"]) if e["/S"] == "/Figure"]
    assert len(figures) == 2
    assert all(figure["/Alt"] for figure in figures)


def test_threads_take_turns():
    wanted = render_receipt(receipt(1), verify_url="u", code="0" * 12, register_seq=1)
    made = []
    threads = [
        threading.Thread(
            target=lambda: made.append(
                render_receipt(receipt(1), verify_url="u", code="0" * 12, register_seq=1)
            )
        )
        for _ in range(3)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert made == [wanted] * 3


def test_words_stay_with_their_numbers_and_text_stays_text():
    text = keep_together("<b> ตามมาตรา 140 จำนวน 12,345.50 ลิตร พิกัด 01.02(4)")
    assert text.startswith("&lt;b&gt; ตาม")
    for words in ("มาตรา 140", "จำนวน 12,345.50 ลิตร", "พิกัด 01.02(4)"):
        assert f'<span class="nowrap">{words}</span>' in text


def test_a_missing_font_stops_the_first_document(monkeypatch, tmp_path):
    monkeypatch.setattr(render, "HERE", tmp_path)
    with pytest.raises(Unavailable):
        Renderer()


def test_the_font_is_derived_the_same_each_time(tmp_path):
    font.build(tmp_path / "fonts")
    built = {path.name: path.read_bytes() for path in (tmp_path / "fonts").iterdir()}
    fonts = {f"SarabunDoc-{name}.ttf" for name in ("Regular", "Bold", "Italic")}
    assert set(built) == fonts | {"OFL.txt"}
    assert b"SIL OPEN FONT LICENSE" in built["OFL.txt"].upper()
    shipped = render.HERE / "fonts"
    assert built == {name: (shipped / name).read_bytes() for name in built}


def test_an_untried_font_is_refused(tmp_path, monkeypatch):
    monkeypatch.setitem(font.SOURCES, "Regular", (400, "normal", "0" * 64))
    with pytest.raises(ValueError, match="not the file that was tested"):
        font.build(tmp_path)


@pytest.mark.parametrize("draw", [qr_svg, code128_svg])
def test_drawings_pass_a_strict_content_security_policy(draw):
    svg = draw("https://e.example", 'ตรวจ "สอบ" <ใบเสร็จ>')
    assert svg.startswith("<svg ")
    for forbidden in ("style", "<?xml", "<!DOCTYPE", " id=", "<script"):
        assert forbidden not in svg
    assert 'role="img" aria-label="ตรวจ &quot;สอบ&quot; &lt;ใบเสร็จ&gt;"' in svg
    assert 'aria-hidden="true"' in draw("1")
