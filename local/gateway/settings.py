"""What the gateway needs to know before it starts."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewaySettings:
    """Where the gateway listens, which database it serves and which keys it honours.

    `database_url` belongs to the superuser of the embedded server. API requests log in by
    `requests_url` as authenticator; without one they step down from the superuser, which a
    function could undo. Sizes are bytes, times are seconds.
    """

    database_url: str = field(repr=False)
    jwt_secret: str = field(repr=False)
    publishable_key: str = field(repr=False)
    secret_key: str = field(repr=False)
    storage_dir: Path
    functions_dir: Path
    requests_url: str | None = field(default=None, repr=False)
    host: str = "127.0.0.1"
    port: int = 54321
    realtime_mode: str = "plain"
    access_token_ttl: int = 3600
    sign_ups_per_hour: int = 3000
    max_rows: int = 1000
    max_json_body: int = 10 * 1024 * 1024
    max_upload: int = 50 * 1024 * 1024
    deadline: float = 30.0

    @property
    def url(self) -> str:
        """The address clients use as SUPABASE_URL."""
        return f"http://{self.host}:{self.port}"
