"""What is entered to claim tax back."""

from collections.abc import Sequence
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from wtforms import BooleanField, MultipleFileField, TextAreaField
from wtforms.validators import DataRequired, Length

from excise.claims.actions import ClaimEntry
from excise.claims.models import ClaimKind
from excise.claims.queries import Offer
from excise.returns.models import QUANTITY_PLACES
from web.fields import BEDateField, Needed, QuantityField, SubmissionForm, TextField, plain


class ClaimForm(SubmissionForm):
    """A claim; the quantities of what may be claimed are added by `claim_form`."""

    keys: Sequence[str] = ()

    reason = TextAreaField(
        _("Why do you claim it?"),
        [Needed(_("Say why you claim it")), Length(max=2000)],
        filters=[plain],
    )
    payee = TextField(
        _("Where the money goes"),
        [Needed(_("Enter name, bank and account number"))],
        at_most=300,
        description=_("Name, bank and account number of the business."),
    )
    files = MultipleFileField(
        _("Documents"),
        description=_(
            "1 to 5 files (PDF, JPEG or PNG), each of at most 5 MB. "
            "If this page comes back, choose them again."
        ),
    )
    declared = BooleanField(
        _("All of this is true, and was claimed nowhere else"),
        [DataRequired(_("Tick this when it is true"))],
    )

    def uploads(self) -> list[tuple[str, bytes]]:
        """Return the documents by name and content."""
        chosen = [each for each in self.files.data or [] if each and each.filename]
        return [(each.filename, each.read()) for each in chosen]

    def entry(self, kind: ClaimKind, **files: Any) -> ClaimEntry:
        """Return what was entered, as the domain takes it."""
        units = {key: self[key].scaled for key in self.keys if self[key].data}
        declaration = self["declaration_no"].data if kind is ClaimKind.EXPORT else ""
        return ClaimEntry(
            kind=kind,
            units=units,
            happened_on=self["happened_on"].data,
            declaration_no=declaration or "",
            reason=self.reason.data,
            payee=self.payee.data,
            **files,
        )


def claim_form(kind: ClaimKind, offers: Sequence[Offer]) -> ClaimForm:
    """Return the form of a kind of claim, with a quantity for each offer."""
    fields: dict[str, Any] = {
        offer.key: QuantityField(
            f"{offer.product.name} ({offer.receipt_no})",
            places=QUANTITY_PLACES,
            suffix=offer.product.unit,
        )
        for offer in offers
    }
    if kind is ClaimKind.EXPORT:
        fields["declaration_no"] = TextField(
            gettext("Number of the export declaration"),
            [Needed(gettext("Enter the number of the export declaration"))],
            at_most=40,
            description=gettext("One declaration stands in one claim."),
        )
        day = gettext("Day of the export")
    else:
        day = gettext("Day on which the goods were made of the materials")
    fields["happened_on"] = BEDateField(day, [Needed(gettext("Enter the day"))])
    keys = [offer.key for offer in offers]
    form_class = type("ClaimForm", (ClaimForm,), {**fields, "keys": keys})
    form: ClaimForm = form_class()
    return form
