"""`excise demo --story`: both main jobs through the real doors, as a user plays them."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pypdfium2

from exchange.simulators.plot import STEPS
from excise.checks import CHECKS


def test_both_jobs_come_out_right_their_papers_say_so_and_nothing_is_left(tmp_path):
    (tmp_path / "for-a-while").mkdir()
    playing = subprocess.run(
        [sys.executable, "-c", "from cli import main; main()"]
        + ["demo", "--story", "--out", str(tmp_path)],
        env=os.environ | {"TMPDIR": str(tmp_path / "for-a-while")},
        text=True,
        capture_output=True,
        timeout=400,
        check=False,
    )
    told = playing.stdout
    assert (playing.returncode, playing.stderr) == (0, ""), told + playing.stderr
    steps = re.findall(r"^ ?(\d+)  \S", told, re.MULTILINE)
    assert steps == [str(number) for number in range(1, len(STEPS) + 1)]
    assert told.count("ok  excise check: ") == len(CHECKS)
    assert os.listdir(tmp_path / "for-a-while") == []
    papers = {path.stem: words_of(path) for path in tmp_path.glob("*.pdf")}
    assert sorted(name.split("-")[0] for name in papers) == ["notice", "pay", "receipt", "receipt"]
    for name, words in papers.items():
        number = name.removeprefix("notice-").removeprefix("receipt-").removeprefix("pay-in-")
        line = next(line for line in told.splitlines() if line.endswith(f"  {number}"))
        assert number in words
        assert line.split()[-2] in words  # the amount that the step told


def words_of(path: Path) -> str:
    document = pypdfium2.PdfDocument(path.read_bytes())
    return "\n".join(page.get_textpage().get_text_range() for page in document)
