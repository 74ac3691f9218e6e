"""What commands say of one thing and of many."""

from __future__ import annotations

from pathlib import Path

import pytest

from console.ai_tune import lines_of
from console.channel_faults import faults_of
from console.output import counted
from console.replay import describe
from tests.console.test_doctor import row
from tests.system import System


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (counted(0, "article"), "0 articles"),
        (counted(1, "article"), "1 article"),
        (counted(2, "article"), "2 articles"),
        (counted(1, "message waits", "messages wait"), "1 message waits"),
        (counted(2, "message waits", "messages wait"), "2 messages wait"),
    ],
)
def test_one_is_one_and_all_others_are_many(said: str, expected: str) -> None:
    assert said == expected


def test_one_labelled_answer_is_one() -> None:
    one = {"answerer": "gpt-5", "model": "gpt-5", "labels": 1, "threshold": None, "curve": []}
    found = {"channel": None, "language": None, "answerers": [one]}
    assert next(lines_of(found)) == "any channel, any language, gpt-5: 1 labelled answer"


def test_one_message_waits() -> None:
    [fault] = faults_of([row(status="degraded", status_reason="payment", waiting=1)])
    assert fault.meaning.endswith("payment; 1 message waits")


def test_a_replay_tells_one_message_and_one_receipt() -> None:
    report = {"inbound_id": 7, "was": "failed", "becomes": "failed", "understood": 0}
    report |= {"messages": [{"from": None}], "receipts": [{}], "rejected": []}
    assert describe(report | {"reads_otherwise": []}) == "request 7: 1 new message, 1 receipt"


def test_one_request_is_replayed_as_one(running: System) -> None:
    running.json("simulate", "whatsapp", "How long does delivery take?")
    newest = running.sql("select max(id) from private.inbound_events")
    said = running.run("replay", "--id", newest).stdout
    assert said.startswith("1 request, 0 messages, ")


def test_one_refused_part_is_one(running: System, tmp_path: Path) -> None:
    path = tmp_path / "one.csv"
    path.write_text("title,body\nCaps,\n")
    done = running.run("ai", "knowledge", "import", str(path), "--language", "en")
    assert "1 of 1 part was refused" in done.stderr


def test_one_phrasing_is_one(running: System) -> None:
    add = (
        "insert into knowledge_articles (title, body, phrasings)"
        " values ('Caps', 'Of wool.', '{caps}') returning id"
    )
    article = running.sql(add).splitlines()[0]
    listed = running.run("ai", "knowledge", "list", "--limit", "1").stdout
    running.sql(f"delete from knowledge_articles where id = '{article}'")
    assert "Caps (v1, 1 phrasing)" in listed
