"""Checks that ask the services outside: the model's server and Meta's Graph API."""

from __future__ import annotations

from collections.abc import Sequence

import httpx

from console.doctor import Check, Finding
from console.place import plan_here

TIMEOUT_S = 15.0


def checks_online() -> Sequence[Check]:
    """The checks."""
    return (model_answers, whatsapp_number)


def model_answers() -> Finding:
    """The model's server knows the key and the model."""
    environ = plan_here().environ
    key, base = environ.get("OPENAI_API_KEY"), environ.get("OPENAI_BASE_URL")
    if not key and not base:
        text = "neither OPENAI_API_KEY nor OPENAI_BASE_URL is set"
        return Finding(name="model online", state="skipped", meaning=text)
    base = (base or "https://api.openai.com/v1").rstrip("/")
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    return _asked(
        "model online", f"{base}/models", headers, "check OPENAI_API_KEY and OPENAI_BASE_URL"
    )


def whatsapp_number() -> Finding:
    """Meta knows the token and the number."""
    plan = plan_here()
    if "whatsapp" in plan.stand_ins:
        return Finding(name="whatsapp online", state="skipped", meaning="the stand-in is used")
    base = plan.environ.get("WHATSAPP_API_URL") or "https://graph.facebook.com"
    version = plan.environ.get("WHATSAPP_API_VERSION") or "v25.0"
    number = plan.environ["WHATSAPP_PHONE_NUMBER_ID"]
    headers = {"Authorization": f"Bearer {plan.environ['WHATSAPP_API_TOKEN']}"}
    fix = "renew WHATSAPP_API_TOKEN in Meta's developer pages"
    return _asked("whatsapp online", f"{base}/{version}/{number}", headers, fix)


def _asked(name: str, address: str, headers: dict[str, str], fix: str) -> Finding:
    try:
        answer = httpx.get(address, headers=headers, timeout=TIMEOUT_S)
    except httpx.HTTPError as error:
        return Finding(name=name, state="failed", meaning=f"not reachable: {error}", fix=fix)
    good = answer.status_code == 200
    meaning = "answers" if good else f"refuses with {answer.status_code}"
    return Finding(name=name, state="ok" if good else "failed", meaning=meaning, fix=fix)
