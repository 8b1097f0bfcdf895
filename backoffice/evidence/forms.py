"""Forms of the evidence room."""

from flask_babel import lazy_gettext as _
from flask_wtf.file import FileField, FileSize

from web.fields import BaseForm, Needed

MAX_BYTES = 32 << 20


class SalesFileForm(BaseForm):
    """A file of VAT sales."""

    file = FileField(
        _("File of VAT sales (CSV)"),
        validators=[
            Needed(_("Choose the file")),
            FileSize(
                MAX_BYTES, message=_("The file is larger than 32 MB. Split it into smaller ones.")
            ),
        ],
    )

    def content(self) -> bytes:
        """Return the bytes of the file; call only after validation."""
        content: bytes = self.file.data.read()
        return content
