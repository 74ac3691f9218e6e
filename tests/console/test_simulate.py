"""Webhooks as the platforms send them, and what becomes of them, from the outside."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from console.feed import Happening
from console.journey import Journey, Journeys
from console.simulate import steps, summary
from console.simulated_customers import KINDS
from console.simulated_webhook import Webhook
from console.webhook_bytes import CHANNELS, build, with_file
from local.parts import environment
from local.plan import Plan, Ports, make_plan
from romashka.channels import build_channels
from romashka.channels.events import InboundMessage
from romashka.settings import Settings
from tests.system import System
from tests.waiting import wait_until
from tests.web import WEB


@pytest.fixture
def plan(tmp_path: Path) -> Plan:
    """The plan of a run with made-up credentials; nothing runs."""
    (tmp_path / ".romashka").mkdir()
    return make_plan(tmp_path, {}, Ports())


@pytest.fixture
def settled(running: System) -> Iterator[System]:
    """The running system, its stand-in set back to normal after the test."""
    yield running
    WEB.delete(f"{running.json('status')['providers_url']}/control").raise_for_status()


def parsed(plan: Plan, channel: str, webhook: Webhook) -> InboundMessage:
    """What our own channel makes of the bytes, once their signature is found right."""
    spoken = build_channels(Settings.from_env(environment(plan)))[channel].inlets[""]
    headers = {name.lower(): value for name, value in webhook.headers.items()}
    assert spoken.verify(headers, webhook.body) is not None
    (message,) = spoken.parse(webhook.body, {})
    assert isinstance(message, InboundMessage)
    return message


def test_a_whatsapp_webhook_is_signed_over_its_exact_bytes(plan: Plan) -> None:
    webhook = build(plan, "whatsapp", "Grüße / 🌼", "+49 151 0000001", "Ada")
    secret = plan.keys.whatsapp_webhook_secret.encode()
    expected = hmac.new(secret, webhook.body, hashlib.sha256).hexdigest()
    assert webhook.headers["X-Hub-Signature-256"] == f"sha256={expected}"


def test_a_whatsapp_webhook_is_escaped_as_meta_escapes(plan: Plan) -> None:
    webhook = build(plan, "whatsapp", "Grüße / 🌼", "+49 151 0000001", "Ada")
    assert rb'"body":"Gr\u00fc\u00dfe \/ \ud83c\udf3c"' in webhook.body
    assert b": " not in webhook.body


def test_a_whatsapp_webhook_has_the_envelope_of_the_cloud_api(plan: Plan) -> None:
    webhook = build(plan, "whatsapp", "Hello", "+491510000001", "Ada")
    value = json.loads(webhook.body)["entry"][0]["changes"][0]["value"]
    assert value["metadata"]["phone_number_id"] == plan.keys.whatsapp_phone_number_id
    assert value["contacts"][0]["wa_id"] == value["messages"][0]["from"] == "491510000001"
    assert value["messages"][0]["timestamp"].isdecimal()


def test_our_own_channel_reads_a_simulated_message(plan: Plan) -> None:
    message = parsed(plan, "whatsapp", build(plan, "whatsapp", "Hello", "+491510000001", "Ada"))
    assert (message.content, message.customer_name) == ("Hello", "Ada")
    assert {"phone", "bsuid"} == {identity.kind for identity in message.identities}


def test_somebody_without_a_number_is_known_by_the_scoped_id_alone(plan: Plan) -> None:
    message = parsed(plan, "whatsapp", build(plan, "whatsapp", "Hello", "US.123", "Ada"))
    assert [(i.kind, i.value) for i in message.identities] == [("bsuid", "US.123")]


def test_our_own_channel_reads_a_simulated_website_message(plan: Plan) -> None:
    message = parsed(plan, "website", build(plan, "website", "Hello ü", "ada@example.com", "Ada"))
    assert message.content == "Hello ü"
    assert [(i.kind, i.value) for i in message.identities] == [("email", "ada@example.com")]


def test_our_own_channel_reads_a_simulated_telegram_message(plan: Plan) -> None:
    message = parsed(plan, "telegram", build(plan, "telegram", "Hello ü", "77", "Ada"))
    assert (message.content, message.customer_name) == ("Hello ü", "Ada")
    assert [(i.kind, i.value) for i in message.identities] == [("external", "77")]


def test_on_telegram_the_journey_is_over_when_the_reply_is_sent(running: System) -> None:
    result = running.json("simulate", "telegram", "How long does delivery take?", "--timeout", "60")
    (journey,) = result["journeys"]
    assert (journey["outcome"], list(journey["states"])) == ("answered", ["sent"])


@pytest.mark.parametrize(
    ("channel", "options", "says"),
    [
        ("whatsapp", ("--subject", "x"), "a customer on whatsapp has no --subject: only one on em"),
        ("whatsapp", ("--from", "ada"), "--from is a telephone number"),
        ("instagram", ("--name", "Ada"), "a customer on instagram has no --name: only one on wha"),
        ("instagram", ("--file", "x"), "a customer on instagram has no --file: only one on wha"),
        ("instagram", ("--from", "@ada"), "--from is an id: digits alone on instagram"),
        ("messenger", ("--name", "Ada"), "a customer on messenger has no --name"),
        ("messenger", ("--subject", "x"), "a customer on messenger has no --subject"),
        ("messenger", ("--from", "ada"), "--from is an id: digits alone on messenger"),
        ("telegram", ("--file", "x"), "a customer on telegram has no --file"),
        ("telegram", ("--subject", "x"), "a customer on telegram has no --subject"),
        ("telegram", ("--from", "@ada"), "--from is a chat id: digits alone on telegram"),
        ("email", ("--file", "x"), "a customer on email has no --file"),
        ("email", ("--from", "ada"), "--from is an e-mail address on email"),
        ("website", ("--file", "x"), "a customer on website has no --file"),
        ("website", ("--subject", "x"), "a customer on website has no --subject"),
        ("website", ("--from", " "), "--from is a visitor's id or an e-mail address on website"),
        ("pigeon", (), "known are whatsapp, instagram, messenger, telegram, email, website"),
    ],
)
def test_what_a_channels_customer_cannot_have_is_wrong_usage(
    stopped: System, channel: str, options: tuple[str, ...], says: str
) -> None:
    done = stopped.run("simulate", channel, "Hello", *options)
    assert (done.returncode, says in done.stderr) == (2, True), done.stderr


@pytest.mark.parametrize(
    ("text", "options", "says"),
    [
        ("Hello", ("--from", "4915123456789", "--count", "2"), "leave --from out"),
        (" ", (), "say what the customer writes"),
        ("Hello", ("--count", "0"), "--count"),
        ("Hello", ("--timeout", "-1"), "--timeout"),
    ],
)
def test_what_makes_no_sense_on_any_channel_is_wrong_usage(
    stopped: System, text: str, options: tuple[str, ...], says: str
) -> None:
    done = stopped.run("simulate", "whatsapp", text, *options)
    assert (done.returncode, says in done.stderr) == (2, True), done.stderr


def test_every_channel_has_a_rule_for_its_customers() -> None:
    assert set(KINDS) == set(CHANNELS)


@pytest.mark.parametrize("channel", ["instagram", "messenger"])
def test_our_own_channel_reads_a_simulated_direct_message(plan: Plan, channel: str) -> None:
    message = parsed(plan, channel, build(plan, channel, "Hello \u00fc", "7200", "Ada"))
    assert message.content == "Hello \u00fc"
    assert [(i.kind, i.value) for i in message.identities] == [("external", "7200")]


@pytest.mark.parametrize(
    ("channel", "states"),
    [("instagram", ["sent", "read"]), ("messenger", ["sent", "delivered", "read"])],
)
def test_a_direct_message_is_answered_and_read(
    running: System, channel: str, states: list[str]
) -> None:
    result = running.json("simulate", channel, "How long does delivery take?")
    (journey,) = result["journeys"]
    assert (journey["http_status"], journey["outcome"]) == (200, "answered")
    assert list(journey["states"]) == states


def test_a_message_is_answered_delivered_and_read(running: System) -> None:
    result = running.json("simulate", "whatsapp", "How long does delivery take?")
    (journey,) = result["journeys"]
    assert (journey["http_status"], journey["outcome"]) == (200, "answered")
    assert journey["sources"] and journey["confidence"] > 0.7
    assert list(journey["states"]) == ["sent", "delivered", "read"]
    assert journey["answered_ms"] < 6000


def test_a_question_no_article_answers_is_handed_over(running: System) -> None:
    result = running.json("simulate", "whatsapp", "Who painted the Sistine chapel?")
    (journey,) = result["journeys"]
    assert journey["outcome"] == "handed_over"
    assert journey["reason"]


def journey_of(card: Any = None, **reply: Any) -> Journey:
    """A journey that has come to this reply, in a conversation of which the inbox shows this."""
    journeys = Journeys()
    journeys.begin(Journey(external_id="e", customer="c"))
    at = {"conversation_id": "k", "created_at": datetime.now(UTC).isoformat()}
    asked = {"id": "q", "sender_type": "customer", "external_message_id": "e", **at}
    for message in (asked, {"id": "a", "content": "Which one?", **at, **reply}):
        journeys.handle(
            Happening(
                event="message_created",
                message=message,
                conversation=card or {},
                live=True,
                heard_at=datetime.now(UTC),
            )
        )
    return journeys.all[0]


@pytest.mark.parametrize(
    ("reply", "outcome", "says"),
    [
        ({"sender_type": "ai"}, "answered", 'answered "Which one?"'),
        (
            {
                "sender_type": "ai",
                "message_type": "choices",
                "metadata": {"choices": [{"title": "Returns"}, {"title": "A person"}]},
            },
            "clarified",
            'asked back "Which one?" (choices: Returns, A person)',
        ),
        (
            {"sender_type": "ai", "message_type": "choices", "intent_detected": "greeting"},
            "answered",
            'answered "Which one?"',
        ),
        (
            {"sender_type": "system", "metadata": {"event": "handed_over", "reason": "deadline"}},
            "handed_over",
            'handed over (deadline) "Which one?"',
        ),
    ],
)
def test_what_became_of_a_question_is_told(reply: Any, outcome: str, says: str) -> None:
    journey = journey_of(**reply)
    assert journey.outcome == outcome
    assert steps(journey)[-2][1].endswith(says)
    counted = says.split(' "')[0].split(" (")[0]
    assert f"1 {counted}" in summary([journey])


SHADOWED = {"sender_type": "system", "metadata": {"event": "shadowed", "reason": "shadow"}}
FOLLOWED = {"ai_mode": "human", "handed_over_reason": "shadow"}


@pytest.mark.parametrize(
    ("card", "news"), [({"ai_mode": "auto"}, SHADOWED), (FOLLOWED, {"sender_type": "agent"})]
)
def test_where_the_ai_follows_in_shadow_the_journey_is_over_at_once(card: Any, news: Any) -> None:
    journey = journey_of(card, **news)
    assert (journey.outcome, journey.is_over) == ("shadowed", True)
    assert steps(journey)[-1][1] == "romashka ai explain q"


def test_each_step_is_printed_with_its_milliseconds(running: System) -> None:
    done = running.run("simulate", "website", "How long does delivery take?")
    assert done.returncode == 0
    steps = [line.split(" ms ")[1] for line in done.stdout.splitlines() if " ms " in line]
    assert {"stored", "in", "answered"} <= {step.split()[0] for step in steps}


@pytest.mark.parametrize("question", ["How long does delivery take?", "Who painted Guernica?"])
def test_an_outcome_is_followed_by_the_command_that_explains_it(
    running: System, question: str
) -> None:
    lines = running.run("simulate", "website", question).stdout.splitlines()
    [command] = [line.split("romashka ")[1] for line in lines if "ai explain" in line]
    assert f"question   {question}" in running.run(*command.split()).stdout


def test_a_duplicate_is_stored_once(running: System) -> None:
    result = running.json("simulate", "whatsapp", "How long does it take?", "--duplicate")
    external = result["journeys"][0]["external_id"]
    found = running.sql(f"select count(*) from messages where external_message_id = '{external}'")
    assert found == "1"


def test_many_customers_write_at_once_and_all_are_served(running: System) -> None:
    result = running.json(
        "simulate", "whatsapp", "How long does delivery take?", "--count", "20", "--timeout", "30"
    )
    outcomes = [journey["outcome"] for journey in result["journeys"]]
    assert len(outcomes) == 20
    assert None not in outcomes
    assert len({journey["conversation_id"] for journey in result["journeys"]}) == 20


def test_without_waiting_it_returns_when_the_message_is_stored(running: System) -> None:
    result = running.json("simulate", "whatsapp", "Just a word", "--no-wait")
    assert result["journeys"][0]["http_status"] == 200
    assert result["journeys"][0]["outcome"] is None
    assert "stored (HTTP 200)" in running.run("simulate", "whatsapp", "A word", "--no-wait").stdout


def test_no_receipts_come_from_a_mute_platform(settled: System) -> None:
    control = f"{settled.json('status')['providers_url']}/control"
    WEB.post(control, json={"mode": "mute"}).raise_for_status()
    done = settled.run(
        "simulate", "whatsapp", "How long does delivery take?", "--timeout", "10", "--json"
    )
    assert list(json.loads(done.stdout)["journeys"][0]["states"]) == ["sent"]
    assert "not every receipt came" in done.stderr


def test_up_prints_a_line_for_each_step(running: System) -> None:
    running.json("simulate", "whatsapp", "What does the delivery cost today?", "--name", "Lovelace")

    def is_printed(word: str) -> bool:
        lines = [line for line in running.printed().splitlines() if "Lovelace" in line]
        return any(word in line and " ms" in line for line in lines)

    # What `simulate` has heard of by now, `up` hears of by a feed of its own.
    for word in ("stored", "delivered", "read"):
        wait_until(partial(is_printed, word))


def test_a_customers_file_is_named_by_the_id_under_which_the_platform_holds_it(
    plan: Plan,
) -> None:
    held = {"type": "document", "id": "7", "mime_type": "text/plain", "sha256": "s"}
    webhook = with_file(plan, held | {"filename": "a.txt"}, "Read this", "+491510000001", "Ada")
    message = parsed(plan, "whatsapp", webhook)
    [file] = message.media
    assert (message.content, file.id, file.filename) == ("Read this", "7", "a.txt")


def test_a_file_that_is_not_there_is_a_usage_error(running: System, tmp_path: Path) -> None:
    result = running.run("simulate", "whatsapp", "Hi", "--file", str(tmp_path / "none.png"))
    assert result.returncode == 2
    assert "none.png" in result.stderr


def test_a_simulated_file_lands_in_storage(running: System, tmp_path: Path) -> None:
    picture = tmp_path / "holiday.png"
    picture.write_bytes(b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + bytes(64))
    result = running.run("simulate", "whatsapp", "See?", "--file", str(picture), "--no-wait")
    assert result.returncode == 0, result.stderr


def test_templates_are_listed_or_there_are_none(running: System) -> None:
    assert running.json("channel", "templates") == {"templates": []}
