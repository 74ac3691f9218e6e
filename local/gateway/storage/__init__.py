"""The storage door: buckets and files, with policies on storage.objects deciding."""

from __future__ import annotations

from local.gateway.storage.routes import storage_routes

__all__ = ["storage_routes"]
