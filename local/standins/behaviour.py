"""How a stand-in behaves: well by default, badly on demand; the modes here are WhatsApp's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, ClassVar, Self

# What a mode without an own `code` answers.
CODES = {
    "throttle": 130429,
    "pair": 131056,
    "spam": 131048,
    "window": 131047,
    "token": 190,
    "failed": 131026,
}
MEDIA = ("normal", "expired", "wrong_sum", "wrong_size", "token", "unavailable")
MODES = ("normal", "mute", "duplicates", "reordered", "error", "hang", "drop", *CODES)


class BadControl(ValueError):
    """A control request that asks for something that does not exist; the message says what."""


@dataclass(slots=True, kw_only=True)
class Behaviour:
    """What POST /control sets, all at once; the times are in milliseconds.

    `times` is for how many messages a refusal lasts (absent: until the next control), `to` limits
    it to one recipient. `hang` never takes the message; `drop` takes it, answers nothing, and still
    sends the receipts unless `silent` is set. `media` is for files that are fetched;
    `templates` are what the business account has (absent: none, and any name is taken).
    """

    modes: ClassVar[tuple[str, ...]] = MODES
    codes: ClassVar[Mapping[str, int]] = CODES

    mode: str = "normal"
    code: int | None = None
    http: int = 500
    times: int | None = None
    to: str | None = None
    retry_after_s: int | None = None
    answer_after_ms: int = 0
    receipts_after_ms: int = 40
    hang_ms: int = 60_000
    silent: bool = False
    media: str = "normal"
    templates: list[dict[str, Any]] | None = None

    @classmethod
    def from_json(cls, wish: Mapping[str, Any]) -> Self:
        """Read a control request; raises BadControl for an unknown key, mode or type."""
        kinds = {field.name: str(field.type) for field in fields(cls)}
        for name, value in wish.items():
            _check(name, value, kinds, cls.modes)
        return cls(**wish)

    def takes(self, recipient: str) -> str:
        """The mode in force for this recipient's message; counts it against `times`."""
        if self.mode == "normal" or self.to not in (None, recipient):
            return "normal"
        if self.times is None:
            return self.mode
        if self.times <= 0:
            return "normal"
        self.times -= 1
        return self.mode

    @property
    def refuses_token(self) -> bool:
        """Whether our token is good for nothing any more, whomever we write to."""
        return self.mode == "token" and self.to is None and self.times is None

    def refusal_code(self) -> int:
        """The platform's code of the present refusal."""
        return self.code or self.codes.get(self.mode, 131000)


def _check(name: str, value: object, kinds: Mapping[str, str], modes: Sequence[str]) -> None:
    if name not in kinds:
        raise BadControl(f"there is no {name!r}; known are {', '.join(kinds)}")
    if name == "mode" and value not in modes:
        raise BadControl(f"there is no mode {value!r}; known are {', '.join(modes)}")
    if name == "media" and value not in MEDIA:
        raise BadControl(f"there is no media {value!r}; known are {', '.join(MEDIA)}")
    may_be_missing = kinds[name].endswith("None") and value is None
    wanted = kinds[name].removesuffix(" | None").partition("[")[0]
    if not may_be_missing and type(value).__name__ != wanted:
        raise BadControl(f"{name} must be {kinds[name]}, not {value!r}")
