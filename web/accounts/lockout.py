"""Wrong passwords and codes: counted in the database, so every process knows."""

from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from web.db import transaction

LOCK_FOR = timedelta(minutes=15)


def count_failure(account: Any, account_id: int, *, limit: int, at: datetime) -> None:
    """Count one wrong try; the one that reaches `limit` locks the account for 15 minutes.

    Its own transaction: a failed sign-in commits nothing else.
    """
    reached = account.failures + 1 >= limit
    with transaction() as session:
        session.execute(
            sa.update(account)
            .where(account.id == account_id)
            .values(
                failures=sa.case((reached, 0), else_=account.failures + 1),
                locked_until=sa.case((reached, at + LOCK_FOR), else_=account.locked_until),
            )
            .execution_options(synchronize_session=False)
        )


def forget_failures(session: Session, account: Any, account_id: int) -> None:
    """Begin the count anew after a good sign-in."""
    session.execute(
        sa.update(account)
        .where(account.id == account_id, account.failures > 0)
        .values(failures=0)
        .execution_options(synchronize_session=False)
    )
