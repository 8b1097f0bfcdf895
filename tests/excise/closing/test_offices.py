"""A day by office: receipts, bank and counter, ledger."""

from datetime import timedelta

from excise.closing.offices import office_days
from excise.payments.actions import receive
from excise.periods import local_date
from tests import factories
from tests.factories import AT

DAY = local_date(AT)


def test_a_day_by_office_has_what_came_by_bank_and_counter_and_what_the_ledger_settled(session):
    first = factories.bill(session, factories.filed(session))
    receive(session, factories.bank_message(first), actor="system", at=AT)
    place = factories.establishment(
        session, tax_id=factories.tax_id(2), office_code="020100", province="ชลบุรี"
    )
    made = factories.product(session, place)
    begun = factories.start(session, place)
    factories.line(session, begun, made)
    second = factories.bill(session, factories.file(session, factories.finished(session, begun)))
    shift = factories.taking(session, second).of
    session.flush()
    north, east = office_days(session, DAY)
    assert (north.office_code, east.office_code) == ("010100", "020100")
    assert (north.bank_satang, north.counter_satang) == (first.amount_satang, 0)
    assert (east.bank_satang, east.counter_satang) == (0, second.amount_satang)
    assert north.agrees
    assert east.agrees
    assert (north.waiting, east.waiting) == ([], [shift.reference])
    assert office_days(session, DAY - timedelta(days=1)) == []
