"""The local inbox: where mail lands when no mail server is set."""

import re
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes, policy
from pathlib import Path
from typing import cast

from flask import Blueprint, current_app, render_template
from flask.typing import ResponseReturnValue

from excise.config import Settings
from excise.errors import NotFound
from web.paging import page_in

bp = Blueprint("inbox", __name__, url_prefix="/inbox")
LINK = re.compile(r"(https?://\S+)")


@dataclass(frozen=True)
class Letter:
    """One letter as a page shows it; each paragraph is text and links by turns."""

    name: str
    to: str
    subject: str
    sent: datetime
    paragraphs: list[list[str]]


@bp.get("/")
def index() -> ResponseReturnValue:
    """List the letters, the newest first."""
    page = page_in(sorted(_folder().glob("*.eml"), reverse=True))
    letters = [_read(path) for path in page.rows]
    return render_template("portal/inbox/index.html", letters=letters, page=page)


@bp.get("/<name>")
def show(name: str) -> ResponseReturnValue:
    """Show one letter with its links."""
    path = next((each for each in _folder().glob("*.eml") if each.stem == name), None)
    if path is None:
        raise NotFound(what="letter", id=name)
    return render_template("portal/inbox/show.html", letter=_read(path))


def _folder() -> Path:
    settings = cast(Settings, current_app.extensions["settings"])
    if not settings.demo or settings.smtp_url:
        raise NotFound(what="inbox")  # real letters are for their readers only
    return settings.inbox


def _read(path: Path) -> Letter:
    mail = message_from_bytes(path.read_bytes(), policy=policy.default)
    return Letter(
        name=path.stem,
        to=mail["To"],
        subject=mail["Subject"],
        sent=mail["Date"].datetime,
        paragraphs=[LINK.split(line) for line in mail.get_content().splitlines() if line.strip()],
    )
