"""The twelve languages, one module each."""

from __future__ import annotations

from worker.phrases.languages import ar, de, en, es, fr, it, nl, pl, pt, ru, tr, zh

LANGUAGES = {
    "en": en.PHRASES,
    "de": de.PHRASES,
    "fr": fr.PHRASES,
    "es": es.PHRASES,
    "it": it.PHRASES,
    "pt": pt.PHRASES,
    "nl": nl.PHRASES,
    "pl": pl.PHRASES,
    "ru": ru.PHRASES,
    "tr": tr.PHRASES,
    "ar": ar.PHRASES,
    "zh": zh.PHRASES,
}
