"""Whether a stored calculation is right, worked out again from its JSON alone: no database.

Behind `excise verify-trace`. Two checks that find different things: what contradicts itself
(needs no tariff), and what another calculation under the same edition would say otherwise.
"""

from excise.recalculation.faults import Fault
from excise.recalculation.files import read_document
from excise.recalculation.verify import Verdict, verified

__all__ = ["Fault", "Verdict", "read_document", "verified"]
