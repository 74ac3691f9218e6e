"""IN: the Flask application that takes the platforms' webhooks and stores them."""

from __future__ import annotations

from flask import Flask

from romashka.log import configure_logging
from romashka.settings import Settings
from webhooks.door import FastPath
from webhooks.routes import register_routes
from webhooks.web import start_web


def create_app(settings: Settings | None = None) -> Flask:
    """The application, running: settings from the environment unless given.

    Close it with `app.extensions["web"].close()`. Raises BadSetting.
    """
    settings = settings or Settings.from_env()
    configure_logging(settings.log_format)
    app = Flask(__name__, static_folder=None)
    web = start_web(settings)
    app.extensions["web"] = web
    register_routes(app)
    app.wsgi_app = FastPath(web.door, app.wsgi_app)  # type: ignore[method-assign]  # Flask's way
    return app
