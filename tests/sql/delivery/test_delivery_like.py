"""Which send an echo may be of."""

from __future__ import annotations

from tests.sql.delivery.test_settle_echoes import conversation, echo  # noqa: F401 - a fixture
from tests.sql.rows import as_parameter, claim_sends, one

LIKE = "select private.delivery_like((select id from channels limit 1), %s)"


def test_only_a_send_under_way_with_the_same_words_counts(db, conversation):  # noqa: F811
    assert one(db, LIKE, as_parameter(echo())) is None
    [send] = claim_sends(db)
    assert str(one(db, LIKE, as_parameter(echo()))) == send["delivery_id"]
    assert one(db, LIKE, as_parameter(echo("Four days."))) is None
    stranger = echo(identities=[{"kind": "phone", "value": "1"}])
    assert one(db, LIKE, as_parameter(stranger)) is None


def test_a_send_of_long_ago_is_no_echo_of_what_a_person_says_now(db, conversation):  # noqa: F811
    claim_sends(db)
    db.execute("update private.deliveries set attempted_at = now() - interval '1 hour'")
    assert one(db, LIKE, as_parameter(echo())) is None
