"""People and programs that want something done once, and try again until they are told so."""

import time
from collections.abc import Callable, Mapping
from typing import Any, ClassVar
from urllib.parse import urljoin

import pyotp
import requests
from requests import RequestException
from zeep.exceptions import Fault, TransportError

from exchange.clients.excise import BrokenReply, Caller, connect
from exchange.clients.excise import Service as Exchange
from exchange.simulators.installation import Installation
from exchange.simulators.people import CODE_SECONDS, PASSWORD, Visitor, code_of
from tests.journeys.conftest import Service

OWNER, OFFICER, TELEPHONE = "owner@example.com", "officer@example.com", pyotp.random_base32()
RETRIED = (502, 503, 504)


class GaveUp(Exception):
    """Somebody was not told within their patience."""


class Patient:
    """Tries again for so many seconds, and remembers how often it was sent away."""

    patience_seconds = 120

    def __init__(self) -> None:
        """Begin with nothing to complain about."""
        self.refusals: list[int | str] = []
        self.dropped = 0

    def insist(self, act: Callable[[], Any]) -> Any:
        """Act until there is an answer; `act` returns None when it should be tried again."""
        since = time.monotonic()
        while time.monotonic() < since + self.patience_seconds:
            before = len(self.refusals)
            if (answer := act()) is not None:
                return answer
            time.sleep(0.1 if len(self.refusals) == before else 1)  # who is told "later" waits
        raise GaveUp


def authority(service: Service) -> str | bool:
    """Return the file with the authority that vouches for the service, or True for any known."""
    return service.environ.get("REQUESTS_CA_BUNDLE", True)


def was_dropped(error: Exception) -> bool:
    """Tell a request that was taken and not answered from one that nobody took."""
    return "NewConnectionError" not in repr(error)


class Insistent(Visitor, Patient):
    """A visitor who presses again when no answer comes, or the page says: not now.

    Any other trouble, a page with status 500 above all, ends the proof.
    """

    timeout_seconds = 40

    def __init__(self, service: Service, site: str, email: str) -> None:
        """Sit down before one of the two sites."""
        settings = service.settings
        place = Installation(
            settings.public_url, settings.backoffice_url, settings.exchange_url, service.environ
        )
        Visitor.__init__(self, place, site, email)
        Patient.__init__(self)
        self._browser.verify = authority(service)

    def glance(self, address: str) -> int:
        """Look at an address once, and return the status."""
        return self._browser.get(f"{self.site}{address}", timeout=40).status_code

    def _sent(self, method: str, address: str, **sent: Any) -> requests.Response:
        def attempt() -> requests.Response | None:
            where = urljoin(f"{self.site}/", address)
            try:
                answer = self._browser.request(method, where, timeout=self.timeout_seconds, **sent)
            except RequestException as error:
                self.dropped += was_dropped(error)
                return None  # the answer is lost; whether the request arrived, nobody knows
            if answer.status_code in RETRIED:
                self.refusals.append(answer.status_code)
                return None
            assert answer.status_code < 500, f"{where}: {answer.status_code}\n{answer.text[-2000:]}"
            # Python takes a head that breaks off for a whole one, and then no page comes.
            return answer if b"</html>" in answer.content[-20:] else None

        return self.insist(attempt)  # type: ignore[no-any-return]


class Taxpayer(Insistent):
    """Files drafts that only need to be sent."""

    def __init__(self, service: Service) -> None:
        """Sign in."""
        super().__init__(service, service.settings.public_url, OWNER)
        self._sign_in()

    def file(self, draft: str) -> str:
        """Send a draft and return its reference."""
        self.open(f"/returns/{draft}/check")
        if "/verify" in self.address:  # signed in too long ago to send anything
            self.send(password=PASSWORD)
        if "/returns/sent/" not in self.address:
            self.send(declared="y")
        assert "/returns/sent/" in self.address, self.words
        return self.reference


class Clerk(Insistent):
    """An officer, who brings in the files of banks."""

    _used: ClassVar[dict[str, int]] = {}  # the last code, by installation

    def __init__(self, service: Service, email: str = OFFICER) -> None:
        """Sign in with the code that the telephone shows."""
        super().__init__(service, service.settings.backoffice_url, email)
        self._telephone = service.environ.get("PROVE_NAME", "")
        self._sign_in()
        if "/tf-validate" in self.address:
            self.send(code=code_of(TELEPHONE, self._fresh_moment()))

    def _fresh_moment(self) -> float:
        """Return a moment near now whose code was not used; each is taken once."""
        while (moment := self._used.get(self._telephone, 0) + 1) > time.time() // CODE_SECONDS + 1:
            time.sleep(1)
        self._used[self._telephone] = max(moment, int(time.time() // CODE_SECONDS) - 1)
        return self._used[self._telephone] * CODE_SECONDS

    def bring_in(self, content: str) -> str:
        """Bring in a file and return the number under which it stands."""
        self.open("/payments/files/new")
        self.send(file=("bank.csv", content.encode()))
        return self.address.rpartition("/")[2]


class Agency(Patient):
    """Sends SOAP messages, always under the same number."""

    def __init__(self, service: Service, caller: Caller, *, timeout_seconds: int = 40) -> None:
        """Read the contracts."""
        super().__init__()
        url, limits = service.settings.exchange_url, (3, timeout_seconds)
        self._doors = {
            name: connect(name, url, caller, timeout_seconds=limits)
            for name in ("third-party-data", "payment")
        }
        for door in self._doors.values():
            door.client.transport.session.verify = authority(service)

    def send(self, name: str, operation: str, message_id: str, told: Mapping[str, Any]) -> str:
        """Send a message and return our number of it, and that of the receipt."""
        answer = self.insist(lambda: self._try(self._doors[name], operation, message_id, told))
        assert answer.acknowledgement.status == "ACCEPTED", answer
        receipt = getattr(answer, "payment", answer.acknowledgement).receiptNo
        return f"{answer.header.serverMessageId} {receipt}"

    def _try(self, door: Exchange, operation: str, number: str, told: Mapping[str, Any]) -> Any:
        try:
            return door.call(operation, message_id=number, **told)
        except Fault as fault:
            self.refusals.append(door.detail(fault).code)
            if self.refusals[-1] != "Server.Unavailable":
                raise
        except TransportError as error:  # a page of the proxy
            self.refusals.append(error.status_code)
            if error.status_code not in RETRIED:
                raise
        except (RequestException, BrokenReply) as error:
            self.dropped += was_dropped(error)
        return None
