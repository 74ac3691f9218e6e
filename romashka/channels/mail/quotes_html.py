"""Cuts what a mail client quoted out of HTML, by the marks the clients leave around it."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

# Any: an element of lxml, which ships no types.
Element = Any

# The element is the quotation, from its start tag to its end tag.
_CLASSES = """
gmail_quote gmail_quote_container yahoo_quoted protonmail_quote tutanota_quote zmail_extra
moz-cite-prefix ms-outlook-mobile-reference-message front-blockquote ymail_quoted
gmail_attr moz-email-headers-table mailru-blockquote tmail-quoted-message fastmail-quote
"""
QUOTE_CLASSES = frozenset(_CLASSES.split())
_IDS = """
OLK_SRC_BODY_SECTION mail-editor-reference-message-container reply-intro isReplyContent
isForwardContent mailContentContainer-quote composer-quote
"""
QUOTE_IDS = frozenset(_IDS.split())
# The quotation begins here and goes on to the end of the mail.
START_IDS = frozenset(["divRplyFwdMsg", "appendonsend", "zwchr", "x_divRplyFwdMsg", "replySplit"])
START_CLASSES = frozenset(["OutlookMessageHeader", "WLMessageHeader", "gmail_extra_start"])
# Outlook and Windows Mail draw a line above the old mail's header, each in its own grey or blue.
_LINE = re.compile(
    r"border(-top)?:\s*(none;\s*border-top:\s*)?"
    r"(solid\s+#(b5c4df|e1e1e1|c8c8c8)|#?(b5c4df|e1e1e1|e5e5e5|c8c8c8)[^;]{0,20}solid"
    r"|1(\.0)?p[tx]\s+solid\s+#(b5c4df|e1e1e1|e5e5e5|c8c8c8)"
    r"|rgb\(\s*229,\s*229,\s*229\s*\)\s+1px\s+solid)",
    re.IGNORECASE,
)
# mail.ru names its quotations by a postfix of its own; Yandex and others use bare blockquotes.
_MAIL_RU = re.compile(r"_mailru_css_attribute_postfix|mail-quote-collapse|-mail-ru-quote")
_HEADER_LINE = re.compile(
    r"^\W*(from|von|de|da|van|från|fra|od|lähettäjä|от|від|кому|от кого|от|kimden|"
    r"من|प्रेषक|发件人|寄件者|差出人|보낸 사람)\s*:",
    re.IGNORECASE,
)
_FORWARD = re.compile(
    r"forwarded message|begin forwarded|weitergeleitete nachricht|message transféré|"
    r"mensaje reenviado|messaggio inoltrato|mensagem encaminhada|пересылаемое|пересылаемо|"
    r"переслане|yönlendirilen|iletilen|doorgestuurd bericht|vidarebefordrat|videresendt|"
    r"wiadomość przekazana|转发的邮件|轉寄|転送|전달된|رسالة معاد|अग्रेषित",
    re.IGNORECASE,
)


def cut_quotes(tree: Element) -> bool:
    """Cut the quotations out of the tree, in place; whether there was one.

    What is only forwarded stays: there the old mail is the message. So does a quotation with
    the answer below it, as far as it is not marked.
    """
    found = False
    for element in list(tree.iter()):
        if not isinstance(element.tag, str) or not _is_inside(element, tree):
            continue
        cut = _cut_for(element)
        if cut is not None and not is_forward(element):
            cut(element)
            found = True
    return _cut_last_blockquote(tree) or found


def is_forward(element: Element) -> bool:
    """Whether the quotation says that it is a forwarded mail."""
    return bool(_FORWARD.search(_text(element)[:400]))


def _cut_for(element: Element) -> Callable[[Element], None] | None:
    classes = set((element.get("class") or "").split())
    name = element.get("id") or ""
    if element.tag in ("body", "html"):
        return None
    if classes & QUOTE_CLASSES or name in QUOTE_IDS or name.startswith("yahoo_quoted"):
        return _drop
    if element.tag == "blockquote" and (element.get("type") == "cite" or element.get("cite")):
        return _drop
    if name in START_IDS or classes & START_CLASSES or _is_drawn_line(element):
        return _drop_to_end
    if _MAIL_RU.search(name) or _MAIL_RU.search(" ".join(classes)):
        return _drop
    return None


def _is_drawn_line(element: Element) -> bool:
    style = element.get("style") or ""
    return bool(
        len(style) < 500 and _LINE.search(style) and _HEADER_LINE.search(_text(element)[:200])
    )


def _cut_last_blockquote(tree: Element) -> bool:
    """Cut an unmarked blockquote that ends the mail below somebody's words and an attribution."""
    quotes = [item for item in tree.iter("blockquote") if not _above(item, "blockquote")]
    if not quotes or is_forward(quotes[-1]) or _text_after(quotes[-1], tree):
        return False
    before = _text_before(quotes[-1], tree)
    last = before.rsplit("\n", 1)[-1].strip() if before else ""
    if not last.endswith(":") or not re.search(r"\d|@", before[-300:]):
        return False
    _drop(quotes[-1])
    return True


def _text(element: Element) -> str:
    text: str = element.text_content()
    return text.strip()


def _is_inside(element: Element, tree: Element) -> bool:
    """Whether the element still hangs in the tree: what hung in a cut one is gone with it."""
    while element is not None and element is not tree:
        element = element.getparent()
    return element is tree


def _above(element: Element, tag: str) -> bool:
    return next(element.iterancestors(tag), None) is not None


def _text_after(element: Element, tree: Element) -> str:
    found = [element.tail or ""]
    while element is not None and element is not tree:
        for later in element.itersiblings():
            found += [_text(later) if isinstance(later.tag, str) else "", later.tail or ""]
        element = element.getparent()
    return "".join(found).strip()


def _text_before(element: Element, tree: Element) -> str:
    """The text above, enough of it to end with the attribution."""
    found: list[str] = []
    while element is not None and element is not tree and len(found) < 40:
        for earlier in element.itersiblings(preceding=True):
            text = _text(earlier) if isinstance(earlier.tag, str) else ""
            found.append(text + (earlier.tail or ""))
            if len(found) >= 40:
                break
        element = element.getparent()
        found.append((element.text or "") if element is not None else "")
    return "\n".join(part.strip() for part in reversed(found) if part.strip())


def _drop(element: Element) -> None:
    element.drop_tree()


def _drop_to_end(element: Element) -> None:
    """Cut the element and everything after it, in whatever it hangs."""
    parent = element.getparent()
    outer = [above for above in element.iterancestors() if above.tag not in ("body", "html")]
    for item in (element, *outer):
        for later in list(item.itersiblings()):
            later.getparent().remove(later)
        item.tail = None
    if parent is not None:
        parent.remove(element)
