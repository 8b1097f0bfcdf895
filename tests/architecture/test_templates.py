"""Templates stand where their endpoint says, and decide nothing."""

import re
from pathlib import Path

import pytest
from flask import Flask

import backoffice
import portal
from excise.config import Settings, shipped

SITES = {"portal": portal, "backoffice": backoffice}
TEMPLATES = shipped("templates")


@pytest.fixture(params=SITES)
def app(request: pytest.FixtureRequest, settings: Settings) -> Flask:
    return SITES[request.param].create_app(settings)


def pages(folder: str) -> set[str]:
    root = TEMPLATES / folder
    return {
        path.relative_to(root).with_suffix("").as_posix()
        for path in root.rglob("*.html")
        if not path.name.startswith("_")
    }


def test_every_page_of_a_site_is_named_like_its_endpoint(app: Flask) -> None:
    endpoints = {name.replace(".", "/") for name in app.view_functions}
    assert pages(app.name) <= endpoints


def test_every_shared_page_is_named_like_an_endpoint_of_a_site(settings: Settings) -> None:
    endpoints = {
        name.replace(".", "/")
        for site in SITES.values()
        for name in site.create_app(settings).view_functions
    }
    assert pages("shared") - {"layout", "error"} <= endpoints


def test_every_template_compiles(app: Flask) -> None:
    for folder in (app.name, "shared"):
        for path in (TEMPLATES / folder).rglob("*.*"):
            app.jinja_env.get_template(f"{folder}/{path.relative_to(TEMPLATES / folder)}")


def test_a_site_does_not_see_the_other_sites_templates(app: Flask) -> None:
    other = next(site for site in SITES if site != app.name)
    names = app.jinja_env.list_templates()
    assert not [name for name in names if name.startswith(f"{other}/")]


def test_templates_say_no_word_that_cannot_be_translated() -> None:
    """Words between tags go through gettext; what is left may be names, signs and numbers."""
    bare = re.compile(r">\s*([A-Za-z][A-Za-z ,.']{3,}|[^<>{}]*[ก-๙][^<>{}]*)\s*<")
    for path in _ours():
        text = re.sub(r"\{#.*?#\}|<script.*?</script>", "", path.read_text(), flags=re.DOTALL)
        text = re.sub(r"\{%.*?%\}|\{\{.*?\}\}", "", text, flags=re.DOTALL)
        assert not bare.findall(text), f"{path.name}: {bare.findall(text)}"


def test_templates_mark_nothing_as_safe() -> None:
    for path in _ours():
        assert not re.search(r"\|\s*safe\b|autoescape", path.read_text()), path


def _ours() -> list[Path]:
    folders = ("portal", "backoffice", "shared")
    return [path for folder in folders for path in (TEMPLATES / folder).rglob("*.html")]
