"""Every form that a visitor can reach, filled with what careless and hostile people send."""

import io
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from excise.written import western
from tests.browser import Browser, Page, audit, standing
from web.fields.texts import plain

VALUES = [
    "",
    "   ",
    "ก" * 10_000,
    "a\x00b\x1b[31m\x7f",
    "\u202eevil\u2066\ufeff\uffff",
    "👩‍👩‍👧‍👦🇹🇭 e" + "\u0301" * 300,
    "๑๒๓",
    "١٢٣",
    "²³＝",
    "-1",
    "0",
    "1e999",
    "NaN",
    "Infinity",
    "99999999999999999999",
    str(2**63),
    "1" * 5000,
    "0.00001",
    "12,50",
    "31/2/2569",
    "3112",
    "1483",
    "' OR 1=1; DROP TABLE person; --",
    "</textarea><script>alert(1)</script>\"'><img src=x onerror=alert(1)>",
    "%s %(a)s {0} {{ 7*7 }} {% x %}",
    "a\r\nSet-Cookie: x=1\r\n\r\nb",
    "../../etc/passwd",
    "//evil.example/x",
]
BODIES = [
    ("application/json", body)
    for body in ("[]", "[1, 2]", "5", "null", "{", "[" * 50_000, '{"%s": {"a": 1}}', '{"%s": 5}')
] + [
    ("multipart/form-data", "x"),
    ("multipart/form-data; boundary=a", '--a\r\nContent-Disposition: form-data; name="x\r\n'),
    ("multipart/form-data; boundary=a", "--a\r\n\r\nfoo"),
    ("text/xml", "<x/>"),
    ("", "x=1"),
    ("application/x-www-form-urlencoded", "%" * 1000 + "&a=%ed%a0%80&%00=1&=&&"),
]
# Read before any form is asked, and so sent to one form only.
LONG = ("application/x-www-form-urlencoded", "&".join(f"a{number}=1" for number in range(25_000)))
CLOSED = re.compile(r"sign-out|lang=|^/static|\.pdf$|\.json$|^/inbox|^/v$|^/problems/new[?]")
LEAKS = re.compile("^(leak|not translated)")  # what was typed may look like either


@dataclass
class Form:
    """A form as it stood on its page: what it sends, and what a person types into it."""

    method: str
    action: str
    standing: dict[str, Any]
    typed: list[str]
    endpoint: str = ""


def forms(browser: Browser, *starts: str) -> list[Form]:
    """Follow every link from the first pages and return each kind of form once."""
    seen: set[str] = set()
    found: dict[object, Form] = {}
    waiting = list(starts)
    urls = browser.application.url_map.bind("localhost")
    while waiting:
        url = waiting.pop()
        kind = re.sub(r"\d+", "9", url)
        if kind in seen or CLOSED.search(url):
            continue
        seen.add(kind)
        answer = browser.get(url, follow_redirects=True)
        if answer.mimetype != "text/html":
            continue
        page = browser.last
        waiting += [link.get("href") for link in page.all("a") if link.get("href", "")[0] == "/"]
        for form in forms_of(page):
            form.endpoint = urls.match(form.action.partition("?")[0], form.method)[0]
            found.setdefault((form.endpoint, *form.typed), form)
    return [form for form in found.values() if form.typed]


def forms_of(page: Page) -> list[Form]:
    """Return the forms of a page."""
    return [*_read_forms(page)]


def _read_forms(page: Page) -> Iterator[Form]:
    for item in page.all("main")[0].iter("form"):
        typed = [
            part.get("name", "")
            for part in item.iter()
            if part.tag in ("input", "select", "textarea")
            and part.get("type") not in ("hidden", "submit", "file")
        ]
        action = item.get("action") or page.response.request.full_path.rstrip("?")
        yield Form(
            (item.get("method") or "get").lower(), action, standing(item), [*dict.fromkeys(typed)]
        )


def attack(browser: Browser, form: Form) -> Iterator[tuple[str, Any]]:
    """Send the form in every wrong way; yield how, and the answer."""
    if form.method == "get":
        for value in VALUES:
            sent = {**form.standing, **dict.fromkeys(form.typed, value)}
            yield value, browser.quiet(form.action.partition("?")[0], query_string=sent)
        return
    for value in VALUES:
        yield value, _post(browser, form, **dict.fromkeys(form.typed, value))
    yield "nothing", _post(browser, form, **dict.fromkeys(form.typed))
    yield "twice", _post(browser, form, **dict.fromkeys(form.typed, ["1", "x"]))
    yield "lists", _post(browser, form, **{f"{name}[]": "1" for name in form.typed})
    yield "no such form", _post(browser, form, submission_id="../1")
    uploads = {name: (io.BytesIO(b"x"), "x.txt") for name in form.typed}
    yield "files", _post(browser, form, **uploads)
    for kind, body in BODIES:
        text = body.replace("%s", form.typed[0])
        yield f"{kind} {body[:20]}", _send(browser, form, kind, text)
    half = json.dumps(dict.fromkeys(form.typed, "\ud800"))
    yield "half a letter", _send(browser, form, "application/json", half)


def _send(browser: Browser, form: Form, kind: str, body: str) -> Any:
    token = {"X-CSRFToken": form.standing["csrf_token"][0]}
    return browser.quiet(form.action, method="POST", data=body, content_type=kind, headers=token)


def _post(browser: Browser, form: Form, **changed: Any) -> Any:
    data = {
        name: value for name, value in {**form.standing, **changed}.items() if value is not None
    }
    return browser.quiet(form.action, method="POST", data=data)


def all_faults(browser: Browser, found: list[Form]) -> str:
    """Return what is wrong with any of the forms, a line each."""
    posted = next(form for form in found if form.method == "post")
    assert _send(browser, posted, *LONG).status_code < 500
    return "\n".join(fault for form in found for fault in faults(browser, form))


def faults(browser: Browser, form: Form) -> Iterator[str]:
    """Yield what a person would call a fault: a broken page, or words that are gone."""
    for how, answer in attack(browser, form):
        if answer.status_code >= 500:
            yield f"{form.action} with {how[:40]!r}: {answer.status_code}"
        elif answer.mimetype == "text/html" and answer.status_code in (200, 422):
            page = Page(answer)
            wrong = [fault for fault in audit(page) if not LEAKS.match(fault)]
            yield from (f"{form.action} with {how[:40]!r}: {fault}" for fault in wrong)
            if not wrong:
                yield from _lost(form, how, page)


def _lost(form: Form, value: str, page: Page) -> Iterator[str]:
    """Yield the boxes whose words went away while the page asks for them again."""
    if value not in VALUES or form.method == "get":
        return
    shown = {item.get("name"): item for item in page.all("input") + page.all("textarea")}
    for name in form.typed:
        item = shown.get(name)
        if item is None or item.get("type", "text") not in ("text", "email"):
            continue
        kept = item.get("value", "") if item.tag == "input" else "".join(item.itertext())
        if _bare(kept) != _bare(value):
            yield f"{form.action}: {name} forgot {value[:40]!r}, shows {kept[:40]!r}"


def _bare(text: str) -> str:
    """Return what must be kept of a text: not its spaces, dashes and kind of digits."""
    return western(plain(text)).replace("-", "")
