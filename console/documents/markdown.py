"""Markdown: every heading down to the third level with text of its own is an article."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches

from console.documents import USE, Part, Unreadable

DEEPEST = 3
FENCE = re.compile(r"^ {0,3}(`{3,}|~{3,})")
HEADING = re.compile(r"^ {0,3}(#{1,6})(?:[ \t]+(.*?))?(?:[ \t]+#+)?[ \t]*$")
UNDERLINE = re.compile(r"^ {0,3}(=+|-+)[ \t]*$")
COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
FRONT_MATTER = re.compile(r"\A\s*---[ \t]*\n(.*?)\n(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL)
OTHER_FRONT = re.compile(r"\A\s*\+\+\+[ \t]*\n")
FIELD = re.compile(r"^([ \t]*)([\w-]+)[ \t]*:[ \t]*[\"']?(.*?)[\"']?[ \t]*$", re.MULTILINE)
# What other programs call it.
OTHER_WORDS = frozenset({"draft", "published", "public", "private", "hidden", "unlisted", "status"})
INLINE = (
    (re.compile(r"!\[[^\]\n]*\]\([^)\n]*\)"), ""),
    (re.compile(r"\[([^\]\n]+)\]\((https?://[^)\s]+)[^)\n]*\)"), r"\1 (\2)"),
    (re.compile(r"\[([^\]\n]+)\]\([^)\n]*\)"), r"\1"),
    (re.compile(r"<(https?://[^>\s]+)>"), r"\1"),
    (re.compile(r"</?[A-Za-z][^>\n]*>"), ""),
    (re.compile(r"(\*\*|__)(?=\S)(.+?)(?<=\S)\1"), r"\2"),
    (re.compile(r"(?<![\w*])\*(?=\S)([^*\n]+?)(?<=\S)\*(?![\w*])"), r"\1"),
    (re.compile(r"`([^`\n]+)`"), r"\1"),
)


@dataclass(slots=True)
class _Section:
    level: int
    title: str
    line: int
    path: tuple[str, ...]
    lines: list[str] = field(default_factory=list)

    @property
    def body(self) -> str:
        return re.sub(r"\n{3,}", "\n\n", "\n".join(self.lines)).strip()


def read_markdown(text: str, name: str) -> list[Part]:
    """The articles of a Markdown text; `name` is the title of what stands before any heading.

    Raises Unreadable where its front matter nearly says who may see them, or when: left out, it
    would show everybody what is for some.
    """
    text = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    if OTHER_FRONT.match(text):
        raise Unreadable("front matter between +++ is not read: write name: value between ---")
    told: dict[str, str] = {}
    if front := FRONT_MATTER.match(text):
        told = _told(front[1])
        text = _blank(front[0]) + text[front.end() :]
    text = COMMENT.sub(lambda found: _blank(found[0]), text)
    marked = ((number, level, plain(line)) for number, level, line in _marked(text.split("\n")))
    language = told.get("language") or told.get("lang") or None
    use = {key: told[key] for key in USE if key in told}
    return parts_of(marked, told.get("title") or name, language, use)


def _told(front: str) -> dict[str, str]:
    """What a front matter says, by its small names; raises Unreadable."""
    told = {}
    for indent, written, value in FIELD.findall(front):
        name = written.casefold()
        if name in OTHER_WORDS or (indent and name in USE) or _is_nearly(name):
            known = ", ".join(USE)
            raise Unreadable(f"front matter: {written} is not known; who may see it say {known}")
        told[name] = value
    return told


def _is_nearly(name: str) -> bool:
    """Whether a name is one of USE but for a letter or so."""
    return name not in USE and bool(get_close_matches(name, USE, n=1, cutoff=0.8))


def parts_of(
    marked: Iterable[tuple[int, int, str]],
    name: str,
    language: str | None = None,
    use: Mapping[str, str] | None = None,
) -> list[Part]:
    """The articles of plain lines, each with its number and its level as a heading, 0 for text."""
    sections = _sections(marked, name)
    filled = [section for section in sections if section.body]
    titles = Counter(section.title.casefold() for section in filled)
    keys: Counter[str] = Counter()
    parts = []
    for section in filled:
        key = " > ".join((*section.path, section.title))
        keys[key] += 1
        parts.append(
            Part(
                key=key if keys[key] == 1 else f"{key} ({keys[key]})",
                title=_title(section, is_alone=titles[section.title.casefold()] == 1),
                body=section.body,
                line=section.line,
                language=language,
                use=use or {},
            )
        )
    return parts


def _title(section: _Section, *, is_alone: bool) -> str:
    """The heading; where several are called the same, with the one above it."""
    if is_alone or not section.path:
        return section.title
    return f"{section.path[-1]}: {section.title}"


def _sections(marked: Iterable[tuple[int, int, str]], name: str) -> list[_Section]:
    sections = [_Section(level=1, title=name, line=1, path=())]
    for number, level, text in marked:
        if not level:
            sections[-1].lines.append(text)
        elif level > DEEPEST:
            sections[-1].lines.extend(("", text, ""))
        else:
            path = _path(sections[1:], level)
            sections.append(_Section(level=level, title=text, line=number, path=path))
    return sections


def _path(before: list[_Section], level: int) -> tuple[str, ...]:
    """The headings above a new one."""
    parent = next((section for section in reversed(before) if section.level < level), None)
    return (*parent.path, parent.title) if parent else ()


def _marked(lines: list[str]) -> Iterator[tuple[int, int, str]]:
    """Every line with its number and its level as a heading, 0 for text."""
    fence = ""
    for number, line in enumerate(lines, 1):
        marks = FENCE.match(line)
        if fence or marks:
            if not fence and marks:
                fence = marks[1]
            elif marks and marks[1].startswith(fence):
                fence = ""
            else:
                yield number, 0, line
            continue
        if (found := HEADING.match(line)) and (title := (found[2] or "").strip()):
            yield number, len(found[1]), title
        elif not _underlines(lines, number - 1):
            after = lines[number] if number < len(lines) else ""
            level = 1 if "=" in after else 2
            yield number, level if _underlines(lines, number) else 0, line
        # An underline itself is no text.


def _underlines(lines: list[str], place: int) -> bool:
    """Whether this line underlines the one before as a heading."""
    if place < 1 or place >= len(lines) or not UNDERLINE.match(lines[place]):
        return False
    above = lines[place - 1]
    starts_block = re.match(r"^\s*([-*+>|]|\d+[.)]\s|#)", above)
    over = lines[place - 2] if place > 1 else ""
    return bool(above.strip()) and not starts_block and not over.strip()


def plain(text: str) -> str:
    """A line without the marks of Markdown; addresses of links stay."""
    for pattern, instead in INLINE:
        text = pattern.sub(instead, text)
    return text.rstrip()


def _blank(text: str) -> str:
    """So many empty lines, so that the numbers of the others stay right."""
    return "\n" * text.count("\n")
