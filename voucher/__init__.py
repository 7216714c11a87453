"""A tech taster voucher scheme, whole: apply, award, match, redeem, claim, pay, learn."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask

    from config import Settings


def create_app(settings: "Settings | None" = None) -> "Flask":
    """Make the application from `settings` (default: read from the environment).

    A command line that asks for a tool gets the tools alone, which take no settings. The imports
    are inside because importing any module of the package runs this file, and a pure rule, the
    worker's sandbox processes or a command that needs no database must stay light.
    """
    import sys

    from voucher.cli import tools

    if settings is None and tools.asked_for(sys.argv):
        return tools.application()

    from flask import Flask

    from config import ROOT, load_settings
    from voucher.cli.commands import init_cli
    from voucher.core import clock
    from voucher.core.db import db, prepare_engine
    from voucher.integrations.services import make_services
    from voucher.web import init_web
    from voucher.web.configuration import flask_config

    settings = settings or load_settings()
    clock.follow(settings.clock_file)
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    app = Flask("voucher", root_path=str(ROOT / "voucher"), template_folder=str(ROOT / "templates"))
    app.config.from_mapping(flask_config(settings))
    app.extensions["settings"] = settings
    app.extensions["services"] = make_services(settings)
    db.init_app(app)
    with app.app_context():
        prepare_engine(db.engine)
    init_web(app)
    init_cli(app)
    return app
