"""Checks of what the running system says of itself on /readyz."""

from __future__ import annotations

import json
from typing import Any

import httpx

from console.doctor import Finding
from local.plan import Plan

OLD_HEARTBEAT_MS = 5000


def ready(plan: Plan) -> Finding:
    """Everything says that it is ready."""
    state = _readiness(plan)
    reasons = state.get("reasons") or []
    return Finding(
        name="ready",
        state="failed" if reasons or not state else "ok",
        meaning="; ".join(reasons) or ("yes" if state else "webhooks does not answer"),
        fix="tail .romashka/log/worker.log",
    )


def heartbeat(plan: Plan) -> Finding:
    """A worker was heard of a moment ago."""
    workers = _readiness(plan).get("workers") or []
    ages = [worker["age_ms"] for worker in workers]
    good = bool(ages) and min(ages) < OLD_HEARTBEAT_MS
    return Finding(
        name="worker",
        state="ok" if good else "failed",
        meaning=f"heartbeat {min(ages):.0f} ms ago" if ages else "no worker was heard of",
        fix="tail .romashka/log/worker.log",
    )


def queues(plan: Plan) -> Finding:
    """Nothing piles up."""
    state = _readiness(plan).get("queues") or {}
    waiting = state.get("deliveries", 0) + state.get("reply_jobs", 0)
    old = state.get("oldest_delivery_ms", 0) / 1000
    return Finding(
        name="queues",
        state="warning" if old > 60 else "ok",
        meaning=f"{waiting} waiting, the oldest for {old:.0f} s",
        fix="romashka status; tail .romashka/log/worker.log",
    )


def dead_letters(plan: Plan) -> Finding:
    """Nothing was given up."""
    number = _readiness(plan).get("dead_letters", 0)
    return Finding(
        name="dead letters",
        state="warning" if number else "ok",
        meaning=f"{number} could not be processed" if number else "none",
        fix="romashka dead list",
    )


def _readiness(plan: Plan) -> dict[str, Any]:
    try:
        answer = httpx.get(f"{plan.webhooks_url}/readyz", timeout=5)
        state = json.loads(answer.text)
    except (httpx.HTTPError, ValueError):
        return {}
    return state if isinstance(state, dict) else {}
