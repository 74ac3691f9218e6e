"""The counterpart of the webhooks: Flask that checks the signature, reads the JSON, stores nothing.

Served by gunicorn with the same kind and number of workers: `gunicorn -c bench/plain_app.py`.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os

from flask import Flask, Response, request

bind = os.environ.get("PLAIN_BIND", "")
workers = 2
worker_class = "gevent"
worker_connections = 2000
keepalive = 5
control_socket_disable = True
wsgi_app = "bench.plain_app:create_app()"


def create_app() -> Flask:
    """The application; PLAIN_SECRET is the platform's."""
    app = Flask(__name__)
    secret = os.environ["PLAIN_SECRET"].encode()

    @app.post("/webhooks/whatsapp")
    def receive() -> Response:
        body = request.get_data()
        wanted = "sha256=" + hmac.new(secret, body, hashlib.sha256).hexdigest()
        if not hmac.compare_digest(wanted, request.headers.get("X-Hub-Signature-256", "")):
            return Response(status=401)
        json.loads(body)
        return Response("{}", content_type="application/json")

    @app.get("/healthz")
    def healthz() -> Response:
        return Response("{}", content_type="application/json")

    return app
