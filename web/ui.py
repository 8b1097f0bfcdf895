"""The look of both sites: their templates, the GOV.UK parts and the static files."""

from functools import cache, cached_property
from pathlib import Path
from typing import Any
from wsgiref.headers import Headers

from flask import Flask
from flask.templating import Environment
from jinja2 import (
    ChainableUndefined,
    FileSystemLoader,
    PackageLoader,
    PrefixLoader,
    StrictUndefined,
    Template,
)
from whitenoise import WhiteNoise

from excise.config import shipped

STATIC = Path(__file__).parent / "static"
LIBRARIES = ("govuk_frontend_jinja", "govuk_frontend_wtf")
LENIENT = (*LIBRARIES, "security")  # Flask-Security's own templates, those we do not replace


class PageEnvironment(Environment):
    """Strict for our templates, lenient for those of the libraries.

    A name we misspell must fail, yet the libraries' macros read parameters
    that nobody gave, as their original language (Nunjucks) allows. A template
    keeps the environment that compiled it, so a strict page may extend,
    include and import lenient parts.
    """

    @cached_property
    def lenient(self) -> Environment:
        """Twin for the libraries; made at first use, when the extensions have added their own."""
        return self.overlay(undefined=ChainableUndefined)

    def get_template(self, name: str | Template, *args: Any, **kwargs: Any) -> Template:
        """Load a template into the environment that it was written for."""
        strict = self.linked_to if self.overlayed else self
        assert isinstance(strict, PageEnvironment)
        library = isinstance(name, str) and name.partition("/")[0] in LENIENT
        home = strict.lenient if library else strict
        return Environment.get_template(home, name, *args, **kwargs)


def init_app(app: Flask, site: str) -> None:
    """Give `site` ("portal", "backoffice") its templates, `asset()` and the static files.

    Comes before any extension: it replaces the template environment. The site
    sees its own templates and the shared ones, never the other site's.
    """
    assert "jinja_env" not in vars(app), "web.ui must come before the extensions"
    folders = {part: FileSystemLoader(shipped("templates") / part) for part in (site, "shared")}
    app.jinja_environment = PageEnvironment
    app.jinja_options = {"undefined": StrictUndefined, "trim_blocks": True, "lstrip_blocks": True}
    app.jinja_loader = PrefixLoader(folders | {name: PackageLoader(name) for name in LIBRARIES})
    app.jinja_env.globals.update(asset=asset, site=site)
    app.wsgi_app = with_static_files(app.wsgi_app)  # type: ignore[method-assign]


@cache
def asset(name: str) -> str:
    """Return the address of a static file, such as "app.css" or "images/portal.svg".

    The folder in the address names the content of all of them, so browsers
    keep each for ever, and what a style sheet or a module names beside itself
    is of the same make.
    """
    assert (STATIC / "dist" / name).is_file(), name
    return f"/static/{version()}/{name}"


@cache
def version() -> str:
    """Return what names the content of the static files; the build wrote it."""
    stamp = STATIC / "version"
    assert stamp.exists(), "the static files are not built: run `make install`"
    return stamp.read_text()


def with_static_files(application: Any) -> WhiteNoise:
    """Answer static files, compressed at build time, before Flask sees the request."""
    return WhiteNoise(
        application,
        root=STATIC / "dist",
        prefix=f"static/{version()}",
        allow_all_origins=False,
        immutable_file_test=lambda _path, _url: True,
        add_headers_function=_only_ours,
    )


def _only_ours(headers: Headers, _path: str, _url: str) -> None:
    headers["X-Content-Type-Options"] = "nosniff"
    headers["Cross-Origin-Resource-Policy"] = "same-origin"
