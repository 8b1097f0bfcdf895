"""Technical refusals: how each is written in SOAP 1.1 and 1.2, always with our typed detail."""

from xml.sax.saxutils import escape

from lxml import etree

from exchange.binder import encode
from exchange.catalogue import fault_words
from exchange.contract import SOAP11, SOAP12
from exchange.messages.frame import ServiceFault, Violation

MEDIA_TYPES = {SOAP11: "text/xml", SOAP12: "application/soap+xml"}
_LONGEST_VIOLATION = 400


class SoapFault(Exception):
    """The message had no effect; `code` is one of the catalogue's faults."""

    def __init__(
        self,
        code: str,
        *,
        violations: tuple[Violation, ...] = (),
        status: int | None = None,
        soap_code: str | None = None,
        not_understood: tuple[str, ...] = (),
    ) -> None:
        """Keep what to say; `status` overrides the HTTP status that SOAP gives it."""
        super().__init__(code)
        self.code, self.violations, self.status = code, violations, status
        self.soap_code = soap_code or ("Receiver" if code.startswith("Server.") else "Sender")
        self.not_understood = not_understood

    def http_status(self, version: str) -> int:
        """Return the HTTP status: SOAP 1.1 faults are 500, a sender's fault in 1.2 is 400."""
        if self.status:
            return self.status
        return 400 if version == SOAP12 and self.soap_code == "Sender" else 500


def malformed(message: str, *, status: int | None = None) -> SoapFault:
    """Return the fault of a message that is no proper SOAP, saying why."""
    return SoapFault("Client.Malformed", violations=(violation(message),), status=status)


def violation(message: str, *, line: int = 0) -> Violation:
    """Say what breaks the contract, not longer than a screen's line or two."""
    return Violation(line=line or None, message=message[:_LONGEST_VIOLATION])


def body_of(fault: SoapFault, *, version: str, namespace: str, correlation_id: str) -> str:
    """Write the fault as what stands in the Body."""
    said = fault_words(fault.code)
    detail = ServiceFault(
        code=fault.code,
        correlation_id=correlation_id,
        retryable=said.retryable,
        retry_after_seconds=said.retry_after_seconds,
        message_th=said.th,
        message_en=said.en,
        violation=fault.violations,
    )
    written = encode(detail, namespace)
    if version == SOAP11:
        code = {"Sender": "Client", "Receiver": "Server"}.get(fault.soap_code, fault.soap_code)
        return (
            f"<s:Fault><faultcode>s:{code}</faultcode><faultstring>{escape(said.en)}</faultstring>"
            f"<detail>{written}</detail></s:Fault>"
        )
    # One sentence: some clients cannot show two. The Thai one stands in the detail.
    reason = f'<s:Text xml:lang="en">{escape(said.en)}</s:Text>'
    return (
        f"<s:Fault><s:Code><s:Value>s:{fault.soap_code}</s:Value></s:Code>"
        f"<s:Reason>{reason}</s:Reason><s:Detail>{written}</s:Detail></s:Fault>"
    )


def not_understood_blocks(fault: SoapFault) -> str:
    """Write the header blocks by which SOAP 1.2 names what was not understood."""
    blocks = []
    for tag in fault.not_understood:
        name = etree.QName(tag)
        blocks.append(
            f'<s:NotUnderstood xmlns:q="{escape(name.namespace or "", {chr(34): "&quot;"})}"'
            f' qname="q:{name.localname}"/>'
        )
    return "".join(blocks)
