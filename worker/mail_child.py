"""The process that reads mails for a worker: one after another, each within limits of its own.

Started by worker.mail_reading with the worker's process id. A request on stdin is two lengths, a
JSON object and the kept request with the mail in it, as a provider or a mailbox handed it over; an
answer is two lengths, a JSON object and a file's bytes. An empty answer says "ready".
"""

from __future__ import annotations

import ctypes
import json
import os
import resource
import signal
import struct
import sys
from pathlib import Path
from typing import Any, BinaryIO

from romashka.channels.errors import ParseError
from romashka.channels.events import InboundEvent, Unhandled, as_json
from romashka.channels.mail import Envelope, Mailbox, part_bytes, read_mail
from romashka.channels.mail.providers import RawMessage
from romashka.channels.mail_inlets import mail_in
from romashka.database import to_json
from romashka.log import configure_logging

REQUEST = struct.Struct(">II")
ANSWER = struct.Struct(">II")
PR_SET_PDEATHSIG = 1
# What a mail may add to what the process takes when it is ready; the address space counts, which
# is more than the memory in use.
# Codecs are loaded when a mail first needs them.
FILES = 32
ROOM = 512 * 1024 * 1024


def main(arguments: list[str]) -> int:
    """Reads mails until stdin ends; the one argument is the process id of the worker."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != int(arguments[0]):
        return 1
    # stdout is for answers alone: whatever prints, prints to stderr.
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    configure_logging("json")
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    warm_up()
    limit()
    answers.write(ANSWER.pack(0, 0))
    answers.flush()
    while request := _request(sys.stdin.buffer):
        said, content = _answer(*request)
        answer = to_json(said).encode()
        answers.write(ANSWER.pack(len(answer), len(content)) + answer)
        answers.write(content)
        answers.flush()
    return 0


def warm_up() -> None:
    """Load and compile what the first mail would otherwise have to wait and pay for."""
    whole = (
        b"From: a@example.com\nContent-Type: text/html\n\n<p>Hello</p><pre>On 1.1. a wrote:</pre>"
    )
    read_mail(whole, Mailbox(address="b@example.com"))
    read_mail(b"From: a@example.com\n\n\xe4\xf6 \xfc", Mailbox(address="b@example.com"))


def limit() -> None:
    """Bound the process: no more memory than a mail needs, few files, no core dump."""
    pages = int(Path("/proc/self/statm").read_text().split()[0]) if sys.platform == "linux" else 0
    if pages:
        room = pages * resource.getpagesize() + ROOM
        resource.setrlimit(resource.RLIMIT_AS, (room, room))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NOFILE, (FILES, FILES))


def _request(stream: BinaryIO) -> tuple[dict[str, Any], bytes] | None:
    head = stream.read(REQUEST.size)
    if len(head) < REQUEST.size:
        return None
    described, mail = REQUEST.unpack(head)
    return json.loads(stream.read(described)), stream.read(mail)


def _answer(request: dict[str, Any], body: bytes) -> tuple[dict[str, Any], bytes]:
    """What is asked for. Whoever takes too long is ended by the kernel, not by Python."""
    signal.setitimer(signal.ITIMER_PROF, request["cpu_s"])
    try:
        mail = mail_in(body, request["kept"])
        if "part" in request:
            content = part_bytes(mail.raw, request["part"])
            is_wanted = len(content) <= request["limit"]
            return {"size": len(content)}, content if is_wanted else b""
        return {"events": _events(request, mail)}, b""
    except (ParseError, KeyError) as error:
        return {"error": f"no mail in the request ({type(error).__name__})"}, b""
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)


def _events(request: dict[str, Any], mail: RawMessage) -> list[str]:
    events = _read(request, mail, light=request["light"])
    if _is_fault(events) and not request["light"]:
        events = _read(request, mail, light=True)
    return [to_json(as_json(event)) for event in events]


def _read(request: dict[str, Any], mail: RawMessage, *, light: bool) -> list[InboundEvent]:
    told = request["mailbox"]
    mailbox = Mailbox(
        address=told["address"],
        aliases=tuple(told["aliases"]),
        authserv_ids=tuple(told["authserv_ids"]),
        token_secret=tuple(told["token_secret"]),
        own_domain=told["own_domain"],
    )
    recipients = mail.recipients or tuple(json.loads(request["kept"].get("recipients", "[]")))
    envelope = Envelope(recipients=recipients, verdicts=mail.verdicts)
    return read_mail(mail.raw, mailbox, envelope, light=light)


def _is_fault(events: list[InboundEvent]) -> bool:
    return any(
        isinstance(event, Unhandled) and event.reason.startswith("parser fault") for event in events
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
