"""One mail handed over to a submission server, and what its answers mean (RFC 5321, RFC 3463).

smtplib blocks, so it runs in a thread; whoever waits may break the line, which ends the thread.
"""

from __future__ import annotations

import re
import smtplib
import socket
import ssl
from collections.abc import Callable

from romashka.channels.errors import (
    AccountBlocked,
    Ambiguous,
    Rejected,
    SendError,
    Throttled,
    Unavailable,
)
from romashka.channels.mail_composing import Composed
from romashka.channels.mail_servers import Server, tls_context

ENHANCED = re.compile(rb"\s*([245]\.\d{1,3}\.\d{1,3})(?![\d.])")
BAD_LOGIN = frozenset([530, 534, 535, 538])
TOO_LARGE = 552
GOODBYE_S = 1.0

# Says who we are to the server, once the line is safe.
Login = Callable[[smtplib.SMTP], None]


class Submission:
    """One try to hand one mail over."""

    def __init__(self, server: Server, login: Login, mail: Composed, timeout_s: float) -> None:
        self._server = server
        self._login = login
        self._mail = mail
        self._timeout_s = timeout_s
        self._smtp: smtplib.SMTP | None = None
        self._is_broken = False
        self._is_given = False

    def run(self) -> None:
        """Hand the mail over; raises a SendError. Blocks, at most until `abort`."""
        try:
            self._smtp = smtp = self._connect()
            if self._is_broken:
                raise TimeoutError
            self._login(smtp)
            self._give_envelope(smtp)
            self._give_content(smtp)
        except SendError:
            raise
        except (OSError, smtplib.SMTPException, ValueError) as error:
            raise self.failure(error) from error
        finally:
            self._hang_up()

    def abort(self) -> None:
        """Break the line: a `run` under way ends at once."""
        self._is_broken = True
        if self._smtp is not None and self._smtp.sock is not None:
            try:
                self._smtp.sock.shutdown(socket.SHUT_RDWR)
            except OSError:
                return

    def failure(self, error: Exception) -> SendError:
        """What it means that the line broke, or that the server said no, at this point."""
        if isinstance(error, ssl.SSLError):
            return AccountBlocked("tls", f"the server's TLS is not sound ({type(error).__name__})")
        if isinstance(error, smtplib.SMTPNotSupportedError):
            return AccountBlocked("not_supported", "the server lacks STARTTLS or our way to log in")
        if isinstance(error, smtplib.SMTPResponseException) and error.smtp_code > 0:
            return refusal(error.smtp_code, _bytes(error.smtp_error))
        kind = type(error).__name__
        if self._is_given:
            return Ambiguous(f"{kind} after the mail went out", "connection_lost")
        return Unavailable(f"{kind} before the mail went out", "unreachable")

    def _connect(self) -> smtplib.SMTP:
        server, timeout = self._server, self._timeout_s
        if server.security == "tls":
            smtp: smtplib.SMTP = smtplib.SMTP_SSL(
                server.host, server.port, timeout=timeout, context=tls_context()
            )
        else:
            smtp = smtplib.SMTP(server.host, server.port, timeout=timeout)
        self._smtp = smtp
        smtp.ehlo_or_helo_if_needed()
        if server.security == "starttls":
            smtp.starttls(context=tls_context())
            smtp.ehlo()
        return smtp

    def _give_envelope(self, smtp: smtplib.SMTP) -> None:
        mail, options = self._mail, []
        if smtp.has_extn("size"):
            options.append(f"size={len(mail.content)}")
        if mail.needs_utf8:
            if not smtp.has_extn("smtputf8"):
                raise Rejected("5.6.7", "the server takes no addresses beyond ASCII")
            options += ["SMTPUTF8", "BODY=8BITMIME"]
        code, text = smtp.mail(mail.sender, options)
        if code != 250:
            raise refusal(code, text, is_about_us=code != TOO_LARGE)
        code, text = smtp.rcpt(mail.recipient)
        if code not in (250, 251):
            raise refusal(code, text)

    def _give_content(self, smtp: smtplib.SMTP) -> None:
        code, text = smtp.docmd("DATA")
        if code != 354:
            raise refusal(code, text)
        self._is_given = True
        smtp.send(_dotted(self._mail.content))
        code, text = smtp.getreply()
        self._is_given = code == 250
        if code != 250:
            raise refusal(code, text)

    def _hang_up(self) -> None:
        if self._smtp is None:
            return
        try:
            if not self._is_broken:
                if self._smtp.sock is not None:
                    self._smtp.sock.settimeout(GOODBYE_S)
                self._smtp.quit()
        except (OSError, smtplib.SMTPException):
            pass  # the mail's fate is known; how the server says goodbye changes nothing
        finally:
            self._smtp.close()


def refusal(code: int, text: bytes, *, is_about_us: bool = False) -> SendError:
    """The send error for a server's answer; `is_about_us`: what it refused was our own address."""
    found = ENHANCED.match(text)
    name = found[1].decode() if found else str(code)
    reason = " ".join(text.decode("utf-8", "replace").split())[:300] or f"SMTP {code}"
    if code in BAD_LOGIN or (is_about_us and code >= 500):
        return AccountBlocked(name, reason)
    if code == 421:
        return Unavailable(reason, name)
    if 400 <= code < 500:
        return Throttled(name, reason)
    if code >= 500:
        return Rejected(name, reason)
    return Unavailable(reason, name)


def password_login(user: str, password: str) -> Login:
    """Logs in by name and password where there is a password; else the server must trust us."""

    def login(smtp: smtplib.SMTP) -> None:
        if password:
            smtp.login(user, password)

    return login


def token_login(user: str, token: str) -> Login:
    """Logs in by an OAuth2 access token (SASL XOAUTH2)."""

    def answer(challenge: bytes | None = None) -> str:
        # The server explains a refusal in a challenge, which an empty line answers.
        return f"user={user}\x01auth=Bearer {token}\x01\x01" if challenge is None else ""

    def login(smtp: smtplib.SMTP) -> None:
        if "xoauth2" not in smtp.esmtp_features.get("auth", "").lower().split():
            raise smtplib.SMTPNotSupportedError
        smtp.user, smtp.password = user, token
        code, text = smtp.auth("XOAUTH2", answer)
        if code not in (235, 503):
            raise refusal(code, text)

    return login


def _dotted(content: bytes) -> bytes:
    """The content with CRLF line ends, dots doubled, and the end marked (RFC 5321 4.5.2)."""
    lines = re.sub(rb"\r\n|\r|\n", b"\r\n", content)
    lines = re.sub(rb"(?m)^\.", b"..", lines)
    return lines + (b"" if lines.endswith(b"\r\n") else b"\r\n") + b".\r\n"


def _bytes(text: bytes | str) -> bytes:
    return text if isinstance(text, bytes) else text.encode("utf-8", "replace")
