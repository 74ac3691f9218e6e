"""Scenes about presence."""

from __future__ import annotations

from typing import Any

from tests.local.realtime.scenes import (
    OK,
    Expected,
    Scene,
    Step,
    closed,
    everybody,
    join,
    own,
    push,
    reply,
    system,
)

REF = {"phx_ref": "r"}
NEXT = {"phx_ref": "r", "phx_ref_prev": "r"}


def track(state: Any) -> dict[str, Any]:
    """The payload of a track."""
    return {"type": "presence", "event": "track", "payload": state}


def metas(key: str, *states: dict[str, Any]) -> dict[str, Any]:
    """Everybody under one key."""
    return {key: {"metas": list(states)}}


def diff(joins: dict[str, Any], leaves: dict[str, Any]) -> Expected:
    """Who came and who went."""
    return everybody("presence_diff", {"joins": joins, "leaves": leaves}, topic="realtime:den")


def present(client: str, key: str, state: dict[str, Any] | None = None) -> Step:
    """A join with presence."""
    answers = (reply(response=OK), own("presence_state", state or {}))
    return join(client, "den", *answers, presence={"enabled": True, "key": key})


UNTRACK = {"type": "presence", "event": "untrack"}
BACK = {"mood": "fine", **REF}
MOVED = {"mood": "glad", **NEXT}

SCENES = [
    Scene(
        name="a state is told to everybody when it comes, changes and goes",
        steps=[
            present("ada", "a"),
            join("bob", "den", presence={"enabled": False}),
            push(
                "ada",
                "den",
                "presence",
                track({"mood": "fine"}),
                then={
                    "ada": [reply(), diff(metas("a", BACK), {})],
                    "bob": [diff(metas("a", BACK), {})],
                },
            ),
            push(
                "ada",
                "den",
                "presence",
                track({"mood": "glad"}),
                then={
                    "ada": [reply(), diff(metas("a", MOVED), metas("a", BACK))],
                    "bob": [diff(metas("a", MOVED), metas("a", BACK))],
                },
            ),
            push(
                "ada",
                "den",
                "presence",
                UNTRACK,
                then={
                    "ada": [reply(), diff({}, metas("a", MOVED))],
                    "bob": [diff({}, metas("a", MOVED))],
                },
            ),
        ],
    ),
    Scene(
        name="the same state again is no news",
        steps=[
            present("ada", "a"),
            join("bob", "den"),
            push(
                "ada",
                "den",
                "presence",
                track({"mood": "fine"}),
                then={
                    "ada": [reply(), diff(metas("a", BACK), {})],
                    "bob": [diff(metas("a", BACK), {})],
                },
            ),
            push("ada", "den", "presence", track({"mood": "fine"}), then={"ada": [reply()]}),
        ],
    ),
    Scene(
        name="whoever joins is told who is there, and everybody when a socket goes",
        clients={"ada": "anon", "bob": "anon"},
        steps=[
            present("ada", "a"),
            push(
                "ada",
                "den",
                "presence",
                track({"mood": "fine"}),
                then={"ada": [reply(), diff(metas("a", BACK), {})]},
            ),
            present("bob", "b", metas("a", BACK)),
            Step(client="ada", leaves=True, then={"bob": [diff({}, metas("a", BACK))]}),
        ],
    ),
    Scene(
        name="a client without a key gets one",
        clients={"ada": "anon"},
        steps=[
            present("ada", ""),
            push(
                "ada",
                "den",
                "presence",
                track({}),
                then={
                    "ada": [
                        reply(),
                        diff(metas("00000000-0000-1000-8000-000000000000", REF), {}),
                    ]
                },
            ),
        ],
    ),
    Scene(
        name="an unknown presence event is an error",
        clients={"ada": "anon"},
        steps=[
            present("ada", "a"),
            push(
                "ada",
                "den",
                "presence",
                {"type": "presence", "event": "sleep"},
                then={"ada": [reply("error", {})]},
            ),
        ],
    ),
    Scene(
        name="a state over the limit closes the channel",
        clients={"ada": "anon"},
        steps=[
            present("ada", "a"),
            push(
                "ada",
                "den",
                "presence",
                track({"x": "x" * 3_100_000}),
                then={
                    "ada": [
                        system("Track message size exceeded", "den", status="error"),
                        closed(),
                    ]
                },
            ),
        ],
    ),
    Scene(
        name="a sixth presence call within half a minute closes the channel",
        clients={"ada": "anon", "bob": "anon"},
        steps=[
            present("ada", "a"),
            *(push("ada", "den", "presence", UNTRACK, then={"ada": [reply()]}) for _ in range(5)),
            push(
                "ada",
                "den",
                "presence",
                UNTRACK,
                then={
                    "ada": [
                        system("Client presence rate limit exceeded", "den", status="error"),
                        closed(),
                    ]
                },
            ),
            push(
                "ada",
                "den",
                "presence",
                UNTRACK,
                then={"ada": []},
                known="after a forced close",
            ),
        ],
    ),
]
