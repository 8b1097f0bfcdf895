"""The portal as its tests see it."""

import pytest
from flask import Flask

import portal
from excise.config import Settings
from tests.browser import Person


@pytest.fixture
def app(settings: Settings) -> Flask:
    return portal.create_app(settings)


@pytest.fixture
def somchai(app: Flask) -> Person:
    """Has an account in the portal and has confirmed it; not signed in."""
    person = Person(app, "somchai@example.com")
    person.sign_up()
    return person
