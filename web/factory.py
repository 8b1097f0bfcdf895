"""Build a site: a Flask app with everything that both sites share."""

from datetime import timedelta
from pathlib import Path

from flask import Flask
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from flask_wtf import CSRFProtect
from werkzeug.middleware.proxy_fix import ProxyFix

from excise.config import Settings
from excise.db import Database
from web import db, errors, fields, headers, health, i18n, incoming, logs, pages, problems, ui

PUBLIC = ("health.alive", "health.ready", *pages.PUBLIC, *problems.PUBLIC)
MEBIBYTE = 1 << 20
# Seconds to wait for the store of the rate limits, when several processes share one.
COUNTING_PATIENCE: dict[str, str | int] = {"socket_connect_timeout": 1, "socket_timeout": 1}


def create_base_app(site: str, settings: Settings) -> Flask:
    """Return the app of `site` ("portal", "backoffice"), without its accounts and its pages.

    It may only see its own templates and the shared ones. Its cookies and its
    secrets are its own, because browsers hand cookies to every port of a host.
    """
    app = Flask(
        site, template_folder=None, static_folder=None, root_path=str(Path(__file__).parent)
    )
    app.config.update(_config(site, settings))
    app.extensions["settings"] = settings
    homes = {"portal": settings.public_url, "backoffice": settings.backoffice_url}
    app.extensions["home_url"] = homes[site]
    ui.init_app(app, site)
    logs.init_app(app)
    headers.init_app(app, https=settings.https)
    incoming.init_app(app)
    i18n.init_app(app)
    db.init_app(app, Database(settings.database_url))
    app.extensions["rate_limits"] = _limit(app, site, settings)
    CSRFProtect(app)
    fields.init_app(app)
    errors.init_app(app)
    health.init_app(app, settings)
    app.register_blueprint(pages.bp)
    problems.init_app(app, settings.report_limit)
    app.jinja_env.globals.update(demo=settings.demo, navigation=list, request_id=logs.request_id)
    if settings.https:  # TLS ends at the one proxy in front of us, which says who asked
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=1, x_proto=1, x_host=1)  # type: ignore[method-assign]
    logs.stand_before(app, site, behind_proxy=settings.https)
    return app


def _config(site: str, settings: Settings) -> dict[str, object]:
    prefix = "__Host-" if settings.https else ""
    return {
        "SECRET_KEY": settings.secret(f"{site}-cookies"),
        "SESSION_COOKIE_NAME": f"{prefix}{site}",
        "SESSION_COOKIE_SECURE": settings.https,
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "SESSION_COOKIE_PATH": "/",
        "REMEMBER_COOKIE_NAME": f"{prefix}{site}_remember",
        "PERMANENT_SESSION_LIFETIME": timedelta(hours=12),
        "MAX_CONTENT_LENGTH": 64 * MEBIBYTE,
        "MAX_FORM_MEMORY_SIZE": 8 * MEBIBYTE,
        "MAX_FORM_PARTS": 20_000,  # a return of 1,000 lines has more than Flask's 1,000 fields
        "WTF_CSRF_TIME_LIMIT": None,  # filling in a long return takes more than an hour
        "WTF_CSRF_SSL_STRICT": settings.https,
    }


def _limit(app: Flask, site: str, settings: Settings) -> Limiter:
    shared = not settings.rate_limit_storage.startswith("memory:")
    limiter = Limiter(
        get_remote_address,
        app=app,
        application_limits=[settings.address_limit],
        storage_uri=settings.rate_limit_storage,
        storage_options=COUNTING_PATIENCE if shared else {},
        key_prefix=site,
        # Without the shared store each process counts alone: nobody is sent away for it.
        in_memory_fallback_enabled=shared,
        swallow_errors=shared,
        headers_enabled=True,  # Retry-After
    )
    limiter.exempt(health.bp)
    return limiter
