"""Files that officers bring in."""

from typing import Any

from flask_babel import lazy_gettext as _
from flask_wtf.file import FileField, FileSize

from web.fields.base import BaseForm
from web.fields.texts import Needed

MAX_BYTES = 32 << 20


def file_field(label: Any) -> FileField:
    """Ask for one file of at most 32 MB."""
    too_large = _("The file is larger than 32 MB. Split it into smaller ones.")
    return FileField(
        label, validators=[Needed(_("Choose the file")), FileSize(MAX_BYTES, message=too_large)]
    )


class FileForm(BaseForm):
    """A form whose `file` is a `file_field`."""

    file: Any

    def content(self) -> bytes:
        """Return the bytes of the file; call only after validation."""
        content: bytes = self.file.data.read()
        return content
