"""The names of accounts, and what an entry is about."""

from flask_babel import gettext
from flask_babel import lazy_gettext as _

from excise.ledger.models import Account

ACCOUNTS = {
    Account.BANK: _("Bank"),
    Account.CASH: _("Cash at offices"),
    Account.CASH_DIFFERENCE: _("Cash short or over"),
    Account.RECEIVABLE: _("Owed by taxpayers"),
    Account.UNALLOCATED: _("Money that found no bill"),
    Account.PAYABLE_REFUND: _("To be paid back"),
    Account.PAYABLE_CREDIT: _("Credit of taxpayers"),
    Account.EXPENSE_INTEREST: _("Interest on refunds"),
    Account.WRITTEN_OFF: _("Given up as lost"),
    Account.REVENUE_EXCISE: _("Revenue: excise"),
    Account.REVENUE_PENALTY: _("Revenue: penalty"),
    Account.REVENUE_SURCHARGE: _("Revenue: surcharge"),
    Account.PAYABLE_LOCAL: _("Local tax to be handed on"),
    Account.PAYABLE_FUND: _("Contributions to be handed on to funds"),
}


def about(cause: str) -> str:
    """Return in words what an entry is about."""
    kind, _sep, which = cause.partition(":")
    told = which.replace(":", " ")
    words: dict[str, str] = {
        "return": gettext("Return %(which)s", which=told),
        "assessment": gettext("Assessment %(which)s", which=told),
        "payment": gettext("Money received %(which)s", which=told),
        "allocation": gettext("Payment %(which)s found its bill", which=told),
        "accrual": gettext("Surcharge by the day of payment, %(which)s", which=told),
        "credit": gettext("Credit given for %(which)s", which=told),
        "write-off": gettext("Debt given up, %(which)s", which=told),
        "reversal": gettext("Payment reversed, %(which)s", which=told),
        "resolution": gettext("Money resolved %(which)s", which=told),
        "deposit": gettext("Deposit %(which)s reached the bank", which=told),
        "cash-difference": gettext("Cash short or over, session %(which)s", which=told),
        "remittance": gettext("Handed on %(which)s", which=told),
        "refund": gettext("Money paid back %(which)s", which=told),
    }
    return words.get(kind, cause)
