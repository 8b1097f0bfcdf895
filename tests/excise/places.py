"""Databases that hold nothing yet, not even tables."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg


@contextmanager
def empty_url(like: str, folder: Path) -> Iterator[str]:
    """Give the address of an empty database, on the engine and server of another one."""
    if like.startswith("sqlite"):
        yield f"sqlite:///{folder}/excise.db"
        return
    server, _, _ = like.rpartition("/")
    name = f"empty_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(f"{server}/postgres", autocommit=True) as admin:
        admin.execute(f"CREATE DATABASE {name}")
    try:
        yield f"{server}/{name}"
    finally:
        with psycopg.connect(f"{server}/postgres", autocommit=True) as admin:
            admin.execute(f"DROP DATABASE {name} WITH (FORCE)")
