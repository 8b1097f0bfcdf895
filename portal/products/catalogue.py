"""The tariff as people look through it when they enter a product."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from excise.formats import quantity
from excise.products.models import Product
from excise.tariff.entries import Item, Named
from excise.tariff.rules import rate_confidence
from web.clock import today
from web.i18n import language
from web.tariff import tariff_now


@dataclass(frozen=True)
class Offer:
    """An item that may be chosen; an assumed rate is marked before the work begins."""

    item: Item
    is_assumed: bool


def chapters_with(items: Iterable[Item], words: str) -> list[tuple[str, Named, list[Offer]]]:
    """Return the items that match the words, by chapter; no words match everything."""
    tariff = tariff_now()
    wanted = words.casefold().split()
    chapters: dict[str, list[Offer]] = {}
    for item in items:
        text = f"{item.heading} {item.name_th} {item.name_en} {item.edi or ''}".casefold()
        if all(word in text for word in wanted):
            assumed = rate_confidence(tariff, item.id, today()) == "assumed"
            chapters.setdefault(str(item.chapter), []).append(Offer(item, assumed))
    return [(code, tariff.chapters[code], offers) for code, offers in chapters.items()]


def in_words(product: Product) -> list[tuple[str, str]]:
    """Return a product's figures with their labels and units."""
    measures, lang = tariff_now().measures, language()
    return [
        (
            getattr(measures[name], lang),
            f"{quantity(Decimal(number), lang=lang)} {getattr(measures[name], f'unit_{lang}')}",
        )
        for name, number in product.measures.items()
    ]
