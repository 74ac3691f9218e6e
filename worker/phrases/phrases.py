"""What a language has to bring to be understood without a model."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Phrases:
    """One language; each list is a text of entries separated by blanks: a word, a `stem*`, or
    `several_words` in a row. How the lists combine is in `worker/phrases/rules.py`.

    `hello`, `welcome`, `ask`, `introduction`, `rest` and `to_person` are ours to say: to a
    greeting, to thanks, to a message without words, to who asks whether we are a machine, below an
    answer that leaves a question out, and as the choice that leads to people.
    """

    hello: str
    welcome: str
    ask: str
    introduction: str
    rest: str
    to_person: str

    greetings: str
    # "Ok" and the like: said to an answer of ours, it asks for nothing.
    assent: str
    # "Are you a robot?", and how such a question goes on ("or a human?").
    asks_who: str
    thanks: str
    # A wish for help that does not say with what, and the words around it.
    help: str
    asking: str
    # What may stand beside greetings, thanks, and a person asked for by nothing but their name.
    fillers: str

    # A wish for a human: `speak` or `want` and a person close together (`someone` only of `speak`),
    # `human` by itself, a `bare` person as the whole message, a `bot` that is `refused`, or talk
    # with a `machine`. What is in `unless` undoes it.
    speak: str
    want: str
    person: str
    someone: str
    bare: str
    human: str
    refused: str
    bot: str
    machine: str
    unless: str

    # A complaint: `complaint` by itself, `file` and a `claim` close together, `never` and `again`,
    # a `disaster` beside one of `ours` or alone. What is in `undone` undoes it. A word of
    # `complaining`, a `claim` and a `disaster` say nothing in or close behind what is in
    # `uncomplaining` ("I rarely complain").
    complaint: str
    complaining: str
    file: str
    claim: str
    never: str
    again: str
    disaster: str
    ours: str
    uncomplaining: str
    undone: str = ""

    not_helped: str
    # What turns a wish round: "I do not want to cancel".
    declines: str

    # Sentiment: words and the negations that turn the next ones round.
    good: str
    bad: str
    angry: str
    negation: str

    # Words that look like one of the above with a letter wrong, and are none.
    plain: str = ""

    # Whether verbs may come after their objects, and whether wishes do.
    verb_last: bool = False
    want_last: bool = False
