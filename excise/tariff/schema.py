"""Reading an edition of the tariff from its text.

An edition is text (YAML) a lawyer can read. Whatever would make a calculation doubtful (an overlap,
a gap between bands, a figure finer than its scale, a missing source) is refused here, with all
complaints at once.
"""

import json
import re
from collections.abc import Hashable
from dataclasses import replace
from functools import lru_cache
from hashlib import sha256
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import yaml
from pydantic import ValidationError

from excise.errors import Invalid
from excise.tariff.complaints import complaints_about
from excise.tariff.entries import Tariff
from excise.tariff.faults import SENTENCES, Fault

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

__all__ = ["Tariff", "first_edition", "load"]


class _StringsOnly(yaml.CBaseLoader):
    """Reads every scalar as text; refuses a key given twice and a part that repeats another."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        seen = set[str]()
        for key, _ in node.value:
            if key.value in seen:
                raise _broken("key-twice", line=key.start_mark.line + 1, name=key.value)
            seen.add(key.value)
        return super().construct_mapping(node, deep=deep)

    def construct_object(self, node: yaml.Node, deep: bool = False) -> Any:
        # A few lines of references to references would become more text than memory holds.
        if node in self.constructed_objects:
            raise _broken("referred-to", line=node.start_mark.line + 1)
        return super().construct_object(node, deep=deep)


def _broken(code: str, *, line: int | None = None, **facts: object) -> Invalid:
    fault = Fault(code, facts=facts, line=line)
    return Invalid("edition-broken", problem=fault, problems=(fault,))


@lru_cache(maxsize=4)  # a draft is read before and after each of its changes
def load(text: str) -> Tariff:
    """Read an edition; raises Invalid `edition-broken` or `edition-invalid`, with all `problems`.

    Each problem is a Fault with its line.
    >>> load("name: [")
    Traceback (most recent call last):
    ...
    excise.errors.Invalid: ('edition-broken', ...
    """
    tree = _tree(text)
    tree["digest"] = sha256(text.encode()).hexdigest()
    try:
        tariff = _model(tree)
        problems = [_placed(text, problem) for problem in complaints_about(tariff)]
    except ValidationError as error:
        root = yaml.compose(text, Loader=yaml.CBaseLoader)
        assert root is not None  # it was read as a mapping above
        problems = [_told(root, each) for each in error.errors()]
        problems += [_placed(text, problem) for problem in _in_the_rest(tree, error)]
    if problems:
        raise Invalid("edition-invalid", problems=tuple(problems))
    return tariff


def _tree(text: str) -> dict[str, Any]:
    try:
        tree = yaml.load(text, Loader=_StringsOnly)  # noqa: S506  a loader that makes only strings
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        problem = getattr(error, "problem", None) or str(error)
        raise _broken("not-yaml", line=mark and mark.line + 1, problem=problem) from error
    except RecursionError as error:
        raise _broken("endless") from error
    if not isinstance(tree, dict):
        raise _broken("no-sections")
    return tree


def _model(tree: dict[str, Any]) -> Tariff:
    try:
        return Tariff.model_validate_json(json.dumps(tree))
    except RecursionError as error:
        raise _broken("endless") from error


def _in_the_rest(tree: dict[str, Any], error: ValidationError) -> list[Fault]:
    """Complain of the items that can be read although others cannot."""
    places = [each["loc"] for each in error.errors()]
    if not all(place[0] == "items" and len(place) > 1 for place in places):
        return []
    wrong = {place[1] for place in places}
    items = [item for number, item in enumerate(tree["items"]) if number not in wrong]
    try:
        return list(complaints_about(_model({**tree, "items": items})))
    except ValidationError:
        return []


def _told(root: yaml.Node, fault: "ErrorDetails") -> Fault:
    node, names = root, list[str]()
    for part in fault["loc"]:
        inner = _inside(node, part)
        if inner is None:
            break
        node = inner
        if (name := _inside(node, "id")) is not None:
            names.append(f"({name.value})")
    code = fault["type"] if fault["type"] in SENTENCES else "not-readable"
    where = " ".join([*names, ".".join(map(str, fault["loc"]))])
    facts = {**fault.get("ctx", {}), "problem": fault["msg"]}
    if "expected" in facts:
        facts["expected"] = facts["expected"].replace(" or ", ", ")  # the library's list of words
    return Fault(code, where, facts, line=node.start_mark.line + 1)


def _inside(node: yaml.Node, part: str | int) -> yaml.Node | None:
    if isinstance(node, yaml.MappingNode):
        return next((value for key, value in node.value if key.value == part), None)
    if isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
        found: yaml.Node = node.value[part]
        return found
    return None


def _placed(text: str, fault: Fault) -> Fault:
    """Add the line to a complaint: of its item, schedule or section."""
    section, name = (*fault.where.split(), "")[:2]
    starts = [rf"^ *- *id: *\"?{re.escape(name)}\"? *$", rf"^  {re.escape(name)}:"] if name else []
    for start in (*starts, rf"^{re.escape(section)}:"):
        if found := re.search(start, text, re.MULTILINE):
            return replace(fault, line=text.count("\n", 0, found.start()) + 1)
    return fault


@lru_cache(maxsize=1)
def first_edition() -> Tariff:
    """Return the edition in the package.

    >>> first_edition().name
    'first-edition'
    """
    return load(files("excise.tariff").joinpath("first_edition.yaml").read_text(encoding="utf-8"))
