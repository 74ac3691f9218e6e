"""Every ordinary filter, tried on rows."""

from __future__ import annotations

import pytest

ROWS = [
    {"rank": 1, "body": "Quick brown fox", "tags": ["a", "b"], "span": "[1,5)", "score": 1.5},
    {"rank": 2, "body": "lazy, dog", "tags": ["b", "c"], "span": "[5,9)", "score": None},
    {"rank": 3, "body": 'say "hi" (now)', "tags": [], "span": "[20,30)", "score": -2},
    {"rank": 4, "body": None, "tags": ["x y"], "span": None, "score": 1e300},
]
META = [{"n": 10, "k": {"l": ["p", "q"]}}, {"n": 9}, {"k": {"l": []}}, {}]


@pytest.fixture(scope="module")
def notes(shared_door):
    """The four rows, read by every test and changed by none."""
    shared_door.sql("truncate public.notes restart identity")
    rows = [row | {"meta": meta} for row, meta in zip(ROWS, META, strict=True)]
    assert shared_door.rest("POST", "notes", json=rows).status_code == 201
    return shared_door


def ranks(notes, query: str) -> list[int]:
    response = notes.rest("GET", f"notes?select=rank&order=rank&{query}")
    assert response.status_code == 200, response.text
    return [row["rank"] for row in response.json()]


@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        ("rank=eq.2", [2]),
        ("rank=neq.2", [1, 3, 4]),
        ("rank=gt.2", [3, 4]),
        ("rank=gte.2", [2, 3, 4]),
        ("rank=lt.2", [1]),
        ("rank=lte.2", [1, 2]),
        ("rank=not.gt.2", [1, 2]),
        ("rank=gt.1&rank=lt.4", [2, 3]),
        ("body=like.*brown*", [1]),
        ("body=like.*BROWN*", []),
        ("body=ilike.*BROWN*", [1]),
        ("body=match.^lazy", [2]),
        ("body=imatch.^QUICK", [1]),
        ("body=like(any).{*fox,lazy*}", [1, 2]),
        ("body=ilike(all).{*QUICK*,*fox}", [1]),
        ("rank=eq(any).{1,4}", [1, 4]),
        ("rank=gt(all).{1,2}", [3, 4]),
        ("body=is.null", [4]),
        ("body=not.is.null", [1, 2, 3]),
        ("body=is.not_null", [1, 2, 3]),
        ("is_open=is.true", [1, 2, 3, 4]),
        ("score=isdistinct.1.5", [2, 3, 4]),
        ("rank=in.(1,3)", [1, 3]),
        ("rank=not.in.(1,3)", [2, 4]),
        ("rank=in.()", []),
        ('body=in.("lazy, dog",none)', [2]),
        (r'body=in.("say \"hi\" (now)")', [3]),
        ("tags=cs.{b}", [1, 2]),
        ("tags=cd.{a,b,c}", [1, 2, 3]),
        ("tags=ov.{a,c}", [1, 2]),
        ('tags=cs.{"x y"}', [4]),
        ('meta=cs.{"k":{"l":["q"]}}', [1]),
        ("span=sl.[10,11)", [1, 2]),
        ("span=sr.[10,11)", [3]),
        ("span=nxr.[1,9)", [1, 2]),
        ("span=nxl.[5,9)", [2, 3]),
        ("span=adj.[9,12)", [2]),
        ("words=fts.fox", [1]),
        ("words=plfts(english).the foxes", [1]),
        ("words=phfts(english).brown fox", [1]),
        ("words=wfts.fox or dog", [1, 2]),
        ("body=fts(english).dogs", [2]),
        ("words=not.fts.fox", [2, 3, 4]),
        ("meta->>n=eq.9", [2]),
        ("meta->n=eq.10", [1]),
        ("meta->k->l->>-1=eq.q", [1]),
        ("score=lt.1e308&score=gt.2", [4]),
        ("or=(rank.eq.1,rank.eq.4)", [1, 4]),
        ("and=(rank.gt.1,rank.lt.4)", [2, 3]),
        ("not.or=(rank.eq.1,rank.eq.4)", [2, 3]),
        ("or=(rank.eq.1,and(rank.gte.3,not.and(rank.eq.4,body.is.null)))", [1, 3]),
        ('or=(body.eq."lazy, dog",tags.cs.{a,b},meta->>n.eq.77)', [1, 2]),
        ("or=(rank.in.(1,2),rank.eq.4)&rank=neq.2", [1, 4]),
    ],
)
def test_a_filter_finds_its_rows(notes, query, wanted):
    assert ranks(notes, query) == wanted


@pytest.mark.parametrize(
    ("query", "sqlstate"),
    [
        ("rank=eq.one", "22P02"),
        ("nothing=eq.1", "42703"),
        ("rank=like.1*", "42883"),
        ("body=match.(", "2201B"),
        ("words=fts(klingon).x", "42704"),
        ("rank=eq.99999999999999999999", "22003"),
    ],
)
def test_a_filter_the_database_refuses_keeps_its_sqlstate(notes, query, sqlstate):
    response = notes.rest("GET", f"notes?{query}")
    assert response.json()["code"] == sqlstate
    assert response.status_code == (404 if sqlstate == "42883" else 400)


def test_an_embedded_filter_is_refused(notes):
    response = notes.rest("GET", "notes?loans.reader=eq.1")
    assert (response.status_code, response.json()["code"]) == (400, "PGRST108")


@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        ("order=score.desc.nullslast", [4, 1, 3, 2]),
        ("order=score.nullsfirst", [2, 3, 1, 4]),
        ("order=is_open,rank.desc", [4, 3, 2, 1]),
        ("order=meta->n.asc.nullslast,rank", [2, 1, 3, 4]),
        ("order=rank&limit=2", [1, 2]),
        ("order=rank&limit=2&offset=1", [2, 3]),
        ("order=rank&limit=0", []),
    ],
)
def test_rows_come_in_the_order_and_number_asked_for(notes, query, wanted):
    response = notes.rest("GET", f"notes?select=rank&{query}")
    assert [row["rank"] for row in response.json()] == wanted


def test_a_range_header_asks_for_a_page(notes):
    headers = {"Range": "1-2", "Prefer": "count=exact"}
    response = notes.rest("GET", "notes?select=rank&order=rank", headers=headers)
    assert [row["rank"] for row in response.json()] == [2, 3]
    assert (response.status_code, response.headers["content-range"]) == (206, "1-2/4")


@pytest.mark.parametrize(
    ("query", "headers", "details"),
    [
        ("limit=-1", {}, "Limit should be greater than or equal to zero."),
        ("", {"Range": "5-2"}, "The lower boundary must be lower"),
        ("offset=9", {"Prefer": "count=exact"}, "An offset of 9 was requested, but there are only"),
    ],
)
def test_a_page_that_cannot_be_is_refused(notes, query, headers, details):
    response = notes.rest("GET", f"notes?{query}", headers=headers)
    assert (response.status_code, response.json()["code"]) == (416, "PGRST103")
    assert response.json()["details"].startswith(details)
