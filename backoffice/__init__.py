"""The officers' site."""

from flask import Flask
from flask_babel import lazy_gettext as _

from backoffice import (
    accounts,
    assessments,
    cases,
    claims,
    closings,
    corrections,
    counter,
    evidence,
    findings,
    home,
    ledger,
    payments,
    registrations,
    remittances,
    resolutions,
    returns,
    support,
    tariff,
    tuning,
    work,
)
from excise.config import Settings
from web import access, factory, navigation
from web.accounts import setup

# Pages that nobody needs to sign in for; every other page is closed.
PUBLIC = {*factory.PUBLIC, *setup.PUBLIC}
MENU = [
    navigation.Item("home.index", _("Home"), signed_in=True),
    navigation.Item("registrations.index", _("Registrations"), signed_in=True),
    navigation.Item("returns.index", _("Returns"), signed_in=True),
    navigation.Item("payments.index", _("Payments"), signed_in=True),
    navigation.Item("counter.index", _("Counter"), signed_in=True),
    navigation.Item("ledger.index", _("Ledger"), signed_in=True),
    navigation.Item("cases.index", _("Discrepancies"), signed_in=True),
    navigation.Item("assessments.index", _("Assessments"), signed_in=True),
    navigation.Item("claims.index", _("Claims"), signed_in=True),
    navigation.Item("evidence.index", _("Data from others"), signed_in=True),
    navigation.Item("tuning.index", _("Rules"), signed_in=True),
    navigation.Item("support.index", _("Reports"), signed_in=True),
    navigation.Item("tariff.index", _("Tariff"), signed_in=True),
    navigation.Item("work.index", _("Work of the system"), signed_in=True),
    navigation.Item("account.index", _("Your account"), signed_in=True),
]
ROOMS = (
    home,
    registrations,
    returns,
    payments,
    resolutions,
    corrections,
    ledger,
    closings,
    remittances,
    counter,
    evidence,
    cases,
    findings,
    assessments,
    claims,
    tuning,
    tariff,
    support,
    work,
)


def create_app(settings: Settings) -> Flask:
    """Build the back office."""
    app = factory.create_base_app("backoffice", settings)
    accounts.init_app(app, settings)
    access.init_app(app, public=PUBLIC, can=accounts.may)
    navigation.init_app(app, MENU, service=_("Excise back office"))
    for room in ROOMS:
        app.register_blueprint(room.bp)
    return app
