"""Articles, their search in Thai, and what is looked for in vain."""

import re
from pathlib import Path

import pytest
import sqlalchemy as sa

from excise.errors import NotAllowed
from excise.knowledge.actions import close_vain, remember_vain, vain_searches
from excise.knowledge.articles import articles
from excise.knowledge.models import VainSearch
from excise.knowledge.rules import found
from tests import factories
from tests.factories import AT

TEMPLATES = Path(__file__).parents[3] / "templates"


@pytest.mark.parametrize(
    ("words", "first"),
    [
        ("ราคาขายปลีก", "retail-price"),
        ("ราคาขายปลิกแนะนำ", "retail-price"),
        ("เลขประจำตัวผู้เสียภาษี", "tax-id"),
        ("บาร์โค้ด", "gtin"),
        ("surcharge", "surcharge"),
        ("อุทธรณ์", "appeal"),
    ],
)
def test_thai_words_find_their_article_even_with_a_slip(words, first):
    assert found(articles().values(), words)[0].id == first


def test_words_that_fit_nothing_find_nothing():
    for words in ("ใบขับขี่รถบรรทุก", "xyzzy", ""):
        assert found(articles().values(), words) == []


def test_every_help_in_a_page_has_its_article():
    used = set()
    for page in TEMPLATES.rglob("*.html"):
        text = page.read_text("utf-8")
        used |= set(re.findall(r"""help(?:="|_of\(")([a-z-]+)\"""", text))
    assert used
    assert used <= set(articles())


def test_what_is_looked_for_in_vain_is_counted_and_ticked_off(session):
    for words in ("ใบขับขี่", " ใบขับขี่ ", "XYZ"):
        remember_vain(session, words, at=AT)
        session.flush()
    kept = session.scalars(vain_searches()).all()
    assert [(one.words, one.times) for one in kept] == [("ใบขับขี่", 2), ("xyz", 1)]
    with pytest.raises(NotAllowed):
        close_vain(session, search_id=kept[0].id, officer_id=factories.officer(session).id, at=AT)
    support = factories.officer(session, roles=["support"]).id
    close_vain(session, search_id=kept[0].id, officer_id=support, at=AT)
    session.flush()
    assert [one.words for one in session.scalars(vain_searches())] == ["xyz"]
    remember_vain(session, "ใบขับขี่", at=AT)
    session.flush()
    assert session.scalar(sa.select(sa.func.count()).select_from(VainSearch)) == 2
    assert len(session.scalars(vain_searches()).all()) == 2
