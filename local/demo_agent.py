"""Somebody to sign in as: the demo agent of an embedded run."""

from __future__ import annotations

from typing import Any

import httpx
import psycopg

from local.plan import Plan

TIMEOUT_S = 10.0


def ensure_demo_agent(plan: Plan) -> None:
    """Make the demo agent: a user of the auth API, and an agent by our own function."""
    email, password = plan.keys.agent_email, plan.keys.agent_password
    with psycopg.connect(plan.db_url) as connection:
        known = connection.execute("select 1 from public.agents where email = %s", [email])
        if known.fetchone() is not None:
            return
        user = _auth_user(plan, email, password)
        connection.execute(
            "select private.ensure_agent(%s, %s, %s, %s)", [user, email, "Demo Agent", "admin"]
        )


def _auth_user(plan: Plan, email: str, password: str) -> str:
    """The id of the user; made by the service key unless an earlier database left it behind."""
    credentials = {"email": email, "password": password}
    with httpx.Client(base_url=plan.api_url, timeout=TIMEOUT_S, trust_env=False) as client:
        anonymous = {"apikey": plan.anon_key}
        address = "/auth/v1/token?grant_type=password"
        answer = client.post(address, json=credentials, headers=anonymous)
        if answer.status_code == 200:
            return str(answer.json()["user"]["id"])
        key = plan.service_role_key
        service = {"apikey": key, "Authorization": f"Bearer {key}"}
        wish: dict[str, Any] = {**credentials, "email_confirm": True}
        answer = client.post("/auth/v1/admin/users", json=wish, headers=service)
        answer.raise_for_status()
        return str(answer.json()["id"])
