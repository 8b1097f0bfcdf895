"""Drawings of QR codes and barcodes, for pages and for documents.

The drawing is one path with presentation attributes only, so that it passes
a content security policy without inline styles.
"""

import base64
import re
from html import escape

import zxingcpp

_PATH = re.compile(r'<path d="([^"]+)"')
_SIZE = re.compile(r'<svg width="(\d+)" height="(\d+)"')


def qr_svg(text: str, label: str = "") -> str:
    """Draw a QR code; `label` tells people who cannot see it what it is for."""
    return _drawing(
        zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode, ec_level="M"), label
    )


def code128_svg(text: str, label: str = "") -> str:
    """Draw a Code 128 barcode, quiet zones included, without the text under it."""
    return _drawing(zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.Code128), label)


def data_uri(svg: str) -> str:
    """Return a drawing as an address that documents may embed."""
    return "data:image/svg+xml;base64," + base64.b64encode(svg.encode()).decode()


def _drawing(barcode: zxingcpp.Barcode, label: str) -> str:
    # The library's own file has a document type and an id that would repeat on a page.
    raw = barcode.to_svg(scale=1, add_hrt=False, add_quiet_zones=True)
    [path], [(width, height)] = _PATH.findall(raw), _SIZE.findall(raw)
    role = f'role="img" aria-label="{escape(label)}"' if label else 'aria-hidden="true"'
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}"'
        f' shape-rendering="crispEdges" {role}>'
        f'<path fill="#fff" d="M0 0h{width}v{height}H0z"/><path d="{path}"/></svg>'
    )
