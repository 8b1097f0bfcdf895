"""Questions about files of lines."""

import sqlalchemy as sa
from sqlalchemy.orm import Session

from excise.uploads.models import Upload


def newest_upload(session: Session, return_id: int) -> Upload | None:
    """Return the file that was sent last for a draft."""
    query = sa.select(Upload).where(Upload.return_id == return_id).order_by(Upload.id.desc())
    return session.scalar(query.limit(1))
