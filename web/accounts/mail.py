"""Letters of the accounts: posted with the change that causes them."""

import uuid
from typing import Any

from flask import after_this_request, render_template
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
        text = render_template(f"shared/security/_{name}.txt", **context)
        first, _, rest = text.partition("\n")
        letter = {"to": recipient, "subject": first, "body": rest.lstrip("\n")}
        key, at = f"account-{uuid.uuid4()}", now()
        session = account_session()
        session.at_commit.append(lambda writing: mail.post(writing, **letter, key=key, at=at))
        # Asking for a new password changes nothing else, so nothing else would commit.
        after_this_request(_commit)


def _commit(response: Any) -> ResponseReturnValue:
    account_session().commit()
    return response  # type: ignore[no-any-return]
