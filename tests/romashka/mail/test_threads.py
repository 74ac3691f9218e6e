"""A conversation is found by tokens that nobody can guess, not by what anybody can write."""

# ruff: noqa: RUF001 - words of other scripts are what is tested

from __future__ import annotations

import re
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from romashka.channels.events import AccountEvent, DeliveryReceipt
from romashka.channels.mail import Mailbox, read_mail
from romashka.channels.mail.threads import (
    conversation_of_address,
    conversation_of_token,
    message_id_of,
    own_id,
    plain_subject,
    reply_address,
    reply_token,
    tag_of,
)
from tests.romashka.mail.letters import LETTERS, MAILBOX, SECRET, letter, message_of

CONVERSATION = "0b5cf9a2-8a5a-4c2e-9c45-0d1f2b3c4d5e"
MESSAGE = "7e1f9b0c-1111-4222-8333-944455566677"
ADDRESS = reply_address("support@shop.example", CONVERSATION, SECRET)
OWN = message_id_of(CONVERSATION, MESSAGE, SECRET, "shop.example")


@given(st.uuids(), st.uuids(), st.text(st.characters(codec="utf-8"), min_size=1))
def test_what_is_written_is_read_back(conversation: UUID, message: UUID, secret: str) -> None:
    address = reply_address("support+eu@shop.example", str(conversation), secret)
    assert conversation_of_address(f"Shop <{address.upper()}>", [secret]) == str(conversation)
    found = own_id(message_id_of(str(conversation), str(message), secret, "x.example"), [secret])
    assert found is not None
    assert (found.conversation, found.message) == (str(conversation), str(message))


def test_an_address_keeps_its_local_part_short_enough() -> None:
    local = ADDRESS.partition("@")[0]
    assert len(local) <= 64
    assert re.fullmatch(r"support\+c\.[a-z2-7]{26}\.[a-z2-7]{8}", local)


@pytest.mark.parametrize("place", range(2, 37))
def test_a_token_with_one_character_changed_is_nobodys(place: int) -> None:
    token = reply_token(CONVERSATION, SECRET)
    other = "a" if token[place] != "a" else "b"
    assert conversation_of_token(token[:place] + other + token[place + 1 :], [SECRET]) is None


def test_a_token_of_an_older_secret_counts_while_it_is_kept() -> None:
    token = reply_token(CONVERSATION, "old")
    assert conversation_of_token(token, ["new", "old"]) == CONVERSATION
    assert conversation_of_token(token, ["new"]) is None


def test_an_empty_secret_opens_nothing() -> None:
    assert conversation_of_token(reply_token(CONVERSATION, ""), [""]) is None


def test_the_proof_of_an_address_is_none_for_a_message_id() -> None:
    token = reply_token(CONVERSATION, SECRET)
    compact, proof = token[2:28], token[29:]
    assert own_id(f"c.{compact}.{compact}.{proof * 2}@shop.example", [SECRET]) is None


@pytest.mark.parametrize("name", ["Delivered-To", "X-Original-To", "To", "Cc"])
def test_a_reply_address_in_any_recipients_field_names_the_conversation(name: str) -> None:
    message = message_of(letter("x", f"{name}: Shop <{ADDRESS}>"))
    assert message.thread is not None
    assert message.thread["conversation"] == CONVERSATION


def test_a_reply_address_in_the_envelope_alone_is_enough() -> None:
    message = message_of(letter("x", "To: undisclosed-recipients:;"), MAILBOX, ADDRESS)
    assert message.thread is not None
    assert message.thread["conversation"] == CONVERSATION


def test_our_own_id_in_references_names_its_message() -> None:
    message = message_of(letter("x", f"References: <a@b> {OWN}", "In-Reply-To: <c@d>"))
    assert message.thread is not None
    assert message.thread["own"] == [{"message": MESSAGE, "conversation": CONVERSATION}]
    assert message.thread["references"] == ["c@d", OWN[1:-1], "a@b"]


def test_a_mail_that_its_domain_disowns_proves_nothing_by_a_token() -> None:
    results = "Authentication-Results: mx.shop.example; dmarc=fail"
    message = message_of(letter("x", results, f"To: {ADDRESS}", f"In-Reply-To: {OWN}"))
    assert message.thread is not None
    assert (message.thread["conversation"], message.thread["own"]) == (None, [])
    assert message.thread["references"] == [OWN[1:-1]]


def test_ten_thousand_references_are_fifty_the_last_first() -> None:
    many = "\r\n ".join(f"<{number}@b>" for number in range(10_000))
    message = message_of(letter("x", f"References: {many}", "Subject: after it"))
    assert message.thread is not None
    assert len(message.thread["references"]) == 50
    assert message.thread["references"][0] == "9999@b"
    assert message.metadata["subject"] == "after it"


def test_references_in_a_circle_are_each_named_once() -> None:
    message = message_of(letter("x", "In-Reply-To: <a@b>", "References: <a@b> <c@d> <a@b>"))
    assert message.thread is not None
    assert message.thread["references"] == ["a@b", "c@d"]


def test_a_bounce_of_our_own_mail_is_known_by_its_id_anywhere() -> None:
    raw = LETTERS["bounce"].replace(b"<ours-1@shop.example>", b"<other@x>")
    raw = raw.replace(b"User unknown\r\n\r\n", f"User unknown {OWN}\r\n\r\n".encode(), 1)
    (event,) = read_mail(raw, MAILBOX)
    assert isinstance(event, DeliveryReceipt)
    assert event.external_id == OWN[1:-1]


def test_a_bounce_with_a_made_up_id_of_ours_fails_nothing() -> None:
    raw = LETTERS["bounce"].replace(b"<ours-1@shop.example>", OWN.encode())
    (event,) = read_mail(raw, Mailbox(address="support@shop.example", token_secret=("x",)))
    assert isinstance(event, AccountEvent)
    assert event.name == "bounce"


@pytest.mark.parametrize(
    "written",
    [
        "Re: Order",
        "RE: re: Order",
        "AW: Order",
        "Antw: Order",
        "Antwort: Order",
        "SV: Order",
        "VS: Order",
        "Odp: Order",
        "R: Order",
        "Rif: Order",
        "RES: Order",
        "YNT: Order",
        "Отв: Order",
        "Відп: Order",
        "رد: Order",
        "उत्तर: Order",
        "回复：Order",
        "Re[2]: Order",
        "Re(3): Order",
        "Fwd: Re: WG: Order",
        "TR: Order",
        "[EXT] Re: Order",
        "  Re :  Order ",
    ],
)
def test_prefixes_of_many_languages_are_taken_off(written: str) -> None:
    assert plain_subject(written) == "Order"


@pytest.mark.parametrize(
    "written", ["Report: x", "Are: x", "Return: x", "Refund 12: x", "Re Order"]
)
def test_words_that_look_like_prefixes_stay(written: str) -> None:
    assert plain_subject(written) == written


@pytest.mark.parametrize(
    ("subject", "tag"),
    [
        ("[#12] x", 12),
        ("Re: [Shop #7]", 7),
        ("#12", None),
        ("[#x]", None),
        ("[#" + "9" * 30 + "]", None),
    ],
)
def test_a_tag_is_a_number_in_brackets(subject: str, tag: int | None) -> None:
    assert tag_of(subject) == tag
