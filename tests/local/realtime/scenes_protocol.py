"""Scenes about sockets, joins and leaves."""

from __future__ import annotations

from tests.local.realtime.scenes import (
    OK,
    Scene,
    Step,
    closed,
    everybody,
    join,
    push,
    refusal,
    reply,
    system,
)

HEARTBEAT = {"client": "ada", "topic": "phoenix", "event": "heartbeat", "payload": {}}
UNMATCHED = "unmatched topic"
HELLO = {"type": "broadcast", "event": "hello", "payload": {}}
NO_TABLES = (
    "Unable to subscribe to changes with given parameters. Please check Realtime is enabled for"
    " the given connect parameters: [event: *, schema: {}, table: *, filters: [], select: nil]"
)

SCENES = [
    Scene(
        name="a heartbeat is answered, with its ref or without",
        clients={"ada": "anon"},
        steps=[
            Step(**HEARTBEAT, then={"ada": [reply()]}),
            Step(**HEARTBEAT, refs={"ref": None}, then={"ada": [reply()]}),
        ],
    ),
    Scene(
        name="a topic that was not joined is unmatched, but may be left",
        clients={"ada": "anon"},
        steps=[
            push(
                "ada", "porch", "broadcast", HELLO, then={"ada": [refusal(UNMATCHED, join_ref="")]}
            ),
            push("ada", "porch", "phx_leave", {}, then={"ada": [reply()]}),
        ],
    ),
    Scene(
        name="leaving is answered and then closes the channel",
        clients={"ada": "anon"},
        steps=[
            join("ada", "porch"),
            push("ada", "porch", "phx_leave", {}, then={"ada": [reply(), closed()]}),
            push(
                "ada", "porch", "broadcast", HELLO, then={"ada": [refusal(UNMATCHED, join_ref="")]}
            ),
        ],
    ),
    Scene(
        name="joining again answers first and then closes the channel of before",
        clients={"ada": "anon"},
        steps=[
            join("ada", "porch"),
            join("ada", "porch", reply(response=OK), closed(join_ref="1")),
            push("ada", "porch", "phx_leave", {}, then={"ada": [reply(), closed()]}),
        ],
    ),
    Scene(
        name="a join without configuration names its schema by the topic",
        clients={"ada": "anon"},
        steps=[
            Step(
                client="ada",
                topic="realtime:attic",
                event="phx_join",
                payload={},
                then={
                    "ada": [
                        reply(response={"postgres_changes": [{"id": 10**6, "schema": "attic"}]}),
                        system(
                            NO_TABLES.format("attic"),
                            "attic",
                            status="error",
                            by="postgres_changes",
                        ),
                    ]
                },
            )
        ],
    ),
    Scene(
        name="booleans may be words, and nonsense counts as no",
        steps=[
            join("ada", "porch", broadcast={"self": "true", "ack": "true"}, private="false"),
            join(
                "bob",
                "porch",
                broadcast={"self": "perhaps", "ack": 1},
                presence={"enabled": 7},
                private="secret",
                postgres_changes={},
            ),
            push(
                "ada",
                "porch",
                "broadcast",
                HELLO,
                then={
                    "ada": [everybody("broadcast", HELLO), reply()],
                    "bob": [everybody("broadcast", HELLO)],
                },
            ),
            push(
                "bob",
                "porch",
                "broadcast",
                HELLO,
                then={"ada": [everybody("broadcast", HELLO)]},
            ),
        ],
    ),
    Scene(
        name="a topic needs a name and a known beginning",
        clients={"ada": "anon"},
        steps=[
            join("ada", "", refusal("TopicNameRequired: You must provide a topic name")),
            Step(
                client="ada",
                topic="house:porch",
                event="phx_join",
                payload={"config": {}},
                then={"ada": [refusal(UNMATCHED, join_ref="")]},
            ),
            join("ada", "long" + "g" * 300),
        ],
    ),
    Scene(
        name="what is no message is ignored and the socket lives on",
        clients={"ada": "anon"},
        steps=[
            join("ada", "porch"),
            Step(client="ada", raw="this is not JSON"),
            Step(client="ada", raw="{}"),
            Step(client="ada", raw="[]"),
            Step(client="ada", raw="[1,2,3,4,5]"),
            Step(client="ada", raw="[" * 100_000),
            Step(client="ada", raw='{"topic":"phoenix","event":"heartbeat","payload":NaN}'),
            Step(client="ada", raw=b""),
            Step(client="ada", raw=b"\x03\xff\xff\xff\xff\xff\x01short"),
            Step(client="ada", raw=b"\x09rubbish"),
            Step(**HEARTBEAT, then={"ada": [reply()]}),
        ],
    ),
    Scene(
        name="events that only the server may send are ignored",
        steps=[
            join("ada", "porch"),
            join("bob", "porch"),
            *(
                push("ada", "porch", event, {"ids": [1], "joins": {}, "leaves": {}})
                for event in (
                    "system",
                    "presence_state",
                    "presence_diff",
                    "postgres_changes",
                    "phx_reply",
                    "phx_close",
                    "wave",
                )
            ),
        ],
    ),
]
