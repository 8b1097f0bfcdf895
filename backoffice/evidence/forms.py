"""Forms of the evidence room."""

from flask_babel import lazy_gettext as _

from web.fields import FileForm, file_field

MOST_BYTES = 512 << 20  # about five million rows


class DeliveryForm(FileForm):
    """A file in one of the layouts."""

    file = file_field(_("File (CSV, XLSX or Parquet)"), most_bytes=MOST_BYTES)
