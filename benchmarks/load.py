"""A busy hour in ten minutes: pages, filings and signed messages at a fixed pace, then a burst.

`python -m benchmarks.load --minutes 10`. Requests begin when they are due, whether or not earlier
ones were answered, and are timed from then: a server that falls behind cannot hide it. Promise G7:
no errors, p99 under 500 ms, normal again 5 seconds after a burst of five times as much.
"""

import argparse
import random
import re
import sys
import tempfile
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from http.cookiejar import DefaultCookiePolicy
from pathlib import Path

import requests
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

from exchange.clients.excise import Caller, connect
from excise.agencies.actions import set_certificate
from excise.db import Database
from prove.clients import Clerk, Insistent, Taxpayer
from prove.crowd import gather
from prove.installations import installed
from tests.exchange.test_services import sale
from tests.journeys.conftest import Service
from web.clock import now

PER_SECOND, BURST, BURST_SECONDS, CLIENTS, NORMAL_MS = 25, 5, 10, 64, 500
SHARES = {"page": 60, "filing": 25, "message": 15}
PAGES = (
    *(("portal", f"/{each}") for each in ("", "returns/", "bills/", "receipts/", "registrations/")),
    *(("officers", f"/{each}") for each in ("", "registrations/", "payments/", "payments/files/")),
    ("portal", "/assessments/"),
)
TOKEN = re.compile(r'name="csrf_token" type="hidden" value="([^"]+)"')
AGREED = re.compile(r'name="agreed_satang" type="hidden" value="(\d+)"')
Act = Callable[[], str]


@dataclass
class Times:
    """Milliseconds from when each request was due to its whole answer, by what was asked."""

    taken: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    late: list[tuple[float, float]] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    def run(self, due: float, act: Act) -> None:
        """Do it when it is due."""
        time.sleep(max(0.0, due - time.monotonic()))
        try:
            name = act()
        except Exception as error:
            self.errors.append(f"{type(error).__name__}: {error}"[:200])
            return
        taken = (time.monotonic() - due) * 1000
        self.taken[name].append(taken)
        self.late.append((due, taken))


class Acts:
    """What is asked: pages of both sites, drafts that are sent, signed messages."""

    def __init__(self, service: Service, drafts: list[str], database: Database) -> None:
        """Sign everybody in."""
        self._taxpayers = [Taxpayer(service) for _ in range(4)]
        self._clerk = Clerk(service)
        self._drafts = iter(drafts)
        self._tokens: dict[int, tuple[str, str]] = {}
        self._url, self._here = service.settings.exchange_url, threading.local()
        self._caller = _signer(service.settings.data, database)

    def pick(self, chance: random.Random) -> Act:
        """Return the next act by its share."""
        (kind,) = chance.choices(list(SHARES), list(SHARES.values()))
        taxpayer = chance.choice(self._taxpayers)
        if kind == "filing":
            return partial(self._file, taxpayer, next(self._drafts))
        if kind == "message":
            return partial(self._send, f"INV-{chance.getrandbits(64)}")
        site, address = chance.choice(PAGES)
        return partial(self._look, taxpayer if site == "portal" else self._clerk, site, address)

    def _look(self, person: Insistent, site: str, address: str) -> str:
        answer = self._ask(person, "GET", address)
        assert answer.status_code == 200, f"{site}{address}: {answer.status_code}"
        return f"read {site} {address}"

    def _file(self, taxpayer: Taxpayer, draft: str) -> str:
        token, agreed = self._form(taxpayer, draft)
        sent = {"csrf_token": token, "agreed_satang": agreed, "declared": "y"}
        answer = self._ask(taxpayer, "POST", f"/returns/{draft}/check", data=sent)
        assert "/returns/sent/" in answer.headers.get("Location", ""), answer.status_code
        return "submit a return"

    def _ask(
        self, person: Insistent, method: str, address: str, **sent: object
    ) -> requests.Response:
        """Ask once, on a connection of this thread, as the person who is signed in."""
        if not hasattr(self._here, "connection"):
            self._here.connection = requests.Session()
            self._here.connection.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        held = "; ".join(f"{name}={value}" for name, value in person._browser.cookies.items())
        ask: Callable[..., requests.Response] = self._here.connection.request
        where, headers = f"{person.site}{address}", {"Cookie": held, "Accept-Language": "th"}
        return ask(method, where, headers=headers, allow_redirects=False, timeout=30, **sent)

    def _form(self, taxpayer: Taxpayer, draft: str) -> tuple[str, str]:
        """Return what the form holds beside the tick; it is the same on each draft."""
        if id(taxpayer) not in self._tokens:
            page = self._ask(taxpayer, "GET", f"/returns/{draft}/check").text
            token, agreed = TOKEN.search(page), AGREED.search(page)
            assert token, page
            assert agreed, page
            self._tokens[id(taxpayer)] = token[1], agreed[1]
        return self._tokens[id(taxpayer)]

    def _send(self, number: str) -> str:
        if not hasattr(self._here, "door"):
            self._here.door = connect("third-party-data", self._url, self._caller)
        record = [sale(documentNo=number)]  # type: ignore[no-untyped-call]  # of the tests
        answer = self._here.door.call("SubmitVatSales", documentNo=number, record=record)
        assert answer.acknowledgement.status == "ACCEPTED", answer
        return "send a signed message"


def main() -> None:
    """Set up an installation, load it, print what it took."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--engine", choices=["sqlite", "postgresql"], default="sqlite")
    asked = parser.parse_args()
    seconds = int(asked.minutes * 60)
    filings = PER_SECOND * (seconds + BURST * BURST_SECONDS) * SHARES["filing"] // 100
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        service = stack.enter_context(installed(folder, asked.engine)).service
        database = Database(service.settings.database_url)
        stack.callback(database.close)
        errands = gather(service, database, filings * 5 // 2).errands
        service.start()
        stack.callback(service.stop)
        drafts = [errand.key for errand in errands if errand.role == "taxpayer"]
        times, burst_end = load(Acts(service, drafts, database), seconds)
    for line in report(times, burst_end):
        sys.stdout.write(f"{line}\n")


def load(acts: Acts, seconds: int) -> tuple[Times, float]:
    """Ask at the fixed pace, with a burst in the middle; return when the burst ended."""
    times, chance, begin = Times(), random.Random(0), time.monotonic() + 1  # noqa: S311
    burst = begin + seconds / 2
    with ThreadPoolExecutor(CLIENTS) as clients:
        due = begin
        while due < begin + seconds:
            is_burst = burst <= due < burst + BURST_SECONDS
            due += 1 / (PER_SECOND * (BURST if is_burst else 1))
            time.sleep(max(0.0, due - time.monotonic() - 0.5))  # acts are picked shortly before
            clients.submit(times.run, due, acts.pick(chance))
    return times, burst + BURST_SECONDS


def report(times: Times, burst_end: float) -> Iterator[str]:
    """Write what each thing took, and how soon all was normal after the burst."""
    burst = burst_end - BURST_SECONDS, burst_end + 5
    quiet = [taken for due, taken in times.late if not burst[0] <= due < burst[1]]
    slow = [due for due, taken in times.late if due >= burst_end and taken > NORMAL_MS]
    yield f"{len(times.late)} answers, {len(times.errors)} errors"
    yield from sorted(set(times.errors))[:10]
    yield f"normal again {max(slow, default=burst_end) - burst_end:.1f} s after the burst"
    yield "   p50   p95   p99 ms    p50 as a multiple of the lightest"
    least = min(_at(taken, 50) for taken in times.taken.values())
    for name, taken in [("all, outside the burst", quiet), *sorted(times.taken.items())]:
        p50, p95, p99 = (_at(taken, share) for share in (50, 95, 99))
        yield f"{p50:6.0f}{p95:6.0f}{p99:6.0f}  {p50 / least:6.2f}  {name} ({len(taken)})"


def _at(taken: list[float], percent: int) -> float:
    return sorted(taken)[min(len(taken) - 1, len(taken) * percent // 100)] if taken else 0.0


def _signer(folder: Path, database: Database) -> Caller:
    """Let an agency sign with a certificate of its own."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "bench")])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now() - timedelta(days=1))
        .not_valid_after(now() + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    pem, plain = serialization.Encoding.PEM, serialization.NoEncryption()
    paths = folder / "bench.key", folder / "bench.crt"
    paths[0].write_bytes(key.private_bytes(pem, serialization.PrivateFormat.PKCS8, plain))
    paths[1].write_bytes(certificate.public_bytes(pem))
    digest = certificate.fingerprint(hashes.SHA256()).hex()
    with database.transaction() as session:
        set_certificate(session, "RD", digest, actor="bench", at=now())
    return Caller(agency="RD", key=paths[0], certificate=paths[1])


if __name__ == "__main__":
    main()
