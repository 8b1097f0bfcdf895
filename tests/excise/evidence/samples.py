"""Sales as the Revenue Department would tell of them."""

from datetime import date

from excise.evidence.rules import Sale


def sale(**changes) -> Sale:
    on = changes.get("document_on", date(2026, 10, 5))
    given = {
        "tax_id": "0105558096348",
        "branch": "00000",
        "document_no": "INV-1",
        "line_no": 1,
        "document_type": 388,
        "document_on": on,
        "period": on.replace(day=1),
        "product_code": "08850124003225",
        "units": 120_000,
        "amount_satang": 125_050,
        "vat_satang": 8_754,
    }
    return Sale(**(given | changes))
