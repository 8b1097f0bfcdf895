"""What stands in the log of answers, and what must not."""

from datetime import timedelta
from types import SimpleNamespace

import pytest
from gunicorn.config import Config

from web import gunicorn_conf


@pytest.mark.parametrize(
    ("path", "written"),
    [
        ("/returns/D25700000001/check", "/returns/D25700000001/check"),
        ("/bills/2569112300000001", "/bills/2569112300000001"),
        ("/account/reset/WyJhIl0.x-y", "/account/reset/*"),
        ("/account/confirm/WyJhIl0.x/y", "/account/confirm/*"),
        ("/v/2570-010100-0000005/ABCD-EFGH", "/v/2570-010100-0000005/*"),
        ("/establishments/01055686968101001/products", "/establishments/*/products"),
        ("/x/0105568696810", "/x/*"),
    ],
)
def test_no_line_holds_a_link_that_opens_by_itself_or_a_tax_number(path: str, written: str) -> None:
    log = gunicorn_conf.AccessLog(Config())
    answer = SimpleNamespace(status="200 OK", headers=[], sent=1)
    environ = {
        "PATH_INFO": path,
        "RAW_URI": path,
        "REQUEST_METHOD": "GET",
        "SERVER_PROTOCOL": "HTTP/1.1",
    }
    atoms = log.atoms(answer, SimpleNamespace(headers=[]), environ, timedelta())
    assert f'"GET {written} HTTP/1.1" 200' in gunicorn_conf.access_log_format % atoms
