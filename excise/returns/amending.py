"""Amend a filed return: another version, any number of times; what was filed never changes."""

import json
from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from excise import audit, numbering, periods
from excise.db import lock
from excise.documents.models import Original
from excise.errors import Conflict
from excise.people.rules import Right
from excise.products.models import Product
from excise.returns.changes import Change, Standing, change_of
from excise.returns.models import DeclaredLine, Return, ReturnLine, ReturnState
from excise.returns.queries import filed_return
from excise.returns.rules import ReturnTax
from excise.tariff.schema import Tariff
from excise.taxpayers.queries import require_right_at


class AlreadyAmended(Conflict):
    """Another version stands in its place; facts: its `reference`."""

    code = "return-already-amended"


def start_amendment(
    session: Session, *, reference: str, person_id: int, submission_id: str, at: datetime
) -> Return:
    """Begin the next version of a filed return, with its lines as they stand.

    One that was begun before is continued. Raises NotFound when it is not theirs,
    NotAllowed without the right to prepare, AlreadyAmended.
    """
    today = periods.local_date(at)
    filed = filed_return(session, reference, person_id=person_id, on=today)
    require_right_at(
        session, filed.registration, person_id=person_id, right=Right.PREPARE, on=today
    )
    lock(session, f"returns:{filed.registration_id}")
    if (following := next_version(session, filed)) is not None:
        if following.state is ReturnState.FILED:
            raise AlreadyAmended(reference=newest(session, filed).reference)
        return following
    year = periods.fiscal_year_be(today)
    draft = Return(
        draft_reference=f"D{year}{numbering.take(session, f'draft:{year}'):07d}",
        submission_id=submission_id,
        registration_id=filed.registration_id,
        form=filed.form,
        basis=filed.basis,
        period=filed.period,
        removal_on=filed.removal_on,
        due_on=filed.due_on,
        version=filed.version + 1,
        amends_id=filed.id,
        file_sha256=filed.file_sha256,
        created_at=at,
        created_by=person_id,
        changed_at=at,
        lines=[_copy(line) for line in filed.lines],
    )
    session.add(draft)
    session.flush()  # whoever begins it sees its lines
    subject = f"return:{draft.draft_reference}"
    actor, told = f"person:{person_id}", {"amends": reference}
    audit.record(session, actor=actor, act="return.amend", subject=subject, at=at, **told)
    return draft


def _copy(line: ReturnLine) -> ReturnLine:
    copied = ReturnLine(
        position=line.position,
        product_id=line.product_id,
        tax_point_on=line.tax_point_on,
        units=line.units,
        receipts_satang=line.receipts_satang,
        measures=dict(line.measures),
        row_count=line.row_count,
        first_on=line.first_on,
    )
    copied.product = line.product
    return copied


def next_version(session: Session, filed: Return) -> Return | None:
    """Return the version that amends this one, begun or filed."""
    return session.scalar(sa.select(Return).where(Return.amends_id == filed.id))


def newest(session: Session, filed: Return) -> Return:
    """Return the version in force, this one or a later one."""
    following = next_version(session, filed)
    while following is not None and following.state is ReturnState.FILED:
        filed, following = following, next_version(session, following)
    return filed


def earlier_versions(session: Session, version: Return) -> list[Return]:
    """Return the versions before this one, the newest first."""
    found: list[Return] = []
    while version.amends_id is not None:
        version = session.get_one(Return, version.amends_id)
        found.append(version)
    return found


def is_in_force() -> sa.ColumnElement[bool]:
    """Return the condition that no filed version amends a return."""
    later = aliased(Return)
    return ~sa.exists().where(later.amends_id == Return.id, later.state == ReturnState.FILED)


def replaced_ids() -> sa.Select[int | None]:
    """Return the query of the ids of returns that a filed version amends."""
    return sa.select(Return.amends_id).where(
        Return.amends_id.is_not(None), Return.state == ReturnState.FILED
    )


def change_by(
    session: Session, tariff: Tariff, draft: Return, tax: ReturnTax, *, on: date
) -> Change:
    """Return what an amendment changes if it is filed on a day."""
    assert draft.amends_id is not None, "it is no amendment"
    amended = session.get_one(Return, draft.amends_id)
    original = session.get_one(Original, amended.original_sha256)
    standing = Standing.of(json.loads(original.content))
    return change_of(tariff, standing, tax.additions, due_on=draft.due_on, filed_on=on)


@dataclass(frozen=True, kw_only=True)
class ComparedLine:
    """A product on a day, before and after; quantities in ten-thousandths, money in satang.

    None where there is no such line.
    """

    product: Product
    tax_point_on: date
    units_before: int | None
    units_after: int | None
    tax_before_satang: int
    tax_after_satang: int

    @property
    def is_changed(self) -> bool:
        """Tell whether anything is other than before."""
        return (self.units_before, self.tax_before_satang) != (
            self.units_after,
            self.tax_after_satang,
        )


Sums = dict[tuple[int, date], tuple[Product, int, int]]


def compared_lines(
    session: Session, version: Return, tax: ReturnTax | None = None
) -> list[ComparedLine]:
    """Return the lines of an amendment beside those of the version that it amends.

    `tax` is that of a draft; a filed version has its own figures.
    """
    before = _declared(session, version.amends_id)
    after = _worked(version.lines, tax) if tax else _declared(session, version.id)
    keys = [*before, *(key for key in after if key not in before)]
    return [
        ComparedLine(
            product=(after.get(key) or before[key])[0],
            tax_point_on=key[1],
            units_before=before[key][1] if key in before else None,
            units_after=after[key][1] if key in after else None,
            tax_before_satang=before[key][2] if key in before else 0,
            tax_after_satang=after[key][2] if key in after else 0,
        )
        for key in keys
    ]


def _declared(session: Session, return_id: int | None) -> Sums:
    query = (
        sa.select(DeclaredLine)
        .where(DeclaredLine.return_id == return_id)
        .order_by(DeclaredLine.position)
    )
    rows = list(session.scalars(query))
    wanted = sa.select(Product).where(Product.id.in_({row.product_id for row in rows}))
    products = {product.id: product for product in session.scalars(wanted)}
    sums: Sums = {}
    for row in rows:
        _add(sums, products[row.product_id], row.tax_point_on, row.units, row.excise_satang)
    return sums


def _worked(lines: list[ReturnLine], tax: ReturnTax) -> Sums:
    sums: Sums = {}
    for line, worked in zip(lines, tax.lines, strict=True):
        _add(sums, line.product, line.tax_point_on, line.units, worked.excise_satang)
    return sums


def _add(sums: Sums, product: Product, on: date, units: int, satang: int) -> None:
    _, had, taxed = sums.get((product.id, on), (product, 0, 0))
    sums[product.id, on] = (product, had + units, taxed + satang)


def excise_by_item(session: Session, return_id: int) -> list[tuple[str, int]]:
    """Return the item and the excise of every line of a filed return."""
    query = (
        sa.select(Product.item, DeclaredLine.excise_satang)
        .join(Product, Product.id == DeclaredLine.product_id)
        .where(DeclaredLine.return_id == return_id)
    )
    return [(item, satang) for item, satang in session.execute(query)]
