"""The taxpayers' site."""

from flask import Flask
from flask_babel import lazy_gettext as _

from excise.config import Settings
from portal import (
    accounts,
    assessments,
    bills,
    calendar,
    changes,
    claims,
    delegations,
    discrepancies,
    documents,
    help,
    home,
    inbox,
    messages,
    products,
    receipts,
    registrations,
    returns,
    statement,
    stock,
    tariff,
)
from web import access, factory, navigation
from web.accounts import setup

# Pages that nobody needs to sign in for; every other page is closed.
PUBLIC = {
    *factory.PUBLIC,
    *setup.PUBLIC,
    "calendar.subscribed",
    "changes.index",
    "changes.show",
    "help.index",
    "help.show",
    "home.index",
    "inbox.index",
    "inbox.show",
    "documents.check",
    "documents.show",
    "tariff.index",
    "tariff.show",
    "tariff.calculation",
}
MENU = [
    navigation.Item("home.index", _("Home")),
    navigation.Item("messages.index", _("Messages"), signed_in=True, count=messages.waiting),
    navigation.Item("registrations.index", _("Registrations"), signed_in=True),
    navigation.Item("returns.index", _("Returns"), signed_in=True),
    navigation.Item("stock.index", _("Stock"), signed_in=True),
    navigation.Item("bills.index", _("Pay"), signed_in=True),
    navigation.Item("receipts.index", _("Receipts"), signed_in=True),
    navigation.Item("statement.index", _("Statement"), signed_in=True),
    navigation.Item("delegations.index", _("People"), signed_in=True),
    navigation.Item("tariff.index", _("Tax rates")),
    navigation.Item("account.index", _("Your account"), signed_in=True),
]
ROOMS = (
    home,
    inbox,
    messages,
    products,
    registrations,
    returns,
    assessments,
    discrepancies,
    bills,
    receipts,
    statement,
    stock,
    claims,
    delegations,
    calendar,
    documents,
    help,
    tariff,
    changes,
)


def create_app(settings: Settings) -> Flask:
    """Build the portal."""
    app = factory.create_base_app("portal", settings)
    accounts.init_app(app, settings)
    access.init_app(app, public=PUBLIC, can=accounts.may)
    navigation.init_app(app, MENU, service=_("Excise tax online"))
    help.init_app(app)
    for room in ROOMS:
        app.register_blueprint(room.bp)
    return app
