"""The back office as its tests see it."""

import pytest
from flask import Flask

import backoffice
from excise.config import Settings
from excise.db import Record


@pytest.fixture
def app(settings: Settings) -> Flask:
    app = backoffice.create_app(settings)
    Record.metadata.create_all(app.extensions["database"].engine)
    return app
