"""A customer's file for `romashka simulate`, put into the stand-in as the platform holds it."""

from __future__ import annotations

import hashlib
import mimetypes
from pathlib import Path
from typing import Any

import httpx

from console.problems import USAGE, Problem
from local.plan import Plan

UPLOAD_S = 30.0
KINDS = ("image", "video", "audio")


def hold(plan: Plan, path: Path) -> dict[str, Any]:
    """Put a file into the WhatsApp stand-in; what a webhook says of it, its kind under `type`."""
    if "whatsapp" not in plan.stand_ins:
        raise Problem(USAGE, "no_stand_in", "only the stand-in takes a customer's file from here")
    try:
        content = path.read_bytes()
    except OSError as error:
        raise Problem(USAGE, "no_file", f"{path}: {error.strerror}") from None
    mime_type = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    answer = httpx.post(
        f"{plan.providers_url}/whatsapp/v25.0/{plan.channel_setting('WHATSAPP_PHONE_NUMBER_ID')}/media",
        headers={"Authorization": f"Bearer {plan.channel_setting('WHATSAPP_API_TOKEN')}"},
        data={"messaging_product": "whatsapp", "type": mime_type},
        files={"file": (path.name, content, mime_type)},
        timeout=UPLOAD_S,
        trust_env=False,
    )
    answer.raise_for_status()
    kind = mime_type.partition("/")[0]
    return {
        "type": kind if kind in KINDS else "document",
        "id": str(answer.json()["id"]),
        "mime_type": mime_type,
        "sha256": hashlib.sha256(content).hexdigest(),
        "filename": path.name,
    }
