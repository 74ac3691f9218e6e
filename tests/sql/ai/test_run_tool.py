"""What tools of the AI reach: the customer of the turn and nobody else, by row level security."""

from __future__ import annotations

import json
import uuid
from contextlib import contextmanager

import psycopg
import pytest

from tests.sql.rows import (
    acting,
    add_agent,
    add_article,
    add_user,
    answer,
    call,
    claim_turns,
    one,
    record,
    refused,
    rows,
    write_in,
)
from tests.sql.tokens import signature_of

READS_ALL = """
create function private.tool_reads_all(p_arguments jsonb) returns jsonb language sql stable
set search_path = '' as $$
  select jsonb_build_object(
    'who', current_user,
    'customers', (select count(*) from public.customer_profiles),
    'conversations', (select count(*) from public.conversations),
    'messages', (select jsonb_agg(content order by content) from public.messages)
  )
$$;
grant execute on function private.tool_reads_all to ai_reader;
"""


def add_tool(db, body: str, name: str = "try", **more: object) -> None:
    """Adds a tool whose function has this statement as its body."""
    db.execute(body)
    row = {"name": name, "function_name": "private.tool_reads_all", **more}
    names = ", ".join(row)
    db.execute(
        f"insert into ai_tools (description, {names}) values ('x', {', '.join(['%s'] * len(row))})",
        list(row.values()),
    )


def run(db, turn, name: str, arguments: dict[str, object] | None = None):
    return call(db, "private.run_tool", turn["job_id"], turn["attempt"], name, arguments or {})


def stating(body: str) -> str:
    """A tool's function that does something else."""
    start, end = READS_ALL.index("select jsonb"), READS_ALL.index("$$;")
    return READS_ALL[:start] + body + READS_ALL[end:].replace("$$;", "$$;", 1)


@pytest.fixture
def turn(db):
    """A claimed turn of one of two customers; only agents may read one of the messages."""
    write_in(db, "A stranger's secret", phone="4915100000009")
    conversation = write_in(db, "Mine")
    db.execute(
        "insert into messages (conversation_id, seq, sender_type, content, channel_type,"
        " channel_id, is_private) select id, 90, 'agent', 'A note', channel_type, channel_id, true"
        " from conversations where id = %s",
        [conversation],
    )
    return next(one for one in claim_turns(db) if one["question"] == "Mine")


def test_a_tool_reads_one_customer_whatever_it_asks_for(db, turn):
    add_tool(db, READS_ALL)
    found = run(db, turn, "try", {"customer_id": str(uuid.uuid4())})
    assert (found["outcome"], found["reason"]) == ("done", None)
    assert found["result"] == {
        "who": "ai_reader", "customers": 1, "conversations": 1, "messages": ["Mine"],
    }  # fmt: skip


def test_no_tool_reads_what_was_taken_back(db, turn):
    db.execute(
        "insert into messages (conversation_id, sender_type, content, channel_type, channel_id,"
        " deleted_at) select id, 'customer', 'Gone', channel_type, channel_id, now()"
        " from conversations where id = (select conversation_id from private.reply_jobs"
        " where id = %s)",
        [turn["job_id"]],
    )
    add_tool(db, READS_ALL)
    assert run(db, turn, "try")["result"]["messages"] == ["Mine"]


def test_who_called_is_who_it_was_again(db, turn):
    before = rows(db, "select current_user, current_setting('request.jwt.claims', true)")
    add_tool(db, READS_ALL)
    run(db, turn, "try")
    assert [row[0] for row in rows(db, "select current_user, 1")] == [before[0][0]]
    assert not one(db, "select current_setting('request.jwt.claims', true)")


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ("delete from public.messages; select null::jsonb", "42501"),
        ("update public.customer_profiles set name = 'x'; select null::jsonb", "42501"),
        ("select jsonb_agg(tags) from public.conversations", "42501"),
        ("select to_jsonb(count(*)) from public.agents", "42501"),
        ("select to_jsonb(count(*)) from private.inbound_events", "42501"),
        ("select jsonb_agg(agents) from public.ai_settings as agents", "42501"),
        ("select to_jsonb(1 / 0)", "22012"),
        ("select to_jsonb(repeat('x', 20001))", "too_long"),
    ],
)
def test_what_a_tool_may_not_do_fails_and_leaves_nothing(db, turn, body, code):
    volatile = stating(body).replace("language sql stable", "language sql volatile")
    add_tool(db, volatile)
    found = run(db, turn, "try")
    assert (found["outcome"], found["reason"]) == ("failed", code)
    assert "result" not in found
    assert one(db, "select current_user") != "ai_reader"
    assert one(db, "select count(*) from messages where content = 'Mine'") == 1


def test_the_tools_we_ship(db, turn):
    add_article(db)
    profile = run(db, turn, "my_profile")["result"]
    assert (profile["phone"] is not None, "is_blocked" in profile) == (True, False)
    lines = run(db, turn, "my_conversations", {"limit": 3})["result"]
    assert [line["last_message"] for line in lines] == ["Mine"]
    assert len(run(db, turn, "my_conversations", {"limit": "all"})["result"]) == 1
    found = run(db, turn, "knowledge_search", {"question": "delivery time"})["result"]
    assert found[0]["title"] == "Delivery time"
    assert run(db, turn, "knowledge_search")["result"] == []


@pytest.mark.parametrize(
    ("named", "given"),
    [([], {}), (["tier", "height"], {"tier": {"name": "gold"}})],
)
def test_of_a_customers_attributes_a_model_sees_those_that_were_named(db, turn, named, given):
    noted = json.dumps({"risk": "fraud suspected", "tier": {"name": "gold"}})
    db.execute("update customer_profiles set attributes = %s", [noted])
    db.execute(
        "update ai_tools set customer_attributes = %s where name = 'my_profile'", [list(named)]
    )
    assert run(db, turn, "my_profile")["result"]["attributes"] == given


def test_a_tool_needs_a_turn_that_is_still_held(db, turn):
    turn["attempt"] += 1
    assert run(db, turn, "my_profile")["outcome"] == "fenced"
    turn["attempt"] -= 1
    db.execute("update conversations set epoch = epoch + 1")
    assert run(db, turn, "my_profile")["outcome"] == "fenced"
    with refused(db, "PT404"):
        call(db, "private.run_tool", uuid.uuid4(), 1, "my_profile", {})


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ("delete from ai_tools", "unknown_tool"),
        ("update ai_tools set is_enabled = false", "disabled"),
        ("update ai_tools set function_name = 'private.no_such'", "no_function"),
        ("update ai_tools set function_name = 'private.json_of'", "no_function"),
        ("revoke execute on function private.tool_my_profile from ai_reader", "not_granted"),
        ("update customer_identities set is_verified = false", "not_verified"),
    ],
)
def test_a_tool_is_refused_and_that_is_kept(db, turn, change, reason):
    db.execute(change)
    found = run(db, turn, "my_profile", {"a": 1})
    assert (found["outcome"], found["reason"]) == ("refused", reason)
    kept = rows(db, "select tool, outcome, reason, arguments, attempt from ai_tool_calls")
    assert [tuple(row) for row in kept] == [("my_profile", "refused", reason, {"a": 1}, 1)]


def test_knowledge_needs_no_proof_of_who_asks(db, turn):
    db.execute("update customer_identities set is_verified = false")
    assert run(db, turn, "knowledge_search", {"question": "x"})["outcome"] == "done"


def test_a_claim_uses_eight_tools_at_most(db, turn):
    outcomes = [run(db, turn, "my_profile")["outcome"] for _ in range(9)]
    assert outcomes == ["done"] * 8 + ["refused"]


def test_the_calls_of_an_earlier_claim_are_neither_counted_nor_explained_with_a_later_one(db, turn):
    for _ in range(8):
        run(db, turn, "my_profile")
    db.execute("update private.reply_jobs set attempt = attempt + 1")
    again = {**turn, "attempt": turn["attempt"] + 1}
    assert run(db, again, "my_conversations")["outcome"] == "done"
    record(db, again, {"outcome": "hand_over"})
    assert rows(db, "select tool from ai_tool_calls where run_id is not null") == [
        "my_conversations"
    ]
    explained = call(db, "private.explain_tools", again["job_id"], again["attempt"])
    assert [call["tool"] for call in explained] == ["my_conversations"]


def test_a_call_that_was_cut_by_time_is_explained(db, turn):
    job, attempt = turn["job_id"], turn["attempt"]
    cut = {"tool": "my_profile", "arguments": {"a": 1}, "latency_ms": 1003}
    record(db, turn, {"outcome": "hand_over", "cut_calls": [cut, {}, "x"]})
    assert one(db, "select count(*) from ai_tool_calls where run_id is not null") == 1
    assert call(db, "private.explain_tools", job, attempt) == [
        {"tool": "my_profile", "arguments": {"a": 1}, "outcome": "timeout", "reason": None,
         "latency_ms": 1003}
    ]  # fmt: skip


def test_a_visitor_is_proven_by_the_site(db):
    visitor = add_user(db)
    with acting(db, visitor):
        call(db, "create_conversation", "me@example.com", "website", "Who am I?")
    (turn,) = claim_turns(db)
    assert run(db, turn, "my_profile")["reason"] == "not_verified"
    secret = call(db, "private.rotate_identity_secret", None)
    with acting(db, visitor):
        call(db, "identify", "user-17", signature_of("user-17", secret))
    assert run(db, turn, "my_profile")["outcome"] == "done"


def test_a_browser_that_is_known_proves_no_customer_of_the_site(db):
    with acting(db, add_user(db)):
        call(db, "create_conversation", "me@example.com", "website", "Who am I?")
    (turn,) = claim_turns(db)
    db.execute("update customer_identities set is_verified = true")
    assert rows(db, "select kind from customer_identities") == ["visitor"]
    assert run(db, turn, "my_profile")["reason"] == "not_verified"


def test_an_identity_proven_elsewhere_proves_no_mail(db):
    write_in(db, "Mine")
    (turn,) = claim_turns(db)
    db.execute("update conversations set channel_type = 'email'")
    proof = json.dumps({"authentication": {"trusted": True}})
    db.execute("update messages set metadata = %s", [proof])
    assert run(db, turn, "my_profile")["reason"] == "not_verified"


def test_an_identity_on_another_channel_proves_nothing_here(db, turn):
    other = call(db, "private.register_channel", "whatsapp", "another", "Another")
    db.execute("update customer_identities set channel_id = %s", [other])
    assert run(db, turn, "my_profile")["reason"] == "not_verified"


@pytest.mark.parametrize(("trusted", "outcome"), [(True, "done"), (False, "refused")])
def test_a_mail_counts_when_our_servers_found_it_proven(db, trusted, outcome):
    write_in(db, "Mine")
    (turn,) = claim_turns(db)
    db.execute("update conversations set channel_type = 'email'")
    db.execute("update customer_identities set kind = 'email', value = 'a@b.example'")
    proof = json.dumps({"authentication": {"trusted": trusted}})
    db.execute("update messages set metadata = %s", [proof])
    assert run(db, turn, "my_profile")["outcome"] == outcome


@pytest.mark.parametrize("change", ["seq = 50", "sender_type = 'system'"])
def test_a_mail_is_proven_whatever_else_stands_beside_it(db, change):
    write_in(db, "Earlier")
    write_in(db, "Mine")
    (turn,) = claim_turns(db)
    db.execute("update conversations set channel_type = 'email'")
    db.execute("update customer_identities set kind = 'email', value = 'a@b.example'")
    db.execute(f"update messages set {change} where content = 'Earlier'")
    proof = json.dumps({"authentication": {"trusted": True}})
    db.execute("update messages set metadata = %s where content = 'Mine'", [proof])
    assert run(db, turn, "my_profile")["outcome"] == "done"


@contextmanager
def as_reader(db, claims: str):
    """Takes the role on with claims of one's own."""
    with db.transaction(force_rollback=True):
        db.execute("select set_config('request.jwt.claims', %s, true)", [claims])
        db.execute("set local role ai_reader")
        yield


@pytest.mark.parametrize("claims", ["", "{}", '{"role": "authenticated", "customer_id": "%s"}'])
def test_the_role_without_its_claims_sees_nothing(db, turn, claims):
    customer = one(db, "select id from customer_profiles limit 1")
    with as_reader(db, claims.replace("%s", str(customer))):
        assert one(db, "select count(*) from public.customer_profiles") == 0
        assert one(db, "select count(*) from public.messages") == 0


def test_the_role_logs_in_nowhere_and_minds_row_level_security(db):
    query = (
        "select rolcanlogin, rolbypassrls, rolsuper, rolinherit from pg_roles where rolname = %s"
    )
    assert rows(db, query, "ai_reader") == [(False, False, False, False)]
    members = (
        "select member::regrole::text from pg_auth_members where roleid = 'ai_reader'::regrole"
    )
    assert set(rows(db, members)) <= {"postgres", one(db, "select current_user")}


def test_signed_in_people_cannot_become_it(db):
    with acting(db, add_user(db)), pytest.raises(psycopg.errors.InsufficientPrivilege):
        call(db, "private.run_as_customer", uuid.uuid4(), "private.tool_my_profile", {})


def test_an_erased_customers_questions_to_tools_are_emptied(db, turn):
    run(db, turn, "my_conversations", {"limit": 2})
    talk = one(db, "select conversation_id from ai_tool_calls")
    call(db, "private.blank_traces", [talk])
    assert one(db, "select arguments from ai_tool_calls") == {}


@pytest.mark.parametrize(
    ("change", "offered"),
    [
        (None, ["knowledge_search", "my_conversations", "my_profile"]),
        ("update customer_identities set is_verified = false", ["knowledge_search"]),
        ("update ai_tools set is_enabled = name = 'my_profile'", ["my_profile"]),
        ("revoke execute on function private.tool_my_profile from ai_reader",
         ["knowledge_search", "my_conversations"]),
    ],
)  # fmt: skip
def test_a_turn_brings_the_tools_that_may_run_in_it(db, change, offered):
    write_in(db)
    if change:
        db.execute(change)
    (turn,) = claim_turns(db)
    assert [tool["name"] for tool in turn["tools"]] == offered
    assert set(turn["tools"][0]) == {"name", "description", "parameters", "is_source"}


def test_drafts_look_nothing_up(db):
    agent = add_agent(db)
    conversation = write_in(db)
    with acting(db, agent):
        call(db, "request_draft", conversation)
    (draft,) = rows(db, "select private.claim_drafts('w1', 1)")
    assert "tools" not in draft["turn"]


ANOTHER_SOURCE = """
update ai_tools set is_source = true;
update ai_tool_calls set tool = 'my_profile'
"""


@pytest.mark.parametrize(
    ("called", "change", "outcome"),
    [
        ("knowledge_search", "", "answered"),
        ("my_profile", "", "handed_over"),
        (None, "", "handed_over"),
        ("knowledge_search", "update ai_tool_calls set attempt = 0", "handed_over"),
        ("knowledge_search", ANOTHER_SOURCE, "handed_over"),
        ("knowledge_search", "update ai_tool_calls set outcome = 'failed'", "handed_over"),
    ],
    ids=["called", "no source", "not called", "another claim", "another tool", "failed"],
)
def test_an_answer_rests_on_a_tool_that_gave_something(db, turn, called, change, outcome):
    if called:
        run(db, turn, called, {"question": "delivery"})
    db.execute(change)
    source = {"tool": called or "knowledge_search", "title": "x"}
    assert record(db, turn, answer(uuid.uuid4(), sources=[source])) == outcome
