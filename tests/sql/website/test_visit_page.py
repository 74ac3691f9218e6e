"""Sessions and page visits of those who agreed to them."""

from __future__ import annotations

import pytest

from tests.sql.pages import add_widget, on_page, start_chat
from tests.sql.rows import acting, add_agent, add_user, call, one, refused, rows, state_of

PAGE = "https://shop.example.com/shoes"


@pytest.fixture
def visitor(db):
    """A visitor of the only widget."""
    add_widget(db)
    return add_user(db)


def visit(db, visitor, url=PAGE, title=None, session=None, consent=True, **headers):
    """Lets a visitor open a page; gives the id of the session."""
    with on_page(db, visitor, **headers):
        return call(db, "visit_page", url, title, None, session, consent)["session_id"]


def pages(db):
    return rows(db, "select url from page_visits order by visited_at, id")


def test_nothing_is_stored_before_the_visitor_agrees(db, visitor):
    with acting(db, visitor):
        found = call(db, "visit_page", PAGE)
    assert found == {"session_id": None, "proactive": None}
    assert one(db, "select count(*) from visitor_sessions") == 0
    assert visit(db, visitor) is not None


def test_a_widget_may_go_without_asking(db, visitor):
    db.execute("update website_settings set asks_consent = false")
    assert visit(db, visitor, consent=False) is not None


def test_a_session_tells_where_it_came_from(db, visitor):
    with on_page(db, visitor, user_agent="Browser/1.0", accept_language="de-DE,de;q=0.9"):
        call(db, "visit_page", PAGE, "Shoes", "https://search.test/?q=shoes&token=x", None, True)
    query = "select landing_url, referrer, user_agent, language, visit_number from visitor_sessions"
    assert rows(db, query) == [(PAGE, "https://search.test/?q=shoes", "Browser/1.0", "de-DE", 1)]
    assert rows(db, "select url, title from page_visits") == [(PAGE, "Shoes")]


def test_the_same_page_within_ten_seconds_is_one_visit(db, visitor):
    first = visit(db, visitor)
    assert visit(db, visitor, session=first) == first
    assert pages(db) == [PAGE]
    db.execute("update page_visits set visited_at = now() - interval '11 seconds'")
    visit(db, visitor)
    visit(db, visitor, PAGE + "/2")
    assert pages(db) == [PAGE, PAGE, PAGE + "/2"]
    assert one(db, "select page_count from visitor_sessions") == 3


def test_a_session_ends_after_thirty_idle_minutes(db, visitor):
    first = visit(db, visitor)
    db.execute("update visitor_sessions set seen_at = now() - interval '29 minutes'")
    assert visit(db, visitor, session=first) == first
    db.execute("update visitor_sessions set seen_at = now() - interval '31 minutes'")
    second = visit(db, visitor, session=first)
    assert second != first
    query = "select visit_number from visitor_sessions order by visit_number"
    assert rows(db, query) == [1, 2]


def test_a_client_that_forgets_its_session_goes_on_in_it(db, visitor):
    assert visit(db, visitor) == visit(db, visitor, PAGE + "/2")


def test_the_session_of_another_is_not_joined(db, visitor):
    theirs = visit(db, add_user(db))
    assert visit(db, visitor, session=theirs) != theirs


@pytest.mark.parametrize(
    ("url", "kept"),
    [
        ("https://a.test/x?a=1&token=s&b=2", "https://a.test/x?a=1&b=2"),
        ("https://a.test/x?access_token=s", "https://a.test/x"),
        ("https://a.test/x?apiKey=s&PASSWORD=s&userEmail=s", "https://a.test/x"),
        ("https://a.test/x?%74oken=s&q=1;sig=s", "https://a.test/x?q=1"),
        ("https://a.test/x#access_token=s", "https://a.test/x"),
        ("https://ada:s@a.test/x", "https://a.test/x"),
        ("HTTPS://A.test/X", "https://a.test/X"),
        ("http://a.test", "http://a.test"),
        ("https://a.test/" + "x" * 3000, "https://a.test/" + "x" * 1985),
        ("javascript:alert(1)", None),
        ("file:///etc/passwd", None),
        ("/x", None),
        ("", None),
        (None, None),
    ],
)
def test_an_address_is_kept_without_secrets(db, url, kept):
    assert call(db, "private.clean_url", url) == kept


def test_what_is_no_page_is_refused(db, visitor):
    with acting(db, visitor), refused(db, "PT400"):
        call(db, "visit_page", "javascript:alert(1)", None, None, None, True)


def test_only_visitors_visit(db, visitor):
    with acting(db, add_agent(db)), refused(db, "PT403"):
        call(db, "visit_page", PAGE)
    with acting(db, None, "anon"), refused(db, "42501"):
        call(db, "visit_page", PAGE)


def test_a_page_that_may_not_use_the_widget_is_not_noted(db, visitor):
    db.execute("update website_settings set allowed_origins = '{https://shop.example.com}'")
    with on_page(db, visitor, origin="https://evil.test"), refused(db, "PT403"):
        call(db, "visit_page", PAGE, None, None, None, True)


def test_sixty_pages_in_a_minute_are_enough(db, visitor):
    for number in range(60):
        visit(db, visitor, f"{PAGE}/{number}")
    with acting(db, visitor), refused(db, "PT429"):
        call(db, "visit_page", PAGE, None, None, None, True)


def test_who_is_on_a_page_is_there(db, visitor):
    conversation = start_chat(db, visitor)
    db.execute("update conversations set visitor_seen_at = now() - interval '1 hour'")
    visit(db, visitor)
    assert state_of(db, conversation, "visitor_seen_at > now() - interval '1 minute'")


def test_agents_see_who_is_online_and_visitors_only_themselves(db, visitor):
    conversation = start_chat(db, visitor)
    visit(db, visitor, PAGE, "Shoes")
    visit(db, add_user(db))
    gone = add_user(db)
    visit(db, gone)
    db.execute(
        "update visitor_sessions set seen_at = now() - interval '3 minutes' where visitor_id = %s",
        [gone],
    )
    query = "select visitor_id, customer_id, url, title from visitors_online where title = 'Shoes'"
    with acting(db, add_agent(db)):
        assert one(db, "select count(*) from visitors_online") == 2
        customer = state_of(db, conversation, "customer_id")
        assert rows(db, query) == [(visitor, customer, PAGE, "Shoes")]
    with acting(db, visitor):
        assert rows(db, "select visitor_id from visitors_online") == [visitor]
        assert pages(db) == [PAGE]


def test_visits_go_after_their_time(db, visitor):
    visit(db, visitor)
    db.execute("update visitor_sessions set seen_at = now() - interval '89 days'")
    assert call(db, "private.upkeep")["visits"] == 0
    db.execute("update website_settings set keep_visits = interval '30 days'")
    assert call(db, "private.upkeep")["visits"] == 1
    assert one(db, "select count(*) from page_visits") == 0
