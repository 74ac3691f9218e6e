"""What customers write, by language and kind: files of fixtures/phrases, a heading for each kind.

They were written before the lists of worker/phrases; of each kind about half, by hash, were not
looked at while the lists grew, and measure alone.
"""

from __future__ import annotations

import hashlib
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

FOLDER = Path(__file__).parent / "fixtures" / "phrases"
HEADING = "# "


class Saying(NamedTuple):
    language: str
    kind: str
    text: str

    @property
    def is_unseen(self) -> bool:
        """Whether it belongs to the half kept for measuring."""
        return hashlib.sha256(self.text.encode()).digest()[0] % 2 == 1


@lru_cache(maxsize=1)
def sayings() -> tuple[Saying, ...]:
    found = []
    for path in sorted(FOLDER.glob("*.txt")):
        kind = ""
        for line in filter(None, path.read_text().splitlines()):
            if line.startswith(HEADING):
                kind = line.removeprefix(HEADING)
            else:
                found.append(Saying(path.stem, kind, line))
    return tuple(found)


def of(*kinds: str) -> list[Saying]:
    """The sayings of some kinds, in all languages."""
    return [saying for saying in sayings() if saying.kind in kinds]
