"""What is not yours does not exist: every address of both sites, with the references of others.

The addresses come from the sites themselves. A new page with a new kind of
reference fails here until `held` names one.
"""

import hashlib
import io
import itertools
import re
import uuid
from collections.abc import Iterator
from functools import cache

import pytest
import sqlalchemy as sa
from flask import Flask
from werkzeug.routing import Rule

import backoffice
import portal
from excise import work
from excise.claims.actions import keep_files
from excise.delegations.actions import Grant, accept, invite
from excise.documents.store import Store
from excise.documents.uploads import Upload
from excise.evidence.models import Channel, Delivery
from excise.messages.models import Message
from excise.payments.corrections import propose_reversal
from excise.payments.models import BankFile, Bill
from excise.people.models import Person as PersonRow
from excise.people.rules import ROLES, permissions_of
from excise.products.models import Product
from excise.receipts.models import Receipt
from excise.receipts.queries import receipt_of_payment
from excise.records import METADATA
from excise.returns.models import Return, ReturnState
from excise.taxpayers.actions import object_to
from excise.taxpayers.changing import add_documents
from excise.taxpayers.models import Registration
from portal.accounts import TaxpayerSession
from tests import factories
from tests.browser import Browser, Person, enrol, hire
from tests.excise.tuning.settings import proposed as proposed_setting
from tests.portal import scenes
from tests.sites import install, light
from web.clock import now

SECRET = "โรงลับสุดยอด"
PROOF = b"%PDF-1.7 proof"
# Codes on paper, one-time links and the open check: whoever holds one may use it.
BEARER = {"token", "filename", "code", "name"}
# Says "done" whatever the number was; that nothing happened is checked.
SILENT = {"account.end_device"}
OF_AN_OFFICE = ("registrations.", "cases.", "claims.", "assessments.", "returns.", "counter.")
# Only who prepared an assessment changes it; of a proposal there is no notice yet.
AT_HOME = {
    "assessments.terms": 403,
    "assessments.product": 403,
    "assessments.line": 403,
    "assessments.remove": 403,
    "assessments.propose": 403,
    "assessments.withdraw": 403,
    "assessments.notice": 404,
    "assessments.prepare": 404,
    # The edition that came with the program has no author and is in force already.
    "tariff.upload": 403,
    "tariff.rate": 403,
    "tariff.confirm": 403,
    "tariff.propose": 403,
    "tariff.approve": 409,
    "tariff.give_back": 409,
    "tariff.publish": 409,
    "tariff.reject": 409,
    "cases.pack": 404,  # nobody made one
    "cases.file": 404,  # nobody answered
    "registrations.file": 404,  # nobody sent a document
    "problems.show": 404,  # somebody else reported it
    "support.picture": 404,
    "support.answer": 409,  # nobody has looked at it
    "support.news": 409,
    "support.publish": 409,
    "claims.decide": 409,  # nobody has examined it
    "claims.give_back": 409,
    "claims.paid": 409,
    "claims.file": 404,
    "resolutions.paid": 404,  # nobody has decided yet
    "closings.agree": 409,  # nobody asked
    "closings.keep": 409,
    # One that waits for a decision was drafted by somebody else, and replayed elsewhere.
    "tuning.change": 403,
    "tuning.propose": 403,
    "tuning.withdraw": 403,
    "tuning.ask_replay": 403,
    "tuning.roll_back": 409,
    "tuning.show_replay": 404,
    "remittances.file": 404,  # nobody has decided yet
    "counter.count": 404,  # the cashier's alone
    "tariff.show_trial": 404,
    "tariff.trial_csv": 404,
}
# Everything that any form would need, so that only the reference stands in the way.
FILLED = {
    "more": "no",
    "declared": "y",
    "agreed_satang": "1750633",
    "units": "5",
    "retail_price": "50",
    "effective_from-day": "1",
    "effective_from-month": "1",
    "effective_from-year": "2570",
    "name": "ชื่ออื่น",
    "unit": "ขวด",
    "volume_l": "1",
    "degree": "5",
    "reason": "ไม่ครบ",
    "wrong_name": "y",
    "why_name": "ผิด",
    "document_number": "LG-9",
    "amount_satang": "1000",
    "valid_from-day": "1",
    "valid_from-month": "1",
    "valid_from-year": "2569",
    "valid_until-day": "1",
    "valid_until-month": "1",
    "valid_until-year": "2580",
}


def registered(app: Flask, name: str, number: int) -> tuple[Person, dict[str, str]]:
    """Let somebody do everything a taxpayer can do; return what it left behind."""
    person = enrol(app, f"{name}@example.com")
    person.sign_in()
    facts = {"tax_id": factories.tax_id(number), "taxpayer_name": name, "name": name}
    place = scenes.brewery(app, person, guarantee=True, **facts)
    scenes.send(person.browser, scenes.ready(person.browser, place))
    scenes.pay(app)
    draft = scenes.ready(person.browser, place)
    notice = scenes.assessed(app, place)
    difference = scenes.noticed(app, place)
    person.browser.page(f"/discrepancies/{difference}/answer/explain")
    said = {"reason": "timing", "files": (io.BytesIO(PROOF), "proof.pdf")}
    person.browser.submit(said)
    with scenes.database(app).transaction() as session:
        row = session.scalars(sa.select(PersonRow).where(PersonRow.email == person.email)).one()
        asked = factories.registration(session, applicant=row, **facts)
        factories.price(session, _last(session, Product), effective_from=scenes.months_ago(-2))
        decider = factories.officer(session, office=asked.office_code).id
        object_to(
            session,
            reference=asked.reference,
            officer_id=decider,
            objections={"name": "ผิด"},
            at=now(),
        )
        known = held(session, place, draft, asked.reference, notice)
        counted = {"product_code": "SUGAR", "day_on": "2026-10-05", "opening": "0"}
        home = session.scalars(sa.select(Registration).where(Registration.number == place)).one()
        store = Store(app.extensions["settings"].documents)
        sent = factories.stock(session, home, counted, account="0701", store=store, at=now())
        kept = keep_files(store, [("proof.pdf", PROOF)])
        paid = session.scalars(
            sa.select(Return).where(
                Return.registration_id == home.id, Return.state == ReturnState.FILED
            )
        ).first()
        claimed = factories.claim(session, paid, files=kept, at=now())
        told = factories.problem(session, person_id=row.id).reference
        return person, known | {
            "discrepancies.reference": difference,
            "discrepancies.sha256": hashlib.sha256(PROOF).hexdigest(),
            "problems.reference": told,
            "stock.receipt_no": sent.delivery.receipt_no,
            "claims.reference": claimed.reference,
            "claims.sha256": hashlib.sha256(PROOF).hexdigest(),
            **acting(session, row, facts["tax_id"]),
        }


def acting(session, owner: PersonRow, tax_id: str) -> dict[str, str]:
    """Let a deputy act for the owner, and let the owner be invited and invite."""
    other = factories.establishment(session, tax_id=factories.tax_id(900 + owner.id))
    manager = session.get_one(PersonRow, other.applicant_id)
    grant = Grant(rights=["prepare"], duty_groups=[], until=None)
    offers = [
        invite(
            session, grant, tax_id=number, email=email, person_id=by.id,
            submission_id=str(uuid.uuid4()), page="", at=now(),
        )
        for number, email, by in (
            (other.taxpayer.tax_id, owner.email, manager),
            (tax_id, f"deputy{owner.id}@example.com", owner),
            (tax_id, manager.email, owner),
        )
    ]  # fmt: skip
    lent = accept(session, invitation_id=offers[2].id, person_id=manager.id, at=now())
    return {
        "tax_id": tax_id,
        "delegation_id": str(lent.id),
        "invitation_id": str(offers[0].id),
        "sent_id": str(offers[1].id),
    }


def held(session, place: str, draft: str, asked: str, notice: str) -> dict[str, str]:
    product = _last(session, Product)
    filed = session.scalars(sa.select(Return).where(Return.reference.is_not(None))).all()[-1]
    receipts = sa.select(Receipt).where(Receipt.main_id.is_(None)).order_by(Receipt.id)
    return {
        "number": place,
        "assessments.number": notice,
        "receipts.number": session.scalars(receipts).all()[-1].number,
        "product_id": str(product.id),
        "products.reference": product.prices[-1].reference,
        "returns.reference": filed.reference,
        "draft_reference": draft,
        "position": "1",
        "registrations.reference": documented(session, asked),
        "registrations.sha256": hashlib.sha256(PROOF).hexdigest(),
        "change_reference": changed(session, place),
        "message_id": str(_last(session, Message).id),
        "ref1": _last(session, Bill).ref1,
        "row_id": str(_last(session, TaxpayerSession).id),
    }


def documented(session, reference: str) -> str:
    """Let the applicant add the proof to an application; its reference."""
    asked = session.scalars(
        sa.select(Registration).where(Registration.reference == reference)
    ).one()
    proof = Upload(
        name="proof.pdf",
        media_type="application/pdf",
        sha256=hashlib.sha256(PROOF).hexdigest(),
        size_bytes=len(PROOF),
    )
    add_documents(session, [proof], reference=reference, person_id=asked.applicant_id, at=now())
    return reference


def changed(session, number: str) -> str:
    """Let the owner apply for a change of particulars; its reference."""
    place = session.scalars(sa.select(Registration).where(Registration.number == number)).one()
    return factories.change(session, place, person_id=place.applicant_id, at=now()).reference


def _last(session, record):
    return session.scalars(sa.select(record).order_by(record.id)).all()[-1]


def reference(references: dict[str, str], endpoint: str, argument: str) -> str:
    room = endpoint.partition(".")[0]
    fixed = {
        "basis": "month",
        "item": "beer",
        "kind": "pay",
        "registrations.kind": "move",
        "claims.kind": "0501",
        "rule": "R01",
        "sha256": "0" * 64,
        "tariff.item_id": "beer",
        "account": "0701",
        "article_id": "tax-id",
        "changes.month": f"{now():%Y-%m}",
    }
    known = fixed | references
    found = known.get(f"{room}.{argument}") or known.get(argument)
    assert found, f"`held` names no {argument} for {endpoint}"
    return found


def addresses(
    app: Flask, owner: dict[str, str], stranger: dict[str, str] | None = None
) -> Iterator[tuple[Rule, str]]:
    """Yield every address with references of the owner, in some of its places the stranger's."""
    urls = app.url_map.bind("localhost")
    for rule in app.url_map.iter_rules():
        if not rule.arguments or rule.arguments & BEARER:
            continue
        names = sorted(rule.arguments)
        for holders in itertools.product([owner, stranger or owner], repeat=len(names)):
            filled = {
                name: reference(holder, rule.endpoint, name)
                for name, holder in zip(names, holders, strict=True)
            }
            lent = stranger is not None and _is_all_own(filled, stranger, rule.endpoint)
            if not lent:
                yield rule, urls.build(rule.endpoint, filled)


def _is_all_own(filled: dict[str, str], stranger: dict[str, str], endpoint: str) -> bool:
    return all(value == reference(stranger, endpoint, name) for name, value in filled.items())


@cache
def token(browser: Browser, form_page: str) -> str:
    """Return what lets this browser send forms, from a page that has one."""
    fields = browser.page(form_page).all("input")
    return next(item.get("value") for item in fields if item.get("name") == "csrf_token")


def post(browser: Browser, url: str, form_page: str):
    sent = {"submission_id": str(uuid.uuid4()), "csrf_token": token(browser, form_page)}
    return browser.post(url, data=FILLED | sent)


def rows(app: Flask) -> dict[str, list[object]]:
    """Return all there is, but for who is signed in since when."""
    with scenes.database(app).reading() as session:
        return {
            table.name: sorted(map(repr, session.execute(sa.select(table))))
            for table in METADATA.sorted_tables
            if not table.name.endswith(("_account", "_session"))
        }


@pytest.fixture(scope="module")
def neighbours(tmp_path_factory, sqlite_template):
    """Two taxpayers with everything."""
    app = light(portal.create_app(install(tmp_path_factory.mktemp("neighbours"), sqlite_template)))
    yield app, registered(app, SECRET, 1), registered(app, "เพื่อนบ้าน", 2)
    app.extensions["database"].close()


def test_the_owner_opens_every_page(neighbours) -> None:
    """Otherwise the tests below would prove nothing."""
    app, (owner, references), _ = neighbours
    for rule, url in addresses(app, references):
        if "GET" in rule.methods:
            answer = owner.browser.get(url)
            assert answer.status_code < 400, f"{url}: {answer.status_code}"
            answer.close()


def test_a_stranger_finds_nothing_at_anybody_elses_addresses(neighbours) -> None:
    app, (owner, theirs), (stranger, own) = neighbours
    before = rows(app)
    for rule, url in addresses(app, theirs, own):
        for method in rule.methods & {"GET", "POST"}:
            browser = stranger.browser
            answer = browser.get(url) if method == "GET" else post(browser, url, "/account/devices")
            wanted = 302 if rule.endpoint in SILENT else 404
            assert answer.status_code == wanted, f"{method} {url}: {answer.status_code}"
            assert SECRET not in answer.text
    assert rows(app) == before
    owner.browser.page("/returns/")


def test_no_list_shows_what_is_somebody_elses(neighbours) -> None:
    app, (_, theirs), (stranger, own) = neighbours
    foreign = {SECRET, *theirs.values()} - {*own.values()}
    words = {word for word in foreign if len(word) > 6}
    for rule in app.url_map.iter_rules():
        if not rule.arguments and "GET" in rule.methods and not rule.endpoint.startswith("inbox."):
            answer = stranger.browser.get(rule.rule, follow_redirects=True)
            assert answer.status_code < 500, rule
            assert not [word for word in words if word in answer.text], rule


def test_a_visitor_is_let_in_nowhere(neighbours) -> None:
    app, (_, theirs), _ = neighbours
    before = rows(app)
    visitor = Browser(app, use_cookies=True)
    for rule, url in addresses(app, theirs):
        if rule.endpoint in portal.PUBLIC:
            continue  # the law is everybody's
        for method in rule.methods & {"GET", "POST"}:
            answer = visitor.get(url) if method == "GET" else post(visitor, url, "/account/reset")
            assert answer.status_code == 302, f"{method} {url}"
            assert answer.headers["Location"].startswith("/account/sign-in"), url
    assert rows(app) == before


@pytest.fixture(scope="module")
def office(tmp_path_factory, sqlite_template):
    """A back office with an application, a bank's file and every role at two offices."""
    app = light(backoffice.create_app(install(tmp_path_factory.mktemp("office"), sqlite_template)))
    with scenes.database(app).transaction() as session:
        names = {"name": SECRET, "taxpayer_name": SECRET}
        asked = factories.registration(session, office_code="100100", **names).reference
        file = BankFile(
            sha256="0" * 64,
            name="bank.csv",
            imported_at=now(),
            imported_by="officer:1",
            row_count=0,
            total_satang=0,
        )
        session.add(file)
        facts = {"office_code": "100100", "tax_id": factories.tax_id(8), **names}
        made = factories.product(session, factories.establishment(session, **facts))
        proposal = factories.assessment(
            session, factories.discrepancy(session, made), proposed=True
        )
        begun = factories.start(session, made.registration)
        factories.line(session, begun, made)
        sent = factories.file(session, factories.finished(session, begun))
        session.add(delivery := _delivery(app))
        work.enqueue(session, "mail.send", "waiting", {})
        session.flush()
        bill = factories.bill(session, sent)
        facts |= {"tax_id": factories.tax_id(9)}
        settled = factories.paid(session, place=factories.establishment(session, **facts))
        waiting, proposed = (factories.stray(session, bill, amount_satang=1) for _ in range(2))
        references = {
            "registrations.reference": asked,
            "change_reference": changed(session, str(made.registration.number)),
            "cases.reference": proposal.discrepancy.reference,
            "returns.reference": sent.reference,
            "assessments.reference": proposal.reference,
            "position": "1",
            "tariff.number": "1",
            "tariff.key": "2-nothing",
            "pack": "1-20261201T0000",
            "tuning.number": str(proposed_setting(session).id),
            "receipt_no": delivery.receipt_no,
            "file_id": str(file.id),
            "tax_id": factories.tax_id(8),
            "closings.reference": factories.closing(session).reference,
            "day": "2026-11-10",
            "closings.period": f"{now():%Y-%m}",
            "payment_id": str(waiting.id),
            "corrections.reference": propose_reversal(
                session,
                payment_id=waiting.id,
                reason="r",
                submission_id="c",
                officer_id=factories.officer(session, roles=["accountant"]).id,
                at=now(),
            ).reference,
            "resolutions.reference": factories.resolution(session, proposed).reference,
            "remittances.reference": factories.remittance(session).reference,
            "remittances.month": "2026-10",
            "payee_no": "1",
            "counter.reference": (taken := factories.counted(session, bill)).of.reference,
            "counter.receipt_no": receipt_of_payment(session, taken.payment_id).number,
            "copy_no": "0",
            "deposit_no": factories.deposit(session, office="100100").reference,
            "problems.reference": (told := factories.problem(session).reference),
            "support.reference": told,
            "claims.reference": factories.claim(session, settled).reference,
            "search_id": "2147483647",
            "item_id": "mail.send:waiting",
            "row_id": "2147483647",
        }
    yield app, references
    app.extensions["database"].close()


def _delivery(app: Flask) -> Delivery:
    content = Store(app.extensions["settings"].documents).put(b"document_no")
    return Delivery(
        receipt_no="VS-2570-0000009",
        source_code="RD",
        document_no="1",
        channel=Channel.FILE,
        name="sales.csv",
        content_sha256=content,
        rows_sha256=content,
        received_at=now(),
        received_by="system",
        row_count=0,
        accepted_count=0,
        amount_satang=0,
        periods=[],
    )


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("at", ["100100", "020100"])
def test_an_officer_opens_what_role_and_office_permit_and_nothing_else(office, role, at) -> None:
    app, references = office
    officer = hire(app, f"{role}{at}@office.example.org", role, office=at)
    officer.sign_in()
    before = rows(app)
    for rule, url in addresses(app, references):
        needed = getattr(app.view_functions[rule.endpoint], "permission", None)
        may = needed is None or needed in permissions_of([role])
        foreign = rule.endpoint.startswith(OF_AN_OFFICE) and at != "100100"
        refused = 404 if foreign else AT_HOME.get(rule.endpoint)
        for method in rule.methods & {"GET", "POST"}:
            wanted = refused if may else 403
            if method == "POST" and wanted is None:
                continue  # theirs to do
            browser = officer.browser
            answer = browser.get(url) if method == "GET" else post(browser, url, "/account/devices")
            if wanted:
                assert answer.status_code == wanted, f"{method} {url}: {answer.status_code}"
                assert SECRET not in answer.text
            else:
                assert answer.status_code < 400, f"{method} {url}: {answer.status_code}"
    assert rows(app) == before
    lists = ["/registrations/"] if "registration.view" in permissions_of([role]) else []
    lists += ["/cases/?state=all"] if "case.view" in permissions_of([role]) else []
    lists += ["/returns/"] if "return.view" in permissions_of([role]) else []
    lists += ["/assessments/"] if "assessment.view" in permissions_of([role]) else []
    for listed in lists:
        assert (SECRET in officer.browser.page(listed).said) == (at == "100100")


def test_pages_of_one_site_do_not_exist_on_the_other(neighbours, office) -> None:
    """On one machine the port decides; an officer's address on the portal is nothing."""
    (taxpayers, _, (stranger, _)), (officers, references) = neighbours, office
    here = {_shape(rule) for rule in taxpayers.url_map.iter_rules()}
    for rule, url in addresses(officers, references):
        if _shape(rule) not in here and "GET" in rule.methods:
            assert stranger.browser.get(url).status_code == 404, url


def _shape(rule: Rule) -> str:
    return re.sub("<[^>]+>", "<>", rule.rule)


def test_a_cookie_of_the_portal_opens_nothing_in_the_back_office(neighbours, office) -> None:
    (_, (owner, _), _), (officers, _) = neighbours, office
    cookie = owner.browser.get_cookie("portal").value
    thief = officers.test_client()
    for name in ("backoffice", "portal"):
        thief.set_cookie(name, cookie)
    assert thief.get("/registrations/").headers["Location"].startswith("/account/sign-in")


def test_the_record_of_a_taxpayer_is_found_by_its_reference_only(neighbours) -> None:
    """A number that merely begins or ends alike, or has another case, is another number."""
    app, (owner, theirs), _ = neighbours
    with scenes.database(app).reading() as session:
        number = session.scalar(
            sa.select(Registration.number).where(Registration.number == theirs["number"])
        )
    for near in (number[:-1], number + "0", f" {number}", f"{number}%", f"{number[:-1]}_"):
        owner.browser.page(f"/establishments/{near}/products", status=404)
