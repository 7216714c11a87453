"""A small application with the web's look and no database."""

from pathlib import Path

import pytest
from flask import Flask

from config import ROOT, Settings
from voucher.web.assets import init_assets
from voucher.web.display import init_display
from voucher.web.errors import init_errors
from voucher.web.forms import init_forms


@pytest.fixture
def small_app(tmp_path: Path) -> Flask:
    """Templates, filters, forms and error pages of the real application, and nothing else."""
    app = Flask("voucher", root_path=str(ROOT / "voucher"), template_folder=str(ROOT / "templates"))
    app.config.update(SECRET_KEY="only for tests", WTF_CSRF_ENABLED=False)
    app.extensions["settings"] = Settings(data_dir=tmp_path)
    init_assets(app)
    init_display(app)
    init_forms(app)
    init_errors(app)
    return app
