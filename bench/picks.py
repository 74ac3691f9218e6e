"""What customers' picks teach the built-in answerer: `python -m bench.picks FOLDER… [--seed N]`.

Folders are as bench/faq.py says. Customers ask questions of one half of a set, a quarter of them
about what no article answers. Where the answerer asks back, six of ten pick the article that is
right, or, where it is not their question's first one, something else; the others leave. After
every hundred customers the gate is learned by the product's own SQL and holds for the next
hundred. Printed is, for the other half of the questions and the mean of several runs, what is
answered right and what is wrong, after so many customers; the first line is the gate as shipped.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from bench.answers import turn_of
from bench.domains import OUTSIDE
from bench.faq import Faq, read_faq
from bench.faq_desk import FaqDesk, faq_desk
from bench.fitting import Matrix
from worker.embedding.minilm import find_model, load
from worker.model.embedded import CLARIFY_FROM, extract
from worker.turn import MAX_WRONG_RATE, THRESHOLD

Flags = npt.NDArray[np.bool_]
Places = npt.NDArray[np.int64]
RUNS = 8
BLOCK = 100
BLOCKS = (0, 2, 5, 15)
PICKING = 0.6
CUSTOMERS = """
with customers as (
  insert into public.customer_profiles (id)
  select gen_random_uuid() from unnest(%(confidence)s::float8[])
  returning id
),
numbered as (select id, row_number() over () as place from customers),
conversations as (
  insert into public.conversations (channel_id, customer_id, channel_type)
  select channels.id, numbered.id, channels.type
  from numbered
  cross join (select id, type from public.channels order by type limit 1) as channels
  returning id, customer_id
),
runs as (
  insert into public.ai_runs (reply_job_id, conversation_id, attempt, outcome, confidence, fit)
  select gen_random_uuid(), conversations.id, 1, 'answered', asked.confidence, %(fit)s
  from conversations
  join numbered on numbered.id = conversations.customer_id
  join unnest(%(confidence)s::float8[]) with ordinality as asked (confidence, place)
    on asked.place = numbered.place
  returning id, conversation_id
)
insert into public.ai_labels (run_id, verdict, source)
select runs.id, judged.verdict, 'pick'
from runs
join conversations on conversations.id = runs.conversation_id
join numbered on numbered.id = conversations.customer_id
join unnest(%(verdict)s::text[]) with ordinality as judged (verdict, place)
  on judged.place = numbered.place
where judged.verdict is not null
"""
CHANNEL = """
insert into public.channels (type, name) values ('website', 'Website') on conflict do nothing
"""
FORGET = "delete from public.ai_runs"


@dataclass(frozen=True, slots=True, kw_only=True)
class Guesses:
    """The guess at every question: its confidence, and whether it is right; `inside` says which
    questions have an article. `fit` and `gate` are as shipped."""

    confidence: Matrix
    is_right: Flags
    inside: Flags
    fit: str
    gate: float

    def of(self, places: Places) -> Guesses:
        """Those at these places."""
        return Guesses(
            confidence=self.confidence[places],
            is_right=self.is_right[places],
            inside=self.inside[places],
            fit=self.fit,
            gate=self.gate,
        )


def guess_all(desk: FaqDesk, faq: Faq) -> Guesses:
    """The guess at every question of a business; those for people are settled before."""
    desk.stock(faq)
    asked = [one for one in faq.questions if one.kind != "must_human"]
    replies = [extract(turn_of(desk, question, THRESHOLD)) for question in asked]
    guessed = [(one, reply) for one, reply in zip(asked, replies, strict=True) if reply.fit]
    first = [desk.key_of(str(reply.sources[0]["article_id"])) for _, reply in guessed]
    return Guesses(
        confidence=np.array([reply.confidence for _, reply in guessed]),
        is_right=np.array(
            [key == one.gold for key, (one, _) in zip(first, guessed, strict=True)], bool
        ),
        inside=np.array([one.gold is not None for one, _ in guessed], bool),
        fit=str(guessed[0][1].fit),
        gate=float(guessed[0][1].needed or 1),
    )


def shares(guesses: Guesses, gate: float) -> tuple[float, float]:
    """Which share of the questions with an article is answered right above a gate, and which of the
    answers is wrong where a quarter of the questions has none."""
    given = guesses.confidence > gate
    right = float((given & guesses.is_right & guesses.inside).sum() / guesses.inside.sum())
    inside = float((given & guesses.inside).sum() / guesses.inside.sum())
    outside = float((given & ~guesses.inside).sum() / max((~guesses.inside).sum(), 1))
    answered = (1 - OUTSIDE) * inside + OUTSIDE * outside
    return right, (answered - (1 - OUTSIDE) * right) / answered if answered else 0.0


def gates(
    desk: FaqDesk, guesses: Guesses, chance: np.random.Generator, blocks: Sequence[int]
) -> Iterator[tuple[int, float]]:
    """The gate after so many blocks of customers, of one life of a business."""
    desk.run(CHANNEL)
    desk.run(FORGET)
    gate = guesses.gate
    for block in range(max(blocks) + 1):
        if block:
            serve(desk, guesses, gate, chance)
            gate = gate_learned(desk, guesses)
        if block in blocks:
            yield block, gate


def gate_learned(desk: FaqDesk, guesses: Guesses) -> float:
    """The gate that the database would use now: what it learned, or else the shipped one."""
    learned = desk.value(
        "select gate from private.learned_gate(%s, %s)", guesses.fit, MAX_WRONG_RATE
    )
    return max(THRESHOLD, guesses.gate if learned is None else float(learned))


def serve(desk: FaqDesk, guesses: Guesses, gate: float, chance: np.random.Generator) -> None:
    """A block of customers asks; who is asked back may pick."""
    inside, outside = np.flatnonzero(guesses.inside), np.flatnonzero(~guesses.inside)
    is_inside = chance.random(BLOCK) >= OUTSIDE
    places = np.where(is_inside, chance.choice(inside, BLOCK), chance.choice(outside, BLOCK))
    confidence = guesses.confidence[places]
    asked_back = (confidence > CLARIFY_FROM) & (confidence <= gate)
    picks = asked_back & (chance.random(BLOCK) < PICKING)
    verdicts = np.where(guesses.is_right[places], "right", "wrong")
    desk.run(
        CUSTOMERS,
        fit=guesses.fit,
        confidence=confidence.tolist(),
        verdict=[
            str(verdict) if pick else None for verdict, pick in zip(verdicts, picks, strict=True)
        ],
    )


def learn(
    desk: FaqDesk, guesses: Guesses, seed: int, runs: int = RUNS, blocks: Sequence[int] = BLOCKS
) -> Iterator[tuple[int, float, float, float]]:
    """Customers, the mean gate, and the mean shares of the other half of the questions."""
    found: dict[int, list[tuple[float, float, float]]] = {block: [] for block in blocks}
    for run in range(runs):
        chance = np.random.default_rng([seed, run])
        mixed = chance.permutation(len(guesses.confidence))
        known, others = guesses.of(mixed[::2]), guesses.of(mixed[1::2])
        for block, gate in gates(desk, known, chance, blocks):
            found[block].append((gate, *shares(others, gate)))
    for block, values in found.items():
        gate, right, wrong = np.mean(values, axis=0)
        yield block * BLOCK, float(gate), float(right), float(wrong)


def main(arguments: Sequence[str]) -> int:
    """Learns and prints; 0 when it could."""
    made = argparse.ArgumentParser(prog="bench.picks", description="Measures learning by picks.")
    made.add_argument("folders", nargs="+", type=Path, help="see bench/faq.py")
    made.add_argument("--phrasings", type=int, default=5, help="of an article, at most")
    made.add_argument("--seed", type=int, default=1)
    options = made.parse_args(arguments)
    model = find_model()
    print("business      customers    gate   right   wrong")
    with faq_desk(load(model) if model else None) as desk:
        for folder in options.folders:
            guesses = guess_all(desk, read_faq(folder, options.phrasings))
            for customers, gate, right, wrong in learn(desk, guesses, options.seed):
                line = f"{customers:9} {gate:7.3f} {right:7.1%} {wrong:7.1%}"
                print(folder.name.ljust(13), line, flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
