"""Addresses of the built assets: plain name in, address with the content's digest out.

The set-up builds the files and `manifest.json` (see `.setup/assets.py`). Because a changed file
gets a new name, browsers are told to keep each for a year.
"""

import json
from base64 import b64encode
from functools import cache
from pathlib import Path

from flask import Flask, Response, current_app, request, url_for

BUILD_FOLDER = "build"
KEEP_SECONDS = 365 * 24 * 60 * 60


class AssetsNotBuilt(Exception):
    """A production process has no style sheet or script to serve."""


def init_assets(app: Flask) -> None:
    """Read the manifest once and give templates `asset_url` and `font_data`.

    Without a build (a bare checkout) pages still render, with addresses that answer 404. Raises
    AssetsNotBuilt in production.
    """
    folder = Path(app.static_folder or "") / BUILD_FOLDER
    names = read_manifest(folder)
    if not names and app.extensions["settings"].is_production:
        raise AssetsNotBuilt(f"no {folder / 'manifest.json'}: run .setup/assets.py")
    app.extensions["assets"] = names

    def asset_url(name: str) -> str:
        return url_for("static", filename=f"{BUILD_FOLDER}/{names.get(name, name)}")

    def font_data() -> str:
        return embedded_font(folder / names.get("text.woff2", "text.woff2"))

    app.jinja_env.globals.update(asset_url=asset_url, font_data=font_data)
    app.after_request(_keep_built_assets)


@cache
def embedded_font(path: Path) -> str:
    """The font as a `data:` address for documents that must stand alone; "" where not built."""
    if not path.is_file():
        return ""
    return "data:font/woff2;base64," + b64encode(path.read_bytes()).decode("ascii")


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
