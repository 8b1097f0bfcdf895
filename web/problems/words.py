"""Categories, kinds, states and steps of reports, in words."""

from flask_babel import lazy_gettext as _
from flask_babel.speaklater import LazyString

from excise.problems.rules import Category, ProblemKind, ProblemState

CATEGORIES: dict[Category, LazyString] = {
    Category.STUCK: _("Something does not work, or I cannot go on"),
    Category.WRONG: _("A figure or a statement is wrong"),
    Category.UNCLEAR: _("I do not understand what to do"),
    Category.ACCESS: _("It is hard to use with my device, keyboard or screen reader"),
    Category.IDEA: _("I have an idea"),
    Category.OTHER: _("Something else"),
}
KINDS: dict[ProblemKind, LazyString] = {
    ProblemKind.FAULT: _("Fault"),
    ProblemKind.SUGGESTION: _("Suggestion"),
    ProblemKind.QUESTION: _("Question"),
    ProblemKind.LAW: _("About the law"),
}
STATES: dict[ProblemState, LazyString] = {
    ProblemState.REPORTED: _("Reported"),
    ProblemState.TRIAGED: _("Being looked at"),
    ProblemState.ANSWERED: _("Answered"),
    ProblemState.PLANNED: _("Change planned"),
    ProblemState.CHANGED: _("Changed"),
    ProblemState.DECLINED: _("No change"),
}
COLOURS = {
    ProblemState.REPORTED: "yellow",
    ProblemState.TRIAGED: "blue",
    ProblemState.PLANNED: "purple",
}
STEPS: dict[str, LazyString] = {
    "reported": _("Your report was received"),
    "triaged": _("An officer is looking at it"),
    "answered": _("Answered"),
    "planned": _("A change is planned"),
    "changed": _("It was changed"),
    "declined": _("Nothing will be changed"),
    "news-published": _("The change was made public"),
}
