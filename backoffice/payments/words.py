"""What is wrong with a row of a bank's file, in words."""

from flask_babel import lazy_gettext as _

_AMOUNT = _("Enter baht with at most two decimals, without commas, above zero.")
_LETTERS = _("Use 1 to 40 letters, digits, dots and dashes.")
_REFERENCE = _("Use at most 20 capital letters and digits.")
_WORDS = {
    "column-count": _("The row has another number of columns than the header."),
    "bank_code-format": _LETTERS,
    "transaction_id-format": _LETTERS,
    "amount-format": _AMOUNT,
    "ref1-format": _REFERENCE,
    "ref2-format": _REFERENCE,
    "channel-format": _("Use at most 40 characters on one line."),
    "paid_at-format": _("Write the time like 2026-11-23T10:15:00."),
    "paid_at-buddhist-year": _("The year is in the Buddhist Era: write 2026, not 2569."),
    "transaction-changed": _("This transaction came before with other content. Ask the bank."),
}


def row_fault(code: str) -> str:
    """Return the sentence for the code of a RowError."""
    return str(_WORDS[code])


_COLUMNS = {
    "bank_code": _("Bank"),
    "transaction_id": _("Transaction number"),
    "paid_at": _("Time of payment"),
    "amount": _("Amount (baht)"),
    "ref1": _("Reference 1"),
    "ref2": _("Reference 2"),
    "channel": _("Channel"),
}


def column_name(column: str) -> str:
    """Name a column in the reader's words and as the file's header has it."""
    return f"{_COLUMNS[column]} ({column})" if column in _COLUMNS else column
