"""The list of services: the contract's messages, and the functions that answer them."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import ModuleType

from exchange.calls import Serve
from exchange.contract import Contract
from exchange.messages import document, filing, payment, taxpayer_registry, third_party_data
from exchange.services.document import verify_document
from exchange.services.filing import get_return_status
from exchange.services.payment import notify_payment
from exchange.services.taxpayer_registry import get_taxpayer
from exchange.services.third_party_data import submit_vat_sales


@dataclass(frozen=True)
class Service:
    """One service: its name in addresses, its types, its functions by operation."""

    name: str
    messages: ModuleType
    serve: Mapping[str, Serve]

    def contract(self) -> Contract:
        """Return its published contract, compiled."""
        return Contract(self.name, self.messages)


SERVICES = (
    Service("document", document, {"VerifyDocument": verify_document}),
    Service("filing", filing, {"GetReturnStatus": get_return_status}),
    Service("payment", payment, {"NotifyPayment": notify_payment}),
    Service("taxpayer-registry", taxpayer_registry, {"GetTaxpayer": get_taxpayer}),
    Service("third-party-data", third_party_data, {"SubmitVatSales": submit_vat_sales}),
)
