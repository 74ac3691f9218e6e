"""Asks the servers that tests start.

One client for all, as each new one reads the machine's certificates, which takes 30 ms of the
processor. It keeps no connection: a server may be another one when it is asked again.
"""

from __future__ import annotations

import httpx

ANEW = httpx.Limits(max_connections=None, max_keepalive_connections=0)
WEB = httpx.Client(limits=ANEW, timeout=20)
