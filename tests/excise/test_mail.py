"""Letters handed to a real SMTP server; one that refuses an address holds up nobody else."""

import socketserver
import threading
from email import message_from_bytes, policy

import pytest

from excise import mail, work
from excise.config import Settings
from excise.db import Database
from excise.work import State
from tests.factories import AT
from tests.journeys.conftest import wait_for


class Conversation(socketserver.StreamRequestHandler):
    """As much of RFC 5321 as a letter needs; nobody lives at gone@example.com."""

    def handle(self):
        self.say("220 mail.example.org")
        for line in self.rfile:
            verb = line.split(maxsplit=1)[0].upper()
            if verb == b"QUIT":
                return self.say("221 bye")
            if verb == b"RCPT" and b"gone@example.com" in line:
                self.say("550 no such mailbox")
            elif verb == b"DATA":
                self.say("354 go on")
                self.server.letters.append(b"".join(iter(self.rfile.readline, b".\r\n")))
                self.say("250 taken")
            else:
                self.say("250 ok")
        return None

    def say(self, words):
        self.wfile.write(f"{words}\r\n".encode())


@pytest.fixture
def server():
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Conversation) as server:
        server.letters = []
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def database(sqlite_url):
    database = Database(sqlite_url)
    yield database
    database.close()


def test_letters_go_to_the_mail_server_and_a_refused_address_fails_at_once(
    database, sqlite_url, tmp_path, server
):
    host, port = server.server_address
    settings = Settings(data=tmp_path, database_url=sqlite_url, smtp_url=f"smtp://{host}:{port}")
    with database.transaction() as session:
        for name in ("gone", "somchai"):
            to = f"{name}@example.com"
            mail.post(session, to=to, subject="ได้รับแบบแล้ว", body="เรียน\n", key=name, at=AT)
    with work.worker(settings, database):
        wait_for(lambda: work.unfinished(database) == 0, seconds=20)
    assert work.find(database, "mail.send:gone").state is State.FAILED
    assert work.find(database, "mail.send:gone").error == "Hopeless"
    (letter,) = server.letters
    told = message_from_bytes(letter, policy=policy.default)
    assert (told["To"], told["Subject"]) == ("somchai@example.com", "ได้รับแบบแล้ว")
    assert told["Message-ID"] == "<somchai@excise.example.org>"
