"""Every mapped class, loaded: what migrations and the worker need to see whole.

The doors add their account tables when they are imported.
"""

import importlib
import pkgutil

import excise
from excise.db import Record

for _module in pkgutil.walk_packages(excise.__path__, "excise."):
    if _module.name.endswith((".models", ".workflows")):
        importlib.import_module(_module.name)
for _name in ("audit", "mail", "numbering"):
    importlib.import_module(f"excise.{_name}")
METADATA = Record.metadata
