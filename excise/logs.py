"""What every process writes about its work: one JSON object a line, on stderr.

Words for people go to stdout. A line has `at`, `level`, `logger`, `message` (a constant
sentence), `request` (what the work belongs to) and what else its writer added by `extra`.
Nobody may log what names a taxpayer or opens a door; what slips through is blackened here.
"""

import logging
import re
import sys
import traceback
from contextlib import suppress
from contextvars import ContextVar
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, TextIO

from pythonjsonlogger.json import JsonFormatter

# What the present work belongs to: the id of a request, or of an agency's message.
# Work that is asked for keeps it, so a letter can be traced to the click that caused it.
reference: ContextVar[str] = ContextVar("reference", default="")

LOG = logging.getLogger("excise")
_FRAMES = 16  # the innermost; enough to see the way from our code into a library
_CAUSES = 3
_LONGEST = 4000
_SECRETS = (
    # What the database says of a row, and what SQLAlchemy says of a statement.
    (re.compile(r"\[parameters: .*?(?=\n\(Background|\Z)", re.DOTALL), "[parameters: *]"),
    (re.compile(r"^(DETAIL|CONTEXT): .*", re.MULTILINE), r"\1: *"),
    (re.compile(r"://[^/\s@]+@"), "://*@"),
    (
        re.compile(
            r"(?i)\b(authorization|cookie|passw\w*|passphrase|secret|token|otp)(['\"]?\s*[:=])"
            r"\s*(?:(?:bearer|basic|digest)\s+)?[^\s,;&)}\]]+"
        ),
        r"\1\2 *",
    ),
    (re.compile(r"(?i)\b(bearer|basic)\s+[\w.~+/=-]{8,}"), r"\1 *"),
    # Links and codes that open by themselves, and whatever stands behind a question mark.
    (re.compile(r"(/account/[a-z-]+|/v/[^/\s]+)/[^\s'\"]+"), r"\1/*"),
    (re.compile(r"(/[^\s?'\"]*)\?[^\s'\"]+"), r"\1?*"),
    (re.compile(r"[^\s@<>'\"(),:;=]+@[\w-]+(?:\.[\w-]+)+"), "*"),
    # Signed values (cookies, links), keys of second factors, random tokens (no digest, no UUID).
    (re.compile(r"[\w-]{16,}\.[\w-]{5,}\.[\w-]{16,}"), "*"),
    (re.compile(r"\b[A-Z2-7]{24,}\b"), "*"),
    (
        re.compile(r"(?<![\w-])(?=[\w-]*[A-Z])(?=[\w-]*[a-z])(?=[\w-]*\d)[\w-]{40,}(?![\w-])"),
        "*",
    ),
    # Tax numbers (a registration's begins with its owner's) and telephones.
    (re.compile(r"(?<![0-9A-Za-z])(\d{13}|\d{17}|\d-\d{4}-\d{5}-\d{2}-\d)(?![0-9A-Za-z])"), "*"),
    (re.compile(r"(?<![\w.-])(?:\+66|0)[ -]?\d(?:[ -]?\d){7,8}(?![\w-])"), "*"),
)
_THAI = re.compile(r"[\u0e00-\u0e7f]+(?:\s+[\u0e00-\u0e7f]+)*")
_QUOTED = re.compile(r"""(?<!\w)(['"])([^'"\n]*)\1""")
_NAME = re.compile(r"[a-z_/<][\w./<>-]*")  # of a column, a file or a function
_IDS = {"at", "level", "logger", "request", "server_message"}


def set_up() -> None:
    """Let this process write its log; a terminal gets it in a form for people."""
    root = logging.getLogger()
    if any(isinstance(handler, _Stderr) for handler in root.handlers):
        return
    handler = _Stderr()
    handler.setFormatter(Readable() if sys.stderr.isatty() else Lines())
    root.addHandler(handler)
    LOG.setLevel(logging.INFO)
    # The library of durable work brings its own form, unless it finds a handler.
    logging.getLogger("dbos").handlers[:] = [handler]
    logging.captureWarnings(True)
    sys.excepthook = _uncaught


def redacted(text: str) -> str:
    """Blacken what no log may hold: who somebody is, and what opens a door.

    >>> redacted("0105568696810 wrote a@example.com of /account/reset/WyJhIl0.x?next=/")
    '* wrote * of /account/reset/*'
    """
    for pattern, instead in _SECRETS:
        text = pattern.sub(instead, text)
    return text


def redacted_words(text: str) -> str:
    """Blacken an error's or a library's words: also what they quote, and Thai, which is data.

    >>> redacted_words("no column 'tax_id' for 'Somchai' of บริษัท ตัวอย่าง")
    "no column 'tax_id' for '*' of *"
    """
    return _THAI.sub("*", _QUOTED.sub(_unless_a_name, redacted(text)))[:_LONGEST]


def _unless_a_name(found: re.Match[str]) -> str:
    quote, words = found.groups()
    return found[0] if _NAME.fullmatch(words) else f"{quote}*{quote}"


class Lines(JsonFormatter):
    """A JSON object a line."""

    def __init__(self) -> None:
        """Give what an exception was the name `error`."""
        super().__init__("", rename_fields={"exc_info": "error"})

    def add_fields(
        self, log_data: dict[str, Any], record: logging.LogRecord, message_dict: dict[str, Any]
    ) -> None:
        """Begin with what every line has."""
        at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        ours = record.name.partition(".")[0] == LOG.name
        log_data["at"] = at.replace("+00:00", "Z")
        log_data["level"] = record.levelname.lower()
        log_data["logger"] = record.name
        log_data["message"] = record.message if ours else redacted_words(record.message)
        if told := reference.get():
            log_data["request"] = told
        super().add_fields(log_data, record, message_dict)

    def process_log_record(self, log_data: dict[str, Any]) -> dict[str, Any]:
        """Blacken every word but the ids."""
        return {
            name: value if name in _IDS else _redacted_value(value)
            for name, value in log_data.items()
        }

    def formatException(self, ei: Any) -> Any:  # noqa: N802  # logging's name
        """Tell the type, the redacted words and the places, never a value."""
        return error_facts(ei[1]) if ei[1] else None


class Readable(Lines):
    """The same for somebody who sits before it."""

    def jsonify_log_record(self, log_data: dict[str, Any]) -> str:
        """Put the moment and the sentence first, then the fields."""
        at, level, _, message, *_rest = log_data.values()
        error = log_data.pop("error", None)
        fields = [f"{name}={value}" for name, value in list(log_data.items())[4:]]
        line = " ".join([at[11:23], f"{level.upper():<7}", message, *fields])
        return "\n    ".join([line, *_told(error)])


def error_facts(
    error: BaseException, *, words: bool = True, causes: int = _CAUSES
) -> dict[str, Any]:
    """Return what may be logged of an exception: type, redacted words, places, cause."""
    kind = type(error)
    home = "" if kind.__module__ == "builtins" else f"{kind.__module__}."
    facts: dict[str, Any] = {"type": home + kind.__qualname__}
    if words:  # their first line: SQLAlchemy and PostgreSQL put statements and rows below it
        facts["said"] = redacted_words(str(error).partition("\n")[0])[:300]
    facts["places"] = _places(error.__traceback__)
    cause = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if cause and causes:
        facts["cause"] = error_facts(cause, words=words, causes=causes - 1)
    return facts


def _places(trace: TracebackType | None) -> list[str]:
    frames = traceback.extract_tb(trace)[-_FRAMES:]
    return [f"{_short(frame.filename)}:{frame.lineno} {frame.name}" for frame in frames]


def _short(file: str) -> str:
    """Return where a file stands in its package.

    >>> _short("/usr/lib/site-packages/flask/app.py")
    'flask/app.py'
    """
    return re.sub(r"^.*/(?:site-packages|python3\.\d+)/", "", file).removeprefix(_ROOT)


_ROOT = __file__.removesuffix("excise/logs.py")


def _told(error: Any) -> list[str]:
    if not isinstance(error, dict):
        return []
    return [f"{error['type']}: {error.get('said')}", *error["places"], *_told(error.get("cause"))]


def _redacted_value(value: Any) -> Any:
    if isinstance(value, str):
        return redacted(value)
    if isinstance(value, dict):
        return {name: _redacted_value(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_redacted_value(each) for each in value]
    return value if isinstance(value, int | float | None) else redacted_words(str(value))


class _Stderr(logging.StreamHandler[TextIO]):
    """Writes to what stderr is at the moment; a log that cannot be written stops nobody."""

    def __init__(self) -> None:
        logging.Handler.__init__(self)

    @property
    def stream(self) -> TextIO:  # type: ignore[override]
        return sys.stderr

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802
        # Logging's own way prints the arguments.
        with suppress(OSError, ValueError):
            place = f"{_short(record.pathname)}:{record.lineno}"
            self.stream.write(f'{{"message": "a line could not be logged", "place": "{place}"}}\n')


def _uncaught(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    if issubclass(kind, KeyboardInterrupt):
        sys.__excepthook__(kind, error, trace)
    else:
        LOG.critical("ended by an error", exc_info=error)
