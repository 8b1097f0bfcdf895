"""Thai first, English second: which of them, and how numbers, money and dates are written."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import cast
from urllib.parse import urlencode

from babel.support import NullTranslations, Translations
from flask import Flask, g, request, session
from flask_babel import Babel, Domain, force_locale, get_locale, gettext

from excise import formats
from web.paging import MOST

LANGUAGES = {"th": "ภาษาไทย", "en": "English"}
TRANSLATIONS = Path(__file__).parent / "translations"


def language() -> str:
    """Return the language of this answer, "th" or "en"."""
    return str(get_locale() or "th")


def choose_language() -> str:
    """Take the language that was asked for in the address, else the remembered, else the browser's.

    What was asked for is remembered in the session cookie.
    """
    if (asked := request.args.get("lang")) in LANGUAGES:
        session["lang"] = asked
    known: str | None = session.get("lang")
    return known or request.accept_languages.best_match(LANGUAGES, "th")


def other_language() -> dict[str, str]:
    """Return what the language link needs: the same page and query in the other language."""
    code = "en" if language() == "th" else "th"
    kept = [(name, value) for name, value in request.args.items(multi=True) if name != "lang"]
    query = urlencode([*kept, ("lang", code)])
    return {"code": code, "name": LANGUAGES[code], "href": f"{request.path}?{query}"}


def show_date(value: date, style: str = "long") -> str:
    """Write a date in words, in the Buddhist Era when the page is Thai."""
    return formats.date_text(value, language(), style)


def show_datetime(value: datetime, style: str = "long") -> str:
    """Write a moment as Bangkok's date and time."""
    return formats.datetime_text(value, language(), style)


def show_month(value: date) -> str:
    """Write the month of a date in words."""
    return formats.date_text(value, language(), "month")


def show_number(value: int, places: int = 0) -> str:
    """Write a scaled integer with grouping; `places` is its scale."""
    return formats.quantity(value, places, language())


def show_count(value: int) -> str:
    """Write a count of web.paging, which stops counting somewhere."""
    if value > MOST:
        return str(gettext("more than %(n)s", n=show_number(MOST)))
    return show_number(value)


class _Catalogue(Domain):
    """Finds the translations once a request, and not once a sentence."""

    def get_translations(self) -> Translations | NullTranslations:
        """Return those of this request's language."""
        if "translations" not in g:
            g.translations = super().get_translations()
        return cast("Translations | NullTranslations", g.translations)


@contextmanager
def in_language(code: str) -> Iterator[None]:
    """Speak a language for a while, for files that are written in both."""
    usual = g.pop("translations", None)
    with force_locale(code):
        yield
    g.pop("translations", None)
    if usual is not None:
        g.translations = usual


def init_app(app: Flask) -> None:
    """Give the app its catalogues, and its templates the filters and the language link."""
    app.config["BABEL_TRANSLATION_DIRECTORIES"] = str(TRANSLATIONS)
    babel = Babel(
        app,
        locale_selector=choose_language,
        default_locale="th",
        default_timezone="Asia/Bangkok",
    )
    babel.domain_instance = _Catalogue()
    app.jinja_env.filters.update(
        date=show_date,
        datetime=show_datetime,
        month=show_month,
        baht=formats.amount,
        number=show_number,
        counted=show_count,
        tax_id=formats.tax_id,
    )
    app.jinja_env.globals.update(language=language, other_language=other_language)
