"""Public sets become folders that the benchmarks read; nothing of the sets is needed for it."""

from __future__ import annotations

import json
from pathlib import Path

from bench.faq import read_faq
from bench.intent_sets import home, shop


def lines(path: Path, rows: list[tuple[str, str]]) -> str:
    """A file of HINT3's with these examples."""
    path.write_text("sentence,label\n" + "".join(f"{text},{name}\n" for text, name in rows))
    return str(path)


def test_what_a_shop_could_not_place_is_asked_as_what_no_article_answers(tmp_path: Path) -> None:
    known = lines(tmp_path / "train.csv", [("Cancel it", "CANCEL"), ("Stop it", "CANCEL")] * 2)
    asked = lines(tmp_path / "test.csv", [("Please cancel", "CANCEL"), ("Hm", "NONE")])
    shop(known, asked, str(tmp_path / "shop"), "2")
    faq = read_faq(tmp_path / "shop", None)
    assert [article.title for article in faq.articles] == ["Cancel"]
    assert {(one.text, one.gold, one.kind) for one in faq.questions} == {
        ("Please cancel", "CANCEL", "in"),
        ("Hm", None, "near_oos"),
    }


def test_a_quarter_of_the_intents_at_home_has_no_article(tmp_path: Path) -> None:
    for part in ("train", "test"):
        (tmp_path / part).mkdir()
        names = [name for name in "abcd" for _ in range(3)]
        texts = [f"{part} {name} {number}" for number, name in enumerate(names)]
        (tmp_path / part / "seq.in").write_text("\n".join(texts))
        (tmp_path / part / "label").write_text("\n".join(names))
    (tmp_path / "clinc.json").write_text(json.dumps({"oos_test": [["Far away", "oos"]]}))
    folder = str(tmp_path / "home")
    home(str(tmp_path / "train"), str(tmp_path / "test"), str(tmp_path / "clinc.json"), folder)
    faq = read_faq(tmp_path / "home", None)
    assert len(faq.articles) == 3
    assert sorted(one.kind for one in faq.questions) == ["far_oos"] + ["in"] * 9 + ["near_oos"] * 3
