"""Which pages may use a widget."""

from __future__ import annotations

import pytest

from tests.sql.pages import add_widget, on_page
from tests.sql.rows import add_agent, add_user, call, refused

ALLOWED = ["https://shop.example.com", "https://*.example.org", "http://localhost:3000"]


@pytest.mark.parametrize(
    ("origin", "matches"),
    [
        ("https://shop.example.com", True),
        ("https://SHOP.example.com", True),
        ("https://shop.example.com:443", True),
        ("https://shop.example.com:8443", False),
        ("http://shop.example.com", False),
        ("https://example.com", False),
        ("https://shop.example.com.evil.test", False),
        ("https://evil.test/https://shop.example.com", False),
        ("https://a.example.org", True),
        ("https://a.b.example.org", True),
        ("https://example.org", False),
        ("https://evilexample.org", False),
        ("https://.example.org", False),
        ("https://a.example.org:8443", False),
        ("http://localhost:3000", True),
        ("http://localhost", False),
        ("null", False),
        ("", False),
        (None, False),
        ("https://a.example.org\nhttps://shop.example.com", False),
    ],
)
def test_an_origin_is_scheme_host_and_port(db, origin, matches):
    assert call(db, "private.origin_matches", origin, ALLOWED) is matches


def test_default_ports_may_be_written_out_on_the_list(db):
    assert call(
        db, "private.origin_matches", "https://a.example.com", ["https://a.example.com:443"]
    )


@pytest.mark.parametrize(
    "origin", ["shop.example.com", "https://", "https://*", "*", "https://a.b/", "ftp://a.b", "x y"]
)
def test_what_can_be_no_origin_comes_on_no_list(db, origin):
    with refused(db, "PT400"):
        add_widget(db, allowed_origins=[origin])


def test_what_can_be_no_kind_of_file_comes_on_no_list(db):
    with refused(db, "PT400"):
        add_widget(db, allowed_mime_types=["*.png"])


def test_a_page_of_the_list_passes_and_another_does_not(db):
    widget, visitor = add_widget(db, allowed_origins=ALLOWED), add_user(db)
    with on_page(db, visitor, origin="https://shop.example.com"):
        call(db, "private.require_origin", widget)
    for headers in ({"origin": "https://evil.test"}, {}):
        with on_page(db, visitor, **headers), refused(db, "PT403"):
            call(db, "private.require_origin", widget)


def test_a_connection_without_headers_is_no_page_of_the_list(db):
    widget = add_widget(db, allowed_origins=ALLOWED)
    with on_page(db, add_user(db)), refused(db, "PT403"):
        db.execute("select set_config('request.headers', 'no json', true)")
        call(db, "private.require_origin", widget)


def test_without_a_list_every_page_passes(db):
    widget = add_widget(db)
    with on_page(db, add_user(db), origin="https://anything.test"):
        call(db, "private.require_origin", widget)


def test_agents_and_our_own_processes_are_no_pages(db):
    widget = add_widget(db, allowed_origins=ALLOWED)
    call(db, "private.require_origin", widget)
    with on_page(db, add_agent(db), origin="https://inbox.test"):
        call(db, "private.require_origin", widget)
