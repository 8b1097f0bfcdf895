"""Every mapped class, loaded: what migrations need to see whole.

The doors add their account tables when they are imported.
"""

import importlib
import pkgutil

import excise
from excise.db import Record


def _load(kind: str) -> None:
    for module in pkgutil.walk_packages(excise.__path__, "excise."):
        if module.name.endswith(kind):
            importlib.import_module(module.name)


def load_workflows() -> None:
    """Make every durable workflow known; a worker calls it before it begins.

    Apart from the classes, because rendering alone takes seconds to load.
    """
    _load(".workflows")


_load(".models")
for _name in ("audit", "mail", "numbering"):
    importlib.import_module(f"excise.{_name}")
METADATA = Record.metadata
