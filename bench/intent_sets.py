"""Folders to fit and measure on, made of public intent sets: `python -m bench.intent_sets`.

`banking TRAIN.csv TEST.csv CLINC.json FOLDER [PHRASINGS]` reads PolyAI's banking77,
`clinc CLINC.json DOMAINS.json FOLDER PHRASINGS DOMAIN…` CLINC150, and
`home TRAIN TEST CLINC.json FOLDER [PHRASINGS]` HWU64's folders of seq.in and label. An intent
becomes an article: its name in words is the title, a sentence made of that the body, some of its
examples are the phrasings and others the questions; more of them are kept in examples.jsonl, to fit
the vectors' map on. Whole intents are held back as questions near
the scope; CLINC150's questions of no scope are far from it.

`shop TRAIN.csv TEST.csv FOLDER [PHRASINGS]` reads one of HINT3: the questions are what customers of
a real shop wrote, those that its people could give no intent among them. What is written holds
others' text and is never committed.
"""

from __future__ import annotations

import csv
import json
import random
import sys
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

HELD_BACK = 4  # one intent in so many
QUESTIONS = 12
OUTSIDE = 120
MORE = 40
BODY = (
    "Here is what to know about {title}. Open the app or the website, choose {title} and follow "
    "the steps shown there. If it does not work, write to us and we look into it."
)
Examples = Mapping[str, Sequence[str]]


def write_folder(
    folder: Path, known: Examples, asked: Examples, far: Sequence[str], count: int
) -> None:
    """Writes kb.jsonl and questions.jsonl; every choice follows from the folder's name."""
    chance = random.Random(folder.name)
    names = sorted(known)
    chance.shuffle(names)
    held_back, kept = names[: len(names) // HELD_BACK], names[len(names) // HELD_BACK :]
    near = [text for name in held_back for text in asked[name]]
    labelled = [
        *((text, name, "in") for name in kept for text in some(chance, asked[name], QUESTIONS)),
        *((text, None, "near_oos") for text in some(chance, near, OUTSIDE)),
        *((text, None, "far_oos") for text in some(chance, far, OUTSIDE)),
    ]
    articles = [article(name, some(chance, known[name], count)) for name in kept]
    write(folder, articles, labelled)
    write_examples(folder, known)


def write_examples(folder: Path, known: Examples) -> None:
    """Writes more texts of every intent, for bench/adapter.py."""
    chance = random.Random(f"{folder.name} examples")
    lines = [
        {"article": name, "q": text}
        for name in sorted(known)
        for text in some(chance, known[name], MORE)
    ]
    write_lines(folder / "examples.jsonl", lines)


def some(chance: random.Random, texts: Sequence[str], count: int) -> list[str]:
    """So many of the texts, or all where there are fewer."""
    return chance.sample(texts, min(count, len(texts)))


def write(
    folder: Path,
    articles: Sequence[Mapping[str, object]],
    labelled: Sequence[tuple[str, str | None, str]],
) -> None:
    """Writes the articles, and the questions with their article and kind."""
    folder.mkdir(parents=True, exist_ok=True)
    write_lines(folder / "kb.jsonl", articles)
    questions = [
        {
            "qid": f"{folder.name}-{number}",
            "q": text,
            "gold": gold,
            "kind": kind,
            "split": "dev",
        }
        for number, (text, gold, kind) in enumerate(labelled)
    ]
    write_lines(folder / "questions.jsonl", questions)


def article(name: str, phrasings: Sequence[str]) -> dict[str, object]:
    """The article of an intent."""
    title = name.replace("_", " ").strip().capitalize().rstrip("?")
    body = BODY.format(title=title.lower())
    return {"id": name, "lang": "en", "title": title, "body": body, "examples": list(phrasings)}


def write_lines(path: Path, rows: Sequence[Mapping[str, object]]) -> None:
    """Writes one JSON object a line."""
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")


def banking(train: str, test: str, clinc_data: str, folder: str, phrasings: str = "5") -> None:
    """The folder of banking77."""
    far = [text for text, _ in json.loads(Path(clinc_data).read_text())["oos_test"]]
    write_folder(Path(folder), of_csv(train), of_csv(test), far, int(phrasings))


def clinc(data: str, domains: str, folder: str, phrasings: str, *names: str) -> None:
    """The folder of some of CLINC150's domains."""
    found = json.loads(Path(data).read_text())
    groups = json.loads(Path(domains).read_text())
    wanted = {intent for name in names for intent in groups[name]}
    known, asked = (grouped(found[part], wanted) for part in ("train", "test"))
    far = [text for text, _ in found["oos_test"]]
    write_folder(Path(folder), known, asked, far, int(phrasings))


def home(train: str, test: str, clinc_data: str, folder: str, phrasings: str = "5") -> None:
    """The folder of HWU64, what people say to a speaker at home."""
    far = [text for text, _ in json.loads(Path(clinc_data).read_text())["oos_test"]]
    write_folder(Path(folder), of_folder(train), of_folder(test), far, int(phrasings))


def shop(train: str, test: str, folder: str, phrasings: str = "5") -> None:
    """The folder of one of HINT3's shops; an intent with too few phrasings is left out."""
    chance, count = random.Random(Path(folder).name), int(phrasings)
    known, asked = (of_csv(path, "sentence", "label") for path in (train, test))
    kept = sorted(name for name in known if len(known[name]) >= count)
    labelled: list[tuple[str, str | None, str]] = [
        (text, name if name in kept else None, "in" if name in kept else "near_oos")
        for name in sorted(asked)
        for text in asked[name]
    ]
    write(Path(folder), [article(one, some(chance, known[one], count)) for one in kept], labelled)
    write_examples(Path(folder), known)


def of_csv(path: str, text: str = "text", intent: str = "category") -> Examples:
    """The examples of a file with these columns."""
    with Path(path).open(encoding="utf-8", newline="") as lines:
        return grouped([(row[text], row[intent]) for row in csv.DictReader(lines)])


def of_folder(path: str) -> Examples:
    """The examples of a folder with a text a line in seq.in, and its intent in label."""
    files = (Path(path) / name for name in ("seq.in", "label"))
    return grouped(list(zip(*(file.read_text().splitlines() for file in files), strict=True)))


def grouped(pairs: Sequence[Sequence[str]], wanted: set[str] | None = None) -> Examples:
    """The texts by their intent."""
    found: dict[str, list[str]] = defaultdict(list)
    for text, intent in pairs:
        if wanted is None or intent in wanted:
            found[intent].append(" ".join(text.split()))
    return found


if __name__ == "__main__":
    sets: dict[str, Callable[..., None]]
    sets = {"banking": banking, "clinc": clinc, "home": home, "shop": shop}
    sets[sys.argv[1]](*sys.argv[2:])
