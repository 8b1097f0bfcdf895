"""A person's own account: what protects it, and where it is signed in."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_login import current_user

from web.access import fresh
from web.accounts import sessions

bp = Blueprint("account", __name__, url_prefix="/account")


@bp.get("/")
def index() -> ResponseReturnValue:
    """Show what protects the account."""
    return render_template("shared/account/index.html", account=current_user)


@bp.get("/devices")
def devices() -> ResponseReturnValue:
    """List the browsers that are signed in."""
    return render_template(
        "shared/account/devices.html",
        rows=sessions.rows_of(current_user.id),
        here=sessions.this_digest(),
        device_name=sessions.device_name,
    )


@bp.post("/devices/<int(max=2147483647):row_id>/end")
def end_device(row_id: int) -> ResponseReturnValue:
    """Sign one other browser out."""
    sessions.end_others(current_user.id, row_id=row_id)
    flash(gettext("That device is signed out."), "success")
    return redirect(url_for(".devices"))


@bp.post("/devices/end-others")
@fresh
def end_others() -> ResponseReturnValue:
    """Sign all other browsers out."""
    sessions.end_others(current_user.id)
    flash(gettext("All other devices are signed out."), "success")
    return redirect(url_for(".devices"))
