"""From a template to PDF/A-3a and PDF/UA: the same content gives the same bytes."""

import datetime as dt
import hashlib
import io
import re
from collections.abc import Iterable
from functools import cache
from importlib.resources import files
from pathlib import Path
from threading import Lock
from typing import Any, NoReturn

import jinja2
from markupsafe import Markup  # noqa: TID251 - this room writes the documents' HTML
from weasyprint import CSS, HTML, Attachment
from weasyprint.css import ColorProfile
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import FatalURLFetchingError, URLFetcher

from excise import formats
from excise.config import shipped
from excise.documents.codes import code128_svg, data_uri, qr_svg
from excise.documents.conform import finish
from excise.errors import Invalid, Unavailable
from excise.periods import BANGKOK

VARIANT, COLOURS = "pdf/a-3a", "excise-srgb"
HERE = Path(__file__).parent
PDFUA = (HERE / "pdfua.xml").read_bytes()

_UNITS = "บาท|สตางค์|ลิตร|กรัม|มิลลิลิตร|กิโลกรัม|ขวด|ชิ้น|มวน|เดือน|วัน|น\\."
_WORDS = "มาตรา|ร้อยละ|เลขที่|ประเภทที่|พิกัด|หมู่|ข้อ|ฉบับที่|วันที่|จำนวน|พ\\.ศ\\.|ภส\\.|ตส\\.|โทร\\."
_TOGETHER = re.compile(
    rf"(?:{_WORDS}) [\d(][\w().,/-]*(?: (?:{_UNITS})(?![ก-ฮ]))?|\d[\d.,]* (?:{_UNITS})(?![ก-ฮ])"
)


class OfflineFetcher(URLFetcher):  # type: ignore[misc]  # WeasyPrint is untyped
    """Lets documents use what they carry and nothing else: no address, no file."""

    def fetch(self, url: str, headers: dict[str, str] | None = None) -> Any:
        """Open a data address; stop the document at any other."""
        return super().fetch(url, headers) if url.startswith("data:") else _refuse(url)


def _refuse(url: str) -> NoReturn:
    # Fatal: anything milder is logged, and the document appears with a hole.
    raise FatalURLFetchingError(f"documents carry all they show, refused {url[:80]}")


class Renderer:
    """Keeps fonts, style sheet and templates ready; one a process."""

    def __init__(self) -> None:
        """Read fonts and style sheet; raises Unavailable when the font was not built."""
        if not (HERE / "fonts" / "SarabunDoc-Regular.ttf").exists():
            raise Unavailable("document-font-missing")
        folder = shipped("templates") / "documents"
        self._lock = Lock()
        self._colours = {COLOURS: _colours()}
        self._fonts = FontConfiguration()
        self._styles = CSS(
            filename=folder / "base.css", base_url=f"{HERE}/", font_config=self._fonts
        )
        self._templates = _templates(folder)
        self._templates.globals |= {
            "emblem": data_uri((folder / "emblem.svg").read_text(encoding="utf-8")),
            "sample_mark": data_uri((folder / "sample.svg").read_text(encoding="utf-8")),
        }

    def pdf(
        self,
        template: str,
        *,
        issued_at: dt.datetime,
        attachments: Iterable[tuple[str, str, bytes]] = (),
        **content: object,
    ) -> bytes:
        """Fill a template and return the document.

        Attachments are (file name, description, content) of the data behind it.
        """
        html = self._templates.get_template(template).render(issued_at=issued_at, **content)
        files = [_attachment(*part, issued_at) for part in attachments]
        with self._lock:  # Pango's fonts serve one thread at a time
            return self._print(html, files)

    def _print(self, html: str, files: list[Attachment]) -> bytes:
        source = HTML(string=html, base_url="about:blank", url_fetcher=OfflineFetcher())
        try:
            document = source.render(
                stylesheets=[self._styles],
                font_config=self._fonts,
                color_profiles=self._colours,
                output_intent=COLOURS,
                pdf_variant=VARIANT,
            )
        except FatalURLFetchingError as error:
            raise Invalid("document-reaches-out") from error
        pdf: bytes = document.write_pdf(
            finisher=finish,
            output_intent=COLOURS,
            pdf_variant=VARIANT,
            xmp_metadata=[io.BytesIO(PDFUA)],
            attachments=files,
            pdf_identifier=hashlib.sha256(html.encode()).hexdigest()[:32].encode(),
        )
        return pdf


class _AsInFile(ColorProfile):  # type: ignore[misc]  # WeasyPrint is untyped
    """Embeds the profile's own bytes: written out again, they change once it has been used."""

    content = b""


def _colours() -> ColorProfile:
    """Load the sRGB profile once; WeasyPrint reads it per document and leaves the file open."""
    content = (files("weasyprint.pdf") / "sRGB2014.icc").read_bytes()
    components = (["r"], ["g"], ["b"])
    profile = _AsInFile(io.BytesIO(content), "sRGB2014.icc", "relative-colorimetric", components)
    profile.content = content
    return profile


def _attachment(name: str, description: str, content: bytes, at: dt.datetime) -> Attachment:
    return Attachment(
        string=content,
        name=name,
        description=description,
        created=at,
        modified=at,
        relationship="Data",
    )


def _templates(folder: Path) -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(folder),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(
        baht=formats.amount,
        words=formats.baht_text,
        date=lambda day, style="long": formats.date_text(day, "th", style),
        time=lambda at: f"{at.astimezone(BANGKOK):%H.%M} น.",
        w3c=lambda at: at.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        together=keep_together,
        tax_id=tax_id_text,
        qr=lambda text: data_uri(qr_svg(text)),
        code128=lambda text: data_uri(code128_svg(text)),
    )
    return environment


def keep_together(text: str) -> Markup:
    """Mark words that no line may part from their number.

    A non-breaking space does not hold them: Pango breaks Thai by dictionary.
    >>> keep_together("ตามมาตรา 140")
    Markup('ตาม<span class="nowrap">มาตรา 140</span>')
    """
    parts, end = [], 0
    for match in _TOGETHER.finditer(text):
        parts += [Markup.escape(text[end : match.start()]), _NOWRAP.format(match[0])]
        end = match.end()
    return Markup("").join([*parts, text[end:]])


def tax_id_text(tax_id: str) -> str:
    """Write a tax id in the groups people know; another number stays as it is.

    >>> tax_id_text("0105558096348")
    '0-1055-58096-34-8'
    """
    groups = re.fullmatch(r"(\d)(\d{4})(\d{5})(\d\d)(\d)", tax_id)
    return "-".join(groups.groups()) if groups else tax_id


_NOWRAP = Markup('<span class="nowrap">{}</span>')


@cache
def renderer() -> Renderer:
    """Return this process's renderer; the first call takes a second."""
    return Renderer()
