"""What goes wrong with a channel: a body that cannot be read, a message that was not sent."""

from __future__ import annotations


class ParseError(ValueError):
    """The body is no payload of this channel at all."""


class Unproven(Exception):
    """What would prove a request cannot be had now: the sender is to try again."""


class SendError(Exception):
    """A message was not, or perhaps not, sent; the class says what to do next.

    `sent` are the platform's ids of the parts that it has taken all the same.
    """

    def __init__(self, code: str | None, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason
        self.sent: tuple[str, ...] = ()


class Rejected(SendError):
    """The platform will never take this message for this customer: fail it, do not repeat."""


class Unreachable(Rejected):
    """The customer has stopped us from writing here: nothing more goes to them until they write."""


class AccountBlocked(SendError):
    """Our account or token is refused: stop the channel, keep the queue, tell the operators."""


class Throttled(SendError):
    """Too fast: wait `retry_after` seconds (None where the platform did not say), then repeat.

    Where the limit is of the `whole_account`, nothing else of it need be tried meanwhile.
    """

    def __init__(
        self,
        code: str | None,
        reason: str,
        retry_after: float | None = None,
        *,
        whole_account: bool = False,
    ) -> None:
        super().__init__(code, reason)
        self.retry_after = retry_after
        self.whole_account = whole_account


class Unavailable(SendError):
    """Certainly not sent, for a reason that will pass: repeat."""

    def __init__(self, reason: str, code: str | None = None) -> None:
        super().__init__(code, reason)


class Ambiguous(SendError):
    """It may have been sent, so repeating could send it twice: wait for a receipt."""

    def __init__(self, reason: str, code: str | None = None) -> None:
        super().__init__(code, reason)
