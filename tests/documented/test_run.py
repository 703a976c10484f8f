# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Every command of the documentation is really run, on small inputs."""

from __future__ import annotations

import glob
import os
import re
import runpy
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from monai.utils import set_determinism

from aurad_monai import cli, inventory
from aurad_monai.experts import published_weights
from tests.bundles import tiny
from tests.documented.pages import KNOWN, PAGES, commands, words_of
from tests.documented.substitutions import (
    AURAD,
    EXTRAS,
    OUTPUTS,
    PLACEHOLDERS,
    PYTHON,
    SCRATCH,
    runnable,
)
from tests.documented.workplace import furnish, write_for

EVERYTHING = [command for page in PAGES for command in runnable(page)]


def key(words: list[str]) -> str:
    """What makes a command one of its own: all of it but where its output goes, and on how many threads."""
    place = (*OUTPUTS, "--threads")
    return " ".join(word for before, word in zip(["", *words], words, strict=False) if not {before, word} & set(place))


DISTINCT = {key(words): words for words in sorted(EVERYTHING, key=len)}
"""Of commands with the same key the one that says most."""


@pytest.fixture(scope="module")
def workplace(tmp_path_factory: pytest.TempPathFactory, trained: dict[str, Path], training_set: Path) -> Iterator[Path]:
    """The furnished folder; the commands of all pages share it, and none needs another one's output."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield furnish(tmp_path_factory.mktemp("reader") / "here", trained, training_set)
    torch.set_num_threads(threads)
    set_determinism(seed=None)


@pytest.fixture
def here(workplace: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder to run a command in: off line, on one thread, other processes with the same modules and programs."""
    monkeypatch.chdir(workplace)
    programs = (str(Path(sys.executable).parent), os.environ["PATH"], str(workplace / "programs"))
    monkeypatch.setenv("PATH", os.pathsep.join(programs))
    monkeypatch.setenv("PYTHONPATH", str(tiny.ROOT))
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    monkeypatch.setattr(torch, "set_num_threads", lambda number: None)
    monkeypatch.setattr(published_weights, "CACHE", workplace / "cache")
    local = replace(published_weights.PUBLISHED["pspnet"], url=(workplace / "published.pth").as_uri())
    monkeypatch.setitem(published_weights.PUBLISHED, "pspnet", local)
    return workplace


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("words", DISTINCT.values(), ids=[name[:110] for name in DISTINCT])
def test_the_command_runs(words: list[str], here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    line = " ".join(words)
    for pattern, module in EXTRAS.items():
        if re.match(pattern, line):
            pytest.importorskip(module)
    write_for(line, here)
    if re.match(r"python (-m )?benchmarks", line):  # they open the bundles of the package
        monkeypatch.setattr(inventory, "PACKAGE", here / "small" / "aurad_monai")
    final = [part for word in words for part in _filled(word, words, here)]
    outputs = _fresh_outputs(final, here / "out" / str(len(list((here / "out").glob("*")))))
    assert run(final, monkeypatch) in (0, None)
    for path in outputs if not set(SCRATCH) & set(words) else ():
        assert any(made.is_file() or any(made.rglob("*")) for made in path.parent.glob(f"{path.name}*")), path


def run(words: list[str], monkeypatch: pytest.MonkeyPatch) -> object:
    """Run a command in this process; returns its exit code."""
    if words[0] == "aurad":
        return cli.main(words[1:])
    if words[0] == "pip":  # all but the installation itself, off line
        dry = ["--dry-run", "--no-deps", "--no-index", "--no-build-isolation"]
        return subprocess.run([sys.executable, "-m", *words, *dry], cwd=tiny.ROOT, check=False).returncode
    if words[0] == "make":  # with the environment of these tests, taken for set up
        environment = ["-o", f"{sys.prefix}/.installed", f"VENV={sys.prefix}"]
        return subprocess.run(
            ["make", "-f", str(tiny.ROOT / "Makefile"), *words[1:], *environment], check=False
        ).returncode
    if words[0] == "nox":
        return run_session(words[1:], monkeypatch)
    if words[0] == "minisign":  # by a shell, as what follows needs
        return subprocess.run(" ".join(words), shell=True, check=False).returncode
    if words[0] == "torchrun":
        return subprocess.run([sys.executable, "-m", "torch.distributed.run", *words[1:]], check=False).returncode
    if "deploy_app" in words[1]:  # Holoscan wants a process of its own
        return subprocess.run([sys.executable, str(tiny.ROOT / words[1]), *words[2:]], check=False).returncode
    if "pytest" in words:
        return subprocess.run([sys.executable, *words[1:]], cwd=tiny.ROOT, check=False).returncode
    module = words[1] == "-m"
    monkeypatch.setattr(sys, "argv", words[2 if module else 1 :])
    try:
        if module:
            runpy.run_module(words[2], run_name="__main__", alter_sys=True)
        else:
            runpy.run_path(str(tiny.ROOT / words[1]), run_name="__main__")
    except SystemExit as end:
        return end.code
    return 0


def run_session(words: list[str], monkeypatch: pytest.MonkeyPatch) -> int:
    """Run sessions of nox with the environment of these tests, off line; its tests are collected."""
    monkeypatch.setenv("PIP_NO_BUILD_ISOLATION", "0")  # which tells pip not to isolate
    file, built = tiny.ROOT / "noxfile.py", tiny.ROOT / "build"
    before = built.exists()
    command = [sys.executable, "-m", "nox", "-f", str(file), "--envdir", str(Path.cwd() / "nox"), *words]
    code = subprocess.run([*command, "--no-venv", "--no-install", "--", "--collect-only"], check=False).returncode
    if not before:
        shutil.rmtree(built, ignore_errors=True)
    return code


@pytest.mark.installs
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("line", [line for page in PAGES for line in commands(page) if line.startswith("nox ")])
def test_a_session_in_an_environment_of_its_own(line: str) -> None:
    subprocess.run([sys.executable, "-m", *words_of(line)], cwd=tiny.ROOT, check=True)


def _filled(word: str, words: list[str], workplace: Path) -> list[str]:
    """A word with what only the folder can say: the name of the archive, channels, a hash, the files of a pattern."""
    if "CHANNELS" in word:
        metadata = next(workplace / word for word in words if word.endswith("metadata.json"))
        word = word.replace(
            "CHANNELS",
            re.findall(r'"packed_network_data_format".*?"num_channels": (\d+)', metadata.read_text(), re.DOTALL)[0],
        )
    (archive,) = (workplace / "packaged").glob("*.zip")
    word = word.replace("file://HERE", workplace.as_uri()).replace("ARCHIVE", archive.name)
    word = word.replace("HEX", inventory.sha256(workplace / "published.pth"))
    return sorted(glob.glob(word)) if "*" in word else [word]


def _fresh_outputs(words: list[str], folder: Path) -> list[Path]:
    """Send what a command writes into a new folder; returns the paths."""
    found = []
    for index, word in enumerate(words):
        if words[index - 1] in OUTPUTS and word not in ("bundles", "schema.json"):
            path = folder / word
            path.parent.mkdir(parents=True, exist_ok=True)
            words[index] = os.path.relpath(path)
            found.append(path)
    return found


def test_every_page_with_commands_is_read() -> None:
    assert len(DISTINCT) >= 150
    assert {words[0] for words in EVERYTHING} == set(KNOWN), "run it, small"


def test_no_entry_of_the_tables_is_idle() -> None:
    lines, final = [line for page in PAGES for line in commands(page)], [" ".join(words) + " " for words in EVERYTHING]
    assert not [pattern for pattern in PLACEHOLDERS if not any(re.search(pattern, line) for line in lines)]
    assert not [pattern for pattern in EXTRAS if not any(re.match(pattern, line) for line in final)]
    assert not [script for script in PYTHON if not any(f" {script} " in line for line in final)]
    assert not [verb for verb in AURAD if not any(line.startswith(f"aurad {verb} ") for line in final)]
    assert set(EXTRAS.values()) == {
        "generative",
        "onnxscript",
        "minisign",
        "nox",
        "imwatermark",
        "monai.deploy",
        "ray",
        "submitit",
        "diffusers",
    }
