"""The questions of one message: which it asks about another article, which an answer leaves out."""

# ruff: noqa: RUF001 - letters of other scripts are meant

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from operator import attrgetter

from worker.calibration import Verdict
from worker.grounding import is_beside, shares
from worker.knowledge import Passage
from worker.language import primary
from worker.matching import LONGEST_QUESTION, matches

# Where one question of a message may end and another begin.
QUESTION_END = r"[.!?…\n,;\u3002\uff01\uff1f\u061f\u060c\uff0c]"
AND: Mapping[str, str] = {
    "ar": r"\sو",
    "de": r"\bund\b",
    "en": r"\band\b",
    "es": r"\b[ye]\b",
    "fr": r"\bet\b",
    "it": r"\bed?\b",
    "nl": r"\ben\b",
    "pl": r"\b(?:i|oraz)\b",
    "pt": r"\be\b",
    "ru": r"\bи\b",
    "tr": r"\bve\b",
    "zh": "[和并]",
}
# How a question begins, so that one behind an "and" is told from "terms and conditions"; in some
# languages, how it goes on.
ASKING: Mapping[str, str] = {
    "ar": r"(?:هل|كيف|متى|أين|كم|لماذا|ماذا|أيمكن)\b",
    "de": r"(?:wie|wann|wo|was|warum|welche[mnrs]?)\b"
    r"|(?:kann|darf|muss|soll|bekomme|könn(?:en|te|ten|t)|habt|haben|nehm(?:en|t)|liefer(?:n|t)"
    r"|akzeptier(?:en|t)|biete[nt]|gibt|ist|sind) (?:ich|man|wir|ihr|sie|es|das|die|der|ein)\b",
    "en": r"(?:how|what|when|where|which|who|why)\b"
    r"|(?:can|could|do|does|did|is|are|will|would|may|should|must|have|has)"
    r" (?:i|you|we|they|it|he|she|there|the|my|your|this|that|these|any)\b",
    "es": r"(?:cómo|como|cuándo|cuando|dónde|donde|cuánt[oa]s?|cuant[oa]s?|cuál(?:es)?|qué"
    r"|por qué|quién|puedo|podemos|se puede|hay|tienen|tenéis|aceptan|aceptáis|es posible)\b",
    "fr": r"(?:comment|quand|où|combien|quel(?:le)?s?|pourquoi|est-ce|qu'est-ce|puis-je|peut-on"
    r"|pouvez-vous|avez-vous|acceptez-vous|faites-vous|livrez-vous|y a-t-il|je peux|on peut)\b",
    "it": r"(?:come|quando|dove|quant[oaie]|qual[ei]|perché|posso|possiamo|si può|c'è|ci sono"
    r"|avete|accettate|fate|è possibile)\b",
    "nl": r"(?:hoe|wanneer|waar|wat|welke?|waarom)\b"
    r"|(?:kan|kunnen|mag|moet|is|zijn|hebben|heeft|nemen|bieden)"
    r" (?:ik|je|jij|we|wij|jullie|u|er|het|de)\b",
    "pl": r"(?:czy|jak|kiedy|gdzie|ile|jak(?:i|a|ie)|dlaczego|mogę|można|macie)\b",
    "pt": r"(?:como|quando|onde|quant[oa]s?|qual|quais|o que|por que|posso|podemos|dá para"
    r"|há|têm|vocês|aceitam|é possível)\b",
    "ru": r"(?:как|когда|где|куда|сколько|как(?:ой|ая|ие)|почему|можно|могу|есть ли|вы)\b",
    "tr": r"[^.!?]*\b(?:nasıl|ne zaman|ne kadar|nerede|kaç|hangi|neden|m[ıiuü](?:y[ıiuü][mz])?"
    r"|m[ıiuü]s[ıiuü]n[ıiuü]z)\b",
    "zh": "[^。！？]*(?:吗|多久|多少|怎么|如何|哪|什么|是否|能不能|可不可以)",
}
# A question that is so near to a title or phrasing asks about that article, whatever else is asked.
SAME_QUESTION = 0.6
# What ends a sentence, to be kept with it.
SENTENCE_END = re.compile(r"([.!?…\n;\u3002\uff01\uff1f\u061f]+)")
ASKS = re.compile("[?\uff1f\u061f]")


def also_asked(question: str, language: str | None, verdict: Verdict) -> tuple[Passage, ...]:
    """The articles that a message with several questions asks about beside the best one.

    An answer from one article would leave them out, and nobody would know.
    """
    best, *_ = found = tuple(match.passage for match in verdict.ranked)
    nearest = (
        max(matches(one, found), key=attrgetter("likeness")) for one in _parts(question, language)
    )
    about = dict.fromkeys(near.passage for near in nearest if near.likeness >= SAME_QUESTION)
    return tuple(passage for passage in about if passage is not best) if best in about else ()


def left_out(question: str, language: str | None, passages: tuple[Passage, ...]) -> str | None:
    """The questions of a message that an answer from these articles leaves out, a line each: those
    that share nothing with them, where the rest of the message does; None where there are none."""
    spoken = primary(language or passages[0].language)
    texts = tuple(
        replace(one, article="\n".join((one.article, *one.phrasings))) for one in passages
    )
    pieces = _pieces(question, spoken)
    beside = [said for said, asks in pieces if asks and is_beside(said, spoken, texts)]
    others = (said for said, _ in pieces if said not in beside)
    if not beside or not any(shares(said, spoken, texts) for said in others):
        return None
    return "\n".join(said.strip() for said in beside)


def _pieces(question: str, language: str) -> list[tuple[str, bool]]:
    """The sentences of a message, each with whether it asks something; of several questions in one
    sentence each is a piece, as of "how long does it take and can I pay by invoice"."""
    said = [*SENTENCE_END.split(question[:LONGEST_QUESTION]), ""]
    pieces: list[tuple[str, bool]] = []
    for sentence, end in zip(said[::2], said[1::2], strict=True):
        first, *more = re.split(_between(language), sentence, flags=re.IGNORECASE)
        if more and not _begins_asking(first, language):
            first, more = sentence, []
        asks = bool(more) or ASKS.search(end) is not None
        pieces += [(part, asks) for part in (first, *more)]
    return pieces


def _between(language: str) -> str:
    """What stands between two questions of one sentence; nothing where we cannot tell."""
    asking = ASKING.get(language)
    return rf"(?:{AND[language]})\s*(?={asking})" if asking else "(?!)"


def _begins_asking(text: str, language: str) -> bool:
    """Whether a text begins as a question does, behind a greeting too."""
    asking = ASKING.get(language, "(?!)")
    return re.search(rf"(?:^|[,:\u060c\uff0c])\s*(?:{asking})", text, re.IGNORECASE) is not None


def _parts(question: str, language: str | None) -> list[str]:
    """The parts of a message that may be questions of their own."""
    between = f"{QUESTION_END}|{AND.get(primary(language or ''), QUESTION_END)}"
    parts = re.split(between, question[:LONGEST_QUESTION], flags=re.IGNORECASE)
    return [one for one in parts if one.strip()]
