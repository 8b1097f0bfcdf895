"""The back office as its tests see it."""

import pytest
from flask import Flask

import backoffice
from excise.config import Settings


@pytest.fixture
def app(settings: Settings) -> Flask:
    return backoffice.create_app(settings)
