"""What machines report about our mails: bounces, delays, readings and complaints, as events.

None of them is ever a message: a bounce must not open or answer a conversation.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from romashka.channels.events import AccountEvent, DeliveryReceipt, InboundEvent
from romashka.channels.mail.addresses import addresses
from romashka.channels.mail.automatic import is_daemon, is_null_sender
from romashka.channels.mail.bounces import code_in, is_bounce, is_delay, reply_in, report_text
from romashka.channels.mail.contents import content_of
from romashka.channels.mail.headers import Headers, take_headers
from romashka.channels.mail.mailbox import Mailbox
from romashka.channels.mail.originals import original_id
from romashka.channels.mail.parts import Mail, Part
from romashka.channels.mail.words import moment

DELIVERY = frozenset(["message/delivery-status", "message/global-delivery-status"])
DISPOSITION = frozenset(
    ["message/disposition-notification", "message/global-disposition-notification"]
)
FEEDBACK = "message/feedback-report"
MOST_BLOCKS = 50
LONGEST_REASON = 500
RETURNED = ("message/rfc822", "text/rfc822-headers", "message/rfc822-headers", "message/global")

Fields = Mapping[str, str | None]


def report_events(mail: Mail, mailbox: Mailbox) -> list[InboundEvent]:
    """The events of a report; none when the mail is no report."""
    read = _reader_for(mail)
    return [read(mail, mailbox)] if read else []


def _reader_for(mail: Mail) -> Callable[[Mail, Mailbox], InboundEvent] | None:
    types = {part.type for part in mail.root.walk()}
    declared = mail.root.params.get("report-type", "").lower()
    is_report = mail.root.declared == "multipart/report"
    if is_report and (declared == "feedback-report" or FEEDBACK in types):
        return _complaint
    if is_report and (declared == "disposition-notification" or types & DISPOSITION):
        return _disposition
    if is_report and (declared == "delivery-status" or types & DELIVERY or _from_server(mail)):
        return _delivery
    if types & DELIVERY and _from_server(mail):
        return _delivery
    return _delivery if is_bounce(mail, report_text(mail)) else None


def _from_server(mail: Mail) -> bool:
    sender = next((one.address for one in addresses(mail.headers.plain("from"))), None)
    return is_null_sender(mail.headers) or is_daemon(sender)


def _delivery(mail: Mail, mailbox: Mailbox) -> InboundEvent:
    status, text = _delivery_status(mail), report_text(mail)
    code = code_in(status["status"], status["diagnostic"], text)
    reason = status["diagnostic"] or reply_in(text)
    found = original_id(mail, mailbox, text)
    action = status["action"] or ("delayed" if is_delay(text) else "failed")
    data = {
        "external_id": found,
        "recipient": status["recipient"] or _failed_recipient(mail.headers),
        "code": code,
        "reason": reason[:LONGEST_REASON] if reason else None,
    }
    if action in ("delayed", "relayed", "expanded"):
        return _news(mailbox, f"delivery_{action}", data)
    if found is None:
        return _news(mailbox, "bounce" if action == "failed" else "delivered", data)
    is_failed = action != "delivered"
    return DeliveryReceipt(
        account=mailbox.address,
        external_id=found,
        status="failed" if is_failed else "delivered",
        occurred_at=moment(mail.headers.plain("date")),
        error_code=code if is_failed else None,
        error=data["reason"] if is_failed else None,
    )


def _delivery_status(mail: Mail) -> Fields:
    """The fields of the recipient that failed, else of the first (RFC 3464)."""
    blocks = [block for part in _of_types(mail, DELIVERY) for block in _blocks(mail.raw, part)]
    told = [block for block in blocks if "action" in block or "status" in block]
    failed = (block for block in told if block.word("action").startswith("fail"))
    block = next(failed, told[0] if told else Headers())
    action = block.word("action").partition(" ")[0].partition(";")[0]
    known = action in ("failed", "delayed", "delivered", "relayed", "expanded")
    recipient = _after_type(block.plain("final-recipient") or block.plain("original-recipient"))
    return {
        "action": action if known else None,
        "status": block.plain("status") or None,
        "diagnostic": _after_type(block.plain("diagnostic-code")) or None,
        "recipient": recipient or None,
    }


def _disposition(mail: Mail, mailbox: Mailbox) -> InboundEvent:
    """A receipt when the mail was displayed (RFC 8098); anything else done with it is news."""
    blocks = [block for part in _of_types(mail, DISPOSITION) for block in _blocks(mail.raw, part)]
    block = next((item for item in blocks if "disposition" in item), Headers())
    done = block.word("disposition").rpartition(";")[2].strip()
    found = original_id(mail, mailbox, block.plain("original-message-id"), reports=blocks)
    if found and done.startswith("displayed"):
        return DeliveryReceipt(
            account=mailbox.address,
            external_id=found,
            status="read",
            occurred_at=moment(mail.headers.plain("date")),
        )
    return _news(mailbox, "disposition", {"external_id": found, "disposition": done[:100] or None})


def _complaint(mail: Mail, mailbox: Mailbox) -> InboundEvent:
    """Somebody called our mail spam (RFC 5965): whom we must not write to any more."""
    blocks = [block for part in _of_types(mail, [FEEDBACK]) for block in _blocks(mail.raw, part)]
    block = blocks[0] if blocks else Headers()
    returned = [
        take_headers(content, 0, len(content))[0]
        for part in _of_types(mail, RETURNED)
        for content in [content_of(mail.raw, part, 65536)]
    ]
    named = [block.plain("original-rcpt-to"), *(item.plain("to") for item in returned)]
    recipient = next((one.address for text in named for one in addresses(text)), None)
    data = {
        "external_id": original_id(mail, mailbox, report_text(mail)),
        "recipient": recipient,
        "feedback_type": block.word("feedback-type")[:40] or None,
    }
    return _news(mailbox, "complaint", data)


def _of_types(mail: Mail, types: Any) -> list[Part]:
    return [part for part in mail.root.walk() if part.type in types]


def _blocks(raw: bytes, part: Part) -> list[Headers]:
    """The groups of fields in a report's part, which empty lines set apart."""
    content = content_of(raw, part, 65536)
    found: list[Headers] = []
    place = 0
    while place < len(content) and len(found) < MOST_BLOCKS:
        headers, after = take_headers(content, place, len(content))
        found.append(headers)
        place = after if after > place else content.find(b"\n", place) + 1 or len(content)
    return [headers for headers in found if headers.fields]


def _after_type(text: str) -> str:
    """A field's value without the `smtp;` or `rfc822;` before it."""
    kind, semicolon, rest = text.partition(";")
    return (rest if semicolon and len(kind) < 20 else text).strip()


def _failed_recipient(headers: Headers) -> str | None:
    found = addresses(headers.plain("x-failed-recipients"))
    return found[0].address if found else None


def _news(mailbox: Mailbox, name: str, data: Mapping[str, str | None]) -> AccountEvent:
    told = {key: value for key, value in data.items() if value is not None}
    return AccountEvent(account=mailbox.address, name=name, data=told)
