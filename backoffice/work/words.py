"""Kinds and states of work, in words."""

from datetime import timedelta

from flask_babel import lazy_gettext as _
from flask_babel import ngettext
from flask_babel.speaklater import LazyString

from excise.work import Item, State

KINDS: dict[str, LazyString] = {
    "mail.send": _("Letter by e-mail"),
    "receipts.render": _("Receipt as a document"),
    "assessments.serve": _("Notice of assessment"),
    "evidence.read": _("Reading of a delivery"),
    "evidence.read_messages": _("Reading of agencies' messages"),
    "matching.run": _("Comparison of a month"),
    "trials.run": _("Trial of an edition of the tariff"),
    "matching.nightly": _("Comparison of every night"),
    "cases.clocks": _("Clocks of discrepancies, every night"),
    "closing.certify": _("Certificate of a closed period"),
    "counter.match_deposits": _("Search for a counter's deposits at the bank"),
    "counter.match_deposits_nightly": _("Search for deposits, every night"),
    "messages.remind": _("Reminders of unread messages, every night"),
    "packs.make": _("Evidence pack"),
    "payments.receive_file": _("Receiving of a bank's file"),
    "receipts.copy": _("Copy of a receipt"),
    "receipts.render_all": _("Receipts of a bank's file as documents"),
    "replays.run": _("Replay of a rule's setting"),
    "taxpayers.changes": _("Changes of registrations that take effect, every night"),
    "uploads.read": _("Reading of a file of lines"),
}
STATES: dict[State, LazyString] = {
    State.RUNNING: _("Running"),
    State.WAITING: _("In the queue"),
    State.FAILED: _("Failed"),
    State.STOPPED: _("Stopped"),
    State.DONE: _("Done"),
}
COLOURS = {State.RUNNING: "blue", State.FAILED: "red", State.STOPPED: "orange"}


def kind(name: str) -> str:
    """Return what a workflow does, in words."""
    return str(KINDS.get(name, name))


def subject(item: Item) -> str:
    """Return what a piece of work is about: its key."""
    return item.id.partition(":")[2]


def percent(item: Item) -> int | None:
    """Return how far a piece of work is, in percent, when it tells."""
    if item.progress is None or not item.progress[1]:
        return None
    done, of = item.progress
    return min(100, done * 100 // of)


def lasted(time: timedelta) -> str:
    """Return a length of time in its largest unit, rounded down."""
    seconds = max(0, int(time.total_seconds()))
    if seconds < 120:
        said = ngettext("%(num)s second", "%(num)s seconds", seconds)
    elif seconds < 7200:
        said = ngettext("%(num)s minute", "%(num)s minutes", seconds // 60)
    else:
        said = ngettext("%(num)s hour", "%(num)s hours", seconds // 3600)
    return str(said)
