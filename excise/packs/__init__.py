"""All that a discrepancy and its assessment rest on in one sealed file.

It is verified on any machine without our database: `excise verify-pack`.
"""

from excise.packs.verify import Verdict, verified

__all__ = ["Verdict", "verified"]
