"""Addresses of the built assets: plain name in, address with the content's digest out.

The set-up builds the files and `manifest.json` (see `.setup/assets.py`). Because a changed file
gets a new name, browsers are told to keep each for a year.
"""

import json
from pathlib import Path

from flask import Flask, Response, current_app, request, url_for

BUILD_FOLDER = "build"
KEEP_SECONDS = 365 * 24 * 60 * 60


def init_assets(app: Flask) -> None:
    """Read the manifest once, give templates `asset_url`, and set how long assets are kept.

    Without a build (a bare checkout) pages still render, with addresses that answer 404; a
    production process refuses to start that way.
    """
    folder = Path(app.static_folder or "") / BUILD_FOLDER
    names = read_manifest(folder)
    if not names:
        app.logger.warning("the front-end assets are not built: run .setup/assets.py")
    app.extensions["assets"] = names

    def asset_url(name: str) -> str:
        return url_for("static", filename=f"{BUILD_FOLDER}/{names.get(name, name)}")

    app.jinja_env.globals["asset_url"] = asset_url
    app.after_request(_keep_built_assets)


def read_manifest(folder: Path) -> dict[str, str]:
    """Return {plain name: built name} of a build folder; empty if nothing was built there."""
    manifest = folder / "manifest.json"
    if not manifest.is_file():
        return {}
    return dict(json.loads(manifest.read_text(encoding="utf-8")))


def _keep_built_assets(response: Response) -> Response:
    names = set(current_app.extensions["assets"].values())
    path = (request.view_args or {}).get("filename", "")
    if request.endpoint == "static" and path.removeprefix(f"{BUILD_FOLDER}/") in names:
        response.cache_control.max_age = KEEP_SECONDS
        response.cache_control.public = True
        response.cache_control.immutable = True
        response.cache_control.no_cache = None
    return response
