"""Pages of the books."""

import csv
import io
from collections.abc import Iterator

from flask import Blueprint, Response, render_template, request, stream_with_context
from flask.typing import ResponseReturnValue

from backoffice.ledger import periods, words
from excise.ledger import queries
from excise.ledger.models import Account
from web.access import requires
from web.clock import today
from web.db import reading
from web.paging import page_of

bp = Blueprint("ledger", __name__, url_prefix="/ledger")


@bp.get("/")
@requires("ledger.view")
def index() -> ResponseReturnValue:
    """Show what each account had, what moved, and what it has."""
    period = periods.asked(request.args.get("period", ""), today())
    return render_template(
        "backoffice/ledger/index.html",
        period=period,
        offered=periods.offered(today()),
        standings=queries.standings(reading(), since=period.first, until=period.last),
        words=words,
    )


@bp.get("/journal")
@requires("ledger.view")
def journal() -> ResponseReturnValue:
    """Show the entries of a period, of all accounts or those that move one."""
    period = periods.asked(request.args.get("period", ""), today())
    chosen = request.args.get("account", "")
    account = Account(chosen) if chosen in set(Account) else None
    return render_template(
        "backoffice/ledger/journal.html",
        period=period,
        offered=periods.offered(today()),
        account=account,
        page=page_of(queries.entries(since=period.first, until=period.last, account=account)),
        words=words,
    )


@bp.get("/journal.csv")
@requires("ledger.view")
def journal_csv() -> ResponseReturnValue:
    """Hand out the whole journal of a period, line by line."""
    period = periods.asked(request.args.get("period", ""), today())
    headers = {"Content-Disposition": f'attachment; filename="journal-{period.code}.csv"'}
    lines = stream_with_context(_written(period))
    return Response(lines, mimetype="text/csv", headers=headers)


def _written(period: periods.Period) -> Iterator[str]:
    text = io.StringIO()
    table = csv.DictWriter(text, tuple(queries.Line.__annotations__))
    text.write("\ufeff")  # spreadsheets take it for another encoding otherwise
    table.writeheader()
    for line in queries.journal(reading(), since=period.first, until=period.last):
        table.writerow(vars(line))
        if text.tell() > 1 << 16:
            yield text.getvalue()
            text.seek(0)
            text.truncate()
    yield text.getvalue()
