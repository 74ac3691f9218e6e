"""Files of customers: on the list once, claimed once, stored once, and gone when they must be."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sql.rows import (
    acting,
    add_agent,
    broadcasts,
    call,
    ingest,
    message,
    one,
    refused,
    rows,
    write_in,
)

PHOTO = {"kind": "image", "id": "m1", "mime_type": "image/jpeg", "sha256": "s", "size": 3}


def with_files(*files: dict[str, Any], **more: Any) -> dict[str, Any]:
    return message("", media=list(files or [PHOTO]), message_type="image", **more)


def claim(db, worker: str = "w1", types: tuple[str, ...] = ("whatsapp",), **more: Any) -> list:
    return rows(db, "select private.claim_media(%s, %s, 10, %s)", worker, list(types),
                more.get("accounts"))  # fmt: skip


def report(db, file: dict[str, Any], result: str, worker: str = "w1", **more: Any) -> str:
    return call(
        db, "private.record_media", file["file_id"], worker, file["attempt"],
        {"result": result, **more},
    )  # fmt: skip


def stored(db, file: dict[str, Any], path: str = "c/customer/m-0-file.jpg") -> str:
    return report(
        db, file, "stored", path=path, mime_type="image/jpeg", size=3, filename="holiday.jpg"
    )


def make_due(db) -> None:
    db.execute("update private.media_files set next_attempt_at = now() where state = 'pending'")


def test_a_file_that_the_platform_holds_is_claimed_with_all_it_takes(db):
    ingest(db, with_files(external_id="wamid.1"))
    [file] = claim(db)
    [(message_id, conversation)] = rows(db, "select id, conversation_id from messages")
    assert file == {
        "file_id": file["file_id"],
        "attempt": 1,
        "message_id": str(message_id),
        "inbound_id": one(db, "select inbound_id from messages"),
        "conversation_id": str(conversation),
        "channel_type": "whatsapp",
        "account": "shop",
        "place": 0,
        "media": PHOTO,
    }
    assert claim(db) == []


def test_the_worker_is_rung_once_for_files_and_not_without(db):
    ingest(db, message("Hi"))
    assert broadcasts(db, "worker", "media") == []
    ingest(db, with_files(PHOTO, {**PHOTO, "id": "m2"}))
    assert broadcasts(db, "worker", "media") == [{}]


@pytest.mark.parametrize(
    "file", [{"kind": "image"}, {"kind": "image", "id": "m1", "path": "c/agent/x.png"}]
)
def test_what_is_in_storage_or_nowhere_is_not_fetched(db, file):
    ingest(db, with_files(file))
    assert claim(db) == []


def test_what_an_agent_sends_is_not_fetched_but_their_echo_is(db):
    conversation = write_in(db)
    metadata = '{"media": [{"kind": "image", "url": "https://x.example/a"}]}'
    db.execute(
        "insert into messages (conversation_id, sender_type, metadata) values (%s, 'agent', %s)",
        [conversation, metadata],
    )
    assert claim(db) == []
    ingest(db, with_files(sender="agent"))
    assert [file["media"]["id"] for file in claim(db)] == ["m1"]


def test_only_channels_and_accounts_that_the_worker_speaks(db):
    ingest(db, with_files())
    assert claim(db, types=("telegram",)) == []
    assert claim(db, accounts=["another"]) == []
    assert len(claim(db, accounts=["shop"])) == 1


def test_a_stored_file_shows_on_its_message(db):
    ingest(db, with_files(PHOTO, {**PHOTO, "id": "m2"}))
    first, second = claim(db)
    assert stored(db, second, "b") == "stored"
    assert one(db, "select media_url from messages") is None
    assert stored(db, first, "a") == "stored"
    [(url, media)] = rows(db, "select media_url, metadata -> 'media' from messages")
    assert url == "a"
    assert [item["path"] for item in media] == ["a", "b"]
    assert media[0] == {**PHOTO, "path": "a", "filename": "holiday.jpg"}
    assert broadcasts(db, "inbox", "message_updated")


def test_a_file_that_cannot_be_had_says_so_and_is_a_dead_letter(db):
    ingest(db, with_files())
    [file] = claim(db)
    assert report(db, file, "failed", code="wrong_sum", error="not the bytes") == "failed"
    assert one(db, "select metadata #>> '{media,0,error}' from messages") == (
        "wrong_sum not the bytes"
    )
    letter = rows(db, "select kind, id, channel_type, reason from dead_letters")
    assert letter == [("media", str(file["file_id"]), "whatsapp", "wrong_sum not the bytes")]

    with acting(db, add_agent(db)):
        assert call(db, "retry_dead_letter", "media", str(file["file_id"])) == "pending"
    [again] = claim(db)
    assert stored(db, again) == "stored"
    assert one(db, "select metadata #> '{media,0}' ? 'error' from messages") is False


def test_only_a_failed_file_can_be_retried(db):
    with refused(db, "PT404"):
        call(db, "private.retry_media", 4711)
    ingest(db, with_files())
    [file] = claim(db)
    stored(db, file)
    with refused(db, "PT404"):
        call(db, "private.retry_media", file["file_id"])


def test_five_passing_failures_are_the_end(db):
    ingest(db, with_files())
    states = []
    for _ in range(5):
        [file] = claim(db)
        states.append(report(db, file, "retry", code="503"))
        assert claim(db) == []
        make_due(db)
    assert states == ["pending"] * 4 + ["failed"]


def test_a_pause_that_the_platform_asks_for_is_kept(db):
    ingest(db, with_files())
    [file] = claim(db)
    report(db, file, "retry", retry_after_s=1800)
    wait = one(db, "select next_attempt_at - clock_timestamp() from private.media_files")
    assert 1700 < wait.total_seconds() <= 1800


def test_a_blocked_account_keeps_its_files_and_tells_people(db):
    ingest(db, with_files())
    for _ in range(6):
        [file] = claim(db)
        assert report(db, file, "retry", account_blocked=True, error="token") == "pending"
        make_due(db)
    assert one(db, "select status from channels") == "disconnected"
    assert one(db, "select count(*) from alerts where kind = 'channel'") == 1
    [file] = claim(db)
    stored(db, file)
    assert one(db, "select status from channels") == "connected"


def test_a_lost_claim_may_not_report(db):
    ingest(db, with_files())
    [lost] = claim(db)
    make_due(db)
    [held] = claim(db, "w2")
    assert stored(db, lost) == "fenced"
    assert call(db, "private.file_is_kept", lost["message_id"], "c/customer/m-0-file.jpg") is True
    assert report(db, held, "failed", "w2", code="404") == "failed"
    assert stored(db, held) == "fenced"


def test_of_a_stored_file_its_own_path_is_kept_and_of_a_failed_one_none(db):
    ingest(db, with_files())
    [file] = claim(db)
    paths = ("a", "b")
    kept = {}
    for state in ("stored", "failed"):
        db.execute("update private.media_files set path = 'a', state = %s", [state])
        kept[state] = [
            path for path in paths if call(db, "private.file_is_kept", file["message_id"], path)
        ]
    assert kept == {"stored": ["a"], "failed": []}


def test_what_is_still_there_stays_on_the_list_of_what_goes(db):
    ingest(db, with_files(external_id="wamid.1"))
    [file] = claim(db)
    mine = f"{file['conversation_id']}/customer/{file['message_id']}-0-file.jpg"
    put(db, mine)
    ingest(db, {"kind": "revoke", "account": "shop", "target_id": "wamid.1"})
    db.execute("update private.removed_files set until = now() - interval '1 minute'")
    assert to_remove(db) == [mine]


def put(db, *names: str) -> None:
    for name in names:
        db.execute("insert into storage.objects (bucket_id, name) values ('media', %s)", [name])


def gone(db, *names: str) -> None:
    db.execute("select set_config('storage.allow_delete_query', 'true', true)")
    db.execute("delete from storage.objects where name = any (%s)", [list(names)])


def to_remove(db) -> list[str]:
    return rows(db, "select private.files_to_remove(10)")


def test_a_message_taken_back_takes_its_files_along(db):
    ingest(db, with_files(external_id="wamid.1"))
    [file] = claim(db)
    mine = f"{file['conversation_id']}/customer/{file['message_id']}-0-file.jpg"
    other = f"{file['conversation_id']}/customer/another-0-file.jpg"
    put(db, mine, other)
    ingest(db, {"kind": "revoke", "account": "shop", "target_id": "wamid.1"})
    assert stored(db, file, mine) == "fenced"
    assert call(db, "private.file_is_kept", file["message_id"], mine) is False
    assert to_remove(db) == [mine]
    gone(db, mine)
    assert to_remove(db) == []
    assert one(db, "select count(*) from private.removed_files") == 1
    db.execute("update private.removed_files set until = now() - interval '1 minute'")
    assert to_remove(db) == []
    assert one(db, "select count(*) from private.removed_files") == 0


@pytest.mark.parametrize("verb", ["erase_customer", "anonymise_customer"])
def test_an_erased_customers_files_go(db, verb):
    ingest(db, with_files())
    [file] = claim(db)
    paths = [f"{file['conversation_id']}/{place}" for place in ("agent/a.pdf", "customer/b.jpg")]
    put(db, *paths, "somebody/else.jpg")
    with acting(db, add_agent(db, "admin")):
        receipt = call(db, verb, one(db, "select id from customer_profiles"))
    assert receipt["files"] == 2
    assert to_remove(db) == paths
    assert stored(db, file) == "fenced"
