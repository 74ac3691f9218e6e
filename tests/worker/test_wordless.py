"""Messages without a word."""

from __future__ import annotations

import pytest

from worker.wordless import Wordless, wordless


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("", Wordless.NOTHING),
        (" \n\t", Wordless.NOTHING),
        ("?!...", Wordless.NOTHING),
        ("\u200f\u202e\u200d", Wordless.NOTHING),
        ("\ud800", Wordless.NOTHING),
        ("👍", Wordless.GLAD),
        ("👍🏽", Wordless.GLAD),
        ("❤️", Wordless.GLAD),
        ("👍👎", Wordless.SAD),
        ("👋", Wordless.WAVING),
        ("🚗", Wordless.PICTURE),
        ("👨‍👩‍👧", Wordless.PICTURE),
        ("ok 👍", None),
        ("1️⃣", None),
        ("2", None),
        ("是", None),
        ("مرحبا", None),
    ],
)
def test_a_message_without_words_is_sorted(text: str, kind: Wordless | None) -> None:
    assert wordless(text) is kind
