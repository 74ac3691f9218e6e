"""gunicorn's settings: `gunicorn -c webhooks/gunicorn.conf.py`.

gevent, because two half-sent requests already stop two of gunicorn's default workers. The
application is loaded in each worker, after gevent has replaced the sockets: hence no preload.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import gevent  # type: ignore[import-untyped]  # no stubs
from gunicorn.http import wsgi as gunicorn_wsgi  # type: ignore[import-untyped]  # no stubs
from gunicorn.workers.ggevent import GeventWorker  # type: ignore[import-untyped]  # no stubs

from romashka.log import standard_logging
from romashka.settings import Settings, share_metrics_through

IDLE_AT_THE_END_S = 0.5


class Worker(GeventWorker):  # type: ignore[misc]  # no stubs
    """gunicorn's, except that at its end it does not wait for connections without a request."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._idle: dict[gevent.Timeout, gevent.Greenlet] = {}

    @contextmanager
    def timeout_ctx(self) -> Iterator[None]:
        """Around the wait for the next request on a connection."""
        pause = gevent.Timeout(self.cfg.keepalive if self.alive else IDLE_AT_THE_END_S, False)
        with pause:
            self._idle[pause] = gevent.getcurrent()
            try:
                yield
            finally:
                del self._idle[pause]

    def handle_exit(self, sig: int, frame: Any) -> None:
        """Told to stop: what is idle ends soon, requests under way go on."""
        super().handle_exit(sig, frame)
        loop = gevent.get_hub().loop
        gevent.spawn_later(IDLE_AT_THE_END_S, loop.run_callback, self._let_go)

    def _let_go(self) -> None:
        for pause, connection in list(self._idle.items()):
            if pause in self._idle:
                connection.throw(pause)


settings = Settings.from_env()
metrics_directory = settings.metrics_dir or tempfile.mkdtemp(prefix="romashka-metrics-")
# Left behind by a server that was killed.
shutil.rmtree(metrics_directory, ignore_errors=True)
os.makedirs(metrics_directory, mode=0o700)
share_metrics_through(metrics_directory)
# Nobody needs to know what serves here.
gunicorn_wsgi.SERVER = "romashka"

wsgi_app = "webhooks:create_app()"
bind = settings.webhook_bind
workers = settings.webhook_workers
worker_class = Worker
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
