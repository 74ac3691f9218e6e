"""Bounces that follow no standard: told by who sends them and how they put it."""

from __future__ import annotations

import re

from romashka.channels.mail.addresses import addresses
from romashka.channels.mail.automatic import is_daemon, is_null_sender
from romashka.channels.mail.bodies import body_of
from romashka.channels.mail.markup import text_without_tags
from romashka.channels.mail.parts import Mail

# So far a report's text is searched; what it returns of the mail may be much longer.
SEARCHED = 20_000
_SUBJECT = re.compile(
    r"undeliver|returned (?:mail|to sender|message)|returning message|delivery (?:status|failure|"
    r"report|has failed|failed|problem|error|delayed|notification)|mail delivery|failure notice|"
    r"could not (?:be )?deliver|non.?deliver|unzustellbar|nicht zugestellt|échec de (?:la )?remise|"
    r"non remis|no se ha podido entregar|mancata consegna|não entregue|niedoręcz|onbestelbaar|"
    r"не доставлено|недоставлен|не может быть доставлен|doručen|teslim edilemedi|"
    r"error sending your mail|mail system error|mail error|退信|配信|送信でき|配送",
    re.IGNORECASE,
)
_WORDING = re.compile(
    r"(?:could|can|was|were|is|are|has|have) ?n[o']t (?:be |been |able to |able )?(?:be )?deliver|"
    r"undeliver|delivery (?:to the following|has failed|failed|error)|permanent (?:fatal )?error|"
    r"user unknown|unknown user|no such user|mailbox (?:is )?(?:full|unavailable|not found)|"
    r"recipient address rejected|rejected by|did not reach|returned to sender|not delivered|"
    r"unable to deliver|error delivering|(?:failed|fatal) (?:address|recipient)|"
    r"no (?:valid )?recipients|does not exist|is over quota|quota exceeded|host unknown|"
    r"following (?:address|recipient)|konnte nicht zugestellt|n'a pas pu être|"
    r"no pudo (?:ser )?entreg|"
    r"^\W{0,3}[45]\d\d[ -]#?[45]\.\d\.\d|\b5[0-5]\d[ -]#?5\.\d{1,2}\.\d{1,3}\b|\b55[0-4] ",
    re.IGNORECASE | re.MULTILINE,
)
_DELAY = re.compile(
    r"will (?:continue|keep) (?:trying|to try)|(?:has|have) not yet been delivered|"
    r"no need to resend|"
    r"delayed|will be retried|still trying",
    re.IGNORECASE,
)
_CODE = re.compile(r"(?<![\d.])([245]\.\d{1,2}\.\d{1,3})(?![\d.])")
_REPLY = re.compile(r"^.{0,200}?\b([45]\d\d)[ -].{3,}$", re.MULTILINE)


def is_bounce(mail: Mail, text: str) -> bool:
    """Whether a mail without a standard report says that one of ours did not arrive.

    A server must have sent it, by its name or the empty return path: a person who asks about a
    bounce uses the same words. The subject or the text must say it too, as servers also send
    automatic answers.
    """
    headers = mail.headers
    if "x-failed-recipients" in headers:
        return True
    sender = next((one.address for one in addresses(headers.plain("from"))), None)
    from_server = is_null_sender(headers) or is_daemon(sender or headers.word("from").strip("<>"))
    return from_server and bool(_SUBJECT.search(headers.text("subject")) or _WORDING.search(text))


def report_text(mail: Mail) -> str:
    """The words of a report, as text."""
    body = body_of(mail)
    if body.plain:
        return body.plain[:SEARCHED]
    return text_without_tags(body.html or "")[:SEARCHED]


def is_delay(text: str) -> bool:
    """Whether the words speak of a delay, after which the server tries on."""
    return bool(_DELAY.search(text))


def code_in(*texts: str | None) -> str | None:
    """The enhanced status code (RFC 3463) in the first text that has one.

    One that only says "something" (5.0.0) gives way to a later one that says what.
    """
    found = [code for text in texts for code in _CODE.findall(text or "")]
    failures = [code for code in found if code[0] in "45"]
    exact = (code for code in failures if not code.endswith(".0.0"))
    return next(exact, failures[0] if failures else next(iter(found), None))


def reply_in(text: str) -> str | None:
    """The line with the other server's answer, None where the text quotes none."""
    match = _REPLY.search(text)
    return match[0].strip() if match else None
