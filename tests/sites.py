"""Each site is built once in a test process, and made as new for every test.

Building one is quick; what it learns is dear: compiled pages and compiled queries.
"""

import shutil
from collections.abc import Callable
from functools import cached_property
from pathlib import Path

from flask import Flask

from excise.config import Settings


def install(folder: Path, template: Path) -> Settings:
    """Put a fresh database into a folder; return the settings of a demo installation there."""
    shutil.copy(template, folder / "excise.db")
    return Settings(
        data=folder,
        database_url=f"sqlite:///{folder}/excise.db",
        demo=True,
        sign_in_limit="1000 per minute",
        address_limit="100000 per minute",
        report_limit="100000 per minute",
    )


def light(app: Flask) -> Flask:
    """Let passwords cost little: tests sign many in; what one costs outside has its own test."""
    app.extensions["security"].pwd_context.update(argon2__memory_cost=8, argon2__rounds=1)
    return app


class Site:
    """A site in a folder of its own."""

    def __init__(self, create_app: Callable[[Settings], Flask], folder: Path, template: Path):
        self._create_app, self._folder, self._template = create_app, folder, template

    @cached_property
    def _app(self) -> Flask:
        app = light(self._create_app(install(self._folder, self._template)))
        self._extensions = dict(app.extensions)
        return app

    def anew(self) -> Flask:
        """Return the site as it is before anybody came: all but its secrets is gone."""
        self.leave()
        for path in self._folder.iterdir():
            if path.is_file():
                path.unlink()  # not overwritten: a forgotten connection keeps the old one
            elif path.name != "secrets":
                shutil.rmtree(path)
        install(self._folder, self._template)
        return self._app

    def leave(self) -> None:
        """Close what the test used, and take back what it changed."""
        app = self._app
        app.extensions["database"].close()
        app.extensions.clear()
        app.extensions.update(self._extensions)
        app.extensions["rate_limits"].reset()
