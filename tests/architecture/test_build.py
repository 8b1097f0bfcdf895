"""What the installation makes, how the pages get it, and which door a port opens."""

import gzip
import io
import re
import shutil
from pathlib import Path

import brotli
import pytest
from babel.messages import Catalog
from babel.messages.pofile import write_po
from babel.support import Translations
from flask import Flask, render_template_string
from jinja2 import DictLoader, PrefixLoader, TemplateNotFound, UndefinedError

import hatch_build
import wsgi
from web import ui

ROOT = Path(__file__).parents[2]
DIST = ROOT / "web/static/dist"


@pytest.fixture
def page():
    """Make an app with a site's look; further templates stand under `test/`."""

    def make(site="portal", **templates):
        app = Flask(site, static_folder=None, template_folder=None)
        ui.init_app(app, site)
        app.jinja_loader.mapping["test"] = DictLoader(templates)
        return app

    return make


def render(app, source):
    with app.test_request_context():
        return render_template_string(source)


# The build


def test_css_and_scripts_of_a_page_weigh_less_than_60_kb_compressed():
    names = ("app.css", "app.mjs", "govuk-frontend.min.js", "htmx.min.js")
    for suffix, unpack in ((".br", brotli.decompress), (".gz", gzip.decompress)):
        packed = [DIST / f"{name}{suffix}" for name in names]
        assert sum(path.stat().st_size for path in packed) < 60_000
        for path in packed:
            assert unpack(path.read_bytes()) == path.with_suffix("").read_bytes()


def test_the_look_is_ours_and_not_the_british_government_s():
    css = (DIST / "app.css").read_text()
    assert '"Sarabun"' in css
    assert "GDS Transport" not in css
    assert not [path for path in DIST.rglob("*") if "crown" in path.name or "crest" in path.name]


def test_every_font_and_picture_the_style_sheet_uses_is_there():
    named = set(re.findall(r"url\(\"?\./([^)\"]+)", (DIST / "app.css").read_text()))
    assert {"fonts/sarabun-400.woff2", "fonts/sarabun-700.woff2"} <= named
    # The British crest belongs to a footer part that no page of ours renders.
    assert {name for name in named if not (DIST / name).exists()} == {"images/govuk-crest.svg"}


def test_the_font_of_the_pages_has_thai_and_latin_in_one_file():
    for weight in (400, 700):
        font = hatch_build.TTFont(DIST / f"fonts/sarabun-{weight}.woff2")
        assert {ord(letter) for letter in "กำญฐ฿๙Az0"} <= set(font.getBestCmap())


def test_the_assets_are_made_again_only_when_their_source_changed(tmp_path, monkeypatch):
    frontend, static = tmp_path / "frontend", tmp_path / "static"
    leave_out = shutil.ignore_patterns("node_modules")
    shutil.copytree(ROOT / "web/frontend", frontend, ignore=leave_out)
    static.mkdir()
    (static / "version").write_text(hatch_build.assets_version(frontend))
    monkeypatch.setattr(hatch_build, "run_node", lambda *_: pytest.fail("built", pytrace=False))
    hatch_build.make_assets(frontend, static)
    (frontend / "scss/_print.scss").write_text("")
    with pytest.raises(pytest.fail.Exception, match="built"):
        hatch_build.make_assets(frontend, static)


def test_node_comes_from_its_wheel_where_the_machine_has_none(monkeypatch, tmp_path):
    hook = hatch_build.BuildHook(str(ROOT), {}, None, None, "", "")  # type: ignore[arg-type]
    monkeypatch.setenv("PATH", str(tmp_path))
    assert hook.dependencies() == [hatch_build.NODE]


@pytest.mark.parametrize(("version", "will_do"), [("v18.20.4", False), ("v20.19.0", True)])
def test_a_node_too_old_for_sass_counts_as_none(monkeypatch, tmp_path, version, will_do):
    for tool in ("node", "npm"):
        (tmp_path / tool).write_text(f"#!/bin/sh\necho {version}\n")
        (tmp_path / tool).chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert hatch_build.system_node() is will_do


def test_translations_are_compiled_beside_their_source_even_when_the_head_is_fuzzy(tmp_path):
    catalog = Catalog(locale="th", fuzzy=True)
    catalog.add("Sign out", "ออกจากระบบ")
    folder = tmp_path / "th/LC_MESSAGES"
    folder.mkdir(parents=True)
    with (folder / "messages.po").open("wb") as source:
        write_po(source, catalog)
    hatch_build.compile_translations(tmp_path)
    assert Translations.load(tmp_path, ["th"]).gettext("Sign out") == "ออกจากระบบ"


LOCKS = sorted(path.name for path in ROOT.glob("*.lock"))


@pytest.mark.parametrize("name", ["web/frontend/package-lock.json", *LOCKS])
def test_a_lock_file_holds_hashes_and_no_address(name):
    text = (ROOT / name).read_text()
    assert re.search("sha256:|sha512-", text)
    assert not re.search(r"https?:|file:|\bresolved\b|--(extra-)?index|--find-links| @ ", text)


# The pages


def test_a_misspelt_name_in_our_template_fails(page):
    with pytest.raises(UndefinedError):
        render(page(), "{{ amuont }}")


def test_a_misspelt_name_handed_to_a_library_s_part_fails(page):
    source = """{% from "govuk_frontend_jinja/components/button/macro.html" import govukButton %}
    {{ govukButton({"text": lable}) }}"""
    with pytest.raises(UndefinedError, match="lable"):
        render(page(), source)


def test_a_library_s_part_may_leave_parameters_out(page):
    source = """{% from "govuk_frontend_jinja/components/input/macro.html" import govukInput %}
    {{ govukInput({"id": "srp", "name": "srp", "label": {"text": "ราคาขายปลีกแนะนำ"}}) }}"""
    assert "ราคาขายปลีกแนะนำ" in render(page(), source)


def test_a_strict_page_stands_in_the_library_s_frame(page):
    frame = '{% extends "govuk_frontend_jinja/template.html" %}{% block content %}'
    assert "<p>พร้อม" in render(page(), frame + "<p>พร้อม</p>{% endblock %}")
    with pytest.raises(UndefinedError, match="nobody"):
        render(page(), frame + "{{ nobody }}{% endblock %}")


def test_our_part_stays_strict_when_a_library_template_includes_it(page):
    app = page(part="{{ missing }}")
    loader = DictLoader({"menu.html": '{{ unknown }}{% include "test/part" %}'})
    assert isinstance(app.jinja_loader, PrefixLoader)
    app.jinja_loader.mapping["security"] = loader
    with pytest.raises(UndefinedError, match="missing"):
        render(app, '{% include "security/menu.html" %}')


def test_extensions_that_come_later_reach_the_library_templates(page):
    app = page()
    app.jinja_loader.mapping["security"] = DictLoader({"x.html": "{% trans %}Hello{% endtrans %}"})
    app.jinja_env.add_extension("jinja2.ext.i18n")
    app.jinja_env.install_gettext_callables(lambda _: "สวัสดี", lambda *_: "", newstyle=True)
    assert render(app, '{% include "security/x.html" %}') == "สวัสดี"


def test_a_site_cannot_show_the_other_site_s_templates(page):
    with pytest.raises(TemplateNotFound):
        render(page("portal"), '{% include "backoffice/cases/show.html" %}')


# The static files


def test_a_static_file_is_kept_for_ever_packed_and_for_this_site_only(page):
    accepts = {"Accept-Encoding": "br"}
    with page().test_client().get(ui.asset("app.css"), headers=accepts) as answer:
        assert answer.status_code == 200
        assert answer.headers["Content-Encoding"] == "br"
        assert "immutable" in answer.headers["Cache-Control"]
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert "Access-Control-Allow-Origin" not in answer.headers
        assert brotli.decompress(answer.data) == (DIST / "app.css").read_bytes()


def test_a_module_is_served_as_javascript(page):
    with page().test_client().get(ui.asset("app.mjs")) as answer:
        assert answer.mimetype in {"text/javascript", "application/javascript"}


def test_a_name_that_is_no_static_file_fails(page):
    with pytest.raises(AssertionError, match="ap.css"):
        render(page(), "{{ asset('ap.css') }}")


def test_nothing_outside_the_static_folder_is_served(page):
    client = page().test_client()
    assert client.get(f"/static/{ui.version()}/../version").status_code == 404
    assert client.get("/static/version").status_code == 404


# The HTTP door


def test_the_socket_picks_the_site_and_a_forged_host_cannot():
    def named(name):
        return lambda _environ, _start: [name]

    door = wsgi.ByPort({8000: named(b"portal"), 8001: named(b"backoffice")})
    environ = {"SERVER_PORT": "8000", "HTTP_HOST": "127.0.0.1:8001"}
    assert door(environ, io.BytesIO) == [b"portal"]
