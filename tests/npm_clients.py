"""Clients from the npm registry, which `make bundle` brings along by its lock file, and the Node that runs them."""

import shutil
import sys
from pathlib import Path

NODE_MODULES = Path(__file__).parents[1] / "service" / "web" / "frontend" / "node_modules"
SUBSONIC_API = NODE_MODULES / "subsonic-api" / "lib" / "index.js"


def node_path() -> str | None:
    """The machine's Node, or the one that came into the environment; None where there is none."""
    return shutil.which("node") or shutil.which("node", path=str(Path(sys.executable).parent))
