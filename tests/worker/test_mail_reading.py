"""Mails are read by a process that a mail may end, and the next mail finds another."""

from __future__ import annotations

import asyncio
import base64
import json
import os
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from romashka.channels.errors import Rejected
from romashka.channels.mail.threads import reply_address
from romashka.channels.reading import Reading
from tests.romashka.mail.letters import LETTERS, MAILBOX, SECRET, html_letter, letter
from tests.romashka.mail.providers.requests import received
from tests.waiting import wait_until, wait_until_async
from tests.yardstick import is_within
from worker.mail_reading import MailReader

# The clock's limit is not what these tests are about, and the machine may be busy.
UNHURRIED_S = 60.0
PAGE = os.sysconf("SC_CLK_TCK")
MOST_CPU_S = 1.0
MOST_GROWTH_KB = 100 * 1024
CONVERSATION = "0b5cf9a2-8a5a-4c2e-9c45-0d1f2b3c4d5e"


@pytest.fixture
async def reader() -> AsyncIterator[MailReader]:
    """A reader whose child is ready."""
    async with MailReader(wall_s=UNHURRIED_S) as running:
        yield running


@pytest.fixture
async def unhurried() -> AsyncIterator[MailReader]:
    """A reader that a slow machine lets finish: what a mail took is judged afterwards."""
    async with MailReader(wall_s=UNHURRIED_S, cpu_s=UNHURRIED_S) as running:
        yield running


def event_of(reading: Reading) -> dict[str, Any]:
    """The one event of a reading."""
    assert reading.error is None
    assert reading.events is not None
    (text,) = reading.events
    found: dict[str, Any] = json.loads(text)
    return found


def largest_from_postmark() -> bytes:
    """A request with as large a file as the provider takes."""
    file = {"Name": "a.bin", "Content": base64.b64encode(b"\0" * 25_000_000).decode()}
    return json.dumps({"From": "a@b.example", "TextBody": "Hi", "Attachments": [file]}).encode()


def is_alive(pid: int) -> bool:
    """Whether the process runs, a dead one that nobody has asked after aside."""
    try:
        return "State:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return False


async def test_a_mail_comes_back_as_events(reader: MailReader) -> None:
    event = event_of(await reader.read(LETTERS["plain"], MAILBOX))
    assert (event["kind"], event["external_id"]) == ("message", "order-1@customer.example")
    assert event["content"].startswith("Hello,\n\nwhere is my parcel? Größe M.")


async def test_the_envelope_reaches_the_child(reader: MailReader) -> None:
    address = reply_address("support@shop.example", CONVERSATION, SECRET)
    message = received(letter("x").decode(), recipients=[address], dmarcVerdict={"status": "PASS"})
    body = json.dumps({"Message": json.dumps(message)}).encode()
    event = event_of(await reader.read(body, MAILBOX, {"inlet": "ses"}))
    assert event["thread"]["conversation"] == CONVERSATION
    assert event["metadata"]["authentication"]["trusted"] is True


async def test_the_mail_is_found_in_its_request_by_the_child_alone(reader: MailReader) -> None:
    """A form of 40 MB and JSON that is none end in the child, and it reads on."""
    pid = reader.pid
    form = {"inlet": "mailgun", "content-type": "application/x-www-form-urlencoded"}
    for body, kept in ((b"[" * 100_000, {"inlet": "postmark"}), (b"a=%41" * 8_000_000, form)):
        reading = await reader.read(body, MAILBOX, kept)
        assert reading.error == "no mail in the request (ParseError)"
    assert (await reader.read(b"x", MAILBOX, {})).error == "no mail in the request (KeyError)"
    assert reader.pid == pid


async def test_a_provider_may_hand_over_as_large_a_mail_as_it_takes(
    unhurried: MailReader,
) -> None:
    reader, pid = unhurried, unhurried.pid
    reading = await reader.read(largest_from_postmark(), MAILBOX, {"inlet": "postmark"})
    assert event_of(reading)["content"] == "Hi"
    assert reader.pid == pid


async def test_a_file_is_taken_out_of_a_mail_by_the_child(reader: MailReader) -> None:
    kept = {"inlet": "generic"}
    event = event_of(await reader.read(LETTERS["all_files"], MAILBOX, kept))
    for media in event["media"]:
        content = await reader.file(LETTERS["all_files"], kept, media["id"], media["size"])
        assert len(content) == media["size"]
        with pytest.raises(Rejected, match="are allowed"):
            await reader.file(LETTERS["all_files"], kept, media["id"], media["size"] - 1)
    with pytest.raises(Rejected, match="no such part"):
        await reader.file(LETTERS["all_files"], kept, "part:99", 1)


async def test_a_file_that_takes_too_long_is_given_up() -> None:
    async with MailReader(wall_s=0.000001) as reader:
        with pytest.raises(Rejected, match="too heavy"):
            await reader.file(LETTERS["all_files"], {"inlet": "generic"}, "part:1", 1)


async def test_two_hundred_mails_go_through_one_child(reader: MailReader) -> None:
    pid = reader.pid
    raw = [letter(f"Mail {number}", f"Message-ID: <{number}@b>") for number in range(200)]
    readings = await asyncio.gather(*(reader.read(one, MAILBOX) for one in raw))
    assert [event_of(reading)["external_id"] for reading in readings] == [
        f"{number}@b" for number in range(200)
    ]
    assert reader.pid == pid


async def test_a_killed_child_is_replaced_and_its_mail_read(reader: MailReader) -> None:
    first = reader.pid
    assert first is not None
    os.kill(first, signal.SIGKILL)
    event = event_of(await reader.read(LETTERS["plain"], MAILBOX))
    assert event["metadata"]["subject"] == "Order 4711"
    assert reader.pid not in (None, first)


async def test_a_child_killed_again_and_again_leaves_the_mail_to_people() -> None:
    """Plain reading, too, takes half a second here: the kernel looks every few milliseconds."""
    async with MailReader(cpu_s=0.01, wall_s=UNHURRIED_S) as reader:
        reading = await reader.read(largest_from_postmark(), MAILBOX, {"inlet": "postmark"})
    assert reading.events is None
    assert reading.error is not None
    assert reading.error.startswith("too heavy: ")


async def test_a_mail_that_takes_too_long_by_the_clock_is_given_up() -> None:
    async with MailReader(wall_s=0.000001) as reader:
        reading = await reader.read(LETTERS["plain"], MAILBOX)
    assert reading.error == "too heavy: more than 1e-06 s"


async def test_after_a_heavy_mail_the_next_is_read() -> None:
    async with MailReader(cpu_s=0.1, wall_s=UNHURRIED_S) as reader:
        heavy = html_letter("<p>hello world</p>" * 200_000)
        await reader.read(heavy, MAILBOX)
        event = event_of(await reader.read(letter("Hello"), MAILBOX))
    assert event["content"] == "Hello"


async def test_a_mail_too_heavy_for_its_html_is_read_plainly() -> None:
    markup = "<p>hello world</p>" + "<p>a</p>" * 100_000
    async with MailReader(cpu_s=0.06, wall_s=UNHURRIED_S) as reader:
        first = reader.pid
        event = event_of(await reader.read(html_letter(markup), MAILBOX))
        assert reader.pid != first
    assert "html" not in event["metadata"]
    assert event["content"].startswith("hello world")


async def test_a_reader_that_ends_leaves_no_process() -> None:
    async with MailReader() as reader:
        pid = reader.pid
        assert pid is not None
    assert not is_alive(pid)


async def test_a_cancelled_reading_does_not_answer_the_next(reader: MailReader) -> None:
    slow = asyncio.create_task(reader.read(html_letter("<p>x</p>" * 60_000), MAILBOX))
    await wait_until_async(lambda: reader._one_at_a_time.locked())
    slow.cancel()
    with pytest.raises(asyncio.CancelledError):
        await slow
    event = event_of(await reader.read(letter("Hello", "Message-ID: <next@b>"), MAILBOX))
    assert event["external_id"] == "next@b"


async def test_the_child_sees_nothing_of_our_environment(reader: MailReader) -> None:
    told = Path(f"/proc/{reader.pid}/environ").read_bytes()
    names = {item.partition(b"=")[0] for item in told.split(b"\0") if item}
    assert names == {b"PYTHONPATH", b"LC_ALL"}


async def test_the_child_dies_with_its_worker(tmp_path: Path) -> None:
    program = (
        "import asyncio, sys\n"
        "from worker.mail_reading import MailReader\n"
        "async def main():\n"
        "    async with MailReader() as reader:\n"
        "        print(reader.pid, flush=True)\n"
        "        await asyncio.Event().wait()\n"
        "asyncio.run(main())\n"
    )
    root = Path(__file__).parents[2]
    worker = await asyncio.create_subprocess_exec(
        sys.executable, "-P", "-c", program,
        stdout=asyncio.subprocess.PIPE, env={"PYTHONPATH": str(root)},
    )  # fmt: skip
    assert worker.stdout is not None
    child = int(await worker.stdout.readline())
    worker.kill()
    await worker.wait()
    assert wait_until(lambda: not is_alive(child))


def nested(kind: bytes, times: int) -> bytes:
    return b"".join(kind % (place, place) for place in range(times))


MULTIPART = b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n"
HEAD = b"From: a@b.example\r\n"
BINARY = base64.encodebytes(bytes(range(256)) * 70_000)
ATTACHED = (
    b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nHello\r\n--b\r\nContent-Type: "
    b"application/octet-stream\r\nContent-Transfer-Encoding: base64\r\n\r\n"
)
BOMBS = {
    "121_encoded_words": HEAD + b"Subject: " + b"=?utf-8?q?=C3=A4?=\r\n " * 20_000 + b"\r\n\r\nx",
    "122_quotes_in_from": b"From: " + b'"' * 20_000 + b"\r\n\r\nx",
    "123_recipients": HEAD + b"To: " + b"a@b.example, " * 20_000 + b"\r\n\r\nx",
    "124_nested_multiparts": HEAD + nested(MULTIPART, 1_500),
    "125_nested_mails": HEAD + b"Content-Type: message/rfc822\r\n\r\n" * 900,
    "126_parts": letter(b"--b\r\n\r\nx\r\n" * 50_000, "Content-Type: multipart/mixed; boundary=b"),
    "127_headers": HEAD + b"".join(b"X-%d: y\r\n" % n for n in range(100_000)) + b"\r\nx",
    "129_zlib": letter(b"x" * 100_000, "Content-Type: text/plain; charset=zlib"),
    "129_idna": letter(b"x" * 100_000, "Content-Type: text/plain; charset=idna"),
    "131_base64": letter(b"A!" * 1_000_000, "Content-Transfer-Encoding: base64"),
    "132_no_headers": b"x" * 1_000_000,
    "135_references": HEAD + b"References: " + b"<a@b>\r\n " * 10_000 + b"\r\n\r\nx",
    "140_subject": HEAD + b"Subject: =?utf-8?q?" + b"=0D=0A" * 1_000 + b"?=\r\n\r\nx",
    "142_filename": letter(b"x", f'Content-Disposition: attachment; filename="{"x" * 10_000}"'),
    "155_nested_div": html_letter("<div>" * 100_000),
    "155_nested_lists": html_letter("<ul><li>" * 90 + "<li>a" * 40_000),
    "155_nested_tables": html_letter("<table>" * 180 + "<tr><td>" * 20_000),
    "155_formatting": html_letter("<b><i><u><s>" * 40 + "<p>x" * 60_000),
    "156_flat_html": html_letter("<p>hello world</p>" * 60_000),
    "scripts": html_letter("<script>" * 30_000),
    "quotations": letter(b"On 2020 a wrote:\n> \n" * 100_000),
    "empty_lines": letter(b"\n" * 25_000_000),
    "attached_25_mb": HEAD + ATTACHED + BINARY + b"\r\n--b--",
    "nested_25_mb": HEAD + nested(MULTIPART, 30) + b"\n" * 24_000_000,
    "html_25_mb": html_letter(b"<p>hi" * 5_000_000),
    "mail_of_50_mb": letter(b"hello world\n" * 4_300_000),
    "bounce_text": letter(b"5 5 5 " * 2_000_000, sender=b"From: mailer-daemon@x.example\r\n"),
    "report_blocks": letter(
        b"--b\r\nContent-Type: message/delivery-status\r\n\r\n" + b"a\n\n" * 2_000_000,
        "Content-Type: multipart/report; report-type=delivery-status; boundary=b",
    ),
}


class Use:
    """What the child has used, as the kernel counts it."""

    def __init__(self, pid: int) -> None:
        self._place = Path(f"/proc/{pid}")
        # The high-water mark begins anew at what is in use now.
        (self._place / "clear_refs").write_text("5")
        self._cpu, self._memory = self.cpu_s(), self.memory_kb("VmRSS")

    def cpu_s(self) -> float:
        fields = (self._place / "stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / PAGE

    def memory_kb(self, name: str) -> int:
        lines = (self._place / "status").read_text().splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith(name))

    def since(self) -> tuple[float, int]:
        return self.cpu_s() - self._cpu, self.memory_kb("VmHWM") - self._memory


async def test_no_mail_takes_a_second_or_a_hundred_megabytes(unhurried: MailReader) -> None:
    reader, pid = unhurried, unhurried.pid
    assert pid is not None
    for name, raw in BOMBS.items():
        before = Use(pid)
        reading = await reader.read(raw, MAILBOX)
        cpu_s, growth_kb = before.since()
        assert (name, reading.error, reader.pid) == (name, None, pid)
        assert (name, len(reading.events or ())) == (name, 1)
        assert is_within(cpu_s, MOST_CPU_S), name
        assert growth_kb < MOST_GROWTH_KB, name
