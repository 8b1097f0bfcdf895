"""Letters of the accounts: posted with the change that causes them."""

import uuid
from typing import Any
from urllib.parse import urlsplit

from flask import after_this_request, current_app, render_template
from flask.typing import ResponseReturnValue
from flask_security import MailUtil

from excise import mail
from web.accounts.store import account_session
from web.clock import now


class Letters(MailUtil):
    """Flask-Security's letters in our words, through the same worker as all other mail."""

    def send_mail(
        self,
        template: str,
        subject: str,
        recipient: str,
        sender: str,
        body: str | None,
        html: str | None,
        **context: Any,
    ) -> None:
        """Post a letter in the transaction of this request, or in one of its own."""
        name = template.rpartition("/")[2]
        links = {key: _at_home(link) for key, link in context.items() if key.endswith("_link")}
        text = render_template(f"shared/security/_{name}.txt", **context | links)
        first, _, rest = text.partition("\n")
        letter = {"to": recipient, "subject": first, "body": rest.lstrip("\n")}
        key, at = f"account-{uuid.uuid4()}", now()
        session = account_session()
        session.at_commit.append(lambda writing: mail.post(writing, **letter, key=key, at=at))
        # Asking for a new password changes nothing else, so nothing else would commit.
        after_this_request(_commit)


def _at_home(link: str | None) -> str | None:
    """Return the link at the site's own address: the Host of a request can be anybody's."""
    if link is None:
        return None
    return (
        str(current_app.extensions["home_url"])
        + urlsplit(link)._replace(scheme="", netloc="").geturl()
    )


def _commit(response: Any) -> ResponseReturnValue:
    account_session().commit()
    return response  # type: ignore[no-any-return]
