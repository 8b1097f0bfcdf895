"""Taxpayers and officers as visitors: they read pages, fill in forms and press buttons.

As with any browser, what already stands in a form goes along, and only what the page
offers can be chosen. What they do not expect ends the story with the page's own words.
"""

import base64
import hmac
import re
import time
from typing import Any
from urllib.parse import urljoin

import requests
from lxml import html

from exchange.simulators.installation import Installation, Unexpected, wait_for

PASSWORD = "three quiet elephants"  # noqa: S105  # of invented people
TIMEOUT_SECONDS = 30
CODE_SECONDS = 30


class Visitor:
    """Somebody with a browser of their own, in Thai; `page` at `address` is what they see."""

    page: html.HtmlElement
    address = ""

    def __init__(self, place: Installation, site: str, email: str) -> None:
        """Sit down before one of the two sites."""
        self.site, self.email, self._inbox = site, email, f"{place.portal}/inbox/"
        self._browser = requests.Session()
        self._browser.trust_env = False
        self._browser.headers["Accept-Language"] = "th"

    @property
    def main(self) -> html.HtmlElement:
        """The page without its head and foot."""
        main: html.HtmlElement = self.page.get_element_by_id("main-content")
        return main

    @property
    def words(self) -> str:
        """What the page says, spaces made one."""
        return " ".join(self.main.text_content().split())

    @property
    def reference(self) -> str:
        """The first reference that the page gives."""
        return self._first(self.page.xpath("//@data-reference"), "a reference")

    def found(self, pattern: str) -> str:
        """Return the first words of the page that fit the pattern."""
        return self._first(
            [m[0] for m in re.finditer(pattern, self.words)], f"words like {pattern}"
        )

    def links(self, part: str) -> list[str]:
        """Return the addresses with `part` that the page links to."""
        return [str(link) for link in self.main.xpath(".//a/@href") if part in link]

    def _first(self, found: list[Any], what: str) -> str:
        if not found:
            raise self.unexpected(what)
        return str(found[0])

    def unexpected(self, expected: str) -> Unexpected:
        """Return the error that says what was expected and what the page says."""
        return Unexpected(f"{self.address}: expected {expected}; the page says:\n{self.words}")

    def open(self, address: str, *, refused: bool = False) -> None:
        """Go to an address of the site, which must be `refused` or show no problem."""
        self._ask("GET", address, refused=refused)

    def follow(self, part: str) -> None:
        """Click the first link of the page whose address contains `part`."""
        self.open(self._first(self.links(part), f"a link with {part!r}"))

    def download(self, part: str) -> bytes:
        """Save what the first link with `part` in its address leads to."""
        return self._sent("GET", self._first(self.links(part), f"a link with {part!r}")).content

    def send(
        self,
        typed: dict[str, Any] | None = None,
        *,
        to: str = "",
        file: tuple[str, bytes] | None = None,
        refused: bool = False,
        **more: Any,
    ) -> None:
        """Fill in the form that has these fields and leads `to` an address; press its button.

        A list is what is ticked of many. The answer must be `refused` or show no problem.
        """
        form = self._form({**(typed or {}), **more}, to)
        action, data = urljoin(self.address, form.action or self.address), form.form_values()
        if form.method == "GET":
            self._ask("GET", action, params=data)
        else:
            files = {"file": file} if file else None
            self._ask("POST", action, data=data, files=files, refused=refused)

    def force(self, address: str, **typed: str) -> None:
        """Send what the page does not offer, with its token; it must be refused."""
        token = self._first(self.page.xpath("//input[@name='csrf_token']/@value"), "a token")
        self._ask("POST", address, data=typed | {"csrf_token": token}, refused=True)

    def _form(self, typed: dict[str, Any], to: str) -> Any:
        for form in self.main.forms:
            if set(typed) <= set(form.fields) and to in (form.action or self.address):
                for name, value in typed.items():
                    try:
                        form.fields[name] = value
                    except ValueError:
                        raise self.unexpected(f"{name} to offer {value!r}") from None
                return form
        raise self.unexpected(f"a form with {sorted(typed)} {to}")

    def _ask(self, method: str, address: str, *, refused: bool = False, **sent: Any) -> None:
        if method == "POST":  # as browsers do; over TLS a form without it is refused
            sent["headers"] = {"Referer": self.address}
        answer = self._sent(method, address, **sent)
        self.page, self.address = html.fromstring(answer.content), answer.url
        problem = answer.status_code >= 400 or bool(self.page.find_class("govuk-error-summary"))
        if problem != refused:
            raise self.unexpected("a refusal" if refused else "no problem")

    def _sent(self, method: str, address: str, **sent: Any) -> requests.Response:
        where = urljoin(f"{self.site}/", address)
        try:
            return self._browser.request(method, where, timeout=TIMEOUT_SECONDS, **sent)
        except requests.RequestException as error:
            raise Unexpected(f"{where} does not answer: {error}") from error

    def letter(self, subject: str = "") -> None:
        """Wait for a letter in the local inbox and click the first link in it."""
        mine = f"//tbody/tr[contains(., '{self.email}')][contains(., '{subject}')]//a/@href"

        def letters() -> list[Any]:
            self.open(self._inbox)
            return list(self.page.xpath(mine))

        wait_for(f"a letter to {self.email}", letters)
        self.open(urljoin(self._inbox, letters()[0]))
        self.open(self.main.find_class("govuk-inset-text")[0].xpath(".//a/@href")[0])

    def sign_up(self, name: str) -> None:
        """Open an account in the portal, confirm it by the letter, sign in."""
        self.open("/account/register")
        self.send(name=name, email=self.email, password=PASSWORD)
        self.letter()
        self._sign_in()

    def _sign_in(self) -> None:
        self.open("/account/sign-in")
        self.send(email=self.email, password=PASSWORD)

    def come_in(self) -> None:
        """Begin as an invited officer: password by letter, second factor by telephone."""
        self.open("/account/reset")
        self.send(email=self.email)
        self.letter()
        self.send(password=PASSWORD, password_confirm=PASSWORD)
        self._sign_in()
        self.send(setup="authenticator")
        key = self._first(self.page.xpath("//@data-key"), "a key for the telephone")
        self.send(code=code_of(key, time.time()))


def code_of(key: str, at: float) -> str:
    """Return the six digits that a telephone shows for a key. Standard: RFC 6238.

    >>> code_of("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ", 59)
    '287082'
    """
    moment = int(at) // CODE_SECONDS
    digest = hmac.digest(base64.b32decode(key), moment.to_bytes(8, "big"), "sha1")
    place = digest[-1] & 15
    number = int.from_bytes(digest[place : place + 4], "big") & 0x7FFF_FFFF
    return f"{number % 1_000_000:06d}"
