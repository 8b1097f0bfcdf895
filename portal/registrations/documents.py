"""Documents of an application: adding them, and having them back."""

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from excise.documents.uploads import keep
from excise.errors import Conflict, Invalid, NotFound
from excise.taxpayers.changing import OPEN, add_documents
from excise.taxpayers.queries import registration_of_applicant, registration_seen_by
from portal.registrations.change_forms import FilesForm
from portal.registrations.room import bp
from web.access import person_id
from web.clock import now, today
from web.db import reading, transaction
from web.downloads import hand_back, store
from web.fields import fail


@bp.route("/<reference>/documents", methods=["GET", "POST"])
def documents(reference: str) -> ResponseReturnValue:
    """Take documents until the application is decided."""
    registration = registration_of_applicant(reading(), reference, person_id())
    form = FilesForm()
    if registration.state not in OPEN and not form.is_submitted():
        return redirect(url_for(".show", reference=reference))
    if form.validate_on_submit() and _added(form, reference):
        return redirect(url_for(".show", reference=reference), 303)
    return render_template(
        "portal/registrations/documents.html", form=form, registration=registration
    )


def _added(form: FilesForm, reference: str) -> bool:
    """Keep the documents, or put what is wrong on the form."""
    try:
        if not (uploads := form.uploads()):
            raise Invalid("no-file-chosen", field="files")
        files = keep(store(), uploads)
        with transaction() as session:
            add_documents(session, files, reference=reference, person_id=person_id(), at=now())
    except (Invalid, Conflict) as error:
        fail(form, error)
        return False
    flash(gettext("The documents were added."), "success")
    return True


@bp.get("/<reference>/files/<sha256>")
def file(reference: str, sha256: str) -> ResponseReturnValue:
    """Hand over a document of an application or a change, never to be shown in the page."""
    seen = registration_seen_by(reading(), reference, person_id(), on=today())
    if (kept := next((each for each in seen.files if each.sha256 == sha256), None)) is None:
        raise NotFound(what="file", id=sha256)
    return hand_back(kept.name, sha256)
