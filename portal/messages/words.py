"""What each kind of message says: why it came, and the one thing to do."""

from dataclasses import dataclass
from typing import Any

from flask import url_for
from flask_babel import lazy_gettext as _
from flask_babel.speaklater import LazyString

from excise.messages.models import Message


@dataclass(frozen=True)
class Words:
    """A title, the reason, the words of the action and the page that it opens."""

    title: LazyString
    why: LazyString
    action: LazyString
    endpoint: str
    argument: str = "reference"

    def link(self, message: Message) -> str:
        """Return where the action is."""
        named: dict[str, Any] = {self.argument: message.reference}
        return url_for(self.endpoint, **named)


_CORRECT = _("Correct it and send it again")
_READ = _("Read the reason")
_LOOK = _("Look at it")
_CHANGE = "registrations.show_change", "change_reference"
_ANSWER = _("Read the figures and answer")
WORDS: dict[str, Words] = {
    "registration_approved": Words(
        _("Registration approved"),
        _("The establishment has its registration number. Now enter its products and prices."),
        _("Open the registration"),
        "registrations.show",
    ),
    "registration_returned": Words(
        _("Correct your application"),
        _("The officer found entries of the application that must be corrected."),
        _CORRECT,
        "registrations.show",
    ),
    "registration_rejected": Words(
        _("Application not approved"),
        _("The application has ended; the officer says why."),
        _READ,
        "registrations.show",
    ),
    "change_approved": Words(
        _("Change of the registration approved"),
        _("It holds from the day that you named."),
        _LOOK,
        *_CHANGE,
    ),
    "change_returned": Words(
        _("Correct your application for a change"),
        _("The officer found entries of the application that must be corrected."),
        _CORRECT,
        *_CHANGE,
    ),
    "change_rejected": Words(
        _("Change of the registration not approved"),
        _("The application has ended; the officer says why."),
        _READ,
        *_CHANGE,
    ),
    "discrepancy_notified": Words(
        _("Answer a notice of a discrepancy"),
        _("What was declared differs from what others told the Department."),
        _ANSWER,
        "discrepancies.show",
    ),
    "discrepancy_reminded": Words(
        _("Reminder: answer a notice of a discrepancy"),
        _("The time to answer was over; there is a little more."),
        _ANSWER,
        "discrepancies.show",
    ),
    "discrepancy_grown": Words(
        _("The figures of a notice have grown"),
        _("Others told the Department more since. There is new time to answer."),
        _ANSWER,
        "discrepancies.show",
    ),
    "discrepancy_refused": Words(
        _("Your answer to a notice was refused"),
        _("The officer goes on with the matter and says why."),
        _READ,
        "discrepancies.show",
    ),
    "discrepancy_silent": Words(
        _("The time to answer a notice is over"),
        _("An officer goes on without an answer."),
        _LOOK,
        "discrepancies.show",
    ),
    "discrepancy_result": Words(
        _("The result of a notice of a discrepancy"),
        _("The matter has ended."),
        _LOOK,
        "discrepancies.show",
    ),
    "assessment_served": Words(
        _("Notice of assessment"),
        _("Tax was assessed. It can be appealed against, and must be paid in time all the same."),
        _("Read the notice and pay"),
        "assessments.show",
        "number",
    ),
}
