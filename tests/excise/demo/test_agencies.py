import stat
from datetime import UTC, datetime

from excise.agencies.models import Agency
from excise.agencies.passwords import opened
from excise.config import Settings
from excise.demo import agencies
from excise.demo.sales import SOURCE
from tests.conftest import count

AT = datetime(2026, 11, 23, tzinfo=UTC)


def test_the_agencies_of_the_demonstration_come_once_with_secret_passwords(session, tmp_path):
    settings = Settings(data=tmp_path, database_url="sqlite://")
    for _ in range(2):
        agencies.register_all(session, settings, at=AT)
    session.flush()
    assert count(session, Agency) == len(agencies.AGENCIES)
    for code, password in agencies.passwords(settings).items():
        held = session.get(Agency, code)
        assert opened(held.sealed_password, settings.secret("agencies")) == password
    file = tmp_path / "secrets" / agencies.FILE
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_who_delivers_sales_is_one_of_them():
    assert SOURCE in {entry.code for entry in agencies.AGENCIES}
