"""Scenes about broadcasts between clients and from the database."""

from __future__ import annotations

from typing import Any

from tests.local.realtime.scenes import (
    Scene,
    Step,
    cast,
    everybody,
    join,
    push,
    reply,
    sql,
)

META = {"id": "00000000-0000-4000-8000-000000000000"}
TOO_LARGE = {"type": "broadcast", "event": "poem", "payload": {"text": "x" * 3_200_000}}


def said(payload: Any, event: str = "said", **more: Any) -> dict[str, Any]:
    """The payload of a broadcast push."""
    return {"type": "broadcast", "event": event, "payload": payload, **more}


def heard(*clients: str, payload: Any) -> dict[str, Any]:
    """These clients get this broadcast."""
    return {client: [everybody("broadcast", payload)] for client in clients}


SCENES = [
    Scene(
        name="a broadcast reaches the others; its sender gets it, or an answer, only on request",
        clients={"ada": "anon", "bob": "anon", "eve": "anon"},
        steps=[
            join("ada", "room", broadcast={"ack": True, "self": False}),
            join("bob", "room", broadcast={"ack": False, "self": True}),
            join("eve", "elsewhere"),
            push(
                "ada",
                "room",
                "broadcast",
                said({"n": 1}),
                then={"ada": [reply()], **heard("bob", payload=said({"n": 1}))},
            ),
            push(
                "bob",
                "room",
                "broadcast",
                said({"n": 2}),
                then=heard("ada", "bob", payload=said({"n": 2})),
            ),
        ],
    ),
    Scene(
        name="a broadcast goes out as it came, whatever is in it or missing",
        steps=[
            join("ada", "room"),
            join("bob", "room"),
            *(
                push("ada", "room", "broadcast", payload, then=heard("bob", payload=payload))
                for payload in (
                    said({"big": 12345678901234567890, "deep": [[{"é": "🎉"}]]}, more=5),
                    said([1]),
                    {"type": "broadcast", "event": "bare"},
                    {"event": "untyped", "payload": {}},
                    {},
                )
            ),
        ],
    ),
    Scene(
        name="a broadcast over the limit is refused and reaches nobody",
        steps=[
            join("ada", "room", broadcast={"ack": True}),
            join("bob", "room", broadcast={"ack": False}),
            push(
                "ada",
                "room",
                "broadcast",
                TOO_LARGE,
                then={"ada": [reply("error", "payload_size_exceeded")]},
            ),
            push("bob", "room", "broadcast", TOO_LARGE),
        ],
    ),
    Scene(
        name="a binary broadcast reaches version 2 in binary and version 1 as text",
        clients={"ada": "anon", "bob": "anon"},
        steps=[
            join("ada", "room", broadcast={"ack": True}),
            join("bob", "room"),
            Step(
                client="ada",
                topic="realtime:room",
                binary=("drawn", b'{"x": 1.50}', True),
                then={"ada": [reply()], "bob": [cast("drawn", {"x": 1.5})]},
            ),
            Step(
                client="ada",
                topic="realtime:room",
                binary=("pixels", b"\x00\x01\xff", False),
                then={"ada": [reply()], "bob": [cast("pixels", b"\x00\x01\xff")]},
            ),
        ],
    ),
    Scene(
        name="a binary broadcast that says JSON and is not",
        steps=[
            join("ada", "room", broadcast={"ack": True}),
            join("bob", "room"),
            Step(
                client="ada",
                topic="realtime:room",
                binary=("torn", b'{"x"', True),
                then={"ada": [reply()], "bob": [cast("torn", '{"x"')]},
                known="torn JSON",
            ),
        ],
    ),
    Scene(
        name="the database broadcasts to public and to private topics of one name apart",
        steps=[
            join("ada", "hall", user="ada", private=True, broadcast={"ack": True}),
            join("bob", "hall", private=False),
            sql(
                """select realtime.send('{"n": 1}', 'rang', 'hall', true)""",
                {"ada": [cast("rang", {"n": 1, "id": META["id"]}, META, topic="realtime:hall")]},
            ),
            sql(
                """select realtime.send('{"n": 2}', 'rang', 'hall', false)""",
                {"bob": [cast("rang", {"n": 2, "id": META["id"]}, META, topic="realtime:hall")]},
            ),
            push("bob", "hall", "broadcast", said({})),
        ],
    ),
    Scene(
        name="an id of the sender's own stays in the payload; what is no object is not sent",
        clients={"ada": "anon"},
        steps=[
            join("ada", "hall"),
            sql("""select realtime.send('[1, 2]', 'rang', 'hall', false)"""),
            sql("""select realtime.send('"text"', 'rang', 'hall', false)"""),
            sql("""select realtime.send(null, 'rang', 'hall', false)"""),
            sql(
                """select realtime.send('{"id": "mine"}', 'rang', 'hall', false)""",
                {"ada": [cast("rang", {"id": "mine"}, META, topic="realtime:hall")]},
            ),
        ],
    ),
    Scene(
        name="bytes from the database reach version 2 alone",
        clients={"ada": "anon"},
        steps=[
            join("ada", "hall"),
            sql(
                r"""select realtime.send_binary('\x0001ff'::bytea, 'pixels', 'hall', false)""",
                {"ada": [cast("pixels", b"\x00\x01\xff", META, topic="realtime:hall")]},
            ),
        ],
    ),
    Scene(
        name="broadcasts of one transaction arrive in their order, and not when it is undone",
        clients={"ada": "anon"},
        steps=[
            join("ada", "hall"),
            sql("begin; select realtime.send('{}', 'undone', 'hall', false); rollback"),
            sql(
                """select realtime.send(jsonb_build_object('id', n), 'n', 'hall', false)
                from generate_series(1, 5) as n""",
                {"ada": [cast("n", {"id": n}, META, topic="realtime:hall") for n in range(1, 6)]},
            ),
        ],
    ),
    Scene(
        name="a payload from the database that is too large is lost and the channel lives on",
        clients={"ada": "anon"},
        steps=[
            join("ada", "hall"),
            sql(
                """select realtime.send(jsonb_build_object('x', repeat('x', 5000000)), 'long',
                'hall', false)"""
            ),
            sql(
                """select realtime.send('{"id": "short"}', 'short', 'hall', false)""",
                {"ada": [cast("short", {"id": "short"}, META, topic="realtime:hall")]},
            ),
        ],
    ),
]
