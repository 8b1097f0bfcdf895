"""The database, as one request sees it."""

import psycopg
import sqlalchemy as sa

import portal
from excise.config import Settings
from web.db import reading


def test_an_answer_stands_when_the_database_goes_away_after_it(pg_url, tmp_path):
    app = portal.create_app(Settings(data=tmp_path, database_url=pg_url))

    def read_and_lose_the_connection() -> str:
        process = reading().scalar(sa.text("SELECT pg_backend_pid()"))
        with psycopg.connect(pg_url, autocommit=True) as admin:
            admin.execute("SELECT pg_terminate_backend(%s, 5000)", [process])
        return "kept"

    app.add_url_rule("/lost", "home.lost", read_and_lose_the_connection)
    app.extensions["public_endpoints"] |= {"home.lost"}
    assert app.test_client().get("/lost").text == "kept"
    app.extensions["database"].close()
