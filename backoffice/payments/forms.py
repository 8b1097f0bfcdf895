"""Forms of the payments room."""

from flask_babel import lazy_gettext as _

from web.fields import FileForm, file_field


class BankFileForm(FileForm):
    """A bank's statement file."""

    file = file_field(_("Statement file (CSV)"))
