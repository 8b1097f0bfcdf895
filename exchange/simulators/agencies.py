"""Other agencies and banks: they speak SOAP over the network, with our published contract."""

from typing import Any

import requests
import zeep.exceptions
from lxml import etree

from exchange.clients.excise import BrokenReply, Caller, Service, connect
from exchange.contract import SAFE
from exchange.simulators.installation import Installation, Unexpected

HOSTILE = b"""<?xml version="1.0"?>
<!DOCTYPE e [<!ENTITY secret SYSTEM "file:///etc/passwd">]>
<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body>&secret;</s:Body></s:Envelope>"""


class Agency:
    """One agency with its password."""

    def __init__(self, place: Installation, code: str, password: str) -> None:
        """Take the password that the terminal has shown."""
        self.place, self.code, self.password = place, code, password

    def ask(self, service: str, operation: str, *, message_id: str = "", **body: Any) -> Any:
        """Call an operation and return the answer; raises Unexpected for a fault."""
        try:
            return self._connected(service).call(operation, message_id, **body)
        except (zeep.exceptions.Error, BrokenReply, requests.RequestException) as error:
            raise Unexpected(f"{self.code} called {operation}, which failed: {error!r}") from error

    def fault(self, service: str, operation: str, **body: Any) -> str:
        """Call an operation that must be refused; return the code of the fault."""
        connected = self._connected(service)
        try:
            answer = connected.call(operation, **body)
        except zeep.exceptions.Fault as fault:
            return str(connected.detail(fault).code)
        raise Unexpected(f"{operation} was to be refused and answered {answer}")

    def _connected(self, service: str) -> Service:
        caller = Caller(agency=self.code, password=self.password)
        return connect(service, self.place.exchange, caller)


def fault_of_hostile(place: Installation) -> str:
    """Send XML that wants to read our files; return the code of the fault."""
    answer = requests.post(
        f"{place.exchange}/ws/payment/v1",
        data=HOSTILE,
        headers={"Content-Type": "text/xml; charset=utf-8"},
        timeout=30,
    )
    if "xml" not in answer.headers["Content-Type"] or b"root:" in answer.content:
        raise Unexpected(f"hostile XML was answered {answer.text[:500]}")
    fault = etree.fromstring(answer.content, etree.XMLParser(**SAFE))
    return str(fault.xpath("string(//*[local-name()='ServiceFault']/*[local-name()='code'])"))
