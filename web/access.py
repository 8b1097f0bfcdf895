"""Who may open which page: closed unless the site lists it as public."""

from collections.abc import Callable, Collection
from datetime import timedelta
from functools import wraps
from typing import Any, TypeVar, cast

from flask import Flask, current_app, flash, make_response, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_login import current_user
from flask_security.utils import check_and_update_authn_fresh

from excise.errors import NotAllowed

View = TypeVar("View", bound=Callable[..., Any])
FRESH = timedelta(minutes=15)


def requires(permission: str) -> Callable[[View], View]:
    """Let only those with the permission open the view; stands right above its `def`."""

    def mark(view: View) -> View:
        view.permission = permission  # type: ignore[attr-defined]
        return view

    return mark


def fresh(view: View) -> View:
    """Ask for the password again unless it was given in the last 15 minutes.

    For views that send, sign or pay.
    """

    @wraps(view)
    def guarded(*args: Any, **kwargs: Any) -> Any:
        if not check_and_update_authn_fresh(FRESH, timedelta(0), "session"):
            return ask_again()
        return view(*args, **kwargs)

    return cast(View, guarded)


def person_id() -> int:
    """Return who is signed in, as the domain knows them."""
    return int(current_user.person_id)


def ask_to_sign_in(*_: object, **__: object) -> ResponseReturnValue:
    """Send the visitor to the sign-in page, and back here afterwards."""
    return _send_to("security.login", gettext("Sign in to see this page."))


def ask_again(*_: object, **__: object) -> ResponseReturnValue:
    """Send the visitor to give the password once more, and back here afterwards."""
    return _send_to("security.verify", gettext("Confirm that it is you before you go on."))


def init_app(app: Flask, *, public: Collection[str], can: Callable[..., bool]) -> None:
    """Close every page but the `public` endpoints; `can` answers for permissions."""
    app.extensions["public_endpoints"] = frozenset(public)
    app.jinja_env.globals["can"] = can

    @app.before_request
    def guard() -> ResponseReturnValue | None:
        if request.endpoint is None or request.endpoint in app.extensions["public_endpoints"]:
            return None  # an address that does not exist is a 404 for everybody
        if not current_user.is_authenticated:
            return ask_to_sign_in()
        permission = permission_of(request.endpoint)
        if permission and not can(permission):
            raise NotAllowed("permission-missing", permission=permission)
        return None


def permission_of(endpoint: str) -> str | None:
    """Return the permission that a page asks for, None when being signed in is enough."""
    view = current_app.view_functions[endpoint]
    return cast("str | None", getattr(view, "permission", None))


def _send_to(endpoint: str, why: str) -> ResponseReturnValue:
    if request.headers.get("HX-Request"):  # never swap a sign-in page into a fragment
        page = request.headers.get("HX-Current-URL")
        return make_response("", 401, {"HX-Redirect": url_for(endpoint, next=page)})
    if request.path != "/":
        flash(why, "info")
    return redirect(url_for(endpoint, next=_here()))


def _here() -> str | None:
    if request.method in ("GET", "HEAD"):
        return request.full_path.rstrip("?") if request.path != "/" else None
    return request.referrer  # the form itself: a POST cannot be repeated by a redirect
