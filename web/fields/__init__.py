"""Form pieces: what people type, leniently read, and what is wrong with it, plainly said."""

from web.fields.base import (
    BaseForm,
    LineForm,
    SubmissionForm,
    SubmissionIdField,
    carried,
    error_summary,
    fail,
    init_app,
)
from web.fields.dates import BEDateField, BEMonthField
from web.fields.files import FileForm, file_field
from web.fields.numbers import MoneyField, QuantityField, TaxIdField
from web.fields.texts import Needed, TextField, plain

__all__ = [
    "BEDateField",
    "BEMonthField",
    "BaseForm",
    "FileForm",
    "LineForm",
    "MoneyField",
    "Needed",
    "QuantityField",
    "SubmissionForm",
    "SubmissionIdField",
    "TaxIdField",
    "TextField",
    "carried",
    "error_summary",
    "fail",
    "file_field",
    "init_app",
    "plain",
]
