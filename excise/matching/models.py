"""Runs of the rules, and what they found; neither changes afterwards."""

from __future__ import annotations

import enum
from datetime import date, datetime
from typing import Any

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column, relationship

from excise.db import Record


class Outcome(enum.StrEnum):
    """What comparing one key gave: equal, different, or not comparable."""

    MATCHED = "matched"
    WITHIN_TOLERANCE = "within-tolerance"
    UNDER_DECLARED = "under-declared"
    OVER_DECLARED = "over-declared"
    PERIOD_SHIFT = "period-shift"
    MISSING_IN_RETURN = "missing-in-return"
    MISSING_IN_SOURCE = "missing-in-source"
    RATE_DIFF = "rate-diff"
    DUPLICATE_IN_SOURCE = "duplicate-in-source"
    IDENTITY_UNRESOLVED = "identity-unresolved"
    NOT_COMPARABLE = "not-comparable"


class Run(Record):
    """One run of all rules over a month; `tax_id` narrows it to one taxpayer.

    `rules_sha256` names the texts, `tolerances` tells how much could differ by each rule.
    """

    __tablename__ = "match_run"

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    period: Mapped[date] = mapped_column(index=True)
    tax_id: Mapped[str | None]
    cause: Mapped[str]
    ran_at: Mapped[datetime]
    rules_sha256: Mapped[str]
    counts: Mapped[dict[str, Any]]
    tolerances: Mapped[dict[str, Any]] = mapped_column(default_factory=dict, server_default="{}")
    findings: Mapped[list[Finding]] = relationship(init=False, back_populates="run")


class Finding(Record):
    """What one rule says of one key, in one run.

    `product_code` is the key of what differs: a GTIN, or what else the rule's `subject`
    says; parts are told apart by `|`. `declared`, `evidence`, `difference` and `tolerance`
    count the rule's measure: ten-thousandths of a unit, satang, or whole things; `base`,
    of which a share may differ, too. `reason` is set when the outcome needs one, or a hint helps.
    """

    __tablename__ = "finding"
    __table_args__ = (Index("ix_finding_key", "rule", "tax_id", "period"),)

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    run_id: Mapped[int] = mapped_column(ForeignKey("match_run.id"), index=True)
    rule: Mapped[str]
    tax_id: Mapped[str]
    period: Mapped[date]
    product_code: Mapped[str]
    registration_id: Mapped[int | None] = mapped_column(ForeignKey("registration.id"))
    product_id: Mapped[int | None] = mapped_column(ForeignKey("product.id"))
    measure: Mapped[str]
    declared: Mapped[int | None]
    evidence: Mapped[int | None]
    difference: Mapped[int]
    tolerance: Mapped[int]
    outcome: Mapped[Outcome]
    reason: Mapped[str]
    base: Mapped[int | None] = mapped_column(default=None)
    run: Mapped[Run] = relationship(init=False, back_populates="findings")
