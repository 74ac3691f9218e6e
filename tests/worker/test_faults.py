"""An exception is named in the log without its text, which may hold a customer's words."""

from __future__ import annotations

from worker.faults import fault


def test_fault_names_class_and_place() -> None:
    try:
        int("my private words")
    except ValueError as error:
        named = fault(error)
    assert named["error"] == "ValueError"
    assert named["where"].startswith("test_faults.py:")
    assert "private" not in str(named)


def test_exception_that_was_never_raised_has_no_place() -> None:
    assert fault(KeyError("x")) == {"error": "KeyError"}
