"""Lines by file: what it must look like, how far its reading is, and what is wrong in it."""

from pathlib import Path
from tempfile import NamedTemporaryFile

from flask import Response, current_app, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from excise import work
from excise.db import Database
from excise.documents.store import Store
from excise.errors import Conflict, Invalid
from excise.evidence.columns import Column
from excise.products.queries import products_of
from excise.returns.models import Return
from excise.uploads.actions import READ, send_file, take_out
from excise.uploads.faults import sentence
from excise.uploads.layout import (
    DAY,
    ERROR,
    IGNORED,
    PRODUCT,
    REF,
    UNIT,
    LineLayout,
    layout_for,
    template,
)
from excise.uploads.models import Upload, UploadState
from excise.uploads.queries import newest_upload
from excise.uploads.reading import MAX_ROWS, MAX_SUMS
from portal.returns.comparison import settings
from portal.returns.forms import UploadForm
from portal.returns.room import bp, with_draft
from web.access import person_id
from web.clock import now
from web.db import reading, transaction
from web.fields import BaseForm, fail
from web.i18n import language
from web.messages import message_for
from web.tariff import tariff_now


@bp.route("/<draft_reference>/file", methods=["GET", "POST"])
@with_draft
def upload(draft: Return) -> ResponseReturnValue:
    """Take a file of lines, or show what became of the last one."""
    form = UploadForm()
    if form.validate_on_submit():
        try:
            _sent(draft, form)
        except (Invalid, Conflict) as error:
            fail(form, error)
        else:
            return redirect(url_for(".upload", draft_reference=draft.draft_reference), 303)
    last = newest_upload(reading(), draft.id)
    return render_template(
        "portal/returns/upload.html",
        form=form,
        draft=draft,
        last=last,
        progress=_progress(last),
        why=_why(last) if last else "",
        layout=_layout(draft),
        name_of=_column_names(_layout(draft)),
        how=_how,
        sentence=lambda code: sentence(code, language()),
        most=(MAX_ROWS, MAX_SUMS),
    )


def _sent(draft: Return, form: UploadForm) -> None:
    """Keep the file and ask for its reading; who sends it again is not kept waiting twice."""
    with NamedTemporaryFile() as source:
        form.file.data.save(source)
        source.flush()
        path = Path(source.name)
        size, digest = path.stat().st_size, Store(settings().documents).put_file(path)
    with transaction() as session:
        send_file(
            session,
            draft_reference=draft.draft_reference,
            person_id=person_id(),
            submission_id=form.submission_id.data,
            name=(form.file.data.filename or "")[:200],
            content_sha256=digest,
            size_bytes=size,
            at=now(),
        )


def _progress(last: Upload | None) -> int | None:
    """Return the percentage that is read, None when nothing is being read."""
    if last is None or last.state is not UploadState.READING:
        return None
    database: Database = current_app.extensions["database"]
    item = work.find(database, f"{READ}:{last.id}")
    if item.may_be_retried:
        return None  # an officer has been told; the file can be sent again meanwhile
    done, of = item.progress or (0, 1)
    return 100 * done // max(of, 1)


def _why(last: Upload) -> str:
    """Say what is wrong with a whole file, if that is so."""
    if (told := last.faults.get("why")) is None:
        return ""
    return message_for(Invalid(told["reason"], **told["facts"]))


def _layout(draft: Return) -> LineLayout:
    return layout_for(tariff_now(), draft, products_of(reading(), draft.registration_id))


def _column_names(layout: LineLayout) -> dict[str, str]:
    if language() != "th":
        return {column.name: column.name for column in layout.columns}
    return {column.name: f"{column.title} ({column.name})" for column in layout.columns}


def _how(column: Column) -> str:
    """Say how the cells of a column are written."""
    said = {
        REF: gettext("Yours to choose, at most 60 letters; no two rows have the same."),
        PRODUCT: gettext("The name of the product as registered, or its barcode (GTIN)."),
        DAY: gettext("The day the tax became due, in either era."),
        UNIT: gettext("Only to help you fill it in. It may be left out."),
        ERROR: gettext("What was wrong, when you send a corrected file. It is not read."),
    }
    amount = gettext("A number; commas may group thousands.")
    needed = "" if column.is_wanted or column.name in IGNORED else gettext("Only where it applies.")
    return f"{said.get(column.name, amount)} {needed}".strip()


@bp.get("/<draft_reference>/file/template.csv")
@with_draft
def upload_template(draft: Return) -> ResponseReturnValue:
    """Hand out a file to fill in, with a row for each product."""
    products = products_of(reading(), draft.registration_id)
    content = template(_layout(draft), draft, products, lang=language())
    return _csv(content.encode("utf-8-sig"), f"{draft.draft_reference}.csv")


@bp.get("/<draft_reference>/file/errors.csv")
@with_draft
def upload_errors(draft: Return) -> ResponseReturnValue:
    """Hand out the last file with what is wrong in each row."""
    last = newest_upload(reading(), draft.id)
    if last is None or last.errors_sha256 is None:
        return redirect(url_for(".upload", draft_reference=draft.draft_reference))
    content = Store(settings().documents).get(last.errors_sha256)
    return _csv(content, f"{draft.draft_reference}-errors.csv")


def _csv(content: bytes, name: str) -> Response:
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(content, mimetype="text/csv", headers=headers)


@bp.route("/<draft_reference>/file/remove", methods=["GET", "POST"])
@with_draft
def upload_remove(draft: Return) -> ResponseReturnValue:
    """Ask whether all that came by file shall go, and take it out."""
    form = BaseForm()
    if form.validate_on_submit():
        with transaction() as session:
            take_out(
                session,
                draft_reference=draft.draft_reference,
                person_id=person_id(),
                at=now(),
            )
        return redirect(url_for(".lines", draft_reference=draft.draft_reference))
    return render_template("portal/returns/upload_remove.html", form=form, draft=draft)
