"""Finished documents as they leave the house."""

from typing import cast

from flask import Response, current_app

from excise.config import Settings
from excise.documents.models import Document
from excise.documents.store import Store


def hand_out(made: Document) -> Response:
    """Return a document: it never changes, so a browser may keep it."""
    settings = cast(Settings, current_app.extensions["settings"])
    headers = {
        "Content-Disposition": f'attachment; filename="{made.number}.pdf"',
        "Cache-Control": "private, max-age=31536000, immutable",
        "ETag": f'"{made.sha256}"',
    }
    content = Store(settings.documents).get(made.sha256)
    return Response(content, mimetype="application/pdf", headers=headers)
