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
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, tzinfo
from functools import partial
from http.client import HTTPConnection
from pathlib import Path
from unittest.mock import patch
from urllib.parse import urlencode, urlsplit

import sqlalchemy as sa
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID
from lxml import etree

from exchange.clients import excise as client
from exchange.clients.excise import Caller, connect
from excise.agencies.actions import set_certificate
from excise.db import Database
from excise.evidence.models import Delivery
from excise.work import drain, unfinished
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
    """What is asked: pages of both sites, drafts that are sent, signed messages.

    Who asks shares the machine with who answers, so the messages are signed beforehand, for when
    they are due, and each request is one plain connection.
    """

    def __init__(self, service: Service, drafts: list[str], messages: Iterable[bytes]) -> None:
        """Sign everybody in."""
        self._taxpayers = [Taxpayer(service) for _ in range(4)]
        self._clerk = Clerk(service)
        self._drafts, self._messages = iter(drafts), iter(messages)
        self._forms = {id(each): self._form(each, drafts[0]) for each in self._taxpayers}
        self._door = f"{service.settings.exchange_url}/ws/third-party-data/v1"

    def pick(self, kind: str, chance: random.Random) -> Act:
        """Return the next act of its kind."""
        taxpayer = chance.choice(self._taxpayers)
        if kind == "filing":
            return partial(self._file, taxpayer, next(self._drafts))
        if kind == "message":
            return partial(self._send, next(self._messages))
        site, address = chance.choice(PAGES)
        return partial(self._look, taxpayer if site == "portal" else self._clerk, site, address)

    def _look(self, person: Insistent, site: str, address: str) -> str:
        status, _, _ = _ask(person.site + address, _held(person))
        assert status == 200, f"{site}{address}: {status}"
        return f"read {site} {address}"

    def _file(self, taxpayer: Taxpayer, draft: str) -> str:
        sent = self._forms[id(taxpayer)]
        headers = _held(taxpayer) | {"Content-Type": "application/x-www-form-urlencoded"}
        status, location, _ = _ask(f"{taxpayer.site}/returns/{draft}/check", headers, sent)
        assert "/returns/sent/" in location, status
        return "submit a return"

    def _form(self, taxpayer: Taxpayer, draft: str) -> bytes:
        """Return the filled form; beside the tick it holds the same on each draft."""
        _, _, body = _ask(f"{taxpayer.site}/returns/{draft}/check", _held(taxpayer))
        token, agreed = TOKEN.search(page := body.decode()), AGREED.search(page)
        assert token, page
        assert agreed, page
        told = {"csrf_token": token[1], "agreed_satang": agreed[1], "declared": "y"}
        return urlencode(told).encode()

    def _send(self, message: bytes) -> str:
        headers = {"Content-Type": "text/xml; charset=utf-8", "SOAPAction": '""'}
        status, _, body = _ask(self._door, headers, message)
        assert b">ACCEPTED<" in body, f"{status} {body[:200]!r}"
        return "send a signed message"


def _held(person: Insistent) -> dict[str, str]:
    cookies = "; ".join(f"{name}={value}" for name, value in person._browser.cookies.items())
    return {"Cookie": cookies, "Accept-Language": "th"}


def _ask(url: str, headers: dict[str, str], body: bytes | None = None) -> tuple[int, str, bytes]:
    """Ask once on a connection of its own; return the status, where it leads, and the body."""
    address = urlsplit(url)
    connection = HTTPConnection(address.netloc, timeout=30)
    try:
        method = "GET" if body is None else "POST"
        connection.request(method, address.path, body, headers | {"Connection": "close"})
        answer = connection.getresponse()
        return answer.status, answer.headers.get("Location", ""), answer.read()
    finally:
        connection.close()


def signed(url: str, caller: Caller, dues: list[float]) -> Iterator[bytes]:
    """Sign a message for each moment, in seconds from now, as the agency would then."""
    service, start = connect("third-party-data", url, caller), datetime.now(UTC)
    for number, due in enumerate(dues):
        record = [sale(documentNo=f"LOAD-{number}")]  # type: ignore[no-untyped-call]  # of the tests
        with clock_at(start + timedelta(seconds=due)):
            envelope = service.client.create_message(
                service.proxy,
                "SubmitVatSales",
                header=service.header(),
                documentNo=f"LOAD-{number}",
                record=record,
            )
        yield etree.tostring(envelope, encoding="utf-8", xml_declaration=True)


@contextmanager
def clock_at(moment: datetime) -> Iterator[None]:
    """Let our client of the exchange take this for the present."""

    class Then(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]
            return moment.astimezone(tz)

    with patch.object(client, "datetime", Then):
        yield


def main() -> None:
    """Set up an installation, load it, print what it took."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--engine", choices=["sqlite", "postgresql"], default="sqlite")
    asked = parser.parse_args()
    planned = list(plan(int(asked.minutes * 60)))
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        service = stack.enter_context(installed(folder, asked.engine)).service
        database = Database(service.settings.database_url)
        stack.callback(database.close)
        kinds = [kind for _, kind in planned]
        errands = gather(service, database, kinds.count("filing") * 2 + 10).errands
        caller, url = _signer(service.settings.data, database), service.settings.exchange_url
        messages = list(signed(url, caller, [due for due, kind in planned if kind == "message"]))
        service.start()
        stack.callback(service.stop)
        drain(database, limit_seconds=300)  # the letters of those who were just invented
        drafts = [errand.key for errand in errands if errand.role == "taxpayer"]
        times, burst_end = load(Acts(service, drafts, messages), planned)
        with database.reading() as session:
            kept = session.scalar(sa.select(sa.func.count(Delivery.id)))
        waiting = unfinished(database)
    for line in report(times, burst_end):
        sys.stdout.write(f"{line}\n")
    sys.stdout.write(f"{kept} deliveries kept; {waiting} pieces of work waited at the end\n")


def plan(seconds: int) -> Iterator[tuple[float, str]]:
    """Say when, in seconds from the start, what kind of request is due: a burst in the middle."""
    chance, due, burst = random.Random(0), 0.0, seconds / 2  # noqa: S311
    while due < seconds:
        (kind,) = chance.choices(list(SHARES), list(SHARES.values()))
        yield due, kind
        due += 1 / (PER_SECOND * (BURST if burst <= due < burst + BURST_SECONDS else 1))


def load(acts: Acts, planned: list[tuple[float, str]]) -> tuple[Times, float]:
    """Ask for what is planned when it is due; return when the burst ended."""
    times, chance, begin = Times(), random.Random(0), time.monotonic() + 1  # noqa: S311
    with ThreadPoolExecutor(CLIENTS) as clients:
        for due, kind in planned:
            ahead = begin + due - time.monotonic() - 0.5  # acts are picked shortly before
            time.sleep(max(0.0, ahead))
            clients.submit(times.run, begin + due, acts.pick(kind, chance))
    return times, begin + planned[-1][0] / 2 + BURST_SECONDS


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
