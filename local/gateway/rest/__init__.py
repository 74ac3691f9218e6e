"""The REST door: the part of PostgREST that a front-end uses, on schema public."""

from __future__ import annotations

from local.gateway.rest.routes import rest_routes

__all__ = ["rest_routes"]
