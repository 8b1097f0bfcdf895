"""Golden data of the rules beside sales by tax invoice: rows in, outcome of each key out."""

from datetime import date
from typing import Any

import pytest

from excise.matching.rules import RULES, SEVERITIES, SUBJECTS
from tests.excise.matching.golden import (
    CLUB,
    CLUB_NO,
    DAY,
    FOREIGN,
    IMPORTER,
    NOVEMBER,
    OCTOBER,
    SEPTEMBER,
    STOUT,
    STRANGER,
    Row,
    judge,
    said,
    units,
    words,
)

NEXT_DAY = date(2026, 10, 6)


def declared(number: float, **more: Any) -> Row:
    return {"units": units(number), **more}


def stock(form: str = "0702", **more: Any) -> Row:
    amounts = ("opening", "received", "issued", "lost", "closing")
    scaled = {name: units(more.pop(name)) for name in amounts if name in more}
    return {"form": form, **scaled, **more}


def quantity(number: float, **more: Any) -> Row:
    return {"units": units(number), **more}


EARLIER = {"day_on": date(2026, 9, 30)}
CASES: dict[str, list[tuple[dict[str, Any], list[str]]]] = {
    "R01": [
        ({"stock_lines": [stock(issued=100)], "declared": [declared(100)]}, ["matched"]),
        (
            {"stock_lines": [stock("0704", issued=110)], "declared": [declared(100)]},
            ["under-declared"],
        ),
        # The invoices are silent, and the accounts speak for themselves.
        (
            {
                "stock_lines": [stock(issued=90)],
                "declared": [declared(90), declared(5, product_code=STOUT)],
                "silent": [("vat_sales", OCTOBER)],
            },
            ["matched", "not-comparable (source-silent)"],
        ),
        (
            {"vat_sales": [quantity(1200)], "declared": [declared(100)]},
            ["under-declared (units-suspected)"],
        ),
    ],
    "R02": [
        ({"goods_receipts": [quantity(100)], "stock_lines": [stock(received=100)]}, ["matched"]),
        (
            {"goods_receipts": [quantity(201)], "stock_lines": [stock(received=200)]},
            ["within-tolerance"],
        ),
        (
            {"goods_receipts": [quantity(110)], "stock_lines": [stock(received=100)]},
            ["under-declared"],
        ),
        (
            {"goods_receipts": [quantity(90)], "stock_lines": [stock(received=100)]},
            ["over-declared"],
        ),
        (
            {
                "goods_receipts": [quantity(100)],
                "stock_lines": [stock(received=100), stock("0704", received=120)],
            },
            ["matched", "over-declared"],
        ),
        ({"goods_receipts": [quantity(100)]}, ["not-comparable (books-silent)"]),
        ({"stock_lines": [stock(received=100)]}, ["not-comparable (source-silent)"]),
        (
            {
                "goods_receipts": [quantity(90), quantity(5, product_code=STOUT)],
                "stock_lines": [stock(received=100, product_code=STOUT)],
            },
            ["missing-in-return", "over-declared"],
        ),
        (
            {
                "goods_receipts": [quantity(120), quantity(80, received_on=date(2026, 11, 2))],
                "stock_lines": [
                    stock(received=100),
                    stock(received=100, day_on=date(2026, 11, 2)),
                ],
            },
            ["period-shift"],
        ),
        (
            {"goods_receipts": [quantity(1, tax_id=STRANGER)]},
            ["identity-unresolved (unknown-tax-id)"],
        ),
    ],
    "R03": [
        (
            {
                "material_purchases": [quantity(100, material_code="MALT")],
                "stock_lines": [stock("0701", received=100, product_code="MALT")],
            },
            ["matched"],
        ),
        (
            {
                "material_purchases": [quantity(110, material_code="MALT")],
                "stock_lines": [
                    stock("0701", received=100, product_code="MALT"),
                    stock("0704", received=110, product_code="MALT"),
                    stock("0704", received=7),  # goods of the same account are not bought
                ],
            },
            ["under-declared", "matched"],
        ),
        (
            {
                "material_purchases": [quantity(50, material_code="SUGAR")],
                "stock_lines": [stock("0701", received=100, product_code="MALT")],
            },
            ["missing-in-source", "missing-in-return"],
        ),
        (
            {"material_purchases": [quantity(1, material_code="MALT")]},
            ["not-comparable (books-silent)"],
        ),
        (
            {
                "stock_lines": [stock("0701", received=1, product_code="MALT")],
                "silent": [("material_purchases", OCTOBER)],
            },
            ["not-comparable (source-silent)"],
        ),
    ],
    "R04": [
        (
            {
                "requisitions": [quantity(1010, material_code="MALT")],
                "stock_lines": [stock("0701", issued=1000, product_code="MALT")],
            },
            ["within-tolerance"],
        ),
        (
            {
                "requisitions": [quantity(900, material_code="MALT")],
                "stock_lines": [stock("0701", issued=1000, product_code="MALT")],
            },
            ["over-declared"],
        ),
        (
            {"stock_lines": [stock("0701", issued=1000, product_code="MALT")]},
            ["not-comparable (source-silent)"],
        ),
    ],
    "R05": [
        ({"stock_counts": [quantity(100)], "stock_lines": [stock(closing=100)]}, ["matched"]),
        (
            {"stock_counts": [quantity(996)], "stock_lines": [stock(closing=1000)]},
            ["within-tolerance"],
        ),
        ({"stock_counts": [quantity(90)], "stock_lines": [stock(closing=100)]}, ["over-declared"]),
        (
            {"stock_counts": [quantity(110)], "stock_lines": [stock(closing=100)]},
            ["under-declared"],
        ),
        # The last balance before the count is the one, also of the month before.
        (
            {
                "stock_counts": [quantity(70)],
                "stock_lines": [stock(closing=70, **EARLIER), stock(closing=9, day_on=NEXT_DAY)],
            },
            ["matched"],
        ),
        ({"stock_counts": [quantity(70)]}, ["not-comparable (books-silent)"]),
    ],
    "R06": [
        (
            {
                "requisitions": [quantity(10, issued_on=date(2026, m, 5)) for m in range(7, 11)],
                "stock_lines": [
                    stock(received=made, day_on=date(2026, m, 5))
                    for m, made in ((7, 98), (8, 102), (9, 100), (10, last))
                ],
            },
            [outcome],
        )
        for last, outcome in ((100, "matched"), (98, "within-tolerance"), (90, "under-declared"))
    ]
    + [
        (
            {"requisitions": [quantity(10)], "stock_lines": [stock(received=90)]},
            ["not-comparable (history-too-short)"],
        )
    ],
    "R07": [
        (
            {
                "export_lines": [quantity(100, declaration_no="A1")],
                "claims": [
                    quantity(number, claim_no="C1", declaration_no="A1") for number in claimed
                ],
            },
            [outcome],
        )
        for claimed, outcome in (
            ((100,), "matched"),
            ((60,), "matched"),
            ((101,), "under-declared"),
            ((60, 60), "under-declared"),
        )
    ]
    + [
        ({"claims": [quantity(1, declaration_no="A9")]}, ["missing-in-return"]),
        (
            {
                "claims": [quantity(1, declaration_no="A9")],
                "silent": [("export_lines", OCTOBER)],
            },
            ["not-comparable (source-silent)"],
        ),
    ],
    "R08": [
        (
            {
                "claims": [
                    quantity(number, receipt_no="R1", available_units=units(100))
                    for number in claimed
                ]
            },
            [outcome],
        )
        for claimed, outcome in (((60, 40), "matched"), ((60, 41), "under-declared"))
    ],
    "R09": [
        (
            {
                "prices": [
                    {"product_id": 1, "effective_from": date(2026, 1, 1), "retail_satang": 100_00}
                ],
                "external_prices": [{"price_satang": price} for price in prices],
            },
            [outcome],
        )
        for prices, outcome in (
            ((100_00,), "matched"),
            ((101_00, 103_00), "within-tolerance"),
            ((110_00,), "rate-diff"),
            ((90_00,), "over-declared"),
        )
    ]
    + [
        (
            {
                "prices": [
                    {"product_id": 1, "effective_from": date(2026, 1, 1), "retail_satang": 100_00},
                    {"product_id": 1, "effective_from": DAY, "retail_satang": 99_99},
                ]
            },
            ["rate-diff"],
        ),
        (
            {"external_prices": [{"product_code": "08859999999990", "price_satang": 1}]},
            ["identity-unresolved (unknown-product)"],
        ),
    ],
    "R10": [
        (
            {
                "service_tickets": [
                    {
                        "tax_id": CLUB,
                        "registration_no": CLUB_NO,
                        "tickets": 10,
                        "receipts_satang": taken,
                        "deposits_satang": banked,
                    }
                ],
                "declared": [{"tax_id": CLUB, "is_service": True, "value_satang": told}],
            },
            outcomes,
        )
        for taken, banked, told, outcomes in (
            (1000_00, 1000_00, 1000_00, ["matched", "matched"]),
            (1000_00, 1004_00, 996_00, ["within-tolerance", "within-tolerance"]),
            (1000_00, 1100_00, 900_00, ["under-declared", "under-declared"]),
            (1000_00, 900_00, 1100_00, ["over-declared", "over-declared"]),
        )
    ]
    + [
        (
            {"declared": [{"tax_id": CLUB, "is_service": True, "value_satang": 1}]},
            ["not-comparable (source-silent)"],
        )
    ],
    "R12": [
        (
            {
                "import_lines": [
                    quantity(sold, tax_id=IMPORTER, product_code=FOREIGN, declaration_no="A1")
                ],
                "declared": [
                    declared(100, tax_id=IMPORTER, product_code=FOREIGN, registration_id=4)
                ],
            },
            [outcome],
        )
        for sold, outcome in ((100, "matched"), (101, "under-declared"), (99, "over-declared"))
    ]
    + [
        (
            {"import_lines": [quantity(5, tax_id=IMPORTER, product_code=FOREIGN)]},
            ["missing-in-return"],
        ),
        (
            {
                "import_lines": [quantity(5, tax_id=IMPORTER, product_code=FOREIGN)],
                "awaited": [IMPORTER],
            },
            ["not-comparable (return-not-due)"],
        ),
        (
            {
                "declared": [declared(5, tax_id=IMPORTER, product_code=FOREIGN, registration_id=4)],
                "silent": [("import_lines", OCTOBER)],
            },
            ["not-comparable (source-silent)"],
        ),
        ({"declared": [declared(5)]}, []),  # a factory imports nothing
        (
            {
                "import_lines": [
                    quantity(5, tax_id=IMPORTER, product_code=FOREIGN, source_code=source)
                    for source in ("CUSTOMS", "NSW")
                ],
                "declared": [declared(5, tax_id=IMPORTER, product_code=FOREIGN, registration_id=4)],
            },
            ["matched", "duplicate-in-source"],
        ),
        (
            {
                "import_lines": [
                    quantity(5, tax_id=IMPORTER, product_code="", excise_satang=100, line_no=1),
                    quantity(5, tax_id=STRANGER, excise_satang=100, line_no=2),
                    quantity(5, tax_id=STRANGER, line_no=3),  # no excise: none of ours
                ]
            },
            [
                "identity-unresolved (unknown-product)",
                "identity-unresolved (unknown-tax-id)",
            ],
        ),
    ],
    "R13": [
        (
            {
                "retail_sales": [quantity(sold, sold_on=date(2026, m, 5)) for m in (8, 9, 10)],
                "declared": [declared(100)],
                "declared_before": [declared(50, period=date(2026, 7, 1))],
            },
            [outcome],
        )
        for sold, outcome in ((20, "matched"), (50, "matched"), (51, "within-tolerance"))
    ]
    + [
        (
            {
                "retail_sales": [quantity(60, sold_on=date(2026, m, 5)) for m in (7, 8, 9, 10)],
                "declared": [declared(150)],
            },
            ["under-declared"],
        ),
        ({"retail_sales": [quantity(60)]}, ["missing-in-return"]),
        (
            {
                "retail_sales": [quantity(60)],
                "products": [
                    {"product_id": 1},
                    {"product_id": 8, "tax_id": IMPORTER, "registration_id": 4},
                ],
            },
            ["not-comparable (shared-barcode)"],
        ),
    ],
    "R16": [
        (
            {
                "vehicle_registrations": [{"vin": f"V{n}"} for n in range(number)],
                "declared": [declared(2, period=SEPTEMBER)],
            },
            [outcome],
        )
        for number, outcome in ((1, "matched"), (2, "matched"), (3, "under-declared"))
    ]
    + [
        (
            {
                "vehicle_registrations": [
                    {"vin": "V1", "source_code": source} for source in ("DLT", "DLT2")
                ],
                "declared": [declared(1)],
            },
            ["matched", "duplicate-in-source"],
        ),
        (
            {"vehicle_registrations": [{"vin": "V1", "product_code": ""}]},
            ["identity-unresolved (unknown-product)"],
        ),
    ],
    "R17": [
        (
            {
                "production_counts": [quantity(60, counter_no="1"), quantity(made, counter_no="2")],
                "stock_lines": [stock(received=100)],
            },
            [outcome],
        )
        for made, outcome in (
            (40, "matched"),
            (40.5, "within-tolerance"),
            (50, "under-declared"),
            (30, "over-declared"),
        )
    ]
    + [
        (
            {
                "production_counts": [quantity(60), quantity(9, counter_no="2", is_online=False)],
                "stock_lines": [stock(received=100)],
            },
            ["not-comparable (counter-offline)"],
        ),
        (
            {"production_counts": [quantity(60)], "stock_lines": [stock(day_on=NEXT_DAY)]},
            ["missing-in-return"],
        ),
        ({"production_counts": [quantity(60)], "declared": [declared(50)]}, ["under-declared"]),
        ({"stock_lines": [stock(received=100)]}, []),  # who has no counter
    ],
    "R18": [
        (
            {"terminal_meters": [quantity(number)], "declared": [declared(1000)]},
            [outcome],
        )
        for number, outcome in (
            (1000, "matched"),
            (1003, "within-tolerance"),
            (1010, "under-declared"),
            (990, "over-declared"),
        )
    ]
    + [
        (
            {
                "terminal_meters": [quantity(1000), quantity(900, metered_on=NOVEMBER)],
                "declared": [declared(900), declared(1000, period=NOVEMBER)],
            },
            ["period-shift"],
        ),
        ({"terminal_meters": [quantity(10)]}, ["missing-in-return"]),
        ({"declared": [declared(1000)]}, []),  # what is no fuel
        (
            {
                "terminal_meters": [quantity(10, metered_on=SEPTEMBER)],
                "declared": [declared(10)],
                "silent": [("terminal_meters", OCTOBER)],
            },
            ["not-comparable (source-silent)"],
        ),
    ],
    "R19": [
        (
            {"stock_lines": [stock(opening=5, received=10, issued=8, lost=1, closing=6)]},
            ["matched"],
        ),
        ({"stock_lines": [stock(opening=5, received=10, closing=16)]}, ["under-declared"]),
        (
            {
                "stock_lines": [
                    stock(closing=7, opening=7, **EARLIER),
                    stock(opening=7, issued=2, closing=5),
                    stock(opening=4, closing=4, day_on=NEXT_DAY),
                ]
            },
            ["under-declared"],
        ),
        (
            {"stock_lines": [stock(closing=7, opening=7, **EARLIER), stock(opening=7, closing=7)]},
            ["matched"],
        ),
    ],
    "R20": [
        ({"filings": [{"is_nil": True, "is_filed": True}]}, ["matched"]),
        (
            {
                "filings": [{"is_nil": True, "is_filed": True}],
                "production_counts": [quantity(1)],
                "stock_lines": [stock(issued=1), stock("0701", issued=1)],
            },
            ["under-declared"],
        ),
        (
            {"filings": [{"is_filed": True}], "production_counts": [quantity(1)]},
            [],
        ),
        (
            {
                "filings": [{"is_nil": True, "is_filed": True}],
                "declared": [declared(1)],
                "production_counts": [quantity(1)],
            },
            [],
        ),
        (
            {
                "filings": [{"is_nil": True, "is_filed": True}],
                "vat_sales": [quantity(1, product_code="08859999999990")],
            },
            ["matched"],  # what is no product of theirs is no activity
        ),
    ],
    "R21": [
        ({"trends": [{"declared_satang": told, "expected_satang": 1_000_000_00}]}, [outcome])
        for told, outcome in (
            (1_000_000_00, "matched"),
            (800_000_00, "within-tolerance"),
            (799_999_99, "under-declared"),
        )
    ],
    "R22": [
        ({"filings": [{"is_filed": True}]}, ["matched"]),
        ({"filings": [{"is_filed": True, "months_late": 1}]}, ["under-declared"]),
        ({"filings": [{"months_late": 2}]}, ["missing-in-return"]),
    ],
    "R23": [
        (
            {
                "juristic_register": [{"name_th": name, "status": status}],
                "filings": [{"is_filed": True}],
            },
            [outcome],
        )
        for name, status, outcome in (
            ("บริษัท เบียร์ จำกัด", "active", "matched"),
            ("บริษัทเบียร์ จำกัด (มหาชน)", "active", "matched"),
            ("บริษัท เบียร์ จำกัด", "dissolved", "under-declared"),
            ("บริษัท น้ำส้ม จำกัด", "active", "identity-unresolved (name-differs)"),
        )
    ]
    + [
        (
            {
                "juristic_register": [
                    {"name_th": "เบียร์", "status": "dissolved", "as_of_on": DAY},
                    {"name_th": "เบียร์", "status": "active", "as_of_on": NEXT_DAY},
                ],
                "filings": [{"is_filed": True}],
            },
            ["matched"],
        ),
        ({"juristic_register": [{"name_th": "เบียร์", "status": "dissolved"}]}, ["matched"]),
    ],
    "R24": [
        ({"money": [{"key": "KTB", "booked_satang": booked, "told_satang": told}]}, [outcome])
        for booked, told, outcome in (
            (100, 100, "matched"),
            (100, 101, "under-declared"),
            (101, 100, "over-declared"),
            (None, 100, "missing-in-return"),
            (100, None, "missing-in-source"),
        )
    ],
    "R24b": [
        ({"receipt_series": [{"series": "A", "issued": 5, "numbers": 5}]}, ["matched"]),
        ({"receipt_series": [{"series": "A", "issued": 5, "numbers": 6}]}, ["under-declared"]),
    ],
    "R25": [
        ({"claims": [{"claim_no": "1", "declaration_no": "A1"}]}, ["matched"]),
        (
            {"claims": [{"claim_no": n, "declaration_no": "A1"} for n in ("1", "2")]},
            ["duplicate-in-source"],
        ),
    ],
    "R26": [
        (
            {"bond_movements": [{"dispatched": units(100), "received": received}]},
            [outcome],
        )
        for received, outcome in (
            (units(100), "matched"),
            (units(99), "under-declared"),
            (units(101), "over-declared"),
            (None, "not-comparable (in-transit)"),
        )
    ],
}


@pytest.mark.parametrize(
    ("rule", "given", "expected"),
    [
        pytest.param(rule, given, expected, id=f"{rule}-{number}")
        for rule, cases in CASES.items()
        for number, (given, expected) in enumerate(cases, 1)
    ],
)
def test_a_rule_says_of_its_golden_data(
    rule: str, given: dict[str, Any], expected: list[str]
) -> None:
    judged = judge(rule, **given)
    assert [said(each) for each in judged] == expected
    # Else two discrepancies of one key would be open at once.
    assert len({(each.tax_id, each.product_code) for each in judged}) == len(judged)
    # What is explained is held against that; what need not differ counts as nothing.
    for each in judged:
        assert each.difference in ((each.evidence or 0) - (each.declared or 0), 0)


def stamps(event: str, first: int, last: int, **more: Any) -> Row:
    return {"event": event, "serial_from": first, "serial_to": last, **more}


ISSUED = stamps("issued", 1001, 2000, event_on=date(2026, 3, 1))


def test_stamps_used_within_what_was_issued_and_made_are_as_they_should_be() -> None:
    ranges = [ISSUED, stamps("packed", 1001, 1100), stamps("damaged", 1101, 1101)]
    assert words("R14", stamp_ranges=ranges, stock_lines=[stock(received=100)]) == ["matched"] * 3
    assert words("R14", stamp_ranges=ranges)[0] == "not-comparable (books-silent)"


def test_stamps_issued_to_two_or_used_twice_are_named() -> None:
    ranges = [ISSUED, stamps("issued", 1991, 2100, tax_id=IMPORTER)]
    (twice,) = judge("R14", stamp_ranges=ranges)
    assert (twice.outcome, twice.product_code, twice.difference) == (
        "duplicate-in-source",
        "1991|2000|2",
        10,
    )
    used = [ISSUED, stamps("packed", 1001, 1100), stamps("returned", 1100, 1200)]
    found = {each.product_code: each.difference for each in judge("R14", stamp_ranges=used)}
    assert found["1100|1100|2"] == 1


def test_stamps_that_were_never_issued_are_counted() -> None:
    ranges = [ISSUED, stamps("damaged", 1996, 2005)]
    (found,) = judge("R14", stamp_ranges=ranges)
    assert (found.outcome, found.difference) == ("under-declared", 5)
    (unknown,) = words("R14", stamp_ranges=[stamps("damaged", 1, 5)])
    assert unknown == "not-comparable (source-silent)"


@pytest.mark.parametrize(
    ("scans", "expected"),
    [
        ([{"serial": 1001}], "matched"),
        ([{"serial": 1001, "product_code": STOUT}], "under-declared"),
        ([{"serial": 1101}], "under-declared"),  # returned
        ([{"serial": 9999}], "under-declared"),  # never used up by anybody
        ([{"serial": 1001}, {"serial": 1001, "place": "ข."}], "duplicate-in-source"),
        ([{"serial": 1001}, {"serial": 1001, "scanned_on": NEXT_DAY}], "matched"),  # seen again
    ],
)
def test_a_stamp_seen_at_a_shop_was_used_on_this_product_once(
    scans: list[Row], expected: str
) -> None:
    ranges = [ISSUED, stamps("packed", 1001, 1100), stamps("returned", 1101, 1101)]
    scans = [{"product_code": "", **each} for each in scans]
    assert words("R15", stamp_scans=scans, stamp_ranges=ranges) == [expected]


def test_a_stamp_of_nobody_has_no_taxpayer() -> None:
    (found,) = judge("R15", stamp_scans=[{"serial": 7}], stamp_ranges=[stamps("packed", 1, 5)])
    assert (found.tax_id, found.registration_id, found.is_difference) == ("", None, True)


def test_every_rule_tells_who_reads_it_what_it_is() -> None:
    for rule in RULES.values():
        assert rule.subject in SUBJECTS
        assert rule.severity in SEVERITIES
        assert rule.declared_by in ("return", "taxpayer", "department")
        assert all(
            rule.say(what, lang) for what in ("title", "what", "found") for lang in ("th", "en")
        )
    assert {f"R{number:02d}" for number in range(1, 27)} <= RULES.keys()
