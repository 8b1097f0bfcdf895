"""Files as they leave the house: our documents, and what people sent us."""

from io import BytesIO
from typing import cast

from flask import Response, current_app, send_file

from excise.config import Settings
from excise.documents.models import Document
from excise.documents.store import Store


def store() -> Store:
    """Return where the site keeps its files."""
    return Store(cast(Settings, current_app.extensions["settings"]).documents)


def hand_back(name: str, sha256: str) -> Response:
    """Return a file that somebody sent, never to be shown in the page."""
    return send_file(
        BytesIO(store().get(sha256)),
        mimetype="application/octet-stream",
        as_attachment=True,
        download_name=name,
    )


def hand_out(made: Document) -> Response:
    """Return a document: it never changes, so a browser may keep it."""
    headers = {
        "Content-Disposition": f'attachment; filename="{made.number}.pdf"',
        "Cache-Control": "private, max-age=31536000, immutable",
        "ETag": f'"{made.sha256}"',
    }
    content = store().get(made.sha256)
    return Response(content, mimetype="application/pdf", headers=headers)
