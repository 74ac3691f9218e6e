"""The processes of a run: command lines, variables, and how each shows that it is ready."""

from __future__ import annotations

import json
import signal
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

from local.child import Part
from local.configuration import BadConfiguration
from local.plan import ROOT, Plan
from local.stand_in_names import STAND_INS
from romashka.channels import build_channels
from romashka.settings import BadSetting, Settings
from romashka.vault import Vault

LOOPBACK_HOSTS = "127.0.0.1,localhost,::1"
OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def parts_of(plan: Plan) -> list[Part]:
    """The parts of a run but Postgres, in the order in which they start; they end in reverse."""
    parts = [] if plan.project else [gateway(plan)]
    if plan.stand_ins:
        parts.append(standins(plan))
    return [*parts, worker(plan), webhooks(plan)]


def gateway(plan: Plan) -> Part:
    """Supabase's API for the embedded database."""
    part = _part(
        plan,
        "gateway",
        ("-m", "local.gateway"),
        gateway_environment(plan),
        lambda _: answers(health_address(plan, "gateway")),
    )
    return replace(part, serves_others=True, port=plan.ports.api)


def standins(plan: Plan) -> Part:
    """The platforms' stand-ins."""
    port = ("--port", str(plan.ports.standins), "--mail-port", str(plan.ports.mail))
    options = (*port, "--webhooks-url", plan.webhooks_url)
    part = _part(
        plan,
        "standins",
        ("-m", "local.standins", *options),
        standins_environment(plan),
        lambda _: answers(health_address(plan, "standins")),
        stop_within_s=5.0,
    )
    return replace(part, port=plan.ports.standins)


def webhooks(plan: Plan) -> Part:
    """The Flask application under gunicorn."""
    part = _part(
        plan,
        "webhooks",
        ("-m", "gunicorn", "-c", "webhooks/gunicorn.conf.py", "webhooks:create_app()"),
        environment(plan) | {"METRICS_DIR": str(plan.state / "metrics")},
        lambda _: answers(health_address(plan, "webhooks")),
    )
    return replace(part, port=plan.ports.webhooks)


def worker(plan: Plan) -> Part:
    """Replies, deliveries and upkeep; its own heartbeat says that it is ready."""
    return _part(
        plan,
        "worker",
        ("-m", "worker"),
        environment(plan),
        lambda pid: is_heard(health_address(plan, "worker"), pid),
    )


def health_address(plan: Plan, name: str) -> str:
    """Where a part, or for the worker webhooks on its behalf, says whether it is ready."""
    addresses = {
        "gateway": f"http://127.0.0.1:{plan.ports.api}/health",
        "standins": f"http://127.0.0.1:{plan.ports.standins}/healthz",
        "webhooks": f"{plan.webhooks_url}/healthz",
        "worker": f"{plan.webhooks_url}/readyz",
    }
    return addresses[name]


def check_settings(environ: Mapping[str, str]) -> None:
    """Read the settings as the parts will; raises BadConfiguration with the variable's name."""
    try:
        settings = Settings.from_env(environ)
        build_channels(settings)
        Vault(settings.romashka_secret_keys)
    except BadSetting as error:
        raise BadConfiguration(
            f"{error}: mend it in .env (or the environment), or remove it; .env.example explains it"
        ) from error


def environment(plan: Plan) -> dict[str, str]:
    """The variables of webhooks, worker and stand-ins: settings, addresses and credentials."""
    own = {
        "DATABASE_URL": plan.db_url,
        "SUPABASE_URL": plan.api_url,
        "SUPABASE_SECRET_KEY": plan.service_role_key,
        "SUPABASE_PUBLISHABLE_KEY": plan.anon_key,
        "WEBSITE_WEBHOOK_SECRET": plan.channel_setting("WEBSITE_WEBHOOK_SECRET"),
        "ROMASHKA_SECRET_KEYS": plan.channel_setting("ROMASHKA_SECRET_KEYS"),
        "WEBHOOK_BIND": f"127.0.0.1:{plan.ports.webhooks}",
    }
    for channel in plan.stand_ins:
        stand_in = STAND_INS[channel]
        names = {*stand_in.needed, *stand_in.more} - set(stand_in.addresses)
        own |= {name: plan.channel_setting(name) for name in names}
        own |= {name: plan.stand_in_url(at) for name, at in stand_in.addresses.items()}
    return _base(plan) | own


def standins_environment(plan: Plan) -> dict[str, str]:
    """The variables of the stand-ins, without the accounts of channels that they do not play."""
    others = [stand_in for name, stand_in in STAND_INS.items() if name not in plan.stand_ins]
    real = {name for stand_in in others for name in (*stand_in.needed, *stand_in.more)}
    return {name: value for name, value in environment(plan).items() if name not in real}


def gateway_environment(plan: Plan) -> dict[str, str]:
    """The variables of the gateway: the superuser's address and the keys it honours."""
    return _base(plan) | {
        "GATEWAY_DATABASE_URL": plan.admin_db_url,
        "GATEWAY_REQUESTS_URL": plan.local_db_url("authenticator", plan.secrets.authenticator),
        "GATEWAY_JWT_SECRET": plan.secrets.jwt_secret,
        "GATEWAY_STORAGE": str(plan.state / "storage"),
        "GATEWAY_FUNCTIONS": str(ROOT / "supabase" / "functions"),
        "GATEWAY_PORT": str(plan.ports.api),
        "DENO_DIR": plan.environ.get("DENO_DIR") or str(plan.state / "deno"),
    }


def answers(url: str) -> bool:
    """Whether an address answers 200 right now."""
    try:
        with OPENER.open(url, timeout=2.0) as response:
            return bool(response.status == 200)
    except (OSError, ValueError):
        return False


def is_heard(url: str, pid: int) -> bool:
    """Whether webhooks is ready and has heard this very worker: an earlier one's last heartbeat
    counts for five seconds after its end.
    """
    try:
        with OPENER.open(url, timeout=2.0) as response:
            workers = json.load(response)["workers"]
    except (OSError, ValueError, KeyError):
        return False
    return any(worker.get("pid") == pid for worker in workers)


def reasons(url: str, timeout_s: float = 5.0) -> str:
    """What an address that is not ready says about it, in one line; empty when it answers 200."""
    try:
        with OPENER.open(url, timeout=timeout_s) as response:
            return "" if response.status == 200 else f"HTTP {response.status}"
    except urllib.error.HTTPError as error:
        body = error.read(4000).decode(errors="replace")
        return _short(body) or f"HTTP {error.code}"
    except (OSError, ValueError) as error:
        return str(error)


def _short(body: str) -> str:
    """The reasons that webhooks gives; anything else as it came."""
    try:
        found = json.loads(body).get("reasons")
    except (ValueError, AttributeError):
        return body.strip()
    return "; ".join(str(reason) for reason in found or ())


def _base(plan: Plan) -> dict[str, str]:
    """The run's own variables, with proxies kept away from this machine's own addresses."""
    hosts = ",".join(filter(None, (plan.environ.get("NO_PROXY"), LOOPBACK_HOSTS)))
    return {**plan.environ, "NO_PROXY": hosts, "no_proxy": hosts, "PYTHONUNBUFFERED": "1"}


def _part(
    plan: Plan,
    name: str,
    arguments: tuple[str, ...],
    variables: Mapping[str, str],
    is_ready: Callable[[int], bool],
    stop_within_s: float = 12.0,
) -> Part:
    return Part(
        name=name,
        command=(sys.executable, *arguments),
        environment=variables,
        directory=Path(ROOT),
        log=plan.state / "log" / f"{name}.log",
        is_ready=is_ready,
        first_signal=signal.SIGTERM,
        stop_within_s=stop_within_s,
    )
