"""The desk's page, bundled: its sources of TypeScript become one script and one sheet of styles beside `index.html`."""

import os
import shutil
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SOURCES = "web/desk/**/*"
LOCK = "package-lock.json"
FOLDER = ROOT / "web" / "desk"
_ESBUILD = ROOT / "node_modules" / ".bin" / "esbuild"
_OPTIONS = ("--bundle", "--minify", "--format=esm", "--target=es2022", "--charset=utf8", "--log-level=warning")
_AS_THEY_ARE = ("index.html", "icon.svg")


def bundle(target: Path) -> str:
    """Write the page into the folder `target`; what is wrong with the sources, empty when nothing is."""
    if not _ESBUILD.exists():
        return "esbuild is not installed; run `make setup`"
    path = os.pathsep.join((str(ROOT / ".tools" / "node"), os.environ.get("PATH", os.defpath)))
    done = subprocess.run(
        [_ESBUILD, f"desk={FOLDER / 'main.tsx'}", f"desk={FOLDER / 'style.css'}", *_OPTIONS, f"--outdir={target}"],
        cwd=ROOT,
        env={"PATH": path},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    if done.returncode:
        return done.stderr.strip() or "esbuild gave no reason"
    for name in _AS_THEY_ARE:
        shutil.copyfile(FOLDER / name, target / name)
    return ""
