"""The SMTP gateway against a real SMTP server: the demonstration's mailbox in its own process."""

import select
import signal
import socket
import subprocess
import sys
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from threading import Thread

import pytest

from voucher.integrations.mail import (
    Attachment,
    Letter,
    MailRefused,
    MailUnavailable,
    Security,
    SmtpGateway,
    compose,
)
from voucher.sandbox.mailbox import MessageMissing, list_messages, read_message, store_message

LETTER = Letter(
    to="owner@joinery.example",
    subject="Your voucher is worth £1,500 – and here it is",
    text="Hello,\n\nyour voucher is enclosed.\n",
    html="<p>Hello,</p><p>your voucher is enclosed.</p>",
    message_id="outbox-17@voucher.example",
    written_at=datetime(2026, 11, 30, 9, 15, tzinfo=UTC),
)


def gateway(port, **changed):
    given = {
        "host": "127.0.0.1",
        "port": port,
        "sender": "scheme@voucher.example",
        "sender_name": "Tech taster vouchers",
        "security": Security.NONE,
        "timeout_seconds": 2,
    }
    return SmtpGateway(**given | changed)


@pytest.fixture(scope="module")
def mailbox(tmp_path_factory):
    """A running mailbox: gives (port, folder)."""
    folder = tmp_path_factory.mktemp("mailbox")
    process = subprocess.Popen(
        [sys.executable, "-m", "voucher.sandbox.mailbox", "--port", "0", "--data", str(folder)],
        cwd=Path(__file__).parents[3],
        stdout=subprocess.PIPE,
        text=True,
    )
    ready, _, _ = select.select([process.stdout], [], [], 20)
    assert ready, "the mailbox did not start"
    port = int(process.stdout.readline().partition("127.0.0.1:")[2].partition(",")[0])
    yield port, folder
    process.send_signal(signal.SIGTERM)
    assert process.wait(10) == 0
    process.stdout.close()


def test_the_system_is_not_asked_for_its_name_at_every_letter(mailbox, monkeypatch):
    def asked(*_):
        raise AssertionError("a name server may have to answer this")

    monkeypatch.setattr(socket, "getfqdn", asked)
    port, folder = mailbox
    gateway(port).send(Letter(**vars(LETTER) | {"to": "named@joinery.example"}))
    assert list_messages(folder, to="named@joinery.example")
    with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
        assert connection.recv(100).startswith(b"220 mailbox.example ")


def test_a_letter_arrives_whole(mailbox):
    port, folder = mailbox
    enclosed = Attachment("voucher.pdf", "application/pdf", b"%PDF-1.7 \x00\xff")
    gateway(port).send(
        Letter(**vars(LETTER) | {"to": "whole@joinery.example", "attachments": (enclosed,)})
    )
    (summary,) = list_messages(folder, to="whole@joinery.example")
    message = read_message(folder, summary.name)
    assert summary.subject == LETTER.subject
    assert summary.sender == "Tech taster vouchers <scheme@voucher.example>"
    assert message.text.strip() == LETTER.text.strip()
    assert message.html.strip() == LETTER.html
    assert [(each.name, each.media_type, each.content) for each in message.enclosures] == [
        ("voucher.pdf", "application/pdf", enclosed.content)
    ]


@pytest.mark.parametrize(
    ("address", "permanent"), [("refused@x.example", True), ("later@x.example", False)]
)
def test_a_refusal_says_whether_it_is_for_good(mailbox, address, permanent):
    port, folder = mailbox
    with pytest.raises(MailRefused) as refusal:
        gateway(port).send(Letter(**vars(LETTER) | {"to": address}))
    assert refusal.value.permanent is permanent
    assert list_messages(folder, to=address) == []


@pytest.mark.parametrize(
    "changed",
    [
        {"subject": "Hello\r\nBcc: everybody@x.example"},
        {"to": "a@x.example\nBcc: b@x.example"},
        {"to": "no address"},
        {"reply_to": "a@x.example\r\nX: y"},
    ],
)
def test_a_letter_that_smuggles_headers_is_refused_before_sending(mailbox, changed):
    port, folder = mailbox
    before = len(list_messages(folder))
    with pytest.raises(MailRefused) as refusal:
        gateway(port).send(Letter(**vars(LETTER) | changed))
    assert refusal.value.permanent
    assert len(list_messages(folder)) == before


def test_a_server_without_encryption_is_not_trusted_with_a_letter(mailbox):
    port, folder = mailbox
    letter = Letter(**vars(LETTER) | {"to": "secret@x.example"})
    with pytest.raises(MailUnavailable):
        gateway(port, security=Security.STARTTLS).send(letter)
    with pytest.raises(MailUnavailable):
        gateway(port, security=Security.TLS).send(letter)
    with pytest.raises(MailUnavailable):
        gateway(port, username="us", password="secret").send(letter)
    assert list_messages(folder, to="secret@x.example") == []


@contextmanager
def a_server_that(answers):
    """A server on loopback that accepts one connection and writes `answers`, then says no more."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve():
            connection, _ = listening.accept()
            with connection:
                for answer in answers:
                    connection.sendall(answer)
                    connection.recv(4096)

        thread = Thread(target=serve)
        thread.start()
        yield listening.getsockname()[1]
        thread.join(5)


def test_nobody_listening_is_unavailable():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with pytest.raises(MailUnavailable):
        gateway(port).send(LETTER)


def test_a_silent_server_is_unavailable_after_the_timeout():
    with socket.create_server(("127.0.0.1", 0)) as listening, pytest.raises(MailUnavailable):
        gateway(listening.getsockname()[1], timeout_seconds=0.1).send(LETTER)


@pytest.mark.parametrize(
    ("answers", "outcome"),
    [
        ([b"554 no service\r\n"], MailUnavailable),
        ([b"220 hello\r\n", b"250 hello\r\n", b"550 not from you\r\n"], MailRefused),
        ([b"220 hello\r\n", b"250 hello\r\n"], MailUnavailable),
        ([b"220 hello\r\n", b"nonsense\r\n"], MailUnavailable),
        (
            [b"220 a\r\n", b"250 a\r\n", b"250 a\r\n", b"250 a\r\n", b"354 a\r\n", b"451 full\r\n"],
            MailRefused,
        ),
    ],
)
def test_every_way_to_fail_has_a_name(answers, outcome):
    with a_server_that(answers) as port, pytest.raises(outcome):
        gateway(port).send(LETTER)


def test_a_letter_is_dated_and_named_by_its_writer():
    message = compose(LETTER, sender="scheme@voucher.example", sender_name="Scheme")
    assert message["Message-ID"] == "<outbox-17@voucher.example>"
    assert message["Date"] == "Mon, 30 Nov 2026 09:15:00 +0000"
    assert message["Auto-Submitted"] == "auto-generated"


def test_a_reply_and_a_way_to_unsubscribe_are_named():
    letter = Letter(
        **vars(LETTER)
        | {"reply_to": "case@voucher.example", "unsubscribe_url": "https://voucher.example/u"}
    )
    message = compose(letter, sender="scheme@voucher.example", sender_name="Scheme")
    assert message["Reply-To"] == "case@voucher.example"
    assert message["List-Unsubscribe"] == "<https://voucher.example/u>"


def test_messages_are_listed_newest_first(tmp_path):
    assert list_messages(tmp_path / "nothing yet") == []
    first = store_message(tmp_path, b"To: a@x.example\r\nSubject: one\r\n\r\nhello")
    second = store_message(tmp_path, b"To: b@x.example\r\nSubject: two\r\n\r\nhello")
    assert [each.name for each in list_messages(tmp_path)] == [second, first]
    assert [each.name for each in list_messages(tmp_path, limit=1)] == [second]
    assert [each.name for each in list_messages(tmp_path, to="A@x.example")] == [first]


@pytest.mark.parametrize(
    "name", ["../../etc/passwd", "x.eml", "", "20261130T091500000000-0a0b0c0d.eml"]
)
def test_only_messages_can_be_read(tmp_path, name):
    with pytest.raises(MessageMissing):
        read_message(tmp_path, name)


def test_a_broken_message_can_still_be_read(tmp_path):
    name = store_message(tmp_path, b"\x00\xff not a header\r\n\r\n\xfe")
    assert read_message(tmp_path, name).summary.subject == ""
