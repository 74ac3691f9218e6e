"""`romashka simulate`: a customer writes, by a signed webhook as the platform itself sends it."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any

import httpx

from console.customer_files import hold
from console.journey import Journey, Journeys
from console.output import data, data_json, paint, say, shorten
from console.place import running
from console.problems import NOT_READY, USAGE, Problem
from console.simulated_customers import check_customer
from console.simulated_webhook import Webhook
from console.status import require_ready
from console.watch import agent_feed, until_ready
from console.webhook_bytes import build, with_file
from local.plan import Plan
from worker.patience import end

POST_TIMEOUT_S = 30.0
AT_ONCE = 100
NAME = "Ada"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What is to be simulated."""

    channel: str
    text: str
    sender: str | None
    name: str | None
    subject: str | None
    count: int
    duplicate: bool
    wait: bool
    timeout_s: float
    file: Path | None = None


def run(wish: Wish, *, as_json: bool) -> None:
    """Send, and unless told otherwise wait for what becomes of it."""
    check(wish)
    plan, current = running()
    require_ready(plan, current)
    journeys = asyncio.run(_simulate(plan, wish, as_json=as_json))
    if as_json:
        data_json({"journeys": [journey.as_json() for journey in journeys]})
    elif wish.count > 1:
        data(summary(journeys))
    _raise_for(journeys, wish)


def check(wish: Wish) -> None:
    """Raise Problem where what was asked for makes no sense on this channel."""
    only = {"name": wish.name, "subject": wish.subject, "file": wish.file}
    given = [option for option, value in only.items() if value is not None]
    check_customer(wish.channel, wish.sender, given)
    if wish.sender is not None and wish.count > 1:
        raise Problem(USAGE, "one_sender", "--count makes customers of its own: leave --from out")
    if not wish.text.strip() and wish.file is None:
        raise Problem(USAGE, "no_text", "say what the customer writes")


async def _simulate(plan: Plan, wish: Wish, *, as_json: bool) -> list[Journey]:
    journeys = Journeys()
    webhooks = webhooks_of(plan, wish)
    printer = Printer(quiet=as_json or wish.count > 1)
    if not wish.wait:
        await _post_all(plan, webhooks, journeys, wish)
        printer.print_news(journeys.all)
        return journeys.all
    feed = agent_feed(plan, journeys.handle)
    following = asyncio.create_task(feed.run())
    try:
        await until_ready(feed)
        posting = asyncio.create_task(_post_all(plan, webhooks, journeys, wish))
        deadline = time.monotonic() + wish.timeout_s
        while time.monotonic() < deadline and not _all_over(journeys, wish):
            printer.print_news(journeys.all)
            journeys.moved.clear()
            await _wait_for(journeys.moved, min(1.0, deadline - time.monotonic()))
        await posting
        printer.print_news(journeys.all)
    finally:
        await end([following])
    return journeys.all


def webhooks_of(plan: Plan, wish: Wish) -> list[Webhook]:
    """What is to be sent; raises Problem for what cannot be put into a message of the channel."""
    name = wish.name or NAME
    if wish.file:
        held = hold(plan, wish.file)
        return [with_file(plan, held, wish.text, wish.sender, name) for _ in range(wish.count)]
    more = {"subject": wish.subject} if wish.subject is not None else {}
    try:
        return [
            build(plan, wish.channel, wish.text, wish.sender, name, **more)
            for _ in range(wish.count)
        ]
    except ValueError as error:
        raise Problem(USAGE, "bad_message", str(error)) from error


async def _post_all(plan: Plan, webhooks: list[Webhook], journeys: Journeys, wish: Wish) -> None:
    limits = httpx.Limits(max_connections=AT_ONCE)
    base = plan.webhooks_url
    async with httpx.AsyncClient(
        base_url=base, timeout=POST_TIMEOUT_S, limits=limits, trust_env=False
    ) as client:
        await asyncio.gather(*(_post(client, webhook, journeys, wish) for webhook in webhooks))


async def _post(
    client: httpx.AsyncClient, webhook: Webhook, journeys: Journeys, wish: Wish
) -> None:
    journey = Journey(
        external_id=webhook.external_id, customer=webhook.customer, channel=wish.channel
    )
    journeys.begin(journey)
    for _ in range(2 if wish.duplicate else 1):
        answer = await client.post(
            webhook.path, content=webhook.body, headers=dict(webhook.headers)
        )
        if journey.accepted_ms is None:
            spent = datetime.now(UTC) - journey.sent_at
            journey.accepted_ms = round(spent.total_seconds() * 1000)
        journey.http_status = answer.status_code
    journeys.moved.set()


async def _wait_for(event: asyncio.Event, seconds: float) -> None:
    try:
        async with asyncio.timeout(max(0.0, seconds)):
            await event.wait()
    except TimeoutError:
        return


def _all_over(journeys: Journeys, wish: Wish) -> bool:
    """Whether everything that can be waited for has come; a website reply is there when stored."""
    website = wish.channel == "website"
    done = [
        journey.is_over or (website and journey.outcome is not None) for journey in journeys.all
    ]
    return len(done) == wish.count and all(done)


class Printer:
    """Prints each step of the journeys once, as it becomes known."""

    def __init__(self, *, quiet: bool) -> None:
        self._quiet = quiet
        self._printed: set[tuple[str, str]] = set()

    def print_news(self, journeys: list[Journey]) -> None:
        """Print what was not printed yet."""
        for journey in journeys:
            for step, text in steps(journey):
                if (journey.external_id, step) not in self._printed:
                    self._printed.add((journey.external_id, step))
                    if not self._quiet:
                        data(text)


def steps(journey: Journey) -> list[tuple[str, str]]:
    """The steps of a journey so far: a name and a line for each."""
    found: list[tuple[str, str]] = []
    if journey.accepted_ms is not None:
        word = (
            f"stored (HTTP {journey.http_status})"
            if journey.http_status == 200
            else (f"refused with HTTP {journey.http_status}")
        )
        found.append(("accepted", _line(journey.accepted_ms, word)))
    if journey.seen_ms is not None:
        found.append(("seen", _line(journey.seen_ms, "in the inbox, live")))
    if journey.outcome == "human":
        found.append(("outcome", "a person owns this conversation: the AI stays silent"))
    elif journey.outcome == "shadowed":
        found.append(
            ("outcome", "people have it, the AI follows in shadow: what it would say is in")
        )
        found.append(("explain", f"romashka ai explain {journey.question_id}"))
    elif journey.answered_ms is not None:
        found.append(("outcome", _line(journey.answered_ms, _outcome(journey))))
        found.append(("explain", f"{'why':>10}  romashka ai explain {journey.reply_id}"))
    for state, spent in journey.states.items():
        found.append((state, _line(spent, state)))
    return found


def summary(journeys: list[Journey]) -> str:
    """How many were answered or handed over, and how fast."""
    times = sorted(j.answered_ms for j in journeys if j.answered_ms is not None)
    answered = sum(journey.outcome == "answered" for journey in journeys)
    asked = sum(journey.outcome == "clarified" for journey in journeys)
    handed = sum(journey.outcome == "handed_over" for journey in journeys)
    read = sum("read" in journey.states for journey in journeys)
    text = f"{len(journeys)} sent, {answered} answered, {asked} asked back"
    text += f", {handed} handed over, {read} read"
    if times:
        slowest = times[-1]
        text += f"; reply after {median(times):.0f} ms (median), {slowest} ms (slowest)"
    return text


def _raise_for(journeys: list[Journey], wish: Wish) -> None:
    refused = [journey for journey in journeys if journey.http_status != 200]
    if refused:
        status = refused[0].http_status
        raise Problem(NOT_READY, "refused", f"webhooks answered HTTP {status}", "romashka doctor")
    late = [journey for journey in journeys if journey.outcome is None]
    if wish.wait and late:
        raise Problem(
            NOT_READY,
            "no_reply",
            f"{len(late)} of {len(journeys)} had no reply within {wish.timeout_s:.0f} s",
            "romashka doctor; tail .romashka/log/worker.log",
        )
    if wish.wait and wish.channel != "website" and not all(j.is_over for j in journeys):
        say("not every receipt came in time")


def _outcome(journey: Journey) -> str:
    reply = f'"{shorten(journey.reply or "", 70)}"'
    if journey.outcome == "handed_over":
        return paint(f"handed over ({journey.reason})", "yellow") + f" {reply}"
    if journey.outcome == "clarified":
        return paint("asked back", "cyan") + f" {reply} (choices: {', '.join(journey.choices)})"
    extra: list[Any] = [f"confidence {journey.confidence:.2f}"] if journey.confidence else []
    extra += [f"from {', '.join(journey.sources)}"] if journey.sources else []
    return paint("answered", "green") + f" {reply}" + (f" ({'; '.join(extra)})" if extra else "")


def _line(spent: int, text: str) -> str:
    return f"{spent:>7} ms  {text}"
