"""Messages without a word: nothing, signs, pictures of faces, a file alone."""

from __future__ import annotations

import unicodedata
from enum import Enum

GLAD = frozenset("👍👌🙏❤♥💙💚💛💜🧡🖤😊😀😁😃😄😆🙂🥰😍😘🤗🎉💪✅☺👏🤝💯😎🌹💐")
SAD = frozenset("👎😡🤬😠😤😢😭🙁☹💩🤮😞😒🙄💔❌😩😫🖕")
WAVING = "👋"
# Letters and numbers of any script; a number may be a choice.
WORDS = ("L", "N")
PICTURES = "So"


class Wordless(Enum):
    """What a message without words says."""

    GLAD = "glad"
    SAD = "sad"
    WAVING = "waving"
    PICTURE = "picture"
    NOTHING = "nothing"


def wordless(text: str) -> Wordless | None:
    """What a message without words says; None for one that holds a word or a number."""
    if any(_category(sign).startswith(WORDS) for sign in text):
        return None
    signs = set(text)
    if signs & SAD:
        return Wordless.SAD
    if signs & GLAD:
        return Wordless.GLAD
    if WAVING in signs:
        return Wordless.WAVING
    pictured = any(_category(sign) == PICTURES for sign in signs)
    return Wordless.PICTURE if pictured else Wordless.NOTHING


def _category(sign: str) -> str:
    return unicodedata.category(sign)
