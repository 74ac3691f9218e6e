"""A mail comes in, is answered by SMTP in its thread, and its answer finds the way back."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.flow.journeys import Desk
from tests.flow.mails import Correspondent, behave, header
from tests.waiting import wait_until

QUESTION = "How long does delivery take?"


@pytest.fixture
def mira(desk: Desk) -> Correspondent:
    """A new customer who writes mail."""
    return Correspondent(desk=desk)


@pytest.fixture
def server(desk: Desk) -> Iterator[Desk]:
    """Lets a test change the mail server's behaviour and sets it back afterwards."""
    yield desk
    behave(desk)


def test_a_question_is_answered_by_mail_in_its_thread(mira: Correspondent) -> None:
    asked = mira.writes(QUESTION, Subject="My order")

    [answer] = mira.received()
    assert "two to four working days" in answer["text"]
    assert answer["payload"]["subject"] == "Re: My order"
    assert header(answer, "In-Reply-To") == f"<{asked}>"
    assert header(answer, "References") == f"<{asked}>"
    assert header(answer, "Auto-Submitted") == "auto-replied"
    assert header(answer, "X-Auto-Response-Suppress") == "All"
    assert (header(answer, "To") or "").endswith(f"<{mira.address}>")
    assert "+c." in (header(answer, "Reply-To") or "")
    assert "<p>" in answer["payload"]["html"]


def test_the_delivery_is_known_by_the_message_id(mira: Correspondent) -> None:
    mira.writes(QUESTION)

    [answer] = mira.received()
    reply = wait_until(
        lambda: next((m for m in mira.messages() if m["delivery_status"] == "sent"), None)
    )
    assert reply["sender_type"] == "ai"
    assert reply["external_message_id"] == answer["message_id"]


def test_the_customers_answer_joins_by_references(mira: Correspondent) -> None:
    first = mira.writes(QUESTION, Subject="My order")
    [answer] = mira.received()
    second = mira.writes(
        "Do you accept PayPal?",
        Subject="Something else",
        In_Reply_To=f"<{answer['message_id']}>",
        References=f"<{first}> <{answer['message_id']}>",
    )

    assert mira.stored(second)["conversation_id"] == mira.stored(first)["conversation_id"]
    later = mira.received(2)[1]
    named = [part.strip("<>") for part in (header(later, "References") or "").split()]
    assert named == [first, answer["message_id"], second]


def test_the_customers_answer_joins_by_the_reply_address_alone(mira: Correspondent) -> None:
    first = mira.writes(QUESTION)
    [answer] = mira.received()
    second = mira.writes("Thank you!", to=header(answer, "Reply-To") or "", Subject="Other")

    assert mira.stored(second)["conversation_id"] == mira.stored(first)["conversation_id"]


def test_a_stranger_with_the_reply_address_stays_outside(mira: Correspondent) -> None:
    first = mira.writes(QUESTION)
    [answer] = mira.received()
    stranger = Correspondent(desk=mira.desk)
    intrusion = stranger.writes("Let me in", to=header(answer, "Reply-To") or "")

    kept_out, own = stranger.stored(intrusion), mira.stored(first)["conversation_id"]
    assert kept_out["conversation_id"] != own
    assert kept_out["metadata"]["claimed_conversation"] == str(own)


def test_an_attachment_is_kept_with_the_message(mira: Correspondent) -> None:
    sent = mira.writes("See the bill. " + QUESTION, attachment=b"%PDF-1.4 bill")

    [file] = mira.stored(sent)["metadata"]["media"]
    assert (file["filename"], file["mime_type"]) == ("Rechnung.pdf", "application/pdf")


def test_a_wrong_signature_is_refused(mira: Correspondent) -> None:
    assert mira.post(b"From: a@example.com\r\n\r\nHi", secret="whsec_YSBzZWNyZXQ=") == 401


def test_the_same_mail_twice_is_one_message(mira: Correspondent) -> None:
    mail = b"From: %b\r\nMessage-ID: <twice-%b>\r\n\r\nIs it open on Saturday?" % (
        mira.address.encode(),
        mira.address.encode(),
    )
    assert [mira.post(mail), mira.post(mail)] == [200, 200]

    mira.received()
    wait_until(lambda: mira.desk.value("select count(*) from private.unread_mail") == 0)
    assert [one["sender_type"] for one in mira.messages()].count("customer") == 1


def test_a_bounce_marks_the_message_failed_and_the_address(
    server: Desk, mira: Correspondent
) -> None:
    behave(server, mode="bounce", to=mira.address)
    mira.writes(QUESTION)

    wait_until(lambda: [m for m in mira.messages() if m["delivery_status"] == "failed"], 15)
    unreachable = "select unreachable_since is not null from customer_identities where value = %s"
    assert server.value(unreachable, mira.address)
    assert [one["sender_type"] for one in mira.messages()].count("customer") == 1


def test_an_automatic_answer_is_shown_and_not_answered(server: Desk, mira: Correspondent) -> None:
    behave(server, mode="auto_reply", to=mira.address)
    mira.writes(QUESTION)

    automatic = wait_until(
        lambda: [m for m in mira.messages() if m["metadata"].get("automatic")], 15
    )
    assert automatic[0]["calls_for_answer"] is False
    # A mail from somebody else, answered after it, shows that this one got no answer.
    witness = Correspondent(desk=server)
    witness.writes(QUESTION)
    witness.received()
    assert len(mira.mails()) == 1


def test_greylisting_and_a_broken_line_keep_one_message_id(
    server: Desk, mira: Correspondent
) -> None:
    behave(server, mode="drop", to=mira.address, times=1)
    mira.writes(QUESTION)

    first, second = mira.received(2)
    assert first["message_id"] == second["message_id"]
    assert (first["answer_status"], second["answer_status"]) == (None, 250)

    behave(server, mode="greylist", to=mira.address, times=2)
    mira.writes("Do you accept PayPal?")
    assert len(mira.received(3)) == 3


def test_a_worker_killed_before_the_server_said_yes_repeats_under_the_same_id(
    server: Desk, mira: Correspondent
) -> None:
    behave(server, answer_after_ms=10_000)
    mira.writes(QUESTION)
    mira.received()
    server.stack.kill("worker")
    behave(server)

    first, second = mira.received(2)[:2]
    assert first["message_id"] == second["message_id"]
    wait_until(lambda: [m for m in mira.messages() if m["delivery_status"] == "sent"], 20)
    assert [one["sender_type"] for one in mira.messages()] == ["customer", "ai"]


def test_two_desks_that_write_to_each_other_stop_after_one_answer(mira: Correspondent) -> None:
    mira.writes(QUESTION, Subject="My order")
    [answer] = mira.received()
    # Mira's address is a desk like ours: it answers as we do, with the same headers.
    back = mira.writes(
        QUESTION,
        Subject="Re: My order",
        In_Reply_To=f"<{answer['message_id']}>",
        Auto_Submitted="auto-replied",
        X_Auto_Response_Suppress="All",
    )

    assert mira.stored(back)["metadata"]["automatic"] == "auto_reply"
    witness = Correspondent(desk=mira.desk)
    witness.writes(QUESTION)
    witness.received()
    assert len(mira.mails()) == 1
