"""The portal as its tests see it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

import portal
from excise.config import Settings
from tests.browser import Person, enrol
from tests.sites import Site


@pytest.fixture(scope="session")
def site(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Site:
    return Site(portal.create_app, tmp_path_factory.mktemp("portal"), sqlite_template)


@pytest.fixture
def app(site: Site) -> Iterator[Flask]:
    yield site.anew()
    site.leave()


@pytest.fixture
def settings(app: Flask) -> Settings:
    return app.extensions["settings"]


@pytest.fixture
def somchai(app: Flask) -> Person:
    """Has an account in the portal and has confirmed it; not signed in."""
    return enrol(app, "somchai@example.com")
