"""The back office as its tests see it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

import backoffice
from excise.config import Settings
from tests.sites import Site


@pytest.fixture(scope="session")
def site(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Site:
    return Site(backoffice.create_app, tmp_path_factory.mktemp("backoffice"), sqlite_template)


@pytest.fixture
def app(site: Site) -> Iterator[Flask]:
    yield site.anew()
    site.leave()


@pytest.fixture
def settings(app: Flask) -> Settings:
    return app.extensions["settings"]
