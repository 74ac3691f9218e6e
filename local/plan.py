"""The plan of a run: which parts there are, where they listen and with which keys."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

from local.configuration import played_by_stand_ins, read_environment, uses_project
from local.keys import Keys, load_keys
from local.ports import LOOPBACK
from local.secrets import Secrets, load_secrets

ROOT = Path(__file__).resolve().parent.parent
STATE = ".romashka"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ports:
    """The TCP ports of a run on 127.0.0.1; the defaults are those `supabase start` uses."""

    api: int = 54321
    database: int = 54322
    webhooks: int = 8000
    standins: int = 54330
    mail: int = 54331


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Everything a run is made of; the same in every terminal of one checkout.

    `project` says that Supabase is a hosted project's. `stand_ins` are the channels whose
    platform is played by a stand-in with made-up credentials, because none are configured.
    """

    directory: Path
    environ: Mapping[str, str] = field(repr=False)
    ports: Ports
    project: bool
    stand_ins: frozenset[str]
    secrets: Secrets = field(repr=False)
    keys: Keys = field(repr=False)

    @property
    def state(self) -> Path:
        """The folder that holds all a run leaves behind."""
        return self.directory / STATE

    @property
    def api_url(self) -> str:
        """The address of Supabase: the gateway's or the project's."""
        return self._first_of("SUPABASE_URL") if self.project else _http(self.ports.api)

    @property
    def webhooks_url(self) -> str:
        """The address of the Flask application."""
        return _http(self.ports.webhooks)

    @property
    def providers_url(self) -> str | None:
        """The address of the stand-ins, where there are any."""
        return _http(self.ports.standins) if self.stand_ins else None

    def stand_in_url(self, at: str) -> str:
        """The address of what the stand-ins play: of a path, or (`smtp:`) of their mail server."""
        if at == "smtp:":
            return f"smtp://{LOOPBACK}:{self.ports.mail}"
        return f"{self.providers_url}{at}"

    @property
    def db_url(self) -> str:
        """The address of the database for the role postgres."""
        if self.project:
            return self._first_of("DATABASE_URL")
        return self.local_db_url("postgres", self.secrets.postgres)

    @property
    def admin_db_url(self) -> str:
        """The address of the embedded database for its superuser."""
        return self.local_db_url("supabase_admin", self.secrets.supabase_admin)

    def local_db_url(self, role: str, password: str) -> str:
        """The address of the embedded database for a role."""
        secret = quote(password, safe="")
        return f"postgresql://{role}:{secret}@{LOOPBACK}:{self.ports.database}/postgres"

    @property
    def anon_key(self) -> str:
        """The key that front-ends use."""
        if self.project:
            return self._first_of("SUPABASE_PUBLISHABLE_KEY", "SUPABASE_ANON_KEY")
        return self.keys.anon_key

    @property
    def service_role_key(self) -> str:
        """The key that only our own processes use."""
        if self.project:
            return self._first_of("SUPABASE_SECRET_KEY", "SUPABASE_SERVICE_ROLE_KEY")
        return self.keys.service_role_key

    @property
    def agent(self) -> tuple[str | None, str | None]:
        """E-mail and password of the agent that the console signs in as, None where unknown."""
        email = self.environ.get("ROMASHKA_AGENT_EMAIL")
        password = self.environ.get("ROMASHKA_AGENT_PASSWORD")
        if self.project or email:
            return email, password
        return self.keys.agent_email, self.keys.agent_password

    def _first_of(self, *names: str) -> str:
        return next((self.environ[name] for name in names if self.environ.get(name)), "")

    def channel_setting(self, name: str) -> str:
        """A channel's variable: as configured, or as made up for the stand-in."""
        return self.environ.get(name) or str(getattr(self.keys, name.lower()))

    def describe(self, pids: Mapping[str, int]) -> dict[str, Any]:
        """The object that `romashka status --json` prints; null for what this version lacks."""
        email, password = self.agent
        return {
            "api_url": self.api_url,
            "db_url": self.db_url,
            "anon_key": self.anon_key,
            "service_role_key": self.service_role_key,
            "webhooks_url": self.webhooks_url,
            "inbox_url": None,
            "dashboard_url": None,
            "widget_url": None,
            "agent_email": email,
            "agent_password": password,
            "providers_url": self.providers_url,
            "pids": dict(pids),
        }


def make_plan(directory: Path, environ: Mapping[str, str], ports: Ports) -> Plan:
    """Read .env, keys and variables; raises BadConfiguration or BadSecretsFile."""
    merged = read_environment(directory, environ)
    state = directory / STATE
    keys = load_keys(state)
    return Plan(
        directory=directory,
        environ=merged,
        ports=ports,
        project=uses_project(merged),
        stand_ins=played_by_stand_ins(merged),
        secrets=load_secrets(state),
        keys=keys,
    )


def _http(port: int) -> str:
    return f"http://{LOOPBACK}:{port}"
