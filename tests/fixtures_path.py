"""Where the payloads of the tests lie."""

from __future__ import annotations

from pathlib import Path

WHATSAPP = Path(__file__).parent / "fixtures" / "whatsapp"
WHATSAPP_PAYLOADS = sorted(WHATSAPP.glob("*.json"))
INSTAGRAM = Path(__file__).parent / "fixtures" / "instagram"
MESSENGER = Path(__file__).parent / "fixtures" / "messenger"
ATTACKS = Path(__file__).parent / "fixtures" / "attacks" / "attacks.json"
REWORDED = ATTACKS.with_name("reworded.json")
FOREIGN = Path(__file__).parent / "fixtures" / "foreign" / "answers.json"
