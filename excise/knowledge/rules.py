"""Articles and how well words fit them."""

from collections.abc import Iterable
from dataclasses import dataclass

MAX_WORDS = 100
_FITS = 0.6  # of the trigrams asked for: one slip of the finger in a word of eight letters


@dataclass(frozen=True, kw_only=True)
class Article:
    """What one field means, with a filled example and the law, in Thai and English."""

    id: str
    th: str
    en: str
    means_th: str
    means_en: str
    example_th: str
    example_en: str
    law_th: str
    law_en: str

    @property
    def text(self) -> str:
        """Everything that is searched."""
        told = (self.th, self.en, self.means_th, self.means_en, self.example_th, self.example_en)
        return " ".join(told)


def trigrams(text: str) -> set[str]:
    """Return each three letters that follow one another; Thai has no spaces to part words at.

    >>> sorted(trigrams("ภาษี")), trigrams("a b")
    (['ภาษ', 'าษี'], {'ab'})
    """
    letters = "".join(text.casefold().split())
    if len(letters) < 3:
        return {letters} - {""}
    return {letters[place : place + 3] for place in range(len(letters) - 2)}


def found(articles: Iterable[Article], words: str) -> list[Article]:
    """Return the articles that words fit, the best first; titles count before texts."""
    asked = trigrams(words)
    if not asked:
        return []
    scored = [(*_score(each, words, asked), each) for each in articles]
    fitting = [row for row in scored if row[1] >= _FITS]
    fitting.sort(key=lambda row: (-row[0], -row[1]))
    return [each for _title, _text, each in fitting]


def _score(article: Article, words: str, asked: set[str]) -> tuple[float, float]:
    if len(asked) == 1 and len(words) < 3:
        inside = float(words.casefold() in article.text.casefold())
        return inside, inside
    title = len(asked & trigrams(f"{article.th} {article.en}")) / len(asked)
    return title, len(asked & trigrams(article.text)) / len(asked)
