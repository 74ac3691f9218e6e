"""HTML of strangers: made safe to show, and turned into text, both within limits."""

from __future__ import annotations

import re
from functools import cache
from html import unescape
from typing import Any

import nh3
from inscriptis import Inscriptis  # type: ignore[import-untyped]  # it ships no types
from inscriptis.css_profiles import STRICT_CSS_PROFILE  # type: ignore[import-untyped]  # as above
from inscriptis.model.config import ParserConfig  # type: ignore[import-untyped]  # as above
from lxml import etree  # type: ignore[import-untyped]  # comes with inscriptis, ships no types
from lxml import html as lxml_html

# nh3 takes quadratic time of nesting: 62 s of 100,000 elements inside one another.
# Twice as much takes slow machines more than the second of processor that a mail may have.
LONGEST_HTML = 128 * 1024
DEEPEST_HTML = 500
# Nested lists are indented, which makes megabytes of text from little markup.
LONGEST_TEXT = 400_000
# inscriptis walks the tree by recursion.
DEEPEST_TREE = 200
_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9:]{0,30})")
_ANY_TAG = re.compile(r"<[^<>]{0,10000}>")
_INVISIBLE = re.compile(r"<(script|style|title)\b", re.IGNORECASE)
# In front of the address of a picture that lies elsewhere: no browser knows the scheme.
REMOTE = "remote:"
# Void elements, and those whose end tag may be left out: an unclosed one holds nothing deeper.
_FLAT_NAMES = """
area base br col embed hr img input link meta param source track wbr
p li td th tr dt dd option thead tbody tfoot colgroup html body head
"""
_FLAT = frozenset(_FLAT_NAMES.split())
_TAG_NAMES = """
a abbr address article b bdi bdo big blockquote br caption center cite code col colgroup dd del
details dfn div dl dt em figcaption figure font footer h1 h2 h3 h4 h5 h6 header hr i img ins kbd
li main mark ol p pre q s samp section small span strike strong sub summary sup table tbody td
tfoot th thead time tr tt u ul var wbr
"""
_TAGS = frozenset(_TAG_NAMES.split())
_ATTRIBUTES = {
    "*": {"dir", "lang", "title", "align", "style"},
    "a": {"href"},
    "img": {"src", "alt", "width", "height"},
    "font": {"color", "face", "size"},
    "td": {"colspan", "rowspan", "valign", "width", "bgcolor"},
    "th": {"colspan", "rowspan", "valign", "width", "bgcolor"},
    "table": {"border", "cellpadding", "cellspacing", "width", "bgcolor"},
    "ol": {"start", "type"},
}
# No position, no size beyond the line, no address inside a value.
_STYLES = {
    "background-color", "color", "font-family", "font-size", "font-style", "font-weight",
    "text-align", "text-decoration",
}  # fmt: skip


@cache
def _cleaner() -> nh3.Cleaner:
    return nh3.Cleaner(
        tags=set(_TAGS),
        attributes=_ATTRIBUTES,
        attribute_filter=_kept_value,
        clean_content_tags={"script", "style", "title", "noscript", "template", "iframe"},
        url_schemes={"http", "https", "mailto", "tel", "cid"},
        link_rel="noopener noreferrer nofollow",
        filter_style_properties=_STYLES,
    )


def _kept_value(element: str, attribute: str, value: str) -> str | None:
    if element == "img" and attribute == "src":
        lower = value.strip().lower()
        return (
            REMOTE + value
            if lower.startswith("https:")
            else (value if lower.startswith("cid:") else None)
        )
    if attribute == "style":
        return None if "url(" in value.lower() or "expression" in value.lower() else value
    return value


def is_too_deep(markup: str, deepest: int = DEEPEST_HTML) -> bool:
    """Whether more elements lie inside one another than may be cleaned."""
    depth = 0
    for match in _TAG.finditer(markup):
        if match[2].lower() in _FLAT:
            continue
        depth = max(0, depth - 1) if match[1] else depth + 1
        if depth > deepest:
            return True
    return False


def shortened(markup: str) -> str:
    """The markup cut to the length that may be cleaned, not inside a tag."""
    if len(markup) <= LONGEST_HTML:
        return markup
    cut = markup[:LONGEST_HTML]
    return cut[: cut.rfind("<")] if cut.rfind("<") > cut.rfind(">") else cut


def safe_html(markup: str) -> str | None:
    """The markup without anything that runs, loads, overlays or submits; None when too deep.

    Images stay only as cid: and https:, the latter as `remote:https:`. Who shows the mail takes
    that word away when asked to: a picture tells its owner who reads the mail and when.
    """
    markup = shortened(markup)
    if is_too_deep(markup):
        return None
    return _cleaner().clean(markup).strip()


def tree_of(markup: str) -> Any | None:
    """The markup as a tree of lxml, to cut in; None when there is none or it is too deep."""
    markup = shortened(markup)
    if is_too_deep(markup, DEEPEST_TREE):
        return None
    parser = lxml_html.HTMLParser(remove_comments=True, remove_pis=True, no_network=True)
    try:
        return lxml_html.document_fromstring(f"<div>{markup}</div>", parser=parser)
    except (etree.ParserError, ValueError):
        return None


def text_of_tree(tree: Any) -> str:
    """What a reader sees of a tree, as lines of text."""
    text: str = Inscriptis(tree, ParserConfig(css=STRICT_CSS_PROFILE)).get_text()
    return tidy(text)


def text_without_tags(markup: str) -> str:
    """The text of markup too deep for a tree: its tags taken out, one by one."""
    return tidy(unescape(_ANY_TAG.sub(" ", _visible(shortened(markup)))))


def _visible(markup: str) -> str:
    """The markup without the contents of its scripts and styles, in one pass."""
    found: list[str] = []
    lower, place = markup.lower(), 0
    while match := _INVISIBLE.search(markup, place):
        found.append(markup[place : match.start()])
        place = lower.find(f"</{match[1].lower()}", match.end())
        if place < 0:
            return " ".join(found)
    return " ".join([*found, markup[place:]])


def tidy(text: str) -> str:
    """The text without spaces at the ends of lines and with at most one empty line at a time."""
    lines = (line.replace("\xa0", " ").rstrip() for line in text[:LONGEST_TEXT].split("\n"))
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()
