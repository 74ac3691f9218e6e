"""`romashka doctor`: checks what may be wrong; each says what it means and the exact fix."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass

import typer

from console.output import counted, data, data_json, paint
from console.problems import CHECK_FAILED

COLOURS = {"ok": "green", "warning": "yellow", "failed": "red", "skipped": "dim"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What one check found. `state` is ok, warning, failed, or skipped where it cannot be told."""

    name: str
    state: str
    meaning: str
    fix: str = ""


Check = Callable[[], Finding]


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """A check, and by name those that can tell nothing where it failed."""

    first: Check
    others: Mapping[str, Check]


def run(*, as_json: bool, quick: bool, online: bool) -> None:
    """Run the checks and print them; exit code 5 when one failed."""
    began = time.monotonic()
    findings = []
    for finding in _findings(quick=quick, online=online):
        findings.append(finding)
        if not as_json:
            data(_line(finding))
    failed = [finding.name for finding in findings if finding.state == "failed"]
    seconds = round(time.monotonic() - began, 2)
    if as_json:
        checks = [asdict(finding) for finding in findings]
        data_json({"ok": not failed, "seconds": seconds, "checks": checks})
    else:
        bad = f"{len(failed)} failed: {', '.join(failed)}" if failed else "nothing failed"
        data(f"{counted(len(findings), 'check')} in {seconds} s, {bad}")
    if failed:
        raise typer.Exit(CHECK_FAILED)


def _findings(*, quick: bool, online: bool) -> Iterator[Finding]:
    from console.checks_here import checks_here

    yield from _each(checks_here())
    if not quick:
        from console.checks_running import checks_running

        for group in checks_running():
            yield from _group(group)
    if online:
        from console.checks_online import checks_online

        yield from _each(checks_online())


def _each(checks: Sequence[Check]) -> Iterator[Finding]:
    """Run checks one after the other; one that breaks is a failed check, not the end."""
    for check in checks:
        yield _one(check, check.__name__.replace("_", " ").strip())


def _group(group: Group) -> Iterator[Finding]:
    """Run a group; where its first check fails, one cause is said once."""
    (first,) = _each([group.first])
    yield first
    for name, check in group.others.items():
        if first.state == "failed":
            text = f"cannot be told while {first.name} fails"
            yield Finding(name=name, state="skipped", meaning=text)
        else:
            yield _one(check, name)


def _one(check: Check, name: str) -> Finding:
    try:
        return check()
    except Exception as error:
        text = f"the check itself broke: {type(error).__name__}: {error}"
        return Finding(
            name=name, state="failed", meaning=text, fix="ROMASHKA_DEBUG=1 romashka doctor"
        )


def _line(finding: Finding) -> str:
    mark = paint(f"{finding.state:>8}", COLOURS[finding.state])
    fix = f"\n{'':>10}fix: {finding.fix}" if finding.fix and finding.state != "ok" else ""
    return f"{mark}  {finding.name}: {finding.meaning}{fix}"
