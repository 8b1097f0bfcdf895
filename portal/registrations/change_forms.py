"""What an applicant enters about a change of a registration."""

from collections.abc import Iterable
from typing import Any

from flask_babel import lazy_gettext as _
from flask_babel.speaklater import LazyString
from wtforms import MultipleFileField, TextAreaField
from wtforms.validators import Length

from excise.offices.models import Office
from excise.taxpayers.models import Change, Registration
from excise.taxpayers.rules import ALTERING, ENTRIES, ChangeKind
from portal.registrations.forms import ApplicationForm, check_groups
from web.fields import BEDateField, Needed, SubmissionForm, TaxIdField, TextField, plain

TITLES: dict[ChangeKind, LazyString] = {
    ChangeKind.PARTICULARS: _("Change the particulars"),
    ChangeKind.MOVE: _("Move the establishment"),
    ChangeKind.TRANSFER: _("Transfer the business"),
    ChangeKind.CLOSING: _("Close the establishment"),
}
DAYS: dict[ChangeKind, LazyString] = {
    ChangeKind.PARTICULARS: _("From which day does it hold?"),
    ChangeKind.MOVE: _("First day at the new address"),
    ChangeKind.TRANSFER: _("First day of the new owner"),
    ChangeKind.CLOSING: _("Last day of business"),
}


class FilesForm(SubmissionForm):
    """Documents, added to an application."""

    files = MultipleFileField(
        _("Documents"),
        description=_(
            "You may add up to 5 files (PDF, JPEG or PNG), each of at most 5 MB. "
            "If this page comes back, choose them again."
        ),
    )

    def uploads(self) -> list[tuple[str, bytes]]:
        """Return the files by name and content."""
        chosen = [each for each in self.files.data or [] if each and each.filename]
        return [(each.filename, each.read()) for each in chosen]


class ChangeForm(FilesForm, ApplicationForm):
    """Every field that a change may ask for; those of another kind are taken away."""

    effective_on = BEDateField(validators=[Needed(_("Enter the day"))])
    new_owner_tax_id = TaxIdField(
        _("Tax identification number of the new owner"),
        [Needed(_("Enter the 13 digits of the tax number"))],
        description=_("13 digits of the company or person; spaces and dashes do not matter."),
    )
    new_owner_name = TextField(
        _("Name of the new owner"), [Needed(_("Enter the name of the company or person"))]
    )
    reason = TextAreaField(
        _("Reason"), [Needed(_("Enter the reason")), Length(max=1000)], filters=[plain]
    )

    def __init__(self, kind: ChangeKind, place: Registration, offices: Iterable[Office]) -> None:
        """Show what is registered now, to be changed."""
        names = ENTRIES[kind] if kind in ALTERING else ()
        super().__init__(data={name: getattr(place, name) for name in names}, offices=offices)
        self._place = place
        for name in set(self._fields) - {"csrf_token", "submission_id", *_asked(kind)}:
            del self[name]
        self.effective_on.label.text = str(DAYS[kind])

    def validate_duty_groups(self, field: Any) -> None:
        """Keep goods and services apart: their returns differ."""
        check_groups(self._place.establishment_type, field.data or [])

    def entries(self, kind: ChangeKind) -> dict[str, Any]:
        """Return what was entered, as the domain takes it."""
        return {name: self[name].data for name in ENTRIES[kind] if name in self}


def correction_of(change: Change, offices: Iterable[Office]) -> ChangeForm:
    """Return the form with the fields objected to, as they were sent, and room for files."""
    form = ChangeForm(change.kind, change.registration, offices)
    sent = change.entries | {"effective_on": change.effective_on}
    for name in _asked(change.kind):
        if name not in (*change.objections, "files"):
            del form[name]
        elif name != "files" and not form.is_submitted():
            form[name].data = sent[name]
    return form


def _asked(kind: ChangeKind) -> tuple[str, ...]:
    return (*ENTRIES[kind], "effective_on", "files")
