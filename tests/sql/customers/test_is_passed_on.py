"""A number that another person has by now leads to nobody's conversation but their own."""

from __future__ import annotations

from tests.sql.rows import call, claim_sends, ingest, message, one, rows

PHONE = {"kind": "phone", "value": "5511987654321"}
SHORTER = {"kind": "phone", "value": "551187654321"}
ANNA, BERT = {"kind": "bsuid", "value": "BR.1"}, {"kind": "bsuid", "value": "BR.2"}
OWNER = "select customer_id from customer_identities where value = %s"


def both_write(db, number=PHONE):
    ingest(db, message("Mine", identities=[ANNA, PHONE], customer_name="Anna"))
    ingest(db, message("Hello", identities=[BERT, number], customer_name="Bert"))


def test_the_next_owner_of_a_number_is_another_customer(db):
    both_write(db)
    query = "select customer_name from conversations order by created_at"
    assert rows(db, query) == ["Anna", "Bert"]
    ingest(db, message("And me", identities=[ANNA]))
    assert rows(db, "select message_count from conversations order by created_at") == [2, 1]


def test_in_another_form_of_the_number_too(db):
    both_write(db, SHORTER)
    assert one(db, "select count(*) from customer_profiles") == 2


def test_what_is_meant_for_the_former_owner_goes_to_their_user_id(db):
    both_write(db)
    assert one(db, OWNER, PHONE["value"]) == one(db, OWNER, BERT["value"])
    conversation = one(db, "select id from conversations where customer_name = 'Anna'")
    call(db, "send_message", conversation, "Your card ends in 4242")
    [send] = claim_sends(db)
    assert send["identities"] == {"bsuid": ANNA["value"]}


def test_consent_does_not_pass_on_with_the_number(db):
    ingest(db, message("Mine", identities=[ANNA, PHONE]))
    db.execute("update customer_identities set consented_at = now(), consent_source = 'form'")
    ingest(db, message("Hello", identities=[BERT, PHONE]))
    query = "select consented_at, consent_source from customer_identities where value = %s"
    assert db.execute(query, [PHONE["value"]]).fetchone() == (None, None)


def test_a_number_without_a_user_id_and_one_that_gets_its_first_stay_one_customer(db):
    ingest(db, message("Mine", identities=[PHONE]))
    ingest(db, message("Still me", identities=[ANNA, PHONE]))
    ingest(db, message("And me", identities=[PHONE]))
    assert one(db, "select count(*) from customer_profiles") == 1


def test_a_user_id_that_the_platform_has_announced_is_the_same_person(db):
    ingest(db, message("Mine", identities=[ANNA, PHONE]))
    ingest(db, {"kind": "identity_change", "account": "shop", "old": ANNA, "new": BERT})
    ingest(db, message("Still me", identities=[BERT, PHONE]))
    assert one(db, "select count(*) from customer_profiles") == 1


def test_both_in_one_request_are_two(db):
    ingest(
        db,
        message("Mine", identities=[ANNA, PHONE]),
        message("Hello", identities=[BERT, PHONE]),
    )
    assert one(db, "select count(*) from customer_profiles") == 2
