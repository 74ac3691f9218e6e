"""Which conversation a mail belongs to: tokens nobody can guess, message ids, subjects.

A token carries the conversation's (and the message's) id in base32 and the front of an HMAC over
it, so that who answers is put where they were addressed and nobody gets in by guessing ids.
"""

# ruff: noqa: RUF001 - words and colons of many scripts are meant as they stand

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from romashka.channels.mail.headers import Headers
from romashka.channels.mail.mailbox import Envelope, Mailbox
from romashka.channels.mail.words import message_ids

# In characters of base32, five bits each. A reply address is looked up by its conversation, so
# 40 bits are for whoever may try a few times; a Message-ID may be tried for ever by a forger.
ADDRESS_PROOF = 8
MESSAGE_PROOF = 16
MOST_REFERENCES = 50
RECIPIENT_FIELDS = ("delivered-to", "x-original-to", "envelope-to", "x-forwarded-to", "to", "cc")
_ID = r"[a-z2-7]{26}"
_TOKEN = re.compile(rf"c\.({_ID})\.([a-z2-7]{{{ADDRESS_PROOF}}})")
_PLUS = re.compile(rf"[^@\s<>,;\"]{{1,200}}\+({_TOKEN.pattern})@[^@\s<>,;\"]{{1,255}}")
_OWN_ID = re.compile(rf"c\.({_ID})\.({_ID})\.([a-z2-7]{{{MESSAGE_PROOF}}})@(\S{{1,255}})")
_TAG = re.compile(r"\[[^\[\]#]{0,40}#(\d{1,18})\]")
# Re and Fwd in the languages that mailers write them in, with counters and in either colon.
_PREFIX = re.compile(
    r"^\s*(?:\[(?:ext|external|extern)\]\s*|"
    r"(?:re|aw|antw|antwort|sv|svar|vs|vá|odp|ref|rif|rv|r|res|resp|ynt|yan|cevap|απ|на|отв|ответ|"
    r"відп|відповідь|回复|回覆|答复|返信|회신|답장|رد|उत्तर|जवाब|"
    r"fwd?|fw|wg|tr|enc|i|vb|vl|vidarebefordrat|doorst|pd|prz|přep|továbbítás|ilt|πρθ|пересл|"
    r"пересылка|переслано|转发|轉寄|転送|전달|إعادة توجيه|अग्रेषित)"
    r"\s*(?:\[\d{1,4}\]|\(\d{1,4}\)|\^\d{1,4}|\d{1,2})?\s*[:：]\s*)",
    re.IGNORECASE,
)
_FORWARD_PREFIX = re.compile(
    r"^\s*(?:fwd?|fw|wg|tr|enc|vb|doorst|rv|pd|ilt|пересл|пересылка|переслано|转发|轉寄|転送|"
    r"전달|إعادة توجيه|अग्रेषित)\s*[:：]",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnId:
    """What one of our own Message-IDs says."""

    conversation: str
    message: str


def reply_token(conversation_id: str, secret: str) -> str:
    """The token `c.<id>.<proof>` that puts an answer into this conversation; raises ValueError."""
    compact = _compact(conversation_id)
    return f"c.{compact}.{_proof('reply', compact, secret, ADDRESS_PROOF)}"


def reply_address(base_address: str, conversation_id: str, secret: str) -> str:
    """Our address with the conversation's token behind a plus: for the Reply-To of our mails."""
    local, _, domain = base_address.strip().rpartition("@")
    return f"{local}+{reply_token(conversation_id, secret)}@{domain}"


def message_id_of(conversation_id: str, message_id: str, secret: str, domain: str) -> str:
    """The Message-ID, with its brackets, of our mail for that message; raises ValueError."""
    told = f"{_compact(conversation_id)}.{_compact(message_id)}"
    return f"<c.{told}.{_proof('message', told, secret, MESSAGE_PROOF)}@{domain}>"


def conversation_of_token(token: str, secrets: Sequence[str]) -> str | None:
    """The conversation's uuid in a token, None when none of the secrets made it."""
    match = _TOKEN.fullmatch(token.lower())
    return _uuid(match[1]) if match and _proves("reply", match[1], match[2], secrets) else None


def conversation_of_address(address: str, secrets: Sequence[str]) -> str | None:
    """The conversation's uuid in a reply address, None when none of the secrets made it."""
    match = _PLUS.search(address.lower())
    return conversation_of_token(match[1], secrets) if match else None


def own_id(message_id: str, secrets: Sequence[str]) -> OwnId | None:
    """What one of our Message-IDs says, with or without brackets; None when it is not ours."""
    match = _OWN_ID.fullmatch(message_id.strip().strip("<>").lower())
    if match is None:
        return None
    told = f"{match[1]}.{match[2]}"
    if not _proves("message", told, match[3], secrets):
        return None
    conversation, message = _uuid(match[1]), _uuid(match[2])
    return OwnId(conversation=conversation, message=message) if conversation and message else None


def recipients_of(headers: Headers, envelope: Envelope) -> list[str]:
    """Every text that may hold the address a mail was really sent to, the surest first."""
    found = list(envelope.recipients)
    for name in RECIPIENT_FIELDS:
        found += headers.all_plain(name)
    return found


def references_of(headers: Headers) -> list[str]:
    """The mails this one answers: In-Reply-To first, then References from last to first.

    Apple Mail overwrites References and others cut them, so both are looked at.
    """
    answered = message_ids(headers.plain("in-reply-to"))
    earlier = message_ids(headers.plain("references"))
    return list(dict.fromkeys([*answered, *reversed(earlier)]))[:MOST_REFERENCES]


def thread_of(
    headers: Headers, mailbox: Mailbox, envelope: Envelope, *, is_forged: bool
) -> dict[str, Any]:
    """What SQL needs to find the conversation; `is_forged` mails prove nothing by a token.

    `conversation` comes from a verified reply token alone. `own` are our mails named by their
    verified Message-IDs, `references` all ids as they stand, to be looked up.
    """
    references = references_of(headers)
    secrets = () if is_forged else mailbox.token_secret
    tokens = (conversation_of_address(text, secrets) for text in recipients_of(headers, envelope))
    own = (own_id(item, secrets) for item in references)
    subject = headers.text("subject")
    return {
        "conversation": next((found for found in tokens if found), None),
        "references": references,
        "own": [{"message": one.message, "conversation": one.conversation} for one in own if one],
        "tag": tag_of(subject),
        "subject": plain_subject(subject),
    }


def tag_of(subject: str) -> int | None:
    """The number in a subject's `[#123]`, None when there is none."""
    match = _TAG.search(subject)
    return int(match[1]) if match else None


def plain_subject(subject: str) -> str:
    """The subject without Re:, AW:, Fwd: and their like in front, spaces single."""
    text = subject[:1000]
    for _ in range(50):
        match = _PREFIX.match(text)
        if match is None:
            break
        text = text[match.end() :]
    return " ".join(text.split())[:500]


def is_forward_subject(subject: str) -> bool:
    """Whether the subject's first prefix says that a mail is passed on."""
    return bool(_FORWARD_PREFIX.match(subject[:200]))


def _compact(uuid: str) -> str:
    return base64.b32encode(UUID(uuid).bytes).decode().rstrip("=").lower()


def _uuid(compact: str) -> str | None:
    try:
        return str(UUID(bytes=base64.b32decode(compact.upper() + "======")))
    except (ValueError, binascii.Error):
        return None


def _proof(use: str, told: str, secret: str, length: int) -> str:
    """The front of an HMAC; `use` keeps the proof of one kind from serving for the other."""
    digest = hmac.new(secret.encode(), f"{use}:{told}".encode(), hashlib.sha256).digest()
    return base64.b32encode(digest).decode().lower()[:length]


def _proves(use: str, told: str, proof: str, secrets: Iterable[str]) -> bool:
    """Whether any secret gives this proof; every one is tried, in the same time for each."""
    found = [
        hmac.compare_digest(_proof(use, told, secret, len(proof)).encode(), proof.encode())
        for secret in secrets
        if secret
    ]
    return any(found)
