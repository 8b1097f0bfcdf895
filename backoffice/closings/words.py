"""What keeps a period from being closed, in words."""

from datetime import date

from flask_babel import gettext

from excise.closing.queries import Blocker
from excise.formats import date_text
from web.i18n import language


def blocker(found: Blocker) -> str:
    """Return the sentence for a blocker."""
    day = _day(found.value)
    words: dict[str, str] = {
        "not-over": gettext(
            "The period ends on %(day)s. It can be closed an hour after that day.", day=day
        ),
        "closed-already": gettext("It is closed already."),
        "days-open": gettext("Its days are not all closed: close the days first."),
        "month-open": gettext("The month that begins on %(day)s is not closed.", day=day),
        "receipts-differ": gettext("The receipts are not what the ledger settled."),
        "bank-differs": gettext("What the banks reported is not what the ledger has."),
        "proposals-open": gettext(
            "%(n)s proposals about money wait for a decision.", n=found.value
        ),
        "counters-open": gettext("%(n)s counters are not counted and taken over.", n=found.value),
        "cash-undeposited": gettext(
            "%(n)s deposits of counters have not reached the bank.", n=found.value
        ),
        "files-unreceived": gettext(
            "%(n)s files of banks are still being received.", n=found.value
        ),
        "documents-missing": gettext("%(n)s receipts have no document yet.", n=found.value),
    }
    return words[found.code]


def _day(value: str) -> str:
    try:
        return date_text(date.fromisoformat(value), language())
    except ValueError:
        return value
