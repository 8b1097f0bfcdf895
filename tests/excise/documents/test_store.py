import hashlib
import os
import subprocess
import sys

import pytest

from excise.documents.store import Store
from excise.errors import NotFound, Unavailable


def only_file(folder):
    [path] = [path for path in folder.rglob("*") if path.is_file()]
    return path


def test_what_was_put_comes_back_by_its_hash(tmp_path):
    store = Store(tmp_path / "made" / "later")
    name = store.put(b"excise")
    assert name == hashlib.sha256(b"excise").hexdigest()
    assert store.get(name) == b"excise"


def test_the_same_content_twice_is_one_file(tmp_path):
    store = Store(tmp_path)
    assert store.put(b"excise") == store.put(b"excise")
    written = only_file(tmp_path).stat()
    store.put(b"excise")
    assert only_file(tmp_path).stat().st_mtime_ns == written.st_mtime_ns


def test_a_damaged_file_is_found_and_healed_by_its_content(tmp_path):
    store = Store(tmp_path)
    name = store.put(b"excise")
    only_file(tmp_path).write_bytes(b"excuse")
    with pytest.raises(Unavailable) as found:
        store.get(name)
    assert found.value.reason == "file-damaged"
    store.put(b"excise")
    assert store.get(name) == b"excise"


@pytest.mark.parametrize("name", ["0" * 64, "", "../../etc/passwd", "A" * 64, "0" * 64 + "\n"])
def test_what_is_not_there_is_not_found(tmp_path, name):
    with pytest.raises(NotFound):
        Store(tmp_path).get(name)


def test_a_folder_that_cannot_be_written_is_unavailable(tmp_path):
    (tmp_path / "store").write_text("a file stands where the folder should")
    with pytest.raises(Unavailable):
        Store(tmp_path / "store").put(b"excise")


def test_a_failed_write_leaves_nothing_behind(tmp_path, monkeypatch):
    def full(_handle):
        raise OSError("no space left")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(Unavailable):
        Store(tmp_path).put(b"excise")
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


def test_two_processes_may_put_the_same_at_once(tmp_path):
    program = (
        "import sys, pathlib; from excise.documents.store import Store\n"
        "store = Store(pathlib.Path(sys.argv[1]))\n"
        "[store.put(b'%d' % (i % 5) * 100_000) for i in range(100)]"
    )
    command = [sys.executable, "-c", program, str(tmp_path)]
    writers = [subprocess.Popen(command) for _ in range(2)]
    assert [writer.wait() for writer in writers] == [0, 0]
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert len(files) == 5
    assert all(Store(tmp_path).get(path.parent.name + path.name) for path in files)
