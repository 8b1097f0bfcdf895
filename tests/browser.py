"""A browser that fills forms as a person does and audits every page it sees.

It runs no JavaScript: what works here works without it. Any fault that the
audit finds fails the test that opened the page.
"""

import re
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from xml.etree.ElementTree import Element

import pyotp
from flask import Flask
from flask.testing import FlaskClient
from html5lib.html5parser import ParseError
from werkzeug.test import TestResponse

from backoffice.accounts import OfficerAccount
from excise.people.models import Officer
from excise.people.models import Person as PersonRow
from excise.work.queue import client
from portal.accounts import TaxpayerAccount
from tests import html
from web.accounts.store import open_account
from web.clock import now

PASSWORD = "three quiet elephants"
_TYPED = ("input", "select", "textarea")
_ENGLISH = re.compile(r"\b[A-Za-z][a-z']+(?: [a-z']+){3,}")
_LEAKS = re.compile(r"\bNone\b|\bundefined\b|\bnan\b|\{\{|\{%|%\(\w+\)|<[A-Z]\w+ object")


@dataclass
class Page:
    """One answer, as text and as a tree."""

    response: TestResponse

    @property
    def text(self) -> str:
        """The whole HTML."""
        return self.response.text

    @property
    def status(self) -> int:
        """The HTTP status."""
        return self.response.status_code

    @property
    def path(self) -> str:
        """Where the browser is, after redirects."""
        return self.response.request.path

    @cached_property
    def tree(self) -> Element:
        """The page as a tree; any error in the HTML raises."""
        return html.read(self.text)

    @property
    def h1(self) -> str:
        """The heading."""
        return words(self.tree.find(".//h1"))

    @property
    def errors(self) -> list[str]:
        """What the error summary says."""
        return [
            words(item) for item in self.all("li") if "govuk-error-summary" in _around(self, item)
        ]

    @property
    def said(self) -> str:
        """The visible text of the main part."""
        return words(self.tree.find(".//main"))

    @property
    def reference(self) -> str:
        """The reference that the answer gives."""
        found = [
            item.get("data-reference") for item in self.tree.iter() if item.get("data-reference")
        ]
        assert found, f"no reference on {self.path}"
        return str(found[0])

    def all(self, tag: str) -> list[Element]:
        """All elements of a kind."""
        return list(self.tree.iter(tag))

    def links(self) -> dict[str, str]:
        """Where each link leads, by its words."""
        return {words(link): link.get("href", "") for link in self.all("a")}


class Browser(FlaskClient):
    """One person's browser: keeps cookies and the page it is on."""

    last: Page

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        """Fetch, and audit what came if it is a page."""
        response = super().open(*args, **kwargs)
        if response.mimetype == "text/html" and response.status_code not in range(300, 400):
            if response.request.headers.get("HX-Request") or self._is_last(response):
                return response  # a part of a page; or seen already, being led to it
            page = Page(response)
            faults = list(audit(page))
            assert not faults, f"{response.request.path}: {faults}"
            self.last = page
        return response

    def _is_last(self, response: TestResponse) -> bool:
        return hasattr(self, "last") and self.last.response is response

    def quiet(self, *args: Any, **kwargs: Any) -> TestResponse:
        """Fetch without the audit, for what no person's browser would send."""
        return super().open(*args, **kwargs)

    def page(self, url: str, *, status: int = 200, **kwargs: Any) -> Page:
        """Open an address, follow redirects, and return the page."""
        response = self.get(url, follow_redirects=True, **kwargs)
        assert response.status_code == status, f"{url}: {response.status_code}\n{response.text}"
        return self.last if self._is_last(response) else Page(response)

    def follow(self, link: str) -> Page:
        """Click the link with these words."""
        links = self.last.links()
        assert link in links, f"no link {link!r} among {sorted(links)}"
        return self.page(links[link])

    def submit(
        self, values: Mapping[str, Any] | None = None, *, button: str | None = None, **more: Any
    ) -> Page:
        """Type into the form of the last page, press the button, and return what comes.

        Names that are no keywords go into `values`. Hidden inputs and what
        already stands in the form go along, as with any browser.
        """
        typed = {**(values or {}), **more}
        form = _form_with(self.last, typed, button)
        data = {**standing(form), **_pressed(form, button)}
        for name, value in typed.items():
            data[name] = _accepted(form, name, value)
        action = _goes_to(form, button) or self.last.response.request.full_path.rstrip("?")
        data = {name: value for name, value in data.items() if value is not None}
        if (form.get("method") or "get").lower() == "get":
            return self.page(action, query_string=data)
        kind = form.get("enctype") or "application/x-www-form-urlencoded"
        answer = self.post(action, data=data, content_type=kind, follow_redirects=True)
        page = self.last if self._is_last(answer) else Page(answer)
        assert page.status < 500, f"{action}: {page.status} {page.said}"
        return page


def words(element: Element | None) -> str:
    """Return the text in an element, spaces made one."""
    return " ".join("".join(element.itertext()).split()) if element is not None else ""


def _around(page: Page, wanted: Element) -> str:
    parents = {child: parent for parent in page.tree.iter() for child in parent}
    classes, element = "", wanted
    while element in parents:
        element = parents[element]
        classes += " " + element.get("class", "")
    return classes


def _form_with(page: Page, typed: Mapping[str, Any], button: str | None) -> Element:
    main = page.tree.find(".//main")
    assert main is not None
    forms = [
        form
        for form in main.iter("form")
        if set(typed) <= {item.get("name") for item in form.iter() if item.get("name")}
        and (button is None or button in [words(item) for item in form.iter("button")])
    ]
    assert forms, f"no form on {page.path} with {sorted(typed)} and button {button!r}\n{page.said}"
    return forms[0]


def standing(form: Element) -> dict[str, Any]:
    """Return what a browser would send if nobody typed anything."""
    data: dict[str, Any] = {}
    for item in form.iter():
        name, kind = item.get("name"), item.get("type", "text")
        if name is None or item.tag not in _TYPED or item.get("disabled") is not None:
            continue
        if item.tag == "select":
            options = list(item.iter("option"))
            chosen = [o for o in options if o.get("selected") is not None] or options[:1]
            data[name] = chosen[0].get("value", "") if chosen else None
        elif item.tag == "textarea":
            data[name] = "".join(item.itertext())
        elif kind in ("radio", "checkbox", "hidden"):  # a hidden list carries many of one name
            if kind == "hidden" or item.get("checked") is not None:
                data.setdefault(name, []).append(item.get("value", "on"))
        elif kind != "file" and kind != "submit":
            data[name] = item.get("value", "")
    return data


def _goes_to(form: Element, button: str | None) -> str | None:
    pressed = (item for item in form.iter("button") if button in (None, words(item)))
    first = next(pressed, None)
    return (first.get("formaction") if first is not None else None) or form.get("action")


def _pressed(form: Element, button: str | None) -> dict[str, str]:
    for item in form.iter("button"):
        if button in (None, words(item)) and item.get("type") != "button":
            return {item.get("name", ""): item.get("value", "")} if item.get("name") else {}
    return {}


def _accepted(form: Element, name: str, value: Any) -> Any:
    """Check that a person could have entered the value there."""
    items = [item for item in form.iter() if item.get("name") == name]
    offered = [
        option.get("value")
        for item in items
        for option in (item.iter("option") if item.tag == "select" else [item])
        if item.tag == "select" or item.get("type") in ("radio", "checkbox")
    ]
    if offered and value is not None:
        wanted = value if isinstance(value, list) else [value]
        assert set(wanted) <= set(offered), f"{name} offers {offered}, not {wanted}"
    return value


def audit(page: Page) -> Iterator[str]:
    """Name everything that is wrong with a page."""
    try:
        tree = page.tree
    except ParseError as error:
        yield f"HTML: {error}"
        return
    language = tree.get("lang")
    if language not in ("th", "en"):
        yield f"language {language}"
    yield from _headings(page)
    yield from _names(tree)
    yield from _forms(tree)
    yield from _scripts(page)
    yield from _leaks(tree, language or "")


def _headings(page: Page) -> Iterator[str]:
    tops = page.all("h1")
    title = words(page.tree.find(".//title"))
    if len(tops) != 1:
        yield f"{len(tops)} h1"
        return
    plain = re.sub(r"^(Error|ข้อผิดพลาด): ", "", title)
    if not plain.startswith(f"{words(tops[0])} – "):
        yield f"title {title!r} is not h1 {words(tops[0])!r}"
    level = 1
    for item in page.all("main")[0].iter() if page.all("main") else []:
        if re.fullmatch("h[1-6]", str(item.tag)):
            if int(item.tag[1]) > level + 1 and "error-summary" not in item.get("class", ""):
                yield f"heading {words(item)!r} skips a level"
            level = int(item.tag[1])


def _names(tree: Element) -> Iterator[str]:
    ids = Counter(item.get("id") for item in tree.iter() if item.get("id") is not None)
    yield from (
        f"id {name!r} {count} times" for name, count in ids.items() if count > 1 or not name
    )
    for item in tree.iter():
        for pointer in ("for", "aria-describedby", "aria-labelledby", "aria-controls"):
            for name in (item.get(pointer) or "").split():
                if name not in ids:
                    yield f"{pointer}={name!r} leads nowhere"
    for link in tree.iter("a"):
        href = link.get("href", "")
        if href in ("", "#") or (href.startswith("#") and href[1:] not in ids):
            yield f"link {words(link)!r} leads nowhere"
        if not words(link) and not link.get("aria-label"):
            yield f"link to {href} has no words"


def _forms(tree: Element) -> Iterator[str]:
    labels = {item.get("for") for item in tree.iter("label") if words(item)}
    for item in tree.iter():
        typed = item.tag in _TYPED and item.get("type") not in ("hidden", "submit")
        if typed and item.get("id") not in labels and not item.get("aria-label"):
            yield f"{item.tag} {item.get('name')!r} has no label"
        if item.tag == "img" and item.get("alt") is None:
            yield "a picture without alt"
        if item.tag == "button" and not words(item):
            yield "a button without words"
    for form in tree.iter("form"):
        names = [item.get("name") for item in form.iter("input")]
        if form.get("method", "get").lower() == "post" and names.count("csrf_token") != 1:
            yield f"form {form.get('action')!r} has {names.count('csrf_token')} csrf_token"


def _scripts(page: Page) -> Iterator[str]:
    policy = page.response.headers.get("Content-Security-Policy", "")
    nonce = re.search("'nonce-(.+?)'", policy)
    if nonce is None or "unsafe" in policy:
        yield f"policy {policy!r}"
    for item in page.tree.iter():
        if item.tag == "script" and (nonce is None or item.get("nonce") != nonce[1]):
            yield "a script without the nonce"
        if item.tag == "style" or item.get("style") is not None:
            yield f"a style inside the page: {item.tag}"
        if any(name.startswith("on") for name in item.keys()):  # noqa: SIM118  # an Element
            yield f"a script in an attribute: {item.tag}"


def _leaks(tree: Element, language: str) -> Iterator[str]:
    for text in _visible(tree, language):
        if leak := _LEAKS.search(text):
            yield f"leak {leak[0]!r} in {text!r}"
        if language == "th" and (english := _ENGLISH.search(text)):
            yield f"not translated: {english[0]!r}"


def _visible(item: Element, language: str) -> Iterator[str]:
    """Yield the texts in the page's own language, without code and quotations."""
    if item.tag in ("script", "code", "style") or item.get("lang", language) != language:
        return
    if item.get("translate") == "no":
        return
    yield item.text or ""
    for child in item:
        yield from _visible(child, language)
        yield child.tail or ""


class Person:
    """Somebody with a browser, a password and perhaps a telephone with codes."""

    def __init__(self, app: Flask, email: str, *, password: str = PASSWORD) -> None:
        """Give the person a fresh browser."""
        self.app, self.email, self.password = app, email, password
        self.browser = Browser(app, use_cookies=True)
        self.key: str | None = None
        self._used = 0

    def sign_up(self, name: str = "สมชาย ใจดี") -> Page:
        """Open an account in the portal and confirm the address by the letter."""
        self.browser.page("/account/register")
        self.browser.submit(name=name, email=self.email, password=self.password)
        link = re.search(
            r"http://localhost:8000(/account/confirm/\S+)",
            letters(self.app, self.email)[-1]["body"],
        )
        assert link is not None
        return self.browser.page(link[1])

    def sign_in(self) -> Page:
        """Sign in, with a code if the site asks for one."""
        self.browser.page("/account/sign-in")
        page = self.browser.submit(email=self.email, password=self.password)
        return self.browser.submit(code=self.code()) if "/tf-validate" in page.path else page

    def set_up_codes(self) -> Page:
        """Scan the key with the telephone; the browser stands on the page that offers it."""
        page = self.browser.submit(setup="authenticator")
        self.key = next(i.get("data-key") for i in page.tree.iter("code") if i.get("data-key"))
        return self.browser.submit(code=self.code())

    def code(self) -> str:
        """Return a code that was not used yet; the server takes each once."""
        assert self.key is not None
        self._used = max(int(time.time()) // 30 - 1, self._used + 1)
        return pyotp.TOTP(self.key).at(self._used * 30)

    def sign_out(self) -> None:
        """Sign out by the button in the menu."""
        token = next(
            item.get("value")
            for item in self.browser.last.all("input")
            if item.get("name") == "csrf_token"
        )
        self.browser.post("/account/sign-out", data={"csrf_token": token})


def enrol(app: Flask, email: str, name: str = "สมชาย ใจดี") -> Person:
    """Put a confirmed account into the portal's database, and hand its person a browser."""
    person = Person(app, email)
    with app.app_context(), app.extensions["database"].transaction() as session:
        row = PersonRow(name=name, email=email, created_at=now())
        open_account(session, TaxpayerAccount, person=row, password=PASSWORD)
    return person


def hire(app: Flask, email: str, *roles: str, codes: bool = True, office: str = "000000") -> Person:
    """Put an officer into the database, and hand them a browser, a password and an app."""
    officer = Person(app, email)
    officer.key = pyotp.random_base32() if codes else None
    with app.app_context(), app.extensions["database"].transaction() as session:
        row = PersonRow(name="สมศรี ตั้งใจ", email=email, created_at=now())
        open_account(session, OfficerAccount, person=row, password=PASSWORD, totp_key=officer.key)
        session.flush()  # the officer needs the person's id
        session.add(
            Officer(person_id=row.id, office_code=office, position_th="นักวิชาการภาษี", roles=[*roles])
        )
    return officer


def letters(app: Flask, to: str) -> list[dict[str, str]]:
    """Return the letters that wait for the worker, in the order they were posted."""
    library = client(app.extensions["database"].engine)
    rows = library.list_workflows(name="mail.send", load_input=True, sort_desc=False)
    sent = [row.input["args"][0] for row in rows if row.input is not None]
    return [letter for letter in sent if letter["to"] == to]
