"""The rows that are neither lines nor late cases: days, price tests, assessments, credits, refunds.

Each reads its fields, asks one rule and answers with the names of `law/examples.yaml`.
"""

import datetime as dt
from decimal import Decimal
from fractions import Fraction

from excise.arrears.refunds import instalments, interest_months, refund, refund_interest
from excise.arrears.rules import LateCase, due_date, late_total
from excise.errors import Invalid
from excise.money import MAX_SATANG
from excise.returns.rules import put_together
from excise.tariff.entries import Tariff
from excise.tariff.figures import exact_text
from excise.tariff.rules import Line, additions, calculate_line, check_srp
from excise.tariff.rules.rates import rate_on
from excise.tariff.rules.reductions import local_tax, reduce_tax
from excise.tariff.rules.remittance import split_remittance
from excise.tariff.rules.trace import rounded
from excise.worksheet.fields import (
    Result,
    Row,
    date,
    known,
    month,
    number,
    optional_satang,
    satang,
    within,
)

ASSESSED = {"item", "units", "bottles", "srp_ex_vat", "retail_price_incl_vat", "tax_point_date"}
ASSESSED |= {"due", "computed_to", "penalty_multiple", "penalty_remaining_pct", "band_parameter"}
HIGHEST_PCT = 100


def due_day(tariff: Tariff, fields: Row) -> Result:
    """Answer when the return of a month is due."""
    known(fields, {"tax_month"})
    return {"due": due_date(tariff, month(fields, "tax_month")).isoformat()}


def price_test(tariff: Tariff, fields: Row) -> Result:
    """Answer whether a declared price is high enough against the market."""
    known(fields, {"declared", "mode", "highest", "date"})
    check = check_srp(
        tariff,
        declared_satang=satang(fields, "declared"),
        mode_satang=optional_satang(fields, "mode"),
        highest_satang=optional_satang(fields, "highest"),
        on=_day(tariff, fields),
    )
    if check is None:
        raise Invalid("field-missing", field="mode", accepted="mode or highest")
    return {"conforms": check.conforms, "against": check.against}


def _day(tariff: Tariff, fields: Row) -> dt.date:
    return date(fields, "date") if "date" in fields else tariff.as_known_on


def price_shortfall(tariff: Tariff, fields: Row) -> Result:
    """Answer the value tax that was short because an announced price was higher. Law: s. 17."""
    known(fields, {"declared", "announced", "units", "value_pct", "date"})
    on = _day(tariff, fields)
    more = max(satang(fields, "announced") - satang(fields, "declared"), 0)
    units = within(fields, "units", decimals=4, at_most=10**9)
    pct = within(fields, "value_pct", decimals=tariff.pct_decimals, at_most=HIGHEST_PCT)
    exact = Fraction(more, 100) * Fraction(units) * Fraction(pct) / 100
    steps = tariff.rule(tariff.tax_rounding, "tax_rounding", on).steps
    short = rounded(exact, steps)
    return {"shortfall": int(short * 100), "local": local_tax(tariff, short, on)}


def assessment(tariff: Tariff, fields: Row) -> Result:
    """Answer the columns of form ตส.01-18 for goods that were not declared.

    Without a day of removal, the last day of the month whose return was due counts.
    """
    tax = calculate_line(tariff, _assessed_line(fields))
    added = additions(tariff, [tax])
    late = late_total(
        tariff,
        LateCase(
            tax_satang=added.net_excise_satang,
            due=date(fields, "due"),
            paid=date(fields, "computed_to"),
            penalty_multiple=number(fields, "penalty_multiple"),
            penalty_remaining_pct=number(fields, "penalty_remaining_pct", default=Decimal(100)),
        ),
    )
    whole = put_together([tax], added, late)
    return {
        "tax": added.net_excise_satang,
        "penalty": late.penalty_satang,
        "months": late.months,
        "surcharge": late.surcharge_satang,
        "sum_1": late.subtotal_satang,
        "funds": added.funds_satang,
        "sum_2": added.funds_total_satang,
        "local": late.local_satang,
        "grand_total": whole.total_satang,
        "confidence": whole.confidence,
        "trace": whole.to_json(),
    }


def _assessed_line(fields: Row) -> Line:
    counted = "bottles" if "bottles" in fields else "units"
    removed = date(fields, "due").replace(day=1) - dt.timedelta(days=1)
    return Line(
        item=str(fields["item"]),
        tax_point_date=date(fields, "tax_point_date") if "tax_point_date" in fields else removed,
        units=number(fields, counted),
        srp_ex_vat_satang=optional_satang(fields, "srp_ex_vat"),
        retail_price_incl_vat_satang=optional_satang(fields, "retail_price_incl_vat"),
        measures={name: number(fields, name) for name in fields.keys() - ASSESSED},
    )


def credit(tariff: Tariff, fields: Row) -> Result:
    """Answer the tax after a reduction, and what of the reduction is left."""
    known(fields, {"tax", "reduction", "date"})
    reduced = reduce_tax(
        tariff,
        tax_satang=satang(fields, "tax"),
        reduction_satang=satang(fields, "reduction"),
        on=_day(tariff, fields),
    )
    return {
        "net_excise": reduced.net_satang,
        "local": reduced.local_satang,
        "unused_credit": reduced.unused_satang,
    }


def tax_refund(tariff: Tariff, fields: Row) -> Result:
    """Answer what goes back of tax that was paid, and the funds if they go back too."""
    known(fields, {"excise", "local", "kind", "date"})
    back = refund(
        tariff,
        excise_satang=satang(fields, "excise"),
        local_satang=satang(fields, "local"),
        kind=str(fields.get("kind", "liquor")),
        on=_day(tariff, fields),
    )
    return {
        "refund_default": back.default_satang,
        "funds_if_also_refunded": sum(back.funds_satang.values()),
    }


def interest(tariff: Tariff, fields: Row) -> Result:
    """Answer the interest on a late refund: by its months, or by the days of claim and refund."""
    known(fields, {"refund", "months", "rate_pct_month", "claimed", "refunded"})
    if "months" in fields:
        months, on = int(within(fields, "months", decimals=0, at_most=1200)), tariff.as_known_on
    else:
        on = date(fields, "claimed")
        months = interest_months(tariff, claimed=on, refunded=date(fields, "refunded"))
    law = tariff.provision("refund_interest_monthly_pct", on)
    pct = number(fields, "rate_pct_month", default=law.value)
    if not pct.is_finite() or not 0 <= pct <= HIGHEST_PCT:
        field, accepted = "rate_pct_month", f"0 to {HIGHEST_PCT}"
        raise Invalid("out-of-range", field=field, value=str(pct), accepted=accepted)
    owed = refund_interest(satang(fields, "refund"), months=months, monthly_pct=pct)
    return {"months": months, "interest": owed}


def payment_in_parts(_tariff: Tariff, fields: Row) -> Result:
    """Answer the instalments of a total, both in satang as the examples have them."""
    known(fields, {"total", "count"})
    total = within(fields, "total", decimals=0, at_most=MAX_SATANG)
    return {"instalments": instalments(int(total), int(number_of_parts(fields)))}


def number_of_parts(fields: Row) -> Decimal:
    """Return into how many parts a sum is to be divided."""
    return within(fields, "count", decimals=0, at_most=120)


def remittance(tariff: Tariff, fields: Row) -> Result:
    """Answer what of a contribution goes to its fund under the national cap."""
    known(fields, {"fund", "collected", "remitted_before", "date"})
    split = split_remittance(
        tariff,
        str(fields["fund"]),
        collected_satang=satang(fields, "collected"),
        remitted_before_satang=satang(fields, "remitted_before"),
        on=_day(tariff, fields),
    )
    return {"to_fund": split.to_fund_satang, "to_treasury": split.to_treasury_satang}


def rate_of_a_unit(tariff: Tariff, fields: Row) -> Result:
    """Answer the quantity tax on one unit and its local tax, unrounded, in baht."""
    known(fields, {"item", "date"})
    on = date(fields, "date")
    rate = rate_on(tariff, str(fields["item"]), on)
    if rate.quantity is None or rate.quantity.row.bands:
        accepted = "tax_point_date, with the measures of the line"
        raise Invalid("field-missing", field="tax_point_date", accepted=accepted)
    baht = Fraction(rate.quantity.row.baht or 0)
    local = baht * Fraction(tariff.provision("local_tax_pct", on).value) / 100
    unit = rate.item.unit
    return {
        f"excise_per_{unit}_baht": _two_decimals(baht),
        f"local_per_{unit}_baht": _two_decimals(local),
    }


def _two_decimals(baht: Fraction) -> str:
    whole, _, decimals = exact_text(baht).partition(".")
    return f"{whole}.{decimals:0<2}"


def before_the_act(_tariff: Tariff, _fields: Row) -> Result:
    """Refuse a price at the border: the Act taxes the retail price, the law before it did not."""
    raise Invalid("base-of-repealed-law", field="cif", accepted="srp_ex_vat, retail_price_incl_vat")


KINDS = (
    # The first field that a row has says what it is.
    ("cif", before_the_act),
    ("computed_to", assessment),
    ("reduction", credit),
    ("announced", price_shortfall),
    ("tax_month", due_day),
    ("declared", price_test),
    ("refund", interest),
    ("excise", tax_refund),
    ("count", payment_in_parts),
    ("fund", remittance),
)
