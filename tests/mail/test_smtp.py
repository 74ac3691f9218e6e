"""Mail handed over to a real SMTP server: what goes out, and what the server's answers mean."""

from __future__ import annotations

import asyncio
import socket
from email import message_from_bytes
from email.policy import default

import pytest

from local.ports import find_free_port
from romashka.channels.base import Choice, OutboundFile
from romashka.channels.email import Email
from romashka.channels.errors import AccountBlocked, Ambiguous, Rejected, Throttled, Unavailable
from romashka.channels.mail_composing import compose
from romashka.channels.mail_servers import SMTP, mail_account, server_of
from romashka.settings import BadSetting, Settings
from tests.mail.letterbox import account_on, letterbox, message

ACCOUNT = mail_account(account_on("smtp://127.0.0.1:2525"))


def sent(**more):
    """The composed mail, as its reader's program takes it apart."""
    return message_from_bytes(compose(message(**more), ACCOUNT).content, policy=default)


async def test_a_mail_goes_out_and_its_id_is_the_same_at_every_try():
    async with letterbox() as box:
        first = await box.channel.send(message())
        assert await box.channel.send(message(attempt=2)) == first
        assert [mail["message_id"] for mail in box.mails()] == list(first * 2)
        assert box.mails()[0]["text"] == "Three days."


@pytest.mark.parametrize(
    ("wish", "kind", "code"),
    [
        ({"mode": "greylist"}, Throttled, "4.7.1"),
        ({"mode": "refuse"}, Rejected, "5.1.1"),
        ({"mode": "content"}, Rejected, "5.7.1"),
        ({"mode": "login"}, AccountBlocked, "5.7.8"),
        ({"mode": "refuse", "reply": "421 4.3.2 Shutting down"}, Unavailable, "4.3.2"),
        ({"mode": "refuse", "reply": "452 Too many"}, Throttled, "452"),
        ({"mode": "drop"}, Ambiguous, "connection_lost"),
    ],
)
async def test_what_a_servers_answer_means(wish, kind, code):
    async with letterbox() as box:
        box.server.behave(wish)
        with pytest.raises(kind) as caught:
            await box.channel.send(message())
        assert caught.value.code == code


async def test_a_wrong_password_stops_the_account():
    async with letterbox() as box:
        options = box.channel.mailboxes["support@shop.example"].smtp
        wrong = account_on(f"smtp://127.0.0.1:{options.port}", password="guess")
        with pytest.raises(AccountBlocked):
            await Email(Settings(), [wrong]).send(message())
        assert box.mails() == []


async def test_a_slow_server_is_cut_at_the_deadline_and_the_mail_may_have_gone_out():
    async with letterbox(timeout_s=2.0) as box:
        box.server.behave({"answer_after_ms": 30_000})
        with pytest.raises(Ambiguous):
            await asyncio.wait_for(box.channel.send(message()), 10)


async def test_nobody_listening_is_certainly_not_sent():
    channel = Email(Settings(), [account_on(f"smtp://127.0.0.1:{find_free_port(0)}")])
    with pytest.raises(Unavailable):
        await channel.send(message())
    await channel.close()


async def test_a_silent_server_is_cut_and_certainly_not_sent():
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"smtp://127.0.0.1:{silent.getsockname()[1]}"
        channel = Email(Settings(send_timeout_s=0.5), [account_on(url)])
        with pytest.raises(Unavailable):
            await channel.send(message())
        await channel.close()


async def test_a_server_that_has_no_tls_where_it_must_gets_nothing():
    async with letterbox() as box:
        port = box.channel.mailboxes["support@shop.example"].smtp.port
        channel = Email(Settings(), [account_on(f"smtps://127.0.0.1:{port}")])
        with pytest.raises(AccountBlocked) as caught:
            await channel.send(message())
        assert caught.value.code == "tls"
        await channel.close()


async def test_an_address_beyond_ascii_is_written_to():
    async with letterbox() as box:
        await box.channel.send(message(mail={"to": "zoë@bücher.example"}))
        assert box.mails()[0]["recipient"] == "zoë@xn--bcher-kva.example"


async def test_nothing_is_sent_to_a_suppressed_address():
    async with letterbox() as box:
        with pytest.raises(Rejected) as caught:
            await box.channel.send(message(mail={"suppressed": True}))
        assert (caught.value.code, box.mails()) == ("suppressed", [])


async def test_another_accounts_mail_is_not_sent():
    async with letterbox() as box:
        with pytest.raises(AccountBlocked):
            await box.channel.send(message(account="other@shop.example"))


def test_the_headers_of_an_answer():
    mail = sent()
    assert mail["from"] == "The Shop <support@shop.example>"
    assert mail["to"] == "Ada <ada@example.com>"
    assert mail["subject"] == "Re: My order"
    assert mail["in-reply-to"] == "<first@example.com>"
    assert mail["references"].split() == ["<root@example.com>", "<first@example.com>"]
    assert mail["reply-to"].addresses[0].addr_spec.startswith("support+c.")
    assert (mail["auto-submitted"], mail["x-auto-response-suppress"]) == ("auto-replied", "All")
    assert mail["x-romashka-loop"] == "support@shop.example"


def test_what_a_person_writes_is_no_automatic_mail():
    mail = sent(sender_type="agent")
    assert mail["auto-submitted"] is None
    assert mail["x-romashka-loop"] is None


def test_the_last_ten_references_go_along_each_whole():
    long = [f"{number}.{'x' * 120}@mail.example.com" for number in range(15)]
    content = compose(message(mail={"references": long}), ACCOUNT).content
    found = message_from_bytes(content, policy=default)["references"].split()
    assert found == [f"<{one}>" for one in long[-10:]]
    assert max(map(len, content.split(b"\r\n"))) < 998


def test_text_and_html_say_the_same():
    mail = sent(text="1 < 2 & see https://example.com/a?b=1&c=2.\n\nBye")
    assert "1 < 2 & see https://example.com/a?b=1&c=2." in mail.get_body(("plain",)).get_content()
    html = mail.get_body(("html",)).get_content()
    assert "1 &lt; 2 &amp; see" in html
    assert '<a href="https://example.com/a?b=1&amp;c=2">' in html


def test_choices_are_a_numbered_list():
    choices = (Choice(id="a", title="Returns"), Choice(id="b", title="Delivery"))
    text = sent(text="Which?", choices=choices).get_body(("plain",)).get_content()
    assert text.replace("\r\n", "\n").strip() == "Which?\n\n1. Returns\n2. Delivery"


@pytest.mark.parametrize("name", ["subject", "name"])
@pytest.mark.parametrize(
    "evil", ["a\r\nBcc: x@example.net", "a\nBcc: x@example.net", "a\x00b\x85c"]
)
def test_nothing_begins_a_header_of_its_own(name, evil):
    mail = sent(mail={name: evil})
    assert mail["bcc"] is None
    assert set(mail.keys()) <= set(sent().keys())


@pytest.mark.parametrize("evil", ["first@example.com>\r\nBcc: x@y", "a b@c", "x", "", None, 7])
def test_ids_that_are_none_are_left_out(evil):
    mail = sent(mail={"in_reply_to": evil, "references": [evil, "ok@example.com"]})
    assert (mail["bcc"], mail["in-reply-to"]) == (None, None)
    assert mail["references"] == "<ok@example.com>"


@pytest.mark.parametrize(
    "evil", ["a@b\r\nRCPT TO:<x@y>", "a@b,c@d", "<a@b>", "a b@c", "no-at", "a@" + "\ud800" + "x"]
)
def test_addresses_that_are_none_are_rejected(evil):
    with pytest.raises(Rejected):
        sent(mail={"to": evil})


def test_nothing_to_say_is_rejected():
    with pytest.raises(Rejected):
        sent(text=" \n")


async def test_files_are_attached_and_those_too_large_are_named(httpserver_url):
    async with letterbox() as box:
        files = (
            OutboundFile(kind="document", url=f"{httpserver_url}/small", filename="a\r\nb.pdf"),
            OutboundFile(kind="video", url=f"{httpserver_url}/huge", filename="film.mp4"),
        )
        await box.channel.send(message(files=files))
        [mail] = box.mails()
        assert mail["payload"]["attachments"] == ["a b.pdf"]
        assert f"film.mp4: {httpserver_url}/huge" in mail["text"]


async def test_a_file_that_is_gone_fails_the_message(httpserver_url):
    async with letterbox() as box:
        files = (OutboundFile(kind="document", url=f"{httpserver_url}/gone"),)
        with pytest.raises(Rejected) as caught:
            await box.channel.send(message(files=files))
        assert caught.value.code == "file_gone"


@pytest.mark.parametrize(
    ("url", "host", "port", "security"),
    [
        ("smtps://mail.example.com", "mail.example.com", 465, "tls"),
        ("smtp://mail.example.com", "mail.example.com", 587, "starttls"),
        ("smtp://127.0.0.1:1025", "127.0.0.1", 1025, "plain"),
        ("smtp://localhost", "localhost", 587, "plain"),
        ("smtps://127.0.0.1", "127.0.0.1", 465, "tls"),
    ],
)
def test_a_servers_address_says_how_the_line_is_made_safe(url, host, port, security):
    server = server_of("EMAIL_SMTP_URL", url, SMTP)
    assert (server.host, server.port, server.security) == (host, port, security)


@pytest.mark.parametrize("url", ["http://x", "smtp://", "mail.example.com", "smtp://x:port"])
def test_an_address_that_is_none_is_a_bad_setting(url):
    with pytest.raises(BadSetting, match="EMAIL_SMTP_URL"):
        server_of("EMAIL_SMTP_URL", url, SMTP)
