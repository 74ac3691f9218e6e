"""Files on their way through a running system: into our bucket, and out of it again."""

from __future__ import annotations

from typing import Any

import psycopg
from psycopg.types.json import Jsonb

from tests.flow.journeys import Desk

PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + bytes(64)
PDF = b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n1 0 obj\nendobj\n"


def put_into_storage(desk: Desk, path: str, content: bytes, mime_type: str) -> None:
    """Puts our own file into the bucket, as the inbox does."""
    plan = desk.stack.plan
    answer = desk.http.post(
        f"{plan.api_url}/storage/v1/object/media/{path}",
        content=content,
        headers={"authorization": f"Bearer {plan.service_role_key}", "content-type": mime_type},
    )
    answer.raise_for_status()


def stored_bytes(desk: Desk, path: str) -> bytes:
    """What lies under a path of the bucket."""
    plan = desk.stack.plan
    answer = desk.http.get(
        f"{plan.api_url}/storage/v1/object/authenticated/media/{path}",
        headers={"authorization": f"Bearer {plan.service_role_key}"},
    )
    answer.raise_for_status()
    return answer.content


def agent_sends_files(desk: Desk, conversation_id: Any, text: str = "Here you are") -> None:
    """An agent answers with a PDF and a picture."""
    folder = f"{conversation_id}/agent"
    put_into_storage(desk, f"{folder}/offer.pdf", PDF, "application/pdf")
    put_into_storage(desk, f"{folder}/view.png", PNG, "image/png")
    media = [
        {"kind": "document", "path": f"{folder}/offer.pdf", "mime_type": "application/pdf",
         "filename": "offer.pdf", "size": len(PDF)},
        {"kind": "image", "path": f"{folder}/view.png", "mime_type": "image/png",
         "filename": "view.png", "size": len(PNG)},
    ]  # fmt: skip
    with psycopg.connect(desk.db_url) as connection:
        connection.execute(
            "insert into public.messages (conversation_id, sender_type, content, metadata)"
            " values (%s, 'agent', %s, %s)",
            [conversation_id, text, Jsonb({"media": media})],
        )
