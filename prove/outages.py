"""What befalls a machine: disks that fill, fail and lose power, and lines that are cut."""

import filecmp
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

MEBIBYTE = 1 << 20
needs_disks = pytest.mark.skipif(
    os.getuid() != 0 or not Path("/dev/loop-control").exists() or not shutil.which("mkfs.ext4"),
    reason="needs root and loop devices, to have a disk of its own",
)


def run(*command: object) -> str:
    """Run a program of the system."""
    words = [str(word) for word in command]
    return subprocess.run(words, check=True, text=True, capture_output=True).stdout.strip()


def insist(*command: object) -> None:
    """Run a program of the system, again as long as those who were killed still hold the disk."""
    for _ in range(100):
        with suppress(subprocess.CalledProcessError):
            run(*command)
            return
        time.sleep(0.2)
    run(*command)


class Disk:
    """A filesystem of its own in a file; what the file holds is what survives a power cut."""

    def __init__(self, place: Path, *, megabytes: int = 256, options: str = "noatime") -> None:
        """Make it and mount it at `place`; the file lies beside."""
        self.place, self.image, self.options = place, place.with_suffix(".img"), options
        self.image.touch()
        os.truncate(self.image, megabytes * MEBIBYTE)
        run("mkfs.ext4", "-q", "-m", 0, "-E", "lazy_itable_init=0,lazy_journal_init=0", self.image)
        self.mount()

    def mount(self, option: str = "rw") -> None:
        """Mount it; the journal of the filesystem is replayed if need be."""
        self.place.mkdir(exist_ok=True)
        run("mount", "-o", f"loop,{self.options},{option}", self.image, self.place)

    def remount(self, option: str) -> None:
        """Change it while it is mounted: "ro", "rw"."""
        insist("mount", "-o", f"remount,{option}", self.place)

    def repaired(self, place: Path) -> "Disk":
        """Return a repaired copy of it, mounted at `place`."""
        other = self._beside(place)
        run("cp", "--sparse=always", self.image, other.image)
        run("sh", "-c", f"e2fsck -fy {other.image} || [ $? -lt 4 ]")
        other.mount()
        return other

    def _beside(self, place: Path) -> "Disk":
        other = object.__new__(Disk)
        other.place, other.image, other.options = place, place.with_suffix(".img"), self.options
        return other

    def after_a_power_cut(self, place: Path) -> "Disk":
        """Return what would be left of it, mounted at `place`; who writes must stand still.

        Copied until two copies agree: then the copy is of one moment, although the
        kernel may have gone on to write what it had in hand.
        """
        other = self._beside(place)
        again = place.with_suffix(".again")
        while True:
            for copy in (other.image, again):
                run("cp", "--sparse=always", self.image, copy)
            if filecmp.cmp(other.image, again, shallow=False):
                break
        again.unlink()
        other.mount()
        return other

    def fill(self) -> None:
        """Leave no byte for anybody."""
        with as_far_as_it_goes(), (self.place / "filler").open("wb", buffering=0) as file:
            while True:
                file.write(bytes(MEBIBYTE))
        with as_far_as_it_goes(), (self.place / "filler").open("ab", buffering=0) as file:
            while True:
                file.write(bytes(512))

    def clear(self) -> None:
        """Give the space back."""
        (self.place / "filler").unlink()


@contextmanager
def as_far_as_it_goes() -> Iterator[None]:
    """Go on when the disk is full."""
    try:
        yield
    except OSError as error:
        if error.errno != 28:
            raise


@contextmanager
def folder_for_disks() -> Iterator[Path]:
    """Yield a folder that other users may enter too; nothing in it stays mounted."""
    folder = Path(tempfile.mkdtemp(prefix="excise-disks-"))
    folder.chmod(0o755)
    try:
        yield folder
    finally:
        for line in reversed(Path("/proc/mounts").read_text().splitlines()):
            if line.split()[1].startswith(f"{folder}/"):
                run("umount", "--lazy", line.split()[1])
        shutil.rmtree(folder)


def children(process: int) -> list[int]:
    """Return the processes that this one began; none when it is gone."""
    try:
        return [
            int(one) for one in Path(f"/proc/{process}/task/{process}/children").read_text().split()
        ]
    except (FileNotFoundError, ProcessLookupError):
        return []


def family(process: int) -> list[int]:
    """Return a process and all that come from it."""
    return [process, *(one for child in children(process) for one in family(child))]


@contextmanager
def standing_still(*processes: int) -> Iterator[None]:
    """Stop time for these processes and all that come from them."""
    stopped: list[int] = []
    while new := [one for each in processes for one in family(each) if one not in stopped]:
        for one in new:  # a process may have had a child in the meantime
            with suppress(ProcessLookupError):
                os.kill(one, signal.SIGSTOP)
        stopped += new
    try:
        yield
    finally:
        for one in reversed(stopped):
            with suppress(ProcessLookupError):
                os.kill(one, signal.SIGCONT)
