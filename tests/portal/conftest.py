"""The portal as its tests see it."""

import pytest
from flask import Flask

import portal
from excise.config import Settings
from excise.db import Record
from tests.browser import Person


@pytest.fixture
def app(settings: Settings) -> Flask:
    app = portal.create_app(settings)
    Record.metadata.create_all(app.extensions["database"].engine)
    return app


@pytest.fixture
def somchai(app: Flask) -> Person:
    """Has an account in the portal and has confirmed it; not signed in."""
    person = Person(app, "somchai@example.com")
    person.sign_up()
    return person
