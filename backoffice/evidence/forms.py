"""Forms of the evidence room."""

from flask_babel import lazy_gettext as _

from web.fields import FileForm, file_field


class SalesFileForm(FileForm):
    """A file of VAT sales."""

    file = file_field(_("File of VAT sales (CSV)"))
