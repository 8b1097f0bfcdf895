import pytest

from excise.errors import Invalid
from excise.taxpayers.rules import (
    EstablishmentType,
    parse_registration_number,
    registration_number,
    tax_id,
)
from tests.factories import TAX_ID


@pytest.mark.parametrize("typed", [TAX_ID, "0-1055-58096-34-8", " 0 1055 58096 34 8 "])
def test_a_tax_id_may_be_typed_with_gaps(typed):
    assert tax_id(typed) == TAX_ID


# The third digit weighs eleven in a sum modulo eleven: the official check cannot see it.
@pytest.mark.parametrize("place", [0, 1, *range(3, 13)])
def test_a_wrong_digit_of_a_tax_id_is_found(place):
    wrong = TAX_ID[:place] + str((int(TAX_ID[place]) + 5) % 10) + TAX_ID[place + 1 :]
    with pytest.raises(Invalid) as refused:
        tax_id(wrong)
    assert refused.value.facts["field"] == "tax_id"


@pytest.mark.parametrize(
    "typed", ["", "123", TAX_ID + "0", "๐๑๐๕๕๕๘๐๙๖๓๔๘", "01055580963AB", "²" * 13]
)
def test_what_is_not_thirteen_digits_is_no_tax_id(typed):
    with pytest.raises(Invalid) as refused:
        tax_id(typed)
    assert refused.value.reason == "tax-id-format"


def test_a_registration_number_comes_apart_as_it_was_put_together():
    for kind in EstablishmentType:
        number = registration_number(TAX_ID, kind, 42)
        assert parse_registration_number(number) == (TAX_ID, kind, 42)
    assert parse_registration_number("0105558096348-1-001")[2] == 1


@pytest.mark.parametrize("sequence", [0, 1000])
def test_an_owner_has_up_to_999_establishments_of_a_type(sequence):
    with pytest.raises(Invalid):
        registration_number(TAX_ID, EstablishmentType.FACTORY, sequence)


@pytest.mark.parametrize(
    "text", ["", "1" * 16, TAX_ID + "4001", TAX_ID + "1๐๐๑", "1" * 13 + "1001"]
)
def test_what_is_no_registration_number_is_refused(text):
    with pytest.raises(Invalid):
        parse_registration_number(text)


@pytest.mark.parametrize("typed", ["0105558096349", "1101700203452"])
def test_a_wrong_check_digit_is_told_from_a_wrong_form(typed):
    with pytest.raises(Invalid) as refused:
        tax_id(typed)
    assert refused.value.reason == "tax-id-check-digit"
