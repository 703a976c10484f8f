# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""What takes longer than the tests: the bundles on the oldest and newest versions we support, the wheel, the docs.

`nox -l` lists the sessions; `nox -s matrix-3.10` runs one.
"""

from __future__ import annotations

import os
from pathlib import Path

import nox

nox.options.default_venv_backend = "venv"
nox.options.reuse_existing_virtualenvs = True
nox.options.sessions = ["matrix", "attacks", "wheel", "docs"]

OLDEST = ("torch==2.8.0", "torchvision==0.23.0", "monai==1.6.0", "numpy<2.3")
TESTED = ("-c", "constraints.txt", "torch==2.13.0", "torchvision==0.28.0", "monai==1.6.1")
NEWEST = ("torch", "torchvision", "monai<1.8")
VERSIONS = {"3.10": OLDEST, "3.11": TESTED, "3.12": NEWEST}
"""Python to the versions of torch and MONAI that are tried with it."""

TESTS = ("tests/bundles/test_golden.py", "tests/bundles/test_conformance.py", "tests/bundles/test_configs.py")
TOOLS = ("pytest>=8", "pytest-timeout", "hypothesis", "jsonschema")
GENERATE = ("generate", "small left pleural effusion", "--num", "1", "--steps", "2", "--accept_all")
SAY_VERSIONS = (
    "import platform; from importlib.metadata import version; "
    "print('python', platform.python_version(), "
    "*(f'{name} {version(name)}' for name in ('torch', 'torchvision', 'monai', 'numpy', 'onnxruntime')))"
)


@nox.session(python=list(VERSIONS))
def matrix(session: nox.Session) -> None:
    """Stored weights load and say the same, configs parse, networks export, a case is made: from old to new."""
    versions = VERSIONS.get(str(session.python), ())  # none with --no-venv, which takes what is installed
    session.install(*versions, *TOOLS)
    session.install("-e", ".[onnx]", *versions)
    session.run("python", "-c", SAY_VERSIONS)
    session.run("python", "-m", "pytest", "-q", *TESTS, *session.posargs)
    output = os.path.join(session.create_tmp(), "run")
    session.run("aurad", *GENERATE, "--output", output, "--overwrite")


@nox.session(python=list(VERSIONS))
def attacks(session: nox.Session) -> None:
    """What lies around the names that a stranger's bundle may use, and what they reach, in these versions."""
    versions = VERSIONS.get(str(session.python), ())
    session.install(*versions, *TOOLS)
    session.install("-e", ".[train]", *versions)
    tests = ("tests/bundles/safety/test_attacks.py", "tests/bundles/safety/test_allowed.py")
    session.run("python", "-m", "pytest", "-q", "-m", "stress or not stress", *tests, *session.posargs)


@nox.session(python="3.11")
def wheel(session: nox.Session) -> None:
    """A wheel carries the bundles: `aurad generate` works where there is no clone."""
    folder = Path(session.create_tmp()).resolve()
    session.install("-c", "constraints.txt", "torch==2.13.0", "torchvision==0.28.0")
    session.run("python", "-m", "pip", "wheel", "-q", "--no-deps", "-w", str(folder), ".")
    (built,) = folder.glob("aurad_monai-*.whl")
    session.install("-c", "constraints.txt", "--force-reinstall", "--no-deps", str(built))
    session.install("-c", "constraints.txt", str(built))
    with session.chdir(folder):
        session.run("aurad", *GENERATE, "--output", os.path.join(folder, "run"), "--overwrite")
        session.run("aurad", "info", "--json", silent=True)


@nox.session(python="3.11")
def docs(session: nox.Session) -> None:
    """The documentation builds without a warning."""
    session.install("-c", "constraints.txt", "mkdocs", "mkdocs-material")
    session.run("mkdocs", "build", "--strict", "--site-dir", session.create_tmp())
