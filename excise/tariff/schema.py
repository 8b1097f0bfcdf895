"""Reading an edition of the tariff from its text.

An edition is text (YAML) a lawyer can read. Whatever would make a calculation doubtful (an overlap,
a gap between bands, a figure finer than its scale, a missing source) is refused here, with all
complaints at once.
"""

import json
from collections.abc import Hashable
from functools import lru_cache
from hashlib import sha256
from importlib.resources import files
from typing import Any

import yaml
from pydantic import ValidationError

from excise.errors import Invalid
from excise.tariff.complaints import complaints_about
from excise.tariff.entries import Tariff

__all__ = ["Tariff", "first_edition", "load"]


class _StringsOnly(yaml.CBaseLoader):
    """Reads every scalar as text and refuses a key given twice."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        keys = [key.value for key, _ in node.value]
        for key in keys:
            if keys.count(key) > 1:
                raise Invalid(
                    "edition-broken", problem=f"line {node.start_mark.line + 1}: {key} stands twice"
                )
        return super().construct_mapping(node, deep=deep)


def load(text: str) -> Tariff:
    """Read an edition; raises Invalid `edition-broken` or `edition-invalid` with `problems`.

    >>> load("name: [")
    Traceback (most recent call last):
    ...
    excise.errors.Invalid: ('edition-broken', ...
    """
    try:
        tree = yaml.load(text, Loader=_StringsOnly)  # noqa: S506  a loader that makes only strings
    except yaml.YAMLError as error:
        raise Invalid("edition-broken", problem=str(error)) from error
    if not isinstance(tree, dict):
        raise Invalid("edition-broken", problem="an edition is a mapping of sections")
    tree["digest"] = sha256(text.encode()).hexdigest()
    try:
        tariff = Tariff.model_validate_json(json.dumps(tree))
    except ValidationError as error:
        problems = tuple(
            f"{'.'.join(map(str, entry['loc']))}: {entry['msg']}" for entry in error.errors()
        )
        raise Invalid("edition-invalid", problems=problems) from error
    problems = tuple(complaints_about(tariff))
    if problems:
        raise Invalid("edition-invalid", problems=problems)
    return tariff


@lru_cache(maxsize=1)
def first_edition() -> Tariff:
    """Return the edition in the package.

    >>> first_edition().name
    'first-edition'
    """
    return load(files("excise.tariff").joinpath("first_edition.yaml").read_text(encoding="utf-8"))
