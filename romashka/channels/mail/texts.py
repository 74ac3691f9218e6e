"""A mail's body as the text that is shown and answered, and as all of its text."""

from __future__ import annotations

from dataclasses import dataclass

from romashka.channels.events import clean_text
from romashka.channels.mail.bodies import Body
from romashka.channels.mail.markup import text_of_tree, text_without_tags, tidy, tree_of
from romashka.channels.mail.quotes import is_forwarded, visible
from romashka.channels.mail.quotes_html import cut_quotes
from romashka.channels.mail.threads import is_forward_subject

# The longest that a message's content may be in the database.
LONGEST_CONTENT = 100_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Texts:
    """What the sender wrote now, the whole text, and whether an old mail is passed on."""

    visible: str
    full: str
    forwarded: bool = False


def texts_of(body: Body, subject: str, *, light: bool = False) -> Texts:
    """The texts of a body; HTML is asked first, since it marks quotations, then the plain form.

    `light` takes the text as it stands.
    """
    if light:
        whole = _cut(tidy(body.plain) if body.plain else text_without_tags(body.html or ""))
        return Texts(visible=whole, full=whole)
    marked, reply = _of_html(body.html) if body.html else ("", None)
    whole = tidy(body.plain) if body.plain and body.plain.strip() else marked
    forwarded = is_forward_subject(subject) or is_forwarded(whole)
    if forwarded:
        return Texts(visible=_cut(whole), full=_cut(whole), forwarded=True)
    shown = visible(reply) if reply else ""
    return Texts(visible=_cut(shown or visible(whole)), full=_cut(whole))


def _of_html(markup: str) -> tuple[str, str | None]:
    """All text of the markup, and the reply's text where a client's mark showed the quotation."""
    tree = tree_of(markup)
    if tree is None:
        return text_without_tags(markup), None
    whole = text_of_tree(tree)
    return whole, text_of_tree(tree) if cut_quotes(tree) else None


def _cut(text: str) -> str:
    return clean_text(text[:LONGEST_CONTENT])
