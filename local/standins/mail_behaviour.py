"""How the e-mail stand-in behaves: well by default, badly on demand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from local.standins.behaviour import BadControl

MODES = (
    "normal", "greylist", "refuse", "content", "login", "drop", "bounce", "auto_reply",
)  # fmt: skip
REFUSALS = {"greylist": "451 4.7.1 Greylisted, try again", "refuse": "550 5.1.1 No such user"}
KINDS: Mapping[str, tuple[type, ...]] = {
    "mode": (str,),
    "reply": (str, type(None)),
    "times": (int, type(None)),
    "to": (str, type(None)),
    "answer_after_ms": (int,),
}


@dataclass(slots=True, kw_only=True)
class MailBehaviour:
    """What POST /control/email sets, all at once.

    `times` is for how many mails it lasts (absent: until the next control), `to` limits it to one
    recipient, `reply` is the server's own line in place of the usual refusal. `drop` takes the mail
    and breaks the line before it says so.
    """

    mode: str = "normal"
    reply: str | None = None
    times: int | None = None
    to: str | None = None
    answer_after_ms: int = 0

    @classmethod
    def from_json(cls, wish: Mapping[str, Any]) -> MailBehaviour:
        """Read a control request; raises BadControl for an unknown key, mode or type."""
        for name, value in wish.items():
            if name not in KINDS:
                known = ", ".join(field.name for field in fields(cls))
                raise BadControl(f"there is no {name!r}; known are {known}")
            if not isinstance(value, KINDS[name]) or isinstance(value, bool):
                raise BadControl(f"{name} cannot be {value!r}")
        if wish.get("mode", "normal") not in MODES:
            raise BadControl(f"there is no mode {wish['mode']!r}; known are {', '.join(MODES)}")
        return cls(**wish)

    def takes(self, recipient: str) -> bool:
        """Whether the mode is in force for this recipient's mail; counts it against `times`."""
        if self.to is not None and self.to != recipient:
            return False
        if self.times is not None:
            if self.times <= 0:
                return False
            self.times -= 1
        return True

    def refusal(self) -> str:
        """What the server says in the present mode."""
        return self.reply or REFUSALS[self.mode]
