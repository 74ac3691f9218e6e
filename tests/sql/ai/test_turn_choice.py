"""What a customer chose of what was offered, and whether we asked back just before."""

# ruff: noqa: RUF001 - letters of other scripts are meant

from __future__ import annotations

import pytest

from tests.sql.rows import add_article, answer, call, claim_turns, record, write_in
from worker.decision import settle_early
from worker.turn import read_turn

PERSON = {"id": "person", "title": "Talk to a person"}


@pytest.fixture
def article(db):
    return add_article(db, "How do I return something?", body="Within 30 days.")


@pytest.fixture
def other(db):
    return add_article(db, "When does my parcel arrive?", body="In two days.")


@pytest.fixture
def asked(db, article, other):
    """A conversation in which the AI asked back."""
    conversation = write_in(db, "return parcel")
    offer(db, article, other)
    return conversation


def offer(db, article, other, **more):
    choices = [
        {"id": str(article), "title": "How do I return something?"},
        {"id": str(other), "title": "When does my parcel arrive?"},
        PERSON,
    ]
    reply = answer(article, outcome="clarify", content="Which?", choices=choices, **more)
    assert record(db, claim_turns(db)[0], reply) == "clarified"


def choice(db, text, **more):
    write_in(db, text, **more)
    [turn] = claim_turns(db)
    return turn["choice"]


@pytest.mark.parametrize(
    ("text", "more"),
    [
        ("How do I return something?", {}),
        (" how do i return something? ", {}),
        ("How do I return some…", {}),
        ("1", {}),
        ("1.", {}),
        ("whatever", {"interactive": {"list_reply": {"id": "ID"}}}),
        ("whatever", {"interactive": {"button_reply": {"id": "ID"}}}),
        ("whatever", {"quick_reply": {"payload": "ID"}}),
        ("whatever", {"postback": {"payload": "ID"}}),
        ("whatever", {"callback": {"data": "ID"}}),
    ],
)
def test_a_choice_is_known_by_title_number_or_tap(db, asked, article, text, more):
    metadata = {
        name: {
            key: {"id": str(article)} if isinstance(inner, dict) else str(article)
            for key, inner in part.items()
        }
        for name, part in more.items()
    }
    found = choice(db, text, metadata=metadata)
    assert (found["id"], found["is_clarified"]) == (str(article), True)
    assert [one["article"] for one in found["passages"]] == ["Within 30 days."]


@pytest.mark.parametrize(
    "text", ["Where is my refund?", "4", "How…", "Something else…", "", "2 of them"]
)
def test_another_question_is_no_choice(db, asked, text):
    found = choice(db, text or "?")
    assert (found["id"], found["passages"], found["is_clarified"]) == (None, [], True)


@pytest.mark.parametrize("threshold", [0.99, 0.9999])
def test_a_pick_is_no_guess_and_answered_whatever_the_threshold_below_one(db, asked, threshold):
    db.execute("insert into ai_settings (confidence_threshold) values (%s)", [threshold])
    write_in(db, "1")
    [turn] = claim_turns(db)
    assert record(db, turn, settle_early(read_turn(turn)).as_json()) == "answered"


def test_a_person_is_a_choice_without_an_article(db, asked):
    found = choice(db, "talk to a person")
    assert (found["id"], found["passages"]) == ("person", [])


def test_a_withdrawn_article_is_no_longer_given(db, asked, article):
    db.execute("update knowledge_articles set is_published = false where id = %s", [article])
    found = choice(db, "1")
    assert (found["id"], found["passages"]) == (str(article), [])


def test_an_article_that_is_for_agents_now_is_no_longer_given(db, asked, article):
    db.execute("update knowledge_articles set visibility = 'agents' where id = %s", [article])
    found = choice(db, "1")
    assert (found["id"], found["passages"]) == (str(article), [])


def test_an_answer_in_between_ends_the_offer(db, asked, article):
    write_in(db, "And the price?")
    record(db, claim_turns(db)[0], answer(article))
    found = choice(db, "1")
    assert (found["id"], found["is_clarified"]) == (None, False)


ASIDES = {
    "a note": "'agent', 'He is new', true, null",
    "a deleted answer": "'agent', 'Good day', false, now()",
    "a reaction": "'customer', '\U0001f44d', false, null",
}


@pytest.mark.parametrize("aside", ASIDES.values(), ids=ASIDES)
def test_what_the_customer_was_not_told_ends_no_offer(db, asked, article, aside):
    db.execute(
        "insert into messages (conversation_id, sender_type, content, is_private, deleted_at,"
        f" calls_for_answer) select %s, {aside}, false",
        [asked],
    )
    db.execute("update conversations set ai_mode = 'auto'")
    assert choice(db, "1")["id"] == str(article)


def test_what_was_offered_before_a_hand_over_is_offered_no_more(db, asked):
    db.execute("update conversations set context_seq = last_seq")
    assert choice(db, "1")["id"] is None


def test_a_choice_that_was_taken_back_is_none(db, asked, article):
    write_in(db, "1")
    write_in(db, "2")
    db.execute("update messages set deleted_at = now() where content = '2'")
    [turn] = claim_turns(db)
    assert turn["choice"]["id"] == str(article)


@pytest.mark.parametrize("intent", ["greeting", "thanks", "introduction"])
def test_small_talk_offers_and_asks_nothing_back(db, article, other, intent):
    write_in(db, "hi")
    offer(db, article, other, intent=intent, wire="rules")
    found = choice(db, "2")
    assert (found["id"], found["is_clarified"]) == (str(other), False)


def test_the_first_message_answers_nothing(db):
    write_in(db, "1")
    [turn] = claim_turns(db)
    assert not (turn["choice"] or {}).get("is_clarified")


def test_a_cut_title_that_two_share_takes_the_first(db):
    titles = {"a": "Return a blue thing", "b": "Return a red one"}
    choices = [{"id": key, "title": title} for key, title in titles.items()]
    assert call(db, "private.chosen", choices, "Return a…", None)[0]["id"] == "a"


@pytest.mark.parametrize(
    ("said", "place"),
    [
        ("2", 2),
        ("2.", 2),
        ("(2)", 2),
        ("2\ufe0f\u20e3", 2),
        ("\uff12", 2),
        ("٢", 2),
        ("the first one", 1),
        ("The second one, please!", 2),
        ("number 1 please", 1),
        ("3rd", 3),
        ("one", 1),
        ("das zweite bitte", 2),
        ("Nummer 1", 1),
        ("el tercero, por favor", 3),
        ("le deuxième", 2),
        ("le deux", 2),
        ("il primo", 1),
        ("o terceiro por favor", 3),
        ("de tweede", 2),
        ("druga opcja", 2),
        ("второй вариант", 2),
        ("birincisi lütfen", 1),
        ("الخيار الأول", 1),
        ("第二个", 2),
        ("选 2", 2),
        ("the fourth", 4),
        ("选2", 2),
        ("我选2", 2),
        ("第2个", 2),
        ("选第二个", 2),
        ("le n°2", 2),
        ("le 2ème", 2),
        ("2e", 2),
        ("2-й", 2),
        ("la prima", 1),
        ("I'll take the second", 2),
        ("€2", None),
        ("2%", None),
        ("-1", None),
        ("is it the first?", None),
        ("2" + "\n" * 60 + "but first: why is my parcel late", None),
        ("12", None),
        ("the first or the second", None),
        ("not the first", None),
        ("the first parcel was late", None),
        ("2 days", None),
        ("no one", None),
        ("prima", None),
        ("please", None),
        ("", None),
    ],
)
def test_a_place_is_named_by_figure_or_word_and_nothing_else(db, said, place):
    assert call(db, "private.places_said", said, 3, 4) == ([] if place is None else [place])


LAST = (
    "the last one",
    "the last of them",
    "das letzte bitte",
    "el último",
    "le dernier",
    "l'ultimo",
    "o último",
    "de laatste",
    "ostatnia",
    "последний вариант",
    "sonuncusu",
    "الأخير",
    "最后一个",
)
BOTH = (
    "both",
    "Both of them please",
    "beide",
    "alle zwei",
    "los dos",
    "ambos",
    "les deux",
    "tutti e due",
    "os dois",
    "allebei",
    "oba",
    "оба",
    "ikisi",
    "كلاهما",
    "两个都要",
)
ALL = (
    "all of them",
    "all three",
    "alle drei",
    "todos",
    "tous",
    "tutti",
    "todas",
    "allemaal",
    "wszystkie",
    "все",
    "hepsi",
    "كلها",
    "全部",
    "los tres",
    "les trois",
    "os três",
    "le tre",
)
NONE = (
    "none of these",
    "None of the above!",
    "sorry, none of them helps",
    "neither",
    "keins davon",
    "keine von diesen",
    "ninguno de estos",
    "ninguna de las anteriores",
    "aucun de ces choix",
    "aucun d'entre eux",
    "nessuno di questi",
    "nenhum destes",
    "geen van deze",
    "żadne z nich",
    "ничего из этого",
    "ни один из них",
    "bunların hiçbiri",
    "لا شيء من هذا",
    "都不是",
    "nein, keins davon",
    "no, ninguna de estas opciones",
    "non, aucune de ces options",
    "no, nessuna di queste opzioni",
    "não, nenhuma das opções",
    "nee, geen van deze",
    "nie, żadna z tych opcji",
    "нет, ничего из этого",
    "hayır, hiçbiri",
    "不，都不是",
    "none of the three",
    "keines der drei",
    "ninguno de los tres",
    "aucun des trois",
)


@pytest.mark.parametrize("said", LAST)
def test_the_last_one_is_the_last_choice(db, said):
    assert call(db, "private.places_said", said, 3, 4) == [4]


@pytest.mark.parametrize("said", BOTH)
def test_both_are_two_articles_where_there_are_two(db, said):
    assert call(db, "private.places_said", said, 2, 3) == [1, 2]
    assert call(db, "private.places_said", said, 3, 4) == []


@pytest.mark.parametrize("said", ALL)
def test_all_of_them_are_the_articles(db, said):
    assert call(db, "private.places_said", said, 3, 4) == [1, 2, 3]


@pytest.mark.parametrize(
    "said",
    [
        "1 and 2",
        "1, 2",
        "the first and the second one",
        "1 und 2",
        "el 1 y el 2",
        "le premier et le deuxième",
        "il primo e il secondo",
        "o primeiro e o segundo",
        "1 en 2",
        "pierwszy i drugi",
        "первый и второй",
        "birinci ve ikinci",
        "الأول والثاني",
        "第一个和第二个",
        "1和2",
    ],
)
def test_several_places_may_be_named(db, said):
    assert call(db, "private.places_said", said, 3, 4) == [1, 2]


@pytest.mark.parametrize("said", NONE)
def test_none_of_them_is_said_in_twelve_languages(db, said):
    assert call(db, "private.places_said", said, 3, 4) == [0]


@pytest.mark.parametrize(
    "said",
    [
        "2 of them",
        "one of these",
        "2 or 3",
        "none of these, where is my parcel",
        "none, 2",
        "non tutti",
        "all but 2",
        "all 2",
    ],
)
def test_other_quantities_are_no_choice(db, said):
    assert call(db, "private.places_said", said, 3, 4) == []


@pytest.mark.parametrize(
    "said",
    [
        "That's all, thanks",
        "no, that is everything",
        "das ist alles",
        "c'est tout",
        "es todo",
        "всё",
    ],
)
def test_who_wants_nothing_more_chooses_nothing(db, said):
    assert call(db, "private.places_said", said, 3, 4) == []


@pytest.mark.parametrize("said", ["both", "1 and 2", "all of them"])
def test_who_chooses_several_is_given_each(db, asked, article, said):
    found = choice(db, said)
    assert found["id"] == str(article)
    assert [one["article"] for one in found["passages"]] == ["Within 30 days.", "In two days."]


@pytest.mark.parametrize("said", ["1 and 3", "the last one"])
def test_who_chooses_a_person_among_several_wants_one(db, asked, said):
    assert choice(db, said)["id"] == "person"


def test_a_place_that_was_not_offered_leaves_nothing_chosen(db, asked):
    found = choice(db, "1 and 4")
    assert (found["id"], found["passages"]) == (None, [])


def test_who_wants_none_of_what_we_asked_back_about_goes_to_people(db, asked):
    write_in(db, "keins davon")
    [turn] = claim_turns(db)
    assert turn["choice"]["id"] == "none"
    assert record(db, turn, settle_early(read_turn(turn)).as_json()) == "handed_over"


def test_none_of_nothing_is_no_choice(db):
    assert call(db, "private.chosen", [], "none of these", None) == []


def test_what_was_offered_is_chosen_by_its_place(db):
    choices = [{"id": "a", "title": "Returns"}, {"id": "person", "title": "Talk to a person"}]
    assert call(db, "private.chosen", choices, "the second one", None)[0]["id"] == "person"
    assert call(db, "private.chosen", choices, "the third one", None) == []


ONE = [{"id": "a", "title": "Returns"}, {"id": "person", "title": "Talk to a person"}]


YES = ("Yes!", "yes please", "Ja, genau", "Sí, gracias", "oui merci", "sì grazie", "sim, obrigado")
MORE_YES = (
    "да, спасибо",
    "tak, dziękuję",
    "evet teşekkürler",
    "نعم شكرا",
    "是的, 谢谢",
    "ok",
    "Klopt",
)


@pytest.mark.parametrize("said", YES + MORE_YES)
def test_the_only_article_offered_may_be_said_yes_to(db, said):
    assert call(db, "private.chosen", ONE, said, None)[0]["id"] == "a"


def test_two_topics_without_a_person_beside_them_are_no_question_to_say_yes_to(db):
    topics = [{"id": "a", "title": "Returns"}, {"id": "b", "title": "Fees"}]
    assert call(db, "private.chosen", topics, "yes", None) == []


def test_of_several_a_yes_chooses_none(db):
    more = [{"id": "b", "title": "Fees"}, *ONE]
    assert call(db, "private.chosen", more, "yes", None) == []


NO_YES = ("thanks", "danke", "please", "bitte", "that one", "right?", "no", "yes but how much?")


@pytest.mark.parametrize("said", [*NO_YES, "", "?", None])
def test_what_is_no_yes_chooses_nothing(db, said):
    assert call(db, "private.chosen", ONE, said, None) == []


@pytest.mark.parametrize("choices", [{}, "x", None])
def test_choices_of_another_shape_hold_nothing(db, choices):
    given = choices if choices is None else {"x": choices}
    assert call(db, "private.chosen", given, "1", None) == []
