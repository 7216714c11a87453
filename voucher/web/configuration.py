"""Our settings, in the names that Flask and its extensions look for."""

from datetime import timedelta
from typing import Any

from flask import current_app

from config import LARGEST_UPLOAD_BYTES, Settings
from voucher.integrations.services import Services


def settings() -> Settings:
    """The settings of the running application."""
    return current_app.extensions["settings"]


def services() -> Services:
    """The gateways to the outside services."""
    return current_app.extensions["services"]


def flask_config(chosen: Settings) -> dict[str, Any]:
    """Flask's configuration for `chosen`."""
    secure = chosen.base_url.startswith("https://")
    return {
        "SECRET_KEY": chosen.secret_key,
        "TESTING": chosen.environment == "test",
        "SQLALCHEMY_DATABASE_URI": chosen.database,
        "SQLALCHEMY_ENGINE_OPTIONS": _engine_options(chosen.database),
        "MAX_CONTENT_LENGTH": LARGEST_UPLOAD_BYTES + 64 * 1024,
        "MAX_FORM_MEMORY_SIZE": 1024 * 1024,
        "MAX_FORM_PARTS": 500,
        "SESSION_COOKIE_NAME": "voucher_session",
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "SESSION_COOKIE_SECURE": secure,
        "PERMANENT_SESSION_LIFETIME": timedelta(hours=12),
        "REMEMBER_COOKIE_SECURE": secure,
        "REMEMBER_COOKIE_HTTPONLY": True,
        "REMEMBER_COOKIE_SAMESITE": "Lax",
        "WTF_CSRF_TIME_LIMIT": None,
        "RATELIMIT_STORAGE_URI": "memory://",
        "RATELIMIT_HEADERS_ENABLED": True,
        "API_RATE_LIMITS": "120 per minute; 3000 per hour",
        "API_WRONG_KEY_LIMITS": "30 per minute; 300 per hour",
        "API_UNKNOWN_CODE_LIMITS": "10 per minute; 60 per hour",
    }


def _engine_options(database: str) -> dict[str, Any]:
    """How the database is reached. Values stay out of errors, and so out of the log: they are
    people's answers."""
    if database.startswith("sqlite"):
        return {"hide_parameters": True, "connect_args": {"timeout": 5}}
    pool = {"pool_pre_ping": True, "pool_size": 8, "max_overflow": 8}
    return {"hide_parameters": True, **pool}
