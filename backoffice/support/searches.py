"""What people looked for in the help in vain."""

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from backoffice.accounts import officer
from backoffice.support.views import bp
from excise.knowledge.actions import close_vain, vain_searches
from web.access import requires
from web.clock import now
from web.db import transaction
from web.paging import page_of


@bp.get("/searches")
@requires("problem.answer")
def searches() -> ResponseReturnValue:
    """List what is open, the most often looked for first."""
    return render_template("backoffice/support/searches.html", page=page_of(vain_searches()))


@bp.post("/searches/<int(max=2147483647):search_id>/close")
@requires("problem.answer")
def close_search(search_id: int) -> ResponseReturnValue:
    """Tick words off."""
    with transaction() as session:
        close_vain(session, search_id=search_id, officer_id=officer().id, at=now())
    flash(gettext("Ticked off. Looked for again, it comes back."), "success")
    return redirect(url_for(".searches"), 303)
