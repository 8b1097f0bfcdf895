"""What people type, and what the forms make of it."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from flask import Flask, render_template_string
from werkzeug.datastructures import MultiDict
from wtforms import FieldList, FormField
from wtforms.validators import InputRequired, Optional

import portal
from excise.config import Settings
from web.fields import (
    BaseForm,
    BEDateField,
    BEMonthField,
    LineForm,
    MoneyField,
    QuantityField,
    SubmissionForm,
    TaxIdField,
    error_summary,
)


class Line(LineForm):
    volume = QuantityField("Volume", places=3, at_least=Decimal("0.001"))


class Form(BaseForm):
    class Meta(BaseForm.Meta):
        csrf = False

    amount = MoneyField("Amount", [Optional()], at_least=100, at_most=10_000_000_00)
    volume = QuantityField("Volume", [Optional()], places=2, at_most=1000)
    day = BEDateField("Day", [Optional()])
    month = BEMonthField("Month", [Optional()])
    tax_id = TaxIdField("Tax number", [Optional()])
    lines = FieldList(FormField(Line))


@pytest.fixture
def app(settings: Settings) -> Flask:
    return portal.create_app(settings)


def filled(app: Flask, language: str = "th", **typed: str) -> Any:
    """Return the form as it is after somebody sent it."""
    with app.test_request_context(f"/?lang={language}", method="POST"):
        form = Form(MultiDict({name.replace("__", "-"): value for name, value in typed.items()}))
        form.validate()
        form.summary = error_summary(form)
        return form


@pytest.mark.parametrize(
    ("typed", "satang"),
    [
        ("1234.5", 123_450),
        (" 1,234.50 บาท", 123_450),
        ("฿1 234.50", 123_450),
        ("๑,๒๓๔.๕๐", 123_450),
        ("1", 100),
        ("10000000", 1_000_000_000),
        ("", None),
    ],
)
def test_an_amount_is_read_as_people_write_it(app: Flask, typed: str, satang: int | None) -> None:
    form = filled(app, amount=typed)
    assert not form.errors
    assert form.amount.data == satang


@pytest.mark.parametrize(
    "typed",
    [
        "0.99",
        "10000000.01",
        "1.005",
        "12,50",
        "abc",
        "1e5",
        "nan",
        "Infinity",
        "--1",
        "9" * 400,
        "-5",
    ],
)
def test_an_amount_that_could_mean_something_else_is_refused(app: Flask, typed: str) -> None:
    form = filled(app, amount=typed)
    assert form.amount.errors
    with app.test_request_context():
        assert form.amount._value() == typed, "what was typed stays in the box"


def test_a_quantity_keeps_its_decimals_exactly(app: Flask) -> None:
    form = filled(app, volume="0.10")
    assert form.volume.data == Decimal("0.10")
    assert form.volume.scaled == 10
    assert filled(app, volume="0.105").volume.errors == ["กรอกทศนิยมไม่เกิน 2 ตำแหน่ง"]
    assert filled(app, volume="1000.01").volume.errors


@pytest.mark.parametrize("year", ["2569", "2026", "๒๕๖๙"])
def test_a_day_is_read_in_either_era_and_said_in_words(app: Flask, year: str) -> None:
    form = filled(app, day__day="22", day__month="11", day__year=year)
    assert form.day.data == date(2026, 11, 22)
    with app.test_request_context("/?lang=th"):
        assert form.day.in_words == "22 พฤศจิกายน 2569"


def test_a_day_that_its_month_does_not_have_is_refused(app: Flask) -> None:
    form = filled(app, day__day="29", day__month="2", day__year="2569")
    assert form.day.errors == ["เดือนนั้นไม่มีวันที่นี้"]


def test_the_leap_day_of_the_buddhist_year_2567_exists(app: Flask) -> None:
    assert filled(app, day__day="29", day__month="2", day__year="2567").day.data == date(
        2024, 2, 29
    )


@pytest.mark.parametrize("year", ["3112", "69", "1483", "0", "99999999", "-2569", "25x9", ""])
def test_a_mixed_up_year_is_refused_with_what_to_type(app: Flask, year: str) -> None:
    form = filled(app, day__day="1", day__month="1", day__year=year)
    assert "25" in form.day.errors[0]
    assert form.summary == [{"text": form.day.errors[0], "href": "#day-year"}]


@pytest.mark.parametrize(
    ("day", "month", "box"), [("32", "1", "day"), ("1", "13", "month"), ("x", "1", "day")]
)
def test_the_error_of_a_day_leads_to_the_wrong_box(
    app: Flask, day: str, month: str, box: str
) -> None:
    form = filled(app, day__day=day, day__month=month, day__year="2569")
    assert form.summary[0]["href"] == f"#day-{box}"


def test_a_month_is_its_first_day(app: Flask) -> None:
    form = filled(app, month__month="11", month__year="2569")
    assert form.month.data == date(2026, 11, 1)


@pytest.mark.parametrize("typed", ["0994000160101", "0-9940-00160-10-1", " 0994 000160101 "])
def test_a_tax_number_may_have_spaces_and_dashes(app: Flask, typed: str) -> None:
    form = filled(app, tax_id=typed)
    assert not form.tax_id.errors, form.tax_id.errors
    assert form.tax_id.data == "0994000160101"


def test_a_wrong_tax_number_says_what_is_wrong(app: Flask) -> None:
    assert "12" in filled(app, tax_id="099400016010").tax_id.errors[0]
    assert "หลักผิด" in filled(app, tax_id="0994000160102").tax_id.errors[0]


def test_the_summary_leads_to_the_very_line(app: Flask) -> None:
    form = filled(app, lines__0__volume="1", lines__1__volume="x")
    assert form.summary == [{"text": "กรอกเป็นตัวเลข เช่น 1,234.50", "href": "#lines-1-volume"}]


def test_each_filling_in_of_a_form_has_its_own_name_and_keeps_it(app: Flask) -> None:
    class Filing(SubmissionForm):
        class Meta(SubmissionForm.Meta):
            csrf = False

    with app.test_request_context():
        first, second = Filing(), Filing()
        assert first.submission_id.data != second.submission_id.data
    name = first.submission_id.data
    with app.test_request_context(method="POST"):
        again = Filing(MultiDict({"submission_id": name}))
        assert again.validate()
        assert again.submission_id.data == name
        assert not Filing(MultiDict({"submission_id": "x' OR 1=1"})).validate()


def test_every_kind_of_field_renders_what_was_typed_and_what_is_wrong(app: Flask) -> None:
    form = filled(app, amount="<b>", day__day="1", day__month="1", day__year="1483")
    with app.test_request_context("/?lang=th"):
        text = render_template_string(
            '{% from "shared/_fields.html" import field, cell %}'
            "{{ field(form.amount) }}{{ field(form.day) }}{{ field(form.month) }}{{ field(form.tax_id) }}",
            form=form,
        )
    assert 'value="&lt;b&gt;"' in text
    assert 'value="1483"' in text
    assert 'aria-describedby="day-error"' in text
    assert "มกราคม" in text


def test_messages_of_the_library_are_thai(app: Flask) -> None:
    class Needed(BaseForm):
        class Meta(BaseForm.Meta):
            csrf = False

        amount = MoneyField("Amount", [InputRequired()])

    with app.test_request_context("/?lang=th", method="POST"):
        form = Needed(MultiDict({}))
        form.validate()
        assert form.amount.errors == ["โปรดกรอกช่องนี้"]
