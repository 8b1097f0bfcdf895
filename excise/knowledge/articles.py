"""The articles that come with the program."""

from collections.abc import Mapping
from functools import cache
from importlib.resources import files

import yaml

from excise.errors import NotFound
from excise.knowledge.rules import Article


@cache
def articles() -> Mapping[str, Article]:
    """Return the articles by id, in the order of the file."""
    text = (files("excise.knowledge") / "articles.yaml").read_text("utf-8")
    return {row["id"]: Article(**row) for row in yaml.safe_load(text)}


def article(article_id: str) -> Article:
    """Return an article; raises NotFound."""
    if (found := articles().get(article_id)) is None:
        raise NotFound(what="article", id=article_id)
    return found
