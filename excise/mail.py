"""Mail: written in the transaction that causes it, sent by the worker afterwards."""

import smtplib
from collections.abc import Mapping
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from sqlalchemy.orm import Session

from excise import work
from excise.config import Settings, shipped

_REFUSED_FOR_GOOD = 500  # RFC 5321, 4.2.1


def tell(
    session: Session, *, to: str, template: str, facts: Mapping[str, str], key: str, at: datetime
) -> None:
    """Post the letter templates/email/<template>.txt: its first line is the subject."""
    subject, _, body = written(template, facts).partition("\n")
    post(session, to=to, subject=subject, body=body.lstrip("\n"), key=key, at=at)


def written(template: str, facts: Mapping[str, str]) -> str:
    """Return the letter as `tell` posts it, the subject in its first line."""
    return _letters().get_template(f"{template}.txt").render(facts)


def post(session: Session, *, to: str, subject: str, body: str, key: str, at: datetime) -> None:
    """Send a letter once this transaction commits; the same key is sent once."""
    letter = {"to": to, "subject": subject, "body": body, "key": key, "at": at.isoformat()}
    work.enqueue(session, "mail.send", key, letter, priority=work.Priority.LATER)


@cache
def _letters() -> Environment:
    return Environment(  # noqa: S701  # plain text: there is nothing to escape
        loader=FileSystemLoader(shipped("templates") / "email"),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


@work.workflow("mail.send")
def send(letter: dict[str, str]) -> None:
    """Hand the letter to the SMTP server, or to the local inbox when none is set."""
    work.outside(deliver, letter)


def deliver(letter: dict[str, str]) -> None:
    """Deliver once; a repeat carries the same Message-ID, or replaces the same file."""
    settings = work.settings()
    message = _message(letter, settings)
    if settings.smtp_url:
        _hand_over(message, settings.smtp_url)
    else:
        settings.inbox.mkdir(parents=True, exist_ok=True)
        _file_name(settings, letter).write_bytes(message.as_bytes())


def _message(letter: dict[str, str], settings: Settings) -> EmailMessage:
    message = EmailMessage()
    message["From"], message["To"] = settings.mail_sender, letter["to"]
    message["Subject"] = letter["subject"]
    message["Date"] = format_datetime(datetime.fromisoformat(letter["at"]))
    domain = settings.mail_sender.partition("@")[2]
    message["Message-ID"] = f"<{_plain(letter['key'])}@{domain}>"
    message.set_content(letter["body"])
    return message


def _plain(key: str) -> str:
    return "".join(c if c.isascii() and c.isalnum() else "-" for c in key)


def _file_name(settings: Settings, letter: dict[str, str]) -> Path:
    return settings.inbox / f"{letter['at'][:19].replace(':', '')}-{_plain(letter['key'])}.eml"


def _hand_over(message: EmailMessage, smtp_url: str) -> None:
    address = urlsplit(smtp_url)
    kind = smtplib.SMTP_SSL if address.scheme == "smtps" else smtplib.SMTP
    with kind(address.hostname or "localhost", address.port or 0, timeout=30) as server:
        if address.username:
            server.login(address.username, address.password or "")
        try:
            server.send_message(message)
        except smtplib.SMTPRecipientsRefused as refusal:
            codes = [code for code, _ in refusal.recipients.values()]
            if all(code >= _REFUSED_FOR_GOOD for code in codes):
                raise work.Hopeless(f"the address is refused: {codes}") from None
            raise
