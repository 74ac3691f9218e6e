"""The platform's list of templates, page by page, and what may be sent as one."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from romashka.channels.base import OutboundMessage
from romashka.channels.errors import Rejected
from romashka.channels.whatsapp import WhatsApp
from tests.standins.conftest import NUMBER
from tests.standins.test_whatsapp import control


def template(name: str, body: str = "Hello {{1}}", **more: Any) -> dict[str, Any]:
    return {
        "id": f"id-{name}",
        "name": name,
        "language": "en",
        "status": "APPROVED",
        "category": "UTILITY",
        "parameter_format": "POSITIONAL",
        "components": [{"type": "BODY", "text": body}],
        **more,
    }


async def test_every_page_is_read(channel: WhatsApp, client: httpx.Client) -> None:
    control(client, templates=[template(f"t{number}") for number in range(230)])
    found = await channel.templates(NUMBER)
    assert found is not None
    assert [one["name"] for one in found] == [f"t{number}" for number in range(230)]
    assert found[0] == {
        "name": "t0",
        "language": "en",
        "external_id": "id-t0",
        "status": "approved",
        "category": "utility",
        "parameter_format": "positional",
        "body": "Hello {{1}}",
        "header": None,
        "buttons": [],
        "components": [{"type": "BODY", "text": "Hello {{1}}"}],
        "quality": None,
    }


async def test_a_number_whose_business_is_not_known_has_no_list(
    channel: WhatsApp,
) -> None:
    assert await channel.templates("another") is None


def message(*parameters: dict[str, str]) -> OutboundMessage:
    components = [{"type": "body", "parameters": list(parameters)}] if parameters else []
    return OutboundMessage(
        delivery_id="d",
        message_id="m",
        account=NUMBER,
        identities={"phone": "49151"},
        content="Hello Ada",
        window_open=False,
        template={"name": "t", "language": {"code": "en"}}
        | ({"components": components} if components else {}),
    )


async def test_a_template_goes_out_in_a_closed_window(
    channel: WhatsApp,
    client: httpx.Client,
) -> None:
    control(client, templates=[template("t")])
    ids = await channel.send(message({"type": "text", "text": "Ada"}))
    [entry] = client.get("/record").json()["received"]
    assert (entry["kind"], entry["message_id"]) == ("template", ids[0])


@pytest.mark.parametrize(
    ("known", "parameters", "code"),
    [
        ([], [], "132001"),
        ([template("t", status="PAUSED")], [{"type": "text", "text": "Ada"}], "132015"),
        ([template("t")], [], "132000"),
        ([template("t")], [{"type": "text", "text": "a\nb"}], "132018"),
        ([template("t", "Hi {{name}}", parameter_format="NAMED")],
         [{"type": "text", "text": "Ada", "parameter_name": "day"}], "132012"),
    ],
)  # fmt: skip
async def test_a_template_that_the_platform_refuses_is_rejected(
    channel: WhatsApp,
    client: httpx.Client,
    known: list[dict[str, Any]],
    parameters: list[dict[str, str]],
    code: str,
) -> None:
    control(client, templates=known)
    with pytest.raises(Rejected) as caught:
        await channel.send(message(*parameters))
    assert caught.value.code == code
