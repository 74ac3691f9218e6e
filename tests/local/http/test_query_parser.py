"""Query strings are read as PostgREST reads them, and nonsense is refused, never a crash."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from local.gateway.errors import RestError
from local.gateway.rest.columns import parse_names, parse_order, parse_select
from local.gateway.rest.filters import Condition, Filter, Logic, parse_filter, parse_logic
from local.gateway.rest.prefer import parse_preferences
from local.gateway.rest.scanner import Field, Step
from local.gateway.rest.statement import (
    Source,
    Statement,
    array_literal,
    quoted,
    write_order,
    write_selected,
    write_where,
)

# Text that is close to the grammar reaches further into the parser than any text would.
PIECES = st.sampled_from(
    [
        *("and", "or", "not.", "(", ")", ",", ".", "eq.", "in.", "is.", "null", '"', "\\", "->"),
        *("->>", "{", "}", "1", "-1", "a", "b c", "*", "::", "text", ":", "fts(english).", "!"),
        *("like(any).", "\x00", "\ud800", "é", "%", "$1", "--", ";", "'", "desc", "nullsfirst"),
        *("count()", "...", "::text", "::$1"),
    ]
)
TEXT = st.one_of(st.lists(PIECES, max_size=12).map("".join), st.text(max_size=40))


def condition(value: str) -> Condition:
    return parse_filter("a", value).condition


def test_a_value_keeps_its_dots_and_commas():
    assert condition("eq.1.5,x").value == "1.5,x"


def test_not_negates():
    assert condition("not.gt.3") == Condition(negated=True, operator="gt", value="3")


def test_a_list_keeps_quoted_commas_quotes_and_brackets():
    assert condition(r'in.("a,b","c\"d",e f,")")').value == ("a,b", 'c"d', "e f", ")")


def test_an_empty_list_matches_nothing():
    assert condition("in.()").value == ()


def test_a_list_of_one_quoted_empty_text_holds_it():
    assert condition('in.("",a)').value == ("", "a")


@pytest.mark.parametrize("word", ["null", "NULL", "not_null", "true", "False", "unknown"])
def test_is_takes_its_five_words(word):
    assert condition(f"is.{word}").value == word.lower()


@pytest.mark.parametrize(
    "value",
    [
        *("", "eq", "noop.1", "is.maybe", "is.nullx", "in.1", "in.(1", "in.(1)x", "eq(any"),
        *("neq(any).1", "fts().x", "not.1", "eq1", "gtx.1"),
    ],
)
def test_nonsense_is_refused_with_its_place(value):
    with pytest.raises(RestError) as refused:
        parse_filter("a", value)
    assert refused.value.status == 400
    assert refused.value.body["code"] == "PGRST100"
    assert "line 1, column" in str(refused.value.body["message"])


def test_text_search_takes_a_language():
    assert condition("wfts(french).amour").language == "french"


def test_a_quantifier_is_kept():
    assert condition("like(any).{a*,b*}").quantifier == "any"


def test_json_paths_are_read():
    field = parse_filter("meta->a->>-1", "eq.1").field
    assert field == Field(name="meta", path=(Step(arrow="->", key="a"), Step(arrow="->>", key=-1)))


def test_a_dotted_key_is_an_embedded_filter_and_refused():
    with pytest.raises(RestError) as refused:
        parse_filter("loans.reader", "eq.1")
    assert refused.value.body["code"] == "PGRST108"


def test_groups_nest():
    tree = parse_logic("or", '(a.eq.1,not.and(b.in.(1,2),c.eq."x,y"),d.cs.{1,2})')
    inner = tree.children[1]
    assert isinstance(inner, Logic)
    assert (tree.joiner, inner.joiner, inner.negated) == ("or", "and", True)
    values = [child.condition.value for child in inner.children if isinstance(child, Filter)]
    assert values == [("1", "2"), "x,y"]
    last = tree.children[2]
    assert isinstance(last, Filter) and last.condition.value == "{1,2}"


def test_a_column_may_begin_like_a_joiner():
    child = parse_logic("and", "(order.eq.1,android.eq.2)").children[1]
    assert isinstance(child, Filter) and child.field.name == "android"


def test_groups_have_a_limit():
    with pytest.raises(RestError):
        parse_logic("and", "(" + "and(" * 100 + "a.eq.1" + ")" * 101)


def test_select_knows_alias_path_and_cast():
    items = parse_select('*,total:price::text,meta->a->>b,"odd, name",x:"a:b"', "notes")
    assert [item.label for item in items] == [None, "total", "b", None, "x"]
    assert (items[1].cast, items[3].field.name, items[4].field.name) == ("text", "odd, name", "a:b")


def test_a_path_that_ends_with_an_index_is_labelled_by_the_key_before():
    assert parse_select("meta->list->0", "notes")[0].label == "list"


@pytest.mark.parametrize("text", ["loans(*)", "id,reader:loans!inner(name)", "...loans(reader)"])
def test_embedding_is_refused_and_says_what_to_do(text):
    with pytest.raises(RestError) as refused:
        parse_select(text, "books")
    assert refused.value.body["code"] == "PGRST200"
    assert refused.value.body["hint"]


@pytest.mark.parametrize("text", ["count()", "pages.sum()", "n:pages.avg()::int"])
def test_aggregates_are_refused(text):
    with pytest.raises(RestError) as refused:
        parse_select(text, "books")
    assert refused.value.body["code"] == "PGRST123"


@pytest.mark.parametrize(
    "text", ["id::", "id::text)", "a b!", "id,,x", "id::in(t)", "::text", "id::$1"]
)
def test_a_select_that_is_none_is_refused(text):
    with pytest.raises(RestError):
        parse_select(text, "books")


def test_order_knows_direction_and_nulls():
    first, second, third = parse_order("a.desc.nullslast,meta->b.nullsfirst, c")
    assert (first.direction, first.nulls) == ("desc", "last")
    assert (second.field.path, second.nulls) == ((Step(arrow="->", key="b"),), "first")
    assert (third.direction, third.nulls) == (None, None)


@pytest.mark.parametrize("text", ["a.up", "a.descc", "a.desc.nulls", "loans(a).desc", "a,", ""])
def test_an_order_that_is_none_is_refused(text):
    with pytest.raises(RestError):
        parse_order(text)


def test_names_are_read_in_order_and_once():
    assert parse_names('"b","a,c",b', "columns") == ("b", "a,c")


def test_strict_handling_refuses_unknown_preferences():
    with pytest.raises(RestError) as refused:
        parse_preferences(["handling=strict, return=everything"])
    assert refused.value.body["code"] == "PGRST122"


def test_lenient_handling_ignores_them():
    assert parse_preferences(["return=everything", "count=exact"]).count == "exact"


def test_a_rollback_is_refused_rather_than_forgotten():
    with pytest.raises(RestError):
        parse_preferences(["tx=rollback"])


def test_a_quoted_name_cannot_end_early():
    assert quoted('a"; drop table x; --') == '"a""; drop table x; --"'


def test_array_elements_cannot_leave_their_quotes():
    assert array_literal(['a"b', "c\\", "d,e", "{f}"]) == r'{"a\"b","c\\","d,e","{f}"}'


@settings(max_examples=400, deadline=None)
@given(key=TEXT, value=TEXT)
def test_any_filter_is_read_or_refused(key, value):
    check(lambda: [parse_filter(key, value)])


@settings(max_examples=400, deadline=None)
@given(joiner=st.sampled_from(["and", "or", "not.and", "not.or"]), value=TEXT)
def test_any_group_is_read_or_refused(joiner, value):
    check(lambda: [parse_logic(joiner, f"({value})")])


@settings(max_examples=400, deadline=None)
@given(text=TEXT)
def test_any_select_and_order_is_read_or_refused(text):
    def select() -> Statement:
        out = Statement()
        write_selected(out, parse_select(text, "t"), Source(name="t"))
        return out

    def order() -> Statement:
        out = Statement()
        write_order(out, parse_order(text), Source(name="t"))
        return out

    for make in (select, order):
        try:
            check_balanced(make())
        except RestError as refused:
            assert refused.status == 400


def check(read) -> None:
    """What is read gives SQL in which nothing of the client's stands outside quotes."""
    try:
        out = Statement()
        write_where(out, read(), Source(name="t", documents=frozenset()))
    except RestError as refused:
        assert refused.status == 400
    else:
        check_balanced(out)


def check_balanced(out: Statement) -> None:
    """Outside quoted names the SQL holds our own words only; every parameter is used once."""
    outside = "".join(out.text.replace('""', "").split('"')[::2])
    assert "'" not in outside and ";" not in outside and "--" not in outside
    assert outside.count("(") == outside.count(")")
    assert outside.count("$") == len(out.values)
