"""Every word has its Thai, and every reason code its sentence."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po

from cli.keeping import ADVICE
from web.i18n import TRANSLATIONS
from web.messages import SENTENCES

ROOT = Path(__file__).parents[2]
THAI = TRANSLATIONS / "th" / "LC_MESSAGES"


def catalogue(path: Path) -> Catalog:
    with path.open("rb") as file:
        return read_po(file)


def test_every_word_of_the_sites_has_its_thai(tmp_path: Path) -> None:
    found = tmp_path / "messages.pot"
    command = [
        *(sys.executable, "-m", "babel.messages.frontend", "-q", "extract", "-F", "pyproject.toml"),
        *("--ignore-dirs", "node_modules static .*", "-o", str(found), "."),
    ]
    subprocess.run(command, cwd=ROOT, check=True)
    needed = {message.id for message in catalogue(found) if message.id}
    known = {message.id for message in catalogue(THAI / "messages.po") if message.id}
    assert needed - known == set(), "run: make messages"
    assert known - needed == set(), "run: make messages"


@pytest.mark.parametrize("path", sorted(TRANSLATIONS.rglob("*.po")), ids=lambda p: p.stem)
def test_no_translation_is_missing_or_doubtful(path: Path) -> None:
    for message in catalogue(path):
        if message.id:
            texts = message.string if isinstance(message.string, tuple) else (message.string,)
            assert all(texts), message.id
            assert not message.fuzzy, message.id


@pytest.mark.parametrize("path", sorted(TRANSLATIONS.rglob("*.po")), ids=lambda p: p.stem)
def test_no_translation_loses_a_fact(path: Path) -> None:
    for message in catalogue(path):
        source = message.id[0] if isinstance(message.id, tuple) else message.id
        target = message.string[0] if isinstance(message.string, tuple) else message.string
        facts = re.compile(r"%\(\w+\)[sd]|%[sd]")
        if source:
            assert set(facts.findall(target)) <= set(facts.findall(source)), source


def test_thai_texts_are_thai_and_keep_sara_am_whole() -> None:
    for message in catalogue(THAI / "messages.po"):
        if message.id:
            assert re.search("[ก-๙]", str(message.string)), message.id
            assert "\u0e4d\u0e32" not in str(message.string), message.id


def test_every_reason_code_of_the_domain_has_its_sentence() -> None:
    kinds = "NotFound|NotAllowed|Invalid|Conflict|Unavailable|Damaged"
    raised = re.compile(
        rf'\b(?:{kinds})\(\s*"([a-z0-9-]+)"|^    code = "([a-z0-9-]+)"', re.MULTILINE
    )
    codes = {
        one or two
        for path in (ROOT / "excise").rglob("*.py")
        for one, two in raised.findall(path.read_text())
    }
    assert codes - set(SENTENCES) - set(ADVICE) == set()  # the latter is for operators
