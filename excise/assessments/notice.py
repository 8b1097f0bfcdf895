"""What the notice of an assessment states, fixed when it is approved."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from fractions import Fraction

from sqlalchemy.orm import Session

from excise import periods
from excise.assessments.models import Assessment, AssessmentLine
from excise.documents.assessment import NoticeFacts, NoticeFund, NoticeLine, Reasons
from excise.formats import amount, date_text, quantity
from excise.offices.models import Office
from excise.people.models import Officer
from excise.returns.lines import value_satang
from excise.returns.particulars import office_facts, payer_facts
from excise.returns.rules import ReturnTax
from excise.returns.sheet import rate_applied
from excise.tariff.figures import exact_text
from excise.tariff.rules import LineTax
from excise.tariff.rules.trace import Trace
from excise.tariff.schema import Tariff


def notice_facts(
    session: Session,
    tariff: Tariff,
    assessment: Assessment,
    tax: ReturnTax,
    *,
    number: str,
    approver: Officer,
    at: datetime,
) -> NoticeFacts:
    """Put an assessment, as it is approved now, into the words of its notice."""
    assert tax.arrears, "an assessment always has arrears, of nothing perhaps"
    registration, late, today = assessment.registration, tax.arrears.trace, periods.local_date(at)
    pay_days = int(tariff.provision("notice_payment_days", today).value)
    local_base = tariff.rule(tariff.local_tax_base, "local_tax_base", assessment.due_on).base
    return NoticeFacts(
        number=number,
        issued_at=at.astimezone(periods.BANGKOK),
        office=office_facts(session, registration.office_code),
        payer=payer_facts(registration),
        period=date_text(assessment.period, "th", "month"),
        was_filed=assessment.was_filed,
        due_on=assessment.due_on,
        computed_to=assessment.computed_to,
        months=tax.arrears.months,
        lines=tuple(
            _line(tariff, line, worked)
            for line, worked in zip(assessment.lines, tax.lines, strict=True)
        ),
        tax_satang=tax.additions.net_excise_satang,
        penalty_multiple=_figure(late, "penalty_statutory", "multiple"),
        penalty_remaining_pct=_figure(late, "penalty", "remaining_pct"),
        penalty_satang=tax.penalty_satang,
        surcharge_monthly_pct=_figure(late, "surcharge_raw", "monthly_pct"),
        surcharge_satang=tax.surcharge_satang,
        funds=tuple(_funds(tariff, tax)),
        local_pct=_figure(late, "local_tax", "pct"),
        local_on_tax_only=local_base == "tax_only",
        local_satang=tax.local_satang,
        total_satang=tax.total_satang,
        pay_days=pay_days,
        pay_by=today + timedelta(days=pay_days),
        appeal_days=int(tariff.provision("appeal_days", today).value),
        reasons=Reasons(
            facts=assessment.facts, law=assessment.law, discretion=assessment.discretion
        ),
        approver=approver.person.name,
        approver_position=approver.position_th,
        approver_office=session.get_one(Office, approver.office_code).name_th,
        tariff_edition=f"{tariff.name} {tariff.digest[:12]}",
    )


def _line(tariff: Tariff, line: AssessmentLine, worked: LineTax) -> NoticeLine:
    item, service = tariff.item(line.product.item), line.receipts_satang is not None
    value = value_satang(line, worked)
    return NoticeLine(
        heading=item.heading,
        text_th=f"{line.product.name} ({item.name_th})",
        text_en=item.name_en,
        tax_point_on=line.tax_point_on,
        quantity=amount(value or 0) if service else quantity(line.quantity),
        unit="บาท" if service else line.product.unit,
        value_satang=value,
        rate=rate_applied(worked.trace.to_json(), "th"),
        tax_satang=worked.excise_satang,
    )


def _funds(tariff: Tariff, tax: ReturnTax) -> Iterator[NoticeFund]:
    named = {fund.code: fund for fund in tariff.funds}
    for code, satang in tax.additions.funds_satang.items():
        fund = named[code]
        yield NoticeFund(
            code=code,
            short_th=fund.short_th,
            name_th=fund.th,
            name_en=fund.en,
            pct=_figure(tax.additions.trace, f"fund_{code}", "pct"),
            amount_satang=satang,
        )


def _figure(trace: Trace, step: str, name: str) -> str:
    """Return the figure of the law that a step was worked out with, as decimal text."""
    found = trace.step(step)
    values = {figure.value for figure in found.figures if figure.name == name} if found else set()
    # Two tax points may meet two rates; the notice then names both.
    return ", ".join(exact_text(value) for value in sorted(values or {Fraction(0)}))
