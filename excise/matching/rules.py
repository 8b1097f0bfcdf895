"""The rules as they stand in the package: one SQL text each, its facts in front of it."""

import datetime as dt
import hashlib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import yaml

from excise.evidence.layouts import LAYOUTS

JUDGE = "judge.sql"
# What counts a figure, in both languages; `units` of goods and `satang` have words of their own.
MEASURES = {
    "count": ("รายการ", "items"),
    "months": ("เดือน", "month(s)"),
    "stamps": ("ดวง", "stamps"),
    "tickets": ("ใบ", "tickets"),
}
# What kind of thing the key of a rule names beside taxpayer and month.
SUBJECTS = {
    "product": ("สินค้า", "Product"),
    "month": ("ทั้งเดือน", "The whole month"),
    "declaration": ("ใบขนสินค้า", "Declaration"),
    "document": ("เอกสาร", "Document"),
    "material": ("วัตถุดิบ", "Material"),
    "movement": ("ใบขนย้าย", "Movement"),
    "money": ("รายการเงิน", "Money"),
    "place": ("สถานประกอบการ", "Establishment"),
    "stamp": ("หมายเลขแสตมป์", "Stamp"),
    "vehicle": ("หมายเลขตัวรถ", "Vehicle"),
}
SEVERITIES = ("critical", "high", "medium", "low")


@dataclass(frozen=True)
class Tolerance:
    """How much may differ from a day on: a share in basis points, and at least so much."""

    starts_on: dt.date
    share_bp: int
    least: int
    why_th: str
    why_en: str

    def why(self, lang: str) -> str:
        """Say why so much may differ."""
        return self.why_th if lang == "th" else self.why_en


@dataclass(frozen=True, kw_only=True)
class Rule:
    """One comparison; `least` of its tolerances counts the rule's `measure`.

    `subject` says what kind of thing the key names that a finding calls `product_code`.
    `needs` are the layouts without any of which it says nothing. `declared_by` is who says
    the declared side: a `return`, which may be late or still a draft, the `taxpayer`
    elsewhere, or the `department`. `both_ways` opens a case also where more was declared
    than others say, and `tells_tax` says that the excise can be worked out from the
    difference. `of_everybody`
    compares across taxpayers, so that a run of one alone would say wrong things.
    `months_back` is how far before the month the evidence is read; `reads` are tables of the
    Department's own books of which it speaks, whatever its layouts say.
    `found` says in one sentence what a difference means; `bridge` what lies between the
    two sides and is not a difference.
    """

    id: str
    title_th: str
    title_en: str
    what_th: str
    what_en: str
    found_th: str
    found_en: str
    declared_th: str
    declared_en: str
    evidence_th: str
    evidence_en: str
    key: str
    subject: str
    measure: str
    severity: str
    source: str
    declared_by: str
    tolerances: tuple[Tolerance, ...]
    text: str
    needs: tuple[str, ...] = ()
    both_ways: bool = False
    tells_tax: bool = False
    of_everybody: bool = False
    months_back: int = 1
    reads: tuple[str, ...] = ()
    bridge_th: str = ""
    bridge_en: str = ""

    def tolerance_on(self, day: dt.date) -> Tolerance:
        """Return the tolerance in force on a day.

        >>> RULES["R01"].tolerance_on(dt.date(2026, 10, 1)).share_bp
        50
        """
        begun = [each for each in self.tolerances if each.starts_on <= day]
        return max(begun, key=lambda each: each.starts_on)

    def say(self, what: str, lang: str) -> str:
        """Return one of its texts in a language.

        >>> RULES["R11"].say("title", "en")
        'VAT sales against the value declared'
        """
        return str(getattr(self, f"{what}_{'th' if lang == 'th' else 'en'}"))

    @property
    def is_about_returns(self) -> bool:
        """Tell whether a draft can be held against it before it is filed."""
        return self.declared_by == "return"

    def as_json(self) -> dict[str, object]:
        """Return what people may ask of a rule, for printing."""
        names = ("id", "title_th", "title_en", "what_th", "what_en", "key", "subject", "measure")
        return {name: getattr(self, name) for name in names} | {
            "severity": self.severity,
            "needs": list(self.needs),
            "bridge_th": self.bridge_th,
            "bridge_en": self.bridge_en,
            "tolerance": [
                {"from": each.starts_on.isoformat(), "share_bp": each.share_bp}
                | {"least": each.least, "why_th": each.why_th, "why_en": each.why_en}
                for each in self.tolerances
            ],
            "source": self.source,
        }

    @property
    def sql(self) -> str:
        """The rule's comparison, judged."""
        return (
            _read(JUDGE)
            .replace("{compared}", self.text)
            .replace("{told}", _told(self.needs))
            .replace("{is_about_returns}", str(self.is_about_returns).lower())
            .replace("{is_of_units}", str(self.measure == "units").lower())
        )


def _told(needs: tuple[str, ...]) -> str:
    """Return the query of which taxpayers told of themselves, in layouts where each does."""
    own = [
        f"SELECT '{code}' AS layout, tax_id, period FROM {code} GROUP BY tax_id, period"  # noqa: S608
        for code in needs
        if LAYOUTS[code].is_own
    ]
    nobody = "SELECT '' AS layout, tax_id, period FROM awaited WHERE false"
    return "\n  UNION ALL ".join(own) or nobody


def _read(name: str) -> str:
    return files("excise.matching").joinpath("texts", name).read_text(encoding="utf-8")


def parse(text: str) -> Rule:
    """Read a rule: its facts as YAML in the first comment, then one SQL query."""
    facts, _, query = text.removeprefix("/*").partition("*/")
    told = yaml.safe_load(facts)
    tolerances = tuple(
        Tolerance(each["from"], each["share_bp"], each["least"], each["why_th"], each["why_en"])
        for each in told.pop("tolerances")
    )
    needs, reads = (tuple(told.pop(name, ())) for name in ("needs", "reads"))
    return Rule(**told, needs=needs, reads=reads, tolerances=tolerances, text=query.strip())


@cache
def _rules() -> dict[str, Rule]:
    names = sorted(path.name for path in files("excise.matching").joinpath("texts").iterdir())
    rules = [parse(_read(name)) for name in names if name.endswith(".sql") and name != JUDGE]
    return {rule.id: rule for rule in rules}


RULES = _rules()


def rules_of(tax_id: str | None) -> list[Rule]:
    """Return the rules of a run: of one taxpayer, without those that compare everybody."""
    return [rule for rule in RULES.values() if tax_id is None or not rule.of_everybody]


def digest() -> str:
    """Return the SHA-256 of all the texts, which a run keeps: the same digest, the same rules."""
    texts = "\n".join(rule.sql for rule in RULES.values())
    return hashlib.sha256(texts.encode()).hexdigest()
