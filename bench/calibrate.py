"""Fits worker/calibrators.json and the map of MiniLM's vectors, worker/embedding/adapter.npy:
`python -m bench.calibrate FOLDER… [--write]`.

Folders are as bench/faq.py says. What is fitted and measured comes through the product's own search
and features. Each business is held out once: map and fit are made of the others and tested on it,
as a business that nobody has labelled meets them. The fit that ships is made of features that each
business has by the map of the others, as it will be used on others than those too. With --write
all of them make the map and the fit that ship, whose gates sql/ai/shipped_gates.sql has too. Fitted
is on the split dev alone; where there is a split test, only that is reported.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from bench.adapter import fit_adapter, texts_of
from bench.domains import Domain, Tested, ask_all, calibration_error, columns, rows_of
from bench.faq import read_faq
from bench.faq_desk import faq_desk
from bench.fitting import Line, fit_line, fit_order
from worker.calibration import BY_MEANING, BY_WORDS, FITS
from worker.embedding import DIMENSIONS, Embedder
from worker.embedding.adapter import ADAPTER
from worker.embedding.minilm import find_model, load
from worker.embedding.weights import Array
from worker.model.embedded import CLARIFY_FROM
from worker.turn import MAX_WRONG_RATE

# The threshold that holds unless a business sets another (R50).
USUAL = 0.7
RATES = (0.02, 0.05, 0.1)
# Of fewer answers than these nobody can say whether a twentieth is wrong.
ENOUGH_ANSWERS = 20
WORDS_FEATURES = ("alike", "share", "coverage", "known_ratio", "kinship_ratio")
MEANING_FEATURES = (
    "share",
    "odds",
    "weighed",
    "centre",
    "tightness",
    "spread",
    "known",
    "coverage_ratio",
    "likeness_ratio",
    "covers_most",
)
Fit = tuple[tuple[str, ...], tuple[str, ...]]
MEANING: Fit = ((*BY_MEANING, *BY_WORDS), MEANING_FEATURES)
WORDS: Fit = (BY_WORDS, WORDS_FEATURES)


def fit(domains: Sequence[Domain], form: Fit) -> dict[str, Any]:
    """The order, the line and the names of a fit, as calibrators.json holds it, without gates."""
    order_names, names = form
    domains = [domain.of_split("dev") for domain in domains]
    choices, weights = [], []
    for domain in domains:
        for one, weight in zip(domain.asked, domain.importance, strict=True):
            if one.right is not None and len(one.found) > 1:
                choices.append((columns(one.found, order_names), one.right))
                weights.append(weight)
    found = fit_order(choices, np.array(weights)).round(4).tolist()
    order = dict(zip(order_names, found, strict=True))
    rows = [rows_of(domain, order, names) for domain in domains]
    line = fit_line(
        np.vstack([features_of for features_of, _, _ in rows]),
        np.concatenate([right for _, right, _ in rows]),
        np.concatenate([domain.importance for domain in domains]),
    )
    return {
        "order": order,
        "bias": round(line.bias, 4),
        "weights": dict(zip(names, line.weights.round(4).tolist(), strict=True)),
    }


def held_out(domains: Sequence[Domain], form: Fit) -> list[Tested]:
    """Each business with the probabilities that a fit on the others gives its questions."""
    found = []
    for domain in domains:
        known = fit([other for other in domains if other is not domain], form)
        tested = domain.of_split("test")
        rows, right, among = rows_of(tested, known["order"], form[1])
        weights = np.array([known["weights"][name] for name in form[1]])
        line = Line(weights=weights, bias=known["bias"])
        chances = line.probabilities(rows)
        found.append(Tested(domain=tested, chances=chances, right=right, among=among))
    return found


def gate(tested: Sequence[Tested], rate: float) -> float:
    """The least probability above which no business held out has more than `rate` of its answers
    wrong; 1 where there is none."""
    for needed in np.arange(0.3, 0.995, 0.005):
        known = [one for one in tested if one.answers(needed) >= ENOUGH_ANSWERS]
        if not known:
            break
        if all(one.wrong_share(needed) <= rate for one in known):
            return round(float(needed), 3)
    return 1.0


def figures(one: Tested, needed: float) -> dict[str, float]:
    """What a business would see whose answers need this probability."""
    kinds = np.array([asked.question.kind for asked in one.domain.asked])
    inside, right = kinds == "in", one.right > 0
    given = one.chances > needed
    asks = ~given & (one.chances >= CLARIFY_FROM)
    helped = (given & right) | (asks & inside & (one.among > 0))
    return {
        "questions": len(kinds),
        "top-1": right[inside].mean(),
        "top-3": one.among[inside].mean(),
        "resolved": (given & right).sum() / inside.sum(),
        "wrong of answers": (given & ~right).sum() / max(given.sum(), 1),
        "wrong, 25 % outside": one.wrong_share(needed) if given.any() else 0.0,
        "with choices": helped.sum() / inside.sum(),
        "far kept": 1 - given[kinds == "far_oos"].mean(),
        "near kept": 1 - given[kinds == "near_oos"].mean(),
        "outside asked": asks[~inside].mean(),
        "ece": calibration_error(one.chances, one.right),
    }


def report(name: str, tested: Sequence[Tested], needed: float) -> None:
    """Prints a table: a line for each business held out."""
    lines = [figures(one, needed) for one in tested]
    print(f"\n{name}, answers above {needed:.3f}; each business tested on a fit on the others")
    print(" ".join(["business".ljust(12), *(column.rjust(8) for column in lines[0])]))
    for one, line in zip(tested, lines, strict=True):
        shown = (f"{value:.0f}" if value > 1 else f"{value:.3f}" for value in line.values())
        cells = (cell.rjust(max(8, len(column))) for cell, column in zip(shown, line, strict=True))
        print(" ".join([one.domain.name.ljust(12), *cells]))


def calibrate(
    folders: Sequence[Path], phrasings: int, embedders: Mapping[Path, Embedder]
) -> dict[str, Any]:
    """The two fits of the search, printed and as calibrators.json has them; by meaning where each
    business has an embedder, else by words."""
    fits = {}
    form = MEANING if embedders else WORDS
    with faq_desk(None) as desk:
        for count in (phrasings, 0):
            domains = []
            for folder in folders:
                desk.embed_with(embedders.get(folder))
                domains.append(ask_all(desk, read_faq(folder, count)))
            name = ("meaning" if embedders else "words") + (" with phrasings" if count else "")
            tested = held_out(domains, form)
            gates = {str(rate): gate(tested, rate) for rate in RATES}
            for needed in (USUAL, gates[str(MAX_WRONG_RATE)]):
                report(name, tested, needed)
            fits[name] = fit(domains, form) | {"gates": gates}
    return fits


def adapters(folders: Sequence[Path], model: Path) -> tuple[dict[Path, Array], Array]:
    """The map that the others teach, for each business, and the one that all of them teach."""
    plain = load(model, np.eye(DIMENSIONS, dtype=np.float32))
    texts = {folder: texts_of(folder, read_faq(folder), plain) for folder in folders}
    of_others = {
        folder: fit_adapter([texts[other] for other in folders if other != folder])
        for folder in folders
    }
    return of_others, fit_adapter(list(texts.values()))


def main(arguments: Sequence[str]) -> int:
    """Fits and prints; 0 when the fits could be made."""
    made = argparse.ArgumentParser(prog="bench.calibrate", description="Fits the confidence.")
    made.add_argument("folders", nargs="+", type=Path, help="see bench/faq.py")
    made.add_argument("--phrasings", type=int, default=5, help="of an article, at most")
    made.add_argument("--only", choices=("words", "meaning"), help="one of the two searches")
    made.add_argument("--write", action="store_true", help=f"keep the fits in {FITS.name}")
    options = made.parse_args(arguments)
    model = find_model()
    fits: dict[str, object] = {}
    if options.only != "meaning":
        fits |= calibrate(options.folders, options.phrasings, {})
    if options.only != "words" and model:
        of_others, adapter = adapters(options.folders, model)
        embedders = {folder: load(model, found) for folder, found in of_others.items()}
        fits |= calibrate(options.folders, options.phrasings, embedders)
        if options.write:
            np.save(ADAPTER, adapter.astype(np.float16))
    if not model:
        print("\nMiniLM is not installed: only the fits without vectors were made.")
    if options.write:
        kept = json.loads(FITS.read_text(encoding="utf-8"))
        FITS.write_text(json.dumps(kept | fits, indent=1) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
