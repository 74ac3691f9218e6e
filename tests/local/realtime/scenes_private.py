"""Scenes about private topics: policies, replay, presence rights."""

from __future__ import annotations

from typing import Any

from tests.local.realtime.gateways import ADA
from tests.local.realtime.scenes import (
    OK,
    Scene,
    cast,
    everybody,
    join,
    own,
    push,
    refusal,
    reply,
    sql,
    system,
)
from tests.local.realtime.scenes_broadcast import META, said

DESK = f"desk:{ADA}"
NOT_YOURS = f"Unauthorized: You do not have permissions to read from this Channel topic: {DESK}"
ROW = {"id": 7, "author": ADA, "body": "tea", "stars": 3, "price": 1.5}


def announced(operation: str, new: Any, old: Any) -> dict[str, Any]:
    """What broadcast_changes tells of a row."""
    payload = {
        "id": META["id"],
        "operation": operation,
        "schema": "public",
        "table": "notes",
        "record": new,
        "old_record": old,
    }
    return {"ada": [cast(operation, payload, META, topic=f"realtime:{DESK}")]}


SCENES = [
    Scene(
        name="a private topic opens to whom its policies say",
        steps=[
            join(
                "ada",
                DESK,
                reply(response=OK),
                own("presence_state", {}),
                user="ada",
                private=True,
                presence={"enabled": True},
            ),
            join("bob", DESK, refusal(NOT_YOURS), user="bob", private=True),
            join("bob", DESK, refusal(NOT_YOURS), private=True),
        ],
    ),
    Scene(
        name="a client may write on a private topic only by policy, and silence is the refusal",
        steps=[
            join("ada", DESK, user="ada", private=True, broadcast={"ack": True, "self": True}),
            join("bob", "hall", user="bob", private=True, broadcast={"ack": True, "self": True}),
            push(
                "ada",
                DESK,
                "broadcast",
                said({}),
                then={"ada": [everybody("broadcast", said({})), reply()]},
            ),
            push("bob", "hall", "broadcast", said({})),
        ],
    ),
    Scene(
        name="presence needs rights of its own on a private topic",
        clients={"bob": "anon"},
        steps=[
            join("bob", "hall", user="bob", private=True, presence={"enabled": True}),
            push(
                "bob",
                "hall",
                "presence",
                {"type": "presence", "event": "track", "payload": {}},
                then={"bob": [reply("error", {})]},
            ),
        ],
    ),
    Scene(
        name="a trigger announces every change of a row with the row before and after",
        clients={"ada": "anon"},
        steps=[
            join("ada", DESK, user="ada", private=True),
            sql(
                f"insert into public.notes values (7, '{ADA}', 'tea', 3, 1.5)",
                announced("INSERT", ROW, None),
            ),
            sql(
                "update public.notes set body = 'rum' where id = 7",
                announced("UPDATE", {**ROW, "body": "rum"}, ROW),
            ),
            sql(
                "delete from public.notes where id = 7",
                announced("DELETE", None, {**ROW, "body": "rum"}),
            ),
        ],
    ),
    Scene(
        name="the last stored broadcasts are replayed after the answer, oldest first",
        clients={"ada": "anon"},
        steps=[
            sql("delete from realtime.messages"),
            *(
                sql(
                    f"""select realtime.send('{{"id": "{n}"}}', 'n', '{DESK}', true)""",
                    settles=True,
                )
                for n in "abcd"
            ),
            join(
                "ada",
                DESK,
                reply(response=OK),
                *(
                    own(
                        "broadcast",
                        said({"id": n}, "n", meta={**META, "replayed": True}),
                    )
                    for n in "cd"
                ),
                user="ada",
                private=True,
                broadcast={"replay": {"since": 0, "limit": 2}},
            ),
        ],
    ),
    Scene(
        name="replay is refused on public topics and with parameters that mean nothing",
        clients={"ada": "anon"},
        steps=[
            join(
                "ada",
                DESK,
                refusal("UnableToReplayMessages: Replay is not allowed for public channels"),
                broadcast={"replay": {"since": 0}},
            ),
            join(
                "ada",
                DESK,
                refusal("UnableToReplayMessages: Replay params are not valid"),
                user="ada",
                private=True,
                broadcast={"replay": {"since": "yesterday"}},
            ),
        ],
    ),
    Scene(
        name="a client can be told when the log is followed",
        clients={"ada": "anon"},
        steps=[
            join(
                "ada",
                DESK,
                reply(response=OK),
                system("Replication connection established", DESK),
                user="ada",
                private=True,
                broadcast={"replication_ready": True},
            ),
        ],
    ),
]
