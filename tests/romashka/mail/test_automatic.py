"""What no person wrote is kept, calls for no answer and opens no conversation."""

from __future__ import annotations

import pytest

from romashka.channels.mail.threads import message_id_of
from tests.romashka.mail.letters import LETTERS, SECRET, letter, message_of

CONVERSATION = "0b5cf9a2-8a5a-4c2e-9c45-0d1f2b3c4d5e"
OWN = message_id_of(CONVERSATION, CONVERSATION, SECRET, "shop.example")


@pytest.mark.parametrize(
    ("reason", "line"),
    [
        ("auto_reply", "Auto-Submitted: auto-replied"),
        ("auto_reply", "Auto-Submitted: auto-generated (failure)"),
        ("auto_reply", "X-Auto-Response-Suppress: OOF, AutoReply"),
        ("auto_reply", "X-Auto-Response-Suppress: All"),
        ("auto_reply", "X-Autoreply: yes"),
        ("auto_reply", "X-Autorespond: x"),
        ("auto_reply", "X-Loop: somebody"),
        ("auto_reply", "Subject: Automatic reply: hello"),
        ("auto_reply", "Subject: =?utf-8?b?0JDQstGC0L7QvtGC0LLQtdGC?="),
        ("auto_reply", "Subject: Out of office"),
        ("list", "List-Id: <x.example>"),
        ("list", "List-Unsubscribe: <https://x.example>"),
        ("list", "Precedence: list"),
        ("bulk", "Precedence: bulk"),
        ("bulk", "Precedence: junk"),
        ("bulk", "Precedence: auto_reply"),
        ("null_sender", "Return-Path: <>"),
        ("loop", "X-Romashka-Loop: 1"),
        ("loop", "X-Loop: support@shop.example"),
        ("own", f"Message-ID: {OWN}"),
    ],
)
def test_a_header_of_machines_is_known(reason: str, line: str) -> None:
    message = message_of(letter("x", line))
    assert (message.calls_for_answer, message.may_open) == (False, False)
    assert message.metadata["automatic"] == reason


@pytest.mark.parametrize(
    ("reason", "sender"),
    [
        ("own", "support@shop.example"),
        ("own", "Help <HELP@shop.example>"),
        ("null_sender", "MAILER-DAEMON@mx.example"),
        ("null_sender", "postmaster@mx.example"),
        ("no_reply", "no-reply@x.example"),
        ("no_reply", "DoNotReply@x.example"),
        ("no_reply", "noreply@x.example"),
        ("no_reply", "bounces+17-a=b@x.example"),
        ("no_reply", "no-reply+abc@x.example"),
        ("no_reply", "no-reply-123@x.example"),
        ("no_reply", "noreply2@x.example"),
        ("no_reply", "noreply.shop@x.example"),
        ("no_reply", "notifications-noreply@x.example"),
        ("no_reply", "shop-no-reply@x.example"),
    ],
)
def test_a_sender_that_is_no_person_is_known(reason: str, sender: str) -> None:
    message = message_of(letter("Hello", sender=f"From: {sender}\r\n".encode()))
    assert (message.calls_for_answer, message.metadata["automatic"]) == (False, reason)


@pytest.mark.parametrize("name", ["casino.replyson", "noreplys", "ann.bounces", "unattendedly"])
def test_a_person_whose_name_holds_such_words_is_a_person(name: str) -> None:
    message = message_of(letter("Hello", sender=f"From: {name}@x.example\r\n".encode()))
    assert message.calls_for_answer


@pytest.mark.parametrize(
    "line",
    [
        "Auto-Submitted: no",
        "Precedence: first-class",
        "X-Auto-Response-Suppress: DR",
        "Subject: Your automatic reply",
        "Return-Path: <anna@customer.example>",
        "X-Autoreply: no",
    ],
)
def test_a_person_is_not_taken_for_a_machine(line: str) -> None:
    message = message_of(letter("x", line))
    assert message.calls_for_answer
    assert "automatic" not in message.metadata


@pytest.mark.parametrize(
    ("name", "reason"), [("out_of_office", "auto_reply"), ("newsletter", "list")]
)
def test_whole_mails_of_machines_are_known(name: str, reason: str) -> None:
    assert message_of(LETTERS[name]).metadata["automatic"] == reason


def test_a_stranger_cannot_call_their_mail_ours() -> None:
    forged = OWN.replace("@", "a@") if OWN[-17] != "a" else OWN.replace("@", "b@")
    message = message_of(letter("x", f"Message-ID: {forged}"))
    assert message.calls_for_answer
