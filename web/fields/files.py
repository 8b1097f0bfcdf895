"""Files that officers bring in."""

import os
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from flask_wtf.file import FileField
from wtforms.validators import StopValidation

from web.fields.base import BaseForm
from web.fields.texts import Needed

MAX_BYTES = 32 << 20


def file_field(label: Any, *, most_bytes: int = MAX_BYTES) -> FileField:
    """Ask for one file of at most 32 MB, or as large as its page takes."""
    return FileField(label, validators=[Needed(_("Choose the file")), _NotLarger(most_bytes)])


class _NotLarger:
    """Refuse a file that is too large, without reading it."""

    def __init__(self, most_bytes: int) -> None:
        self.most_bytes = most_bytes

    def __call__(self, _form: BaseForm, field: FileField) -> None:
        """Raise what stops the form."""
        stream = field.data.stream
        size = stream.seek(0, os.SEEK_END)
        stream.seek(0)
        if size > self.most_bytes:
            told = {"size": self.most_bytes >> 20}
            raise StopValidation(
                gettext("The file is larger than %(size)s MB. Split it into smaller ones.", **told)
            )


class FileForm(BaseForm):
    """A form whose `file` is a `file_field`."""

    file: Any

    def content(self) -> bytes:
        """Return the bytes of the file; call only after validation."""
        content: bytes = self.file.data.read()
        return content
