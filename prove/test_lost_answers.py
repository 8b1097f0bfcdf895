"""Lost answers: the line breaks at every point of a request and of its answer.

Whoever then tries again, as people and programs do, is told the first reference.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from itertools import cycle

import sqlalchemy as sa
from playwright.sync_api import Browser, Page
from playwright.sync_api import Error as BrowserError

from exchange.simulators.first_job import day
from excise.db import Database
from excise.returns.models import Return
from excise.taxpayers.models import Registration
from prove.clients import OWNER
from prove.conftest import note
from prove.crowd import faults_of_numbers, gather
from prove.installations import check
from prove.lines import Break, Line
from tests import factories
from tests.browser import PASSWORD
from tests.conftest import count
from tests.journeys.conftest import Service, chromium, new_page  # noqa: F401  # a fixture
from web.clock import today

REQUEST = (0, 1, 60, 200, 400, 700, 900, 1000, 1100, 1200)
ANSWER = (0, 1, 15, 100, 250, 400, 500)
SOAP_REQUEST = (0, 1, 150, 300, 800, 1500, 2000, 2500)
SOAP_ANSWER = (0, 1, 15, 100, 200, 600, 1000, 1200)
PAGE = (0, 1, 200, 5_000)


def breaks(requests: tuple[int, ...], answers: tuple[int, ...]) -> list[Break]:
    """Return a break at each of these bytes of what is posted and of its answer."""
    sent = [Break(b"POST", after) for after in requests]
    return sent + [Break(b"POST", after, of_answer=True) for after in answers]


def breaks_of_page(begins: bytes) -> list[Break]:
    """Return breaks of the answer to a request that only fetches."""
    return [Break(begins, after, of_answer=True) for after in PAGE]


@contextmanager
def through(service: Service) -> Iterator[tuple[Service, dict[str, Line]]]:
    """Yield the service as it is reached through lines that may break."""
    settings = service.settings
    ports = {
        "PUBLIC": settings.portal_port,
        "BACKOFFICE": settings.backoffice_port,
        "EXCHANGE": settings.exchange_port,
    }
    lines = {name: Line(port) for name, port in ports.items()}
    far = {f"EXCISE_{name}_URL": f"http://localhost:{line.port}" for name, line in lines.items()}
    yield Service(service.environ | far), lines
    for line in lines.values():
        line.close()


def test_a_program_that_was_not_answered_is_told_the_first_answer(
    service: Service, database: Database, engine: str
) -> None:
    """M3: SOAP, bank file and filing, cut at every point: the same again is told the same."""
    at = breaks(REQUEST, ANSWER) + breaks_of_page(b"GET /returns/sent")
    soap = [*breaks(SOAP_REQUEST, SOAP_ANSWER), Break(b"POST", 0, of_answer=True, stalls=True)]
    crowd = gather(service, database, 5 * max(len(soap), len(at)))
    broken = 0
    with through(service) as (far, lines):
        doors = {"taxpayer": "PUBLIC", "cashier": "BACKOFFICE", "RD": "EXCHANGE", "KTB": "EXCHANGE"}
        for role, door in doors.items():
            line, client = lines[door], crowd.come_in(role, far)
            errands = iter([errand for errand in crowd.errands if errand.role == role])
            for each in soap if door == "EXCHANGE" else at:
                if errand := next(errands, None):
                    line.next = each
                    crowd.told[errand.key] = errand.go(client)
            line.next = None
            broken += line.broken
    crowd.ask_again(crowd.told)
    crowd.compare(database)
    check(service)
    note(f"lost answers, {engine}: {broken} lines broken at programs, all told the first answer")


RETRIES: tuple[Callable[[Page, str], object], ...] = (
    lambda page, _address: page.reload(),
    lambda page, _address: (page.go_back(), press(page)),
    lambda page, address: page.goto(address),
)


def press(page: Page) -> None:
    """Agree and send; where the line breaks, no page comes."""
    page.locator("[name=declared]").check()
    page.locator("main form[method=post] button[type=submit]").click()
    page.wait_for_load_state()


def is_shown(page: Page) -> bool:
    return "/returns/sent/" in page.url and page.locator("[data-reference]").count() > 0


def insist(page: Page, address: str, retry: Callable[[Page, str], object]) -> None:
    """Do as people do until the confirmation is there."""
    for attempt in (retry, *RETRIES, *RETRIES):
        with suppress(BrowserError):  # the browser says that the site cannot be reached
            if is_shown(page):
                return
            attempt(page, address)
            page.wait_for_load_state()
            if page.url == address:
                press(page)


def test_a_person_who_saw_no_answer_is_shown_the_first_reference(
    service: Service,
    database: Database,
    engine: str,
    chromium: Browser,  # noqa: F811
) -> None:
    """M3: a browser, cut at every point: reload, back and press again, or open the page again."""
    at = breaks(REQUEST, ANSWER) + breaks_of_page(b"GET /returns/sent")
    crowd = gather(service, database, 2 * len(at))
    drafts = [errand.key for errand in crowd.errands if errand.role == "taxpayer"]
    shown = {}
    with through(service) as (far, lines):
        line, site = lines["PUBLIC"], far.settings.public_url
        page = new_page(chromium)
        page.goto(f"{site}/account/sign-in")
        page.locator("[name=email]").fill(OWNER)
        page.locator("[name=password]").fill(PASSWORD)
        page.locator("main form[method=post] button[type=submit]").first.click()
        page.wait_for_load_state()
        for draft, each, retry in zip(drafts, at, cycle(RETRIES), strict=False):
            address = f"{site}/returns/{draft}/check"
            page.goto(address)
            line.next = each
            with suppress(BrowserError):
                press(page)
            insist(page, address, retry)
            line.next = None
            assert is_shown(page), (each, page.url)
            shown[draft] = page.locator("[data-reference]").first.get_attribute("data-reference")
        page.context.close()
    with database.reading() as session:
        filed = sa.select(Return.draft_reference, Return.reference)
        kept = {draft: reference for draft, reference in session.execute(filed) if draft in shown}
        assert kept == shown
        assert faults_of_numbers(session) == []
    assert line.broken > len(at) / 2
    note(f"lost answers, {engine}: {line.broken} lines broken at a browser, {len(shown)} sent once")


def application(number: int) -> dict[str, object]:
    return {
        **day("starts_on", today()),
        "tax_id": factories.tax_id(number),
        "taxpayer_name": "บริษัท ตัวอย่าง จำกัด",
        "establishment_type": "1",
        "duty_groups": ["7001"],
        "name": "โรงงาน 1",
        "address": "1 หมู่ 1",
        "province": "พระนครศรีอยุธยา",
        "postcode": "13160",
        "phone": "02 555 0101",
        "office_code": "010100",
    }


def test_an_application_whose_answer_was_lost_is_the_first_application(
    service: Service, database: Database
) -> None:
    """M3: a form that creates something, cut at every point, creates it once."""
    crowd = gather(service, database, 2)
    told = []
    with database.reading() as session:
        before = count(session, Registration)
    with through(service) as (far, lines):
        person = crowd.come_in("taxpayer", far)
        for number, each in enumerate(breaks(REQUEST, ANSWER), start=20):
            person.open("/registrations/new")
            person.send(application(number))
            lines["PUBLIC"].next = each
            person.send(to="/send")
            told.append(person.reference)
    with database.reading() as session:
        assert count(session, Registration) == before + len(set(told)) == before + len(told)
