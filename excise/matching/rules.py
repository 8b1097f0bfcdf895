"""The rules as they stand in the package: one SQL text each, its facts in front of it."""

import datetime as dt
import hashlib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import yaml

JUDGE = "judge.sql"


@dataclass(frozen=True)
class Tolerance:
    """How much may differ from a day on: a share in basis points, and at least so much."""

    starts_on: dt.date
    share_bp: int
    least: int
    why: str


@dataclass(frozen=True, kw_only=True)
class Rule:
    """One comparison; `least` of its tolerances counts the rule's `measure`."""

    id: str
    title_th: str
    title_en: str
    what_th: str
    what_en: str
    key: str
    measure: str
    source: str
    tolerances: tuple[Tolerance, ...]
    text: str

    def tolerance_on(self, day: dt.date) -> Tolerance:
        """Return the tolerance in force on a day.

        >>> RULES["R01"].tolerance_on(dt.date(2026, 10, 1)).share_bp
        50
        """
        begun = [each for each in self.tolerances if each.starts_on <= day]
        return max(begun, key=lambda each: each.starts_on)

    def as_json(self) -> dict[str, object]:
        """Return what people may ask of a rule, for printing."""
        return {
            "id": self.id,
            "title_th": self.title_th,
            "title_en": self.title_en,
            "what_th": self.what_th,
            "what_en": self.what_en,
            "key": self.key,
            "measure": self.measure,
            "tolerance": [
                {"from": each.starts_on.isoformat(), "share_bp": each.share_bp}
                | {"least": each.least, "why": each.why}
                for each in self.tolerances
            ],
            "source": self.source,
        }

    @property
    def sql(self) -> str:
        """The rule's comparison, judged."""
        return _read(JUDGE).replace("{compared}", self.text)


def _read(name: str) -> str:
    return files("excise.matching").joinpath("texts", name).read_text(encoding="utf-8")


def parse(text: str) -> Rule:
    """Read a rule: its facts as YAML in the first comment, then one SQL query."""
    facts, _, query = text.removeprefix("/*").partition("*/")
    told = yaml.safe_load(facts)
    tolerances = tuple(
        Tolerance(each["from"], each["share_bp"], each["least"], each["why"])
        for each in told.pop("tolerances")
    )
    return Rule(**told, tolerances=tolerances, text=query.strip())


@cache
def _rules() -> dict[str, Rule]:
    names = sorted(path.name for path in files("excise.matching").joinpath("texts").iterdir())
    rules = [parse(_read(name)) for name in names if name.endswith(".sql") and name != JUDGE]
    return {rule.id: rule for rule in rules}


RULES = _rules()


def digest() -> str:
    """Return the SHA-256 of all the texts, which a run keeps: the same digest, the same rules."""
    texts = "\n".join(rule.sql for rule in RULES.values())
    return hashlib.sha256(texts.encode()).hexdigest()
