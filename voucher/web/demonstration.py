"""What only the demonstration shows: its people, the code of their app, and companies to try."""

from typing import Any

from flask import Flask, session
from flask_security import Security

from voucher.core import clock
from voucher.sandbox import cast
from voucher.sandbox.companies_house.register import UNUSED


def init_demonstration(app: Flask, security: Security) -> None:
    """Give the pages the fictional people, codes and companies, in the demonstration alone."""
    if not app.extensions["settings"].is_demonstration:
        return

    def code() -> dict[str, Any]:
        user = security.datastore.find_user(fs_uniquifier=session.get("tf_user_id", ""))
        known = user is not None and user.email in {each.email for each in cast.CAST}
        if not known:
            return {}
        now = clock.now()
        return {"shown_code": cast.code_at(now, last_counter=user.totp_last_counter)}

    app.jinja_env.globals["unused_companies"] = UNUSED
    security.login_context_processor(lambda: {"cast": cast.CAST, "cast_password": cast.PASSWORD})
    security.tf_token_validation_context_processor(code)
