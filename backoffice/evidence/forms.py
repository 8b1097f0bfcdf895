"""Forms of the evidence room."""

from flask_babel import lazy_gettext as _

from web.fields import FileForm, file_field


class DeliveryForm(FileForm):
    """A file in one of the layouts."""

    file = file_field(_("File (CSV, XLSX or Parquet)"))
