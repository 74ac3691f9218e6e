"""gunicorn's settings: `gunicorn -c webhooks/gunicorn.conf.py`.

gevent, because two half-sent requests already stop two of gunicorn's default workers. The
application is loaded in each worker, after gevent has replaced the sockets: hence no preload.
"""

from __future__ import annotations

import shutil
import tempfile
from typing import Any

from gunicorn.http import wsgi as gunicorn_wsgi  # type: ignore[import-untyped]  # no stubs

from romashka.log import standard_logging
from romashka.settings import Settings, share_metrics_through

settings = Settings.from_env()
metrics_directory = tempfile.mkdtemp(prefix="romashka-metrics-")
share_metrics_through(metrics_directory)
# Nobody needs to know what serves here.
gunicorn_wsgi.SERVER = "romashka"

wsgi_app = "webhooks:create_app()"
bind = settings.webhook_bind
workers = settings.webhook_workers
worker_class = "gevent"
worker_connections = 2000
preload_app = False
# Also the time a connection has to send its headers.
keepalive = 5
timeout = 30
graceful_timeout = 8
limit_request_line = 8190
limit_request_fields = 64
limit_request_field_size = 8190
accesslog = None
logconfig_dict = standard_logging(settings.log_format, "gunicorn.error")
# It would lie in the home directory and answer to whoever may read that.
control_socket_disable = True


def worker_exit(_server: Any, worker: Any) -> None:
    """Store what still waits and close the connections of a worker that stops."""
    app = getattr(worker, "wsgi", None)
    if app is not None:
        app.extensions["web"].close()


def child_exit(_server: Any, worker: Any) -> None:
    """Forget the gauges of a worker that is gone."""
    from prometheus_client.multiprocess import mark_process_dead

    mark_process_dead(worker.pid)  # type: ignore[no-untyped-call]  # untyped there


def on_exit(_server: Any) -> None:
    """Remove what the workers shared."""
    shutil.rmtree(metrics_directory, ignore_errors=True)
