"""What went wrong, as a page: what happened, what was kept, what to do."""

import logging
from dataclasses import dataclass

import sqlalchemy as sa
from flask import Flask, current_app, g, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _
from flask_babel.speaklater import LazyString
from flask_login import AnonymousUserMixin
from flask_wtf.csrf import CSRFError
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.exceptions import HTTPException

from excise import metrics
from excise.db import is_outage
from excise.errors import Conflict, ExciseError, Invalid, NotAllowed, NotFound, Unavailable
from web.logs import request_id
from web.messages import message_for

LOG = logging.getLogger("excise.web")
STATUS: dict[type[ExciseError], int] = {
    NotFound: 404,
    NotAllowed: 403,
    Invalid: 422,
    Conflict: 409,
    Unavailable: 503,
}


@dataclass(frozen=True)
class Page:
    """The words of an error page: heading, what happened, what to do."""

    title: LazyString
    what: LazyString
    next: LazyString


PAGES = {
    400: Page(
        _("We could not read that request"),
        _("The address or the form was not complete."),
        _("Go back, load the page again and send the form once more."),
    ),
    403: Page(
        _("You may not open this page"),
        _("You are signed in, but this is not yours to see or to do."),
        _("If you think it should be, ask the person who manages access."),
    ),
    404: Page(
        _("Page not found"),
        _("There is nothing at this address, or it is not yours to see."),
        _("Check the address, or start from the first page."),
    ),
    405: Page(
        _("This page cannot be opened like that"),
        _("The address exists, but only a form may send something to it."),
        _("Start from the first page."),
    ),
    409: Page(
        _("This cannot be done now"),
        _("The record is no longer in the state that you saw."),
        _("Go back, load the page again and look at the present state."),
    ),
    413: Page(
        _("That is too large"),
        _("What you sent is larger than we can take at once. Nothing was saved."),
        _("Split the file into smaller ones and send them one by one."),
    ),
    422: Page(
        _("Something in it is not right"),
        _("What was entered breaks a rule. Nothing was saved."),
        _("Go back, correct it and send it again."),
    ),
    429: Page(
        _("Too many requests"),
        _("There were too many requests from your address in a short time."),
        _("Wait a minute and try again. What you saved before is safe."),
    ),
    500: Page(
        _("Sorry, there is a fault on our side"),
        _("We have recorded the fault. What you sent a moment ago was not saved."),
        _("Try again later. If it happens again, tell us the reference below."),
    ),
    503: Page(
        _("Sorry, the service is not available now"),
        _("We could not reach our records. What you sent a moment ago was not saved."),
        _("Try again in a few minutes. What you saved before is safe."),
    ),
}
LATER = {"Retry-After": "30"}  # seconds, for programs; people are told in words
FORM_TOO_OLD = Page(
    _("The form was open too long"),
    _("You signed in or out since you opened it, so we could not be sure that it came from you."),
    _("Nothing was saved. Go back, copy what you typed, load the page again and send it."),
)


def init_app(app: Flask) -> None:
    """Answer every error with a page; none of them touches the database."""
    app.register_error_handler(ExciseError, show_domain_error)
    app.register_error_handler(sa.exc.SQLAlchemyError, show_database_error)
    app.register_error_handler(OSError, show_database_error)
    app.register_error_handler(StaleDataError, show_overtaken)
    app.register_error_handler(CSRFError, lambda _error: _show(400, FORM_TOO_OLD))
    app.register_error_handler(HTTPException, show_http_error)
    app.register_error_handler(500, show_fault)
    app.log_exception = lambda exc_info: None  # type: ignore[method-assign]  # they log it


def show_domain_error(error: ExciseError) -> ResponseReturnValue:
    """Show what a rule of the domain said."""
    status = next(code for kind, code in STATUS.items() if isinstance(error, kind))
    later = LATER if status == 503 else None
    return _show(status, PAGES[status], said=message_for(error), headers=later)


def show_database_error(error: sa.exc.SQLAlchemyError | OSError) -> ResponseReturnValue:
    """Tell a database or a disk that is away from a fault of ours."""
    if is_outage(error):
        LOG.error("database away", exc_info=error)
        metrics.outages.labels(current_app.name).inc()
        return _show(503, PAGES[503], headers=LATER)
    if isinstance(error, sa.exc.IntegrityError) and "unique" in str(error.orig).lower():
        return show_overtaken(error)
    LOG.error("fault", exc_info=error)
    return _show(500, PAGES[500])


def show_overtaken(error: Exception) -> ResponseReturnValue:
    """Say that somebody else was a moment earlier."""
    LOG.warning("overtaken", exc_info=error)
    return show_domain_error(Conflict("changed-meanwhile"))


def show_http_error(error: HTTPException) -> ResponseReturnValue:
    """Show what HTTP itself says: not found, too large, too many."""
    status = error.code or 500
    if status < 400:
        return error  # a redirect to the right form of the address
    page = PAGES.get(status, PAGES[500 if status >= 500 else 400])
    kept = [
        (name, value) for name, value in error.get_headers() if name in ("Allow", "Retry-After")
    ]
    return _show(status, page, headers=dict(kept))


def show_fault(error: Exception) -> ResponseReturnValue:
    """Answer what nobody expected; a failing COMMIT arrives here too."""
    original = getattr(error, "original_exception", None)
    if isinstance(original, ExciseError):
        return show_domain_error(original)
    if isinstance(original, StaleDataError):
        return show_overtaken(original)
    if isinstance(original, sa.exc.SQLAlchemyError | OSError):
        return show_database_error(original)
    LOG.error("fault", exc_info=original or error)
    return _show(500, PAGES[500])


def _show(
    status: int, page: Page, *, said: str | None = None, headers: dict[str, str] | None = None
) -> ResponseReturnValue:
    if status >= 500:
        # Whoever is signed in stands in the database that has just failed us.
        g._login_user = AnonymousUserMixin()
    if request.headers.get("HX-Request"):
        return render_template("shared/_error.html", page=page, said=said), status, headers or {}
    text = render_template(
        "shared/error.html", page=page, said=said, status=status, reference=request_id()
    )
    return text, status, headers or {}
