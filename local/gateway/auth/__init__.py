"""The auth door: sign-ups, sign-ins, sessions and users, in the auth server's shapes."""

from __future__ import annotations

from local.gateway.auth.routes import auth_routes

__all__ = ["auth_routes"]
