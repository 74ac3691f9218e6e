"""Conformance scenes: what clients do, and every frame the real server sends them for it."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.local.realtime.client import NOT_IN_VERSION_1, Client, Frame
from tests.local.realtime.gateways import ADA, BOB, Gateway

UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
NAMED = {ADA, BOB}
OK: Mapping[str, Any] = {"postgres_changes": []}


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """A frame to come. `to` says how it is addressed: reply, own, all, close or cast.

    own is meant for one channel and carries its join_ref in version 2; all is the same for
    everybody; cast is a broadcast that version 2 gets in binary.
    """

    to: str
    event: str
    payload: Any
    meta: Any = None
    topic: str | None = None
    ref: str | None = None
    join_ref: str | None = None


def reply(status: str = "ok", response: Any = None, **refs: Any) -> Expected:
    """An answer to the step's message."""
    payload = {"status": status, "response": {} if response is None else response}
    return Expected(to="reply", event="phx_reply", payload=payload, **refs)


def refusal(reason: str, **refs: Any) -> Expected:
    """An answer that says no."""
    return reply("error", {"reason": reason}, **refs)


def own(event: str, payload: Any, **more: Any) -> Expected:
    """A message for one channel alone."""
    return Expected(to="own", event=event, payload=payload, **more)


def everybody(event: str, payload: Any, **more: Any) -> Expected:
    """A message that all subscribers get alike."""
    return Expected(to="all", event=event, payload=payload, **more)


def cast(event: str, payload: Any, meta: Any = None, **more: Any) -> Expected:
    """A broadcast that goes to version 2 in binary."""
    return Expected(to="cast", event=event, payload=payload, meta=meta, **more)


def closed(**more: Any) -> Expected:
    """The end of a channel."""
    return Expected(to="close", event="phx_close", payload={}, **more)


def system(message: str, channel: str, *, status: str = "ok", by: str = "system") -> Expected:
    """A system message on a channel."""
    payload = {"message": message, "status": status, "extension": by, "channel": channel}
    return own("system", payload)


Then = Mapping[str, Sequence[Expected]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One thing that happens, and all that each client gets for it.

    `client` pushes `event` with `payload` on `topic`; or sends `raw`; or a binary broadcast
    (`binary`: user event, payload, whether it is JSON); or the database runs `sql`; or the client
    `leaves` the socket. `known` names a listed difference; a step that `settles` is over when the
    log has been read up to it.
    """

    client: str = ""
    topic: str = ""
    event: str = ""
    payload: Any = None
    refs: Mapping[str, Any] = field(default_factory=dict)
    raw: str | bytes | None = None
    binary: tuple[str, bytes, bool] | None = None
    sql: str | None = None
    leaves: bool = False
    then: Then = field(default_factory=dict)
    known: str | None = None
    settles: bool = False


def join(client: str, name: str, *then: Expected, user: str = "", **config: Any) -> Step:
    """A join; without `then` it is answered with a plain ok. `user` puts a token into it."""
    payload: dict[str, Any] = {"config": config}
    if user:
        payload["access_token"] = f"token of {user}"
    answers = then or (reply(response=OK),)
    return Step(
        client=client,
        topic=f"realtime:{name}",
        event="phx_join",
        payload=payload,
        then={client: answers},
    )


def push(client: str, name: str, event: str, payload: Any, **options: Any) -> Step:
    """A message on a joined topic."""
    return Step(client=client, topic=f"realtime:{name}", event=event, payload=payload, **options)


def sql(statement: str, then: Then | None = None, **options: Any) -> Step:
    """Something that happens in the database."""
    return Step(sql=statement, then=then or {}, **options)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """Steps that belong together; `clients` gives each its key: anon, service, ada or bob."""

    name: str
    steps: Sequence[Step]
    clients: Mapping[str, str] = field(default_factory=lambda: {"ada": "anon", "bob": "anon"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """What our server sends in place of what the real one does, and why that is all right."""

    ours: Then
    why: str


class Stage:
    """Plays scenes on a gateway and says how the frames differ from the expected."""

    def __init__(
        self, gateway: Gateway, version: int, differences: Mapping[str, Difference]
    ) -> None:
        self._gateway = gateway
        self._version = version
        self._differences = differences
        self._clients: dict[str, Client] = {}
        self._expected: dict[str, list[Frame]] = {}

    async def play(self, scene: Scene) -> list[str]:
        """Play a scene to its end; gives one line per difference."""
        await self._follow_a_mark()
        for name, key in scene.clients.items():
            self._clients[name] = await Client.open(
                self._gateway.url, self._token(key), self._version
            )
            self._expected[name] = []
        try:
            for step in scene.steps:
                await self._act(step)
                await self._await_frames()
                if step.settles:
                    await self._follow_a_mark()
            await self._until_nothing_is_under_way()
            return self._compare()
        finally:
            for client in self._clients.values():
                await client.close()

    async def _act(self, step: Step) -> None:
        then = self._differences[step.known].ours if step.known else step.then
        topic, ref = step.topic, None
        if step.sql is not None:
            await asyncio.to_thread(self._gateway.execute, step.sql)
        elif step.leaves:
            await self._clients[step.client].close()
        else:
            self._expect_before(step, then)
            ref = await self._send(step)
        for name, frames in then.items():
            client = self._clients[name]
            self._expected[name] += [
                frame for one in frames if (frame := self._frame(client, one, topic, ref))
            ]

    def _expect_before(self, step: Step, then: Then) -> None:
        """A join sets the ref that later frames carry, so it counts from the push on."""
        client = self._clients[step.client]
        if step.event == "phx_join":
            client.join_refs[step.topic] = str(client.refs + 1)

    async def _send(self, step: Step) -> str | None:
        client = self._clients[step.client]
        if step.raw is not None:
            await client.send(step.raw)
            return None
        if step.binary is not None:
            return await client.push_binary(step.topic, *step.binary)
        return await client.push(step.topic, step.event, self._filled(step.payload), **step.refs)

    def _filled(self, payload: Any) -> Any:
        """Put the tokens in that a payload speaks of."""
        text = json.dumps(payload)
        for user in ("ada", "bob"):
            text = text.replace(f'"token of {user}"', json.dumps(self._token(user)))
        return json.loads(text)

    def _token(self, name: str) -> str:
        users = {"ada": ADA, "bob": BOB}
        if name in users:
            return self._gateway.user(users[name])
        keys = self._gateway.keys
        return keys.service_role if name == "service" else keys.anon

    def _frame(
        self, client: Client, expected: Expected, topic: str, ref: str | None
    ) -> Frame | None:
        topic = expected.topic or topic
        if expected.to == "cast":
            return self._cast(expected, topic)
        join_ref = expected.join_ref or client.join_refs.get(topic)
        addresses = {
            "reply": (expected.ref or ref, join_ref),
            "own": (None, join_ref),
            "all": (None, None),
            "close": (join_ref, join_ref),
        }
        own_ref, own_join_ref = addresses[expected.to]
        if expected.join_ref == "":
            own_join_ref = None
        return Frame(
            topic=topic,
            event=expected.event,
            payload=expected.payload,
            ref=own_ref,
            join_ref=own_join_ref if self._version == 2 else NOT_IN_VERSION_1,
        )

    def _cast(self, expected: Expected, topic: str) -> Frame | None:
        if self._version == 2:
            return Frame(
                topic=topic,
                event=expected.event,
                payload=expected.payload,
                meta=expected.meta,
                is_binary=True,
            )
        if isinstance(expected.payload, bytes):
            return None
        payload = {"type": "broadcast", "event": expected.event, "payload": expected.payload}
        if expected.meta is not None:
            payload["meta"] = expected.meta
        return Frame(topic=topic, event="broadcast", payload=payload, join_ref=NOT_IN_VERSION_1)

    async def _await_frames(self) -> None:
        """Go on when every client has as many frames as it should; what is missing shows later."""

        try:
            for name, client in self._clients.items():
                wanted = len(self._expected[name])
                await client.until(lambda c=client, n=wanted: len(c.frames) >= n, 3.0)
        except TimeoutError as error:
            raise AssertionError("\n".join(self._compare())) from error

    async def _until_nothing_is_under_way(self) -> None:
        await self._follow_a_mark()
        for client in self._clients.values():
            if client.close_code is None:
                await client.settle()
            client.frames = [frame for frame in client.frames if not is_of_the_stage(frame)]

    async def _follow_a_mark(self) -> None:
        """Wait for a row of our own: what was committed before it has been delivered then."""
        watcher = await Client.open(self._gateway.url, self._gateway.keys.service_role)
        await watcher.join("marks", postgres_changes=[{"event": "*", "table": "marks"}])
        await watcher.event("system")
        insert = "insert into public.marks select coalesce(max(id), 0) + 1 from public.marks"
        await asyncio.to_thread(self._gateway.execute, insert)
        await watcher.find(
            lambda f: f.event == "postgres_changes" and "record" in f.payload["data"]
        )
        await watcher.close()

    def _compare(self) -> list[str]:
        lines = []
        for name, client in self._clients.items():
            found = [plain(frame) for frame in client.frames]
            wanted = [plain(frame) for frame in self._expected[name]]
            for place in range(max(len(found), len(wanted))):
                ours = found[place] if place < len(found) else "nothing"
                real = wanted[place] if place < len(wanted) else "nothing"
                if ours != real:
                    lines.append(f"{name} frame {place}\n  should be {real}\n  was       {ours}")
        return lines


def is_of_the_stage(frame: Frame) -> bool:
    """Whether a frame answers or shows what only the stage itself did."""
    if frame.topic == "phoenix" and frame.ref is not None and frame.ref.startswith("settle"):
        return True
    return frame.event == "postgres_changes" and frame.payload["data"]["table"] == "marks"


def plain(frame: Frame) -> str:
    """A frame as text, without what differs from run to run."""
    payload = frame.payload if isinstance(frame.payload, bytes) else _plain(frame.payload)
    shown = (frame.topic, frame.event, frame.ref, frame.join_ref, frame.is_binary)
    return f"{shown} meta={_plain(frame.meta)} {payload!r}"


def _plain(value: Any, key: str = "") -> Any:
    if isinstance(value, dict):
        return {_plain(name): _plain(value[name], name) for name in sorted(value)}
    if key == "ids":
        return ["<id>"] * len(value)
    if isinstance(value, list):
        return [_plain(item, key if key == "postgres_changes" else "") for item in value]
    if key in ("phx_ref", "phx_ref_prev", "commit_timestamp") and value is not None:
        return f"<{key}>"
    if key == "id" and isinstance(value, int) and value > 10**5:
        return "<id>"
    if isinstance(value, str):
        return UUID.sub(lambda found: found[0] if found[0] in NAMED else "<uuid>", value)
    return value
