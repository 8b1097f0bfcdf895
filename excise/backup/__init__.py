"""Everything that cannot be made again, in one file, and back from it.

A backup is a tar file (any `tar` lists it) of

    database           SQLite's file, or what pg_dump --format=custom writes, of one moment
    deliveries         what is needed to make the Parquet again, a line of JSON each, in order
    secrets/NAME       without them sealed passwords and signed cookies are dead
    documents/ab/cd…   each file of the store, of that moment at least
    manifest.json      what this is, and the SHA-256 of everything before it

in this order. The Parquet, letters of the demonstration and temporary files are left out.
"""

from excise.backup.archive import Damaged
from excise.backup.making import backup
from excise.backup.manifest import Manifest
from excise.backup.restoring import restore, verify

__all__ = ["Damaged", "Manifest", "backup", "restore", "verify"]
