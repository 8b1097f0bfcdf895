"""A disk that was mounted for reading only, and may be written again."""

import os
import subprocess
import sys

import pytest
import sqlalchemy as sa

from excise.db import Database, is_outage
from prove.outages import Disk, folder_for_disks, needs_disks

# Whoever is killed leaves the files behind by which others can still read.
KILLED = """
import os, sys, sqlalchemy as sa
from excise.db import Database
with Database(sys.argv[1]).transaction() as session:
    session.execute(sa.text("CREATE TABLE kept (number INTEGER)"))
    session.execute(sa.text("INSERT INTO kept VALUES (1)"))
os._exit(0)
"""


def add(database):
    with database.transaction() as session:
        session.execute(sa.text("INSERT INTO kept VALUES (1)"))


def count(database):
    with database.reading() as session:
        return session.scalar(sa.text("SELECT count(*) FROM kept"))


@needs_disks
def test_sqlite_is_read_meanwhile_and_written_again_by_all_sites_of_the_process():
    with folder_for_disks() as folder:
        disk = Disk(folder / "disk", megabytes=16)
        url = f"sqlite:///{disk.place}/excise.db"
        environ = {**os.environ, "PYTHONPATH": os.getcwd()}
        subprocess.run([sys.executable, "-c", KILLED, url], env=environ, check=True)
        disk.remount("ro")
        sites = [Database(url) for _ in range(3)]
        assert [count(site) for site in sites] == [1, 1, 1]
        for site in sites:
            with site.reading() as session:  # as in a request, which reads and then writes
                session.execute(sa.text("SELECT * FROM kept")).all()
                with pytest.raises(sa.exc.OperationalError) as caught:
                    add(site)
            assert is_outage(caught.value)
        assert [count(site) for site in sites] == [1, 1, 1]
        disk.remount("rw")
        with sites[1].reading() as session:
            session.execute(sa.text("SELECT * FROM kept")).all()
            with pytest.raises(sa.exc.OperationalError):
                add(sites[0])  # the one that finds out
        for site in sites:
            add(site)
        assert [count(site) for site in sites] == [4, 4, 4]
        for site in sites:
            site.close()
