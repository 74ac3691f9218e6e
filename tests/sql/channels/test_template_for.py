"""A text that reads like an approved template goes out as it once the window is closed."""

from __future__ import annotations

import pytest

from tests.sql.rows import call, claim_sends, ingest, one, rows, write_in

ORDER = "Hello {{1}}, your order {{2}} (paid?) costs 5.00 $."


def template(name="order", body=ORDER, language="en", **more):
    return {
        "name": name, "language": language, "external_id": f"id-{name}", "status": "approved",
        "category": "utility", "parameter_format": "positional", "body": body,
        "components": [{"type": "BODY", "text": body}], **more,
    }  # fmt: skip


def keep(db, *templates) -> int:
    return call(db, "private.store_templates", "whatsapp", "shop", list(templates))


def found(db, content: str, language: str | None = None):
    channel = one(db, "select id from channels where type = 'whatsapp'")
    return call(db, "private.template_for", channel, content, language)


def texts(call_of_template) -> list[str]:
    return [item["text"] for item in call_of_template["components"][0]["parameters"]]


def test_positions_come_in_their_order(db):
    keep(db, template(body="{{2}} and {{1}} and {{10}}"))
    assert texts(found(db, "b and a and c")) == ["a", "b", "c"]


def test_values_are_read_out_of_the_text(db):
    keep(db, template())
    result = found(db, " Hello Grace, your order 4711 (paid?) costs 5.00 $.\n")
    assert result == {
        "name": "order",
        "language": {"code": "en"},
        "components": [
            {
                "type": "body",
                "parameters": [{"type": "text", "text": "Grace"}, {"type": "text", "text": "4711"}],
            }
        ],
    }


def test_named_variables_keep_their_names(db):
    body = "Hello {{name}}, see you {{day}}, {{name}}!"
    keep(db, template(body=body, parameter_format="named"))
    [component] = found(db, "Hello Ada, see you Monday, Ada!")["components"]
    named = {item["parameter_name"]: item["text"] for item in component["parameters"]}
    assert named == {"name": "Ada", "day": "Monday"}
    assert found(db, "Hello Ada, see you Monday, Eve!") is None


def test_without_variables_there_are_no_components(db):
    keep(db, template(body="Are you there?"))
    assert found(db, "Are you there?") == {"name": "order", "language": {"code": "en"}}


@pytest.mark.parametrize(
    "content",
    [
        "Hello Grace, your order 4711 (paid?) costs 5x00 $.",
        "Hello Grace, your order 4711 costs 5.00 $.",
        "hello Grace, your order 4711 (paid?) costs 5.00 $.",
        "Hello , your order 4711 (paid?) costs 5.00 $.",
        "Hello Grace\nHopper, your order 4711 (paid?) costs 5.00 $.",
        "Hello Grace, your order 4711 (paid?) costs 5.00 $. Bye",
        "",
        "x" * 3000,
    ],
)
def test_almost_is_not_exactly(db, content):
    keep(db, template())
    assert found(db, content) is None


@pytest.mark.parametrize(
    "more",
    [
        {"status": "paused"},
        {"components": [{"type": "HEADER", "format": "IMAGE"}]},
        {"components": [{"type": "HEADER", "format": "TEXT", "text": "For {{1}}"}]},
        {"components": [{"type": "BUTTONS", "buttons": [{"url": "https://x.example/{{1}}"}]}]},
    ],
)
def test_what_cannot_be_used_or_filled_is_passed_over(db, more):
    keep(db, template(body="Hi", **more))
    assert found(db, "Hi") is None


def test_the_customers_language_goes_first(db):
    keep(db, *(template(body="OK", language=language) for language in ("en_US", "de", "pt_BR")))
    assert found(db, "OK", "de")["language"]["code"] == "de"
    assert found(db, "OK", "pt-PT")["language"]["code"] == "pt_BR"


def test_a_new_list_replaces_the_old_one(db):
    keep(db, template("a"), template("b"))
    assert keep(db, template("b", status="rejected")) == 1
    assert rows(db, "select name, status from message_templates") == [("b", "rejected")]


def news(name: str, **data):
    return {"kind": "account_event", "account": "business", "name": name, "data": data}


def test_news_of_the_platform_act_at_once(db):
    keep(db, template("a"), template("b"))
    of_b = {"message_template_id": "id-b"}
    ingest(
        db,
        news("message_template_status_update", event="PAUSED", message_template_id="id-a"),
        news("message_template_quality_update", new_quality_score="RED", **of_b),
        news("template_category_update", new_category="MARKETING", **of_b),
        news(
            "message_template_components_update",
            message_template_element="New words",
            **of_b,
        ),
        news("account_update", event="X"),
    )  # fmt: skip
    query = "select name, status, quality, category, body from message_templates order by name"
    assert rows(db, query) == [
        ("a", "paused", None, "utility", ORDER),
        ("b", "approved", "red", "marketing", "New words"),
    ]


def sent(db, content: str, *, closed: bool = True):
    conversation = write_in(db)
    keep(db, template(body="Your parcel {{1}} is here."))
    call(db, "send_message", conversation, content)
    if closed:
        db.execute("update conversations set window_expires_at = now() - interval '1 second'")
    [send] = claim_sends(db)
    return send


def test_a_closed_window_takes_the_template(db):
    send = sent(db, "Your parcel 7 is here.")
    assert (send["window_open"], send["template"]["name"]) == (False, "order")
    assert texts(send["template"]) == ["7"]


def test_in_an_open_window_the_words_go_as_they_are(db):
    assert sent(db, "Your parcel 7 is here.", closed=False)["template"] is None


def test_without_a_template_the_channel_is_told_so(db):
    send = sent(db, "Something else.")
    assert (send["window_open"], send["template"]) == (False, None)
