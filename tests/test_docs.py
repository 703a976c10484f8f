# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Every command in the docs is one that exists, with flags and files that exist; every how-to's Python runs."""

from __future__ import annotations

import ast
import importlib
import json
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import monai.bundle
import numpy as np
import pytest
from PIL import Image

from aurad_monai.bundles import inventory
from aurad_monai.case import Case
from aurad_monai.cli import main as cli
from aurad_monai.export.run_folder import RunRecord, write_run
from aurad_monai.io.datalist import load_channels, save_channels
from aurad_monai.prompts.parse import parse
from aurad_monai.vocabulary import channel
from tests.filtering.planted import good_case
from tests.pages import ASSIGNMENT, KNOWN, PAGES, ROOT, blocks, commands, lines_of, words_of

HOW_TO = sorted((ROOT / "docs" / "how_to").glob("*.md"))
BUNDLES = [path.name for path in sorted((ROOT / "bundles").iterdir())]
NEEDS_A_PIPELINE = "Pipeline.from_bundles"


def bash_lines() -> Iterator[Any]:
    """Every line of a bash block."""
    for page in PAGES:
        for block in blocks(page, "bash"):
            for line in lines_of(block):
                if line.strip() and not re.match(rf"#|{ASSIGNMENT}", line):
                    yield pytest.param(line, id=f"{page.stem}: {line[:60]}")


ALL = [
    pytest.param(line, id=f"{page.parent.name}/{page.stem}: {line[:70]}") for page in PAGES for line in commands(page)
]


@pytest.mark.parametrize("line", list(bash_lines()))
def test_only_known_programs_are_called(line: str) -> None:
    assert line.split()[0] in KNOWN


@pytest.mark.parametrize("line", ALL)
def test_commands_exist(line: str) -> None:
    words = words_of(line)
    if words[0] == "aurad":
        cli.understand(words[1:])  # raises InputError for an unknown verb, flag or value
        if words[1] == "generate" and not words[2].startswith("-"):
            parse(words[2])
    elif words[0] in ("python", "torchrun"):
        _check_python(words[1:])
    elif words[0] == "make":
        assert _say("make", "-n", *words[1:])
    elif words[0] == "nox":
        pytest.importorskip("nox")
        assert words[1] == "-s" and set(words[2:]) <= set(_say(sys.executable, "-m", "nox", "--list").split())
    elif words[0] == "pip":
        _check_pip(words[1:])


def _say(*words: str) -> str:
    """What a program prints in the repository."""
    return subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=True).stdout


def _check_pip(words: list[str]) -> None:
    """`pip install` of this package, with extras that it has and a constraints file that is there."""
    name, _, extras = words[-1].rstrip("]").partition("[")
    assert words[0] == "install" and name in (".", "aurad-monai")
    assert set(extras.split(",")) <= {
        "",
        *re.findall(r'^    "(\w+)": ', (ROOT / "setup.py").read_text(), re.MULTILINE),
    }
    assert "-c" not in words or (ROOT / words[words.index("-c") + 1]).is_file()


def _check_python(words: list[str]) -> None:
    """`python -m MODULE ...` or `python FILE ...`, with options of the launcher before it."""
    if "-m" not in words:
        script = next(word for word in words if word.endswith(".py"))
        source = (ROOT / script).read_text(encoding="utf-8")
        assert all(flag.strip("-").replace("-", "_") in source for flag in words if flag.startswith("--"))
        return
    module, rest = words[words.index("-m") + 1], words[words.index("-m") + 2 :]
    assert importlib.util.find_spec(module), module
    if module == "monai.bundle":
        _check_monai(rest)
    elif module == "pytest":
        markers = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
        assert all((ROOT / word).exists() for word in rest if "/" in word)
        assert "-m" not in rest or f'"{rest[rest.index("-m") + 1]}: ' in markers


def _check_monai(words: list[str]) -> None:
    """A verb of monai.bundle, config files that are there, and settings that one of them has."""
    assert hasattr(monai.bundle, words[0])
    flags = {words[i][2:]: words[i + 1] for i in range(1, len(words) - 1) if words[i].startswith("--")}
    given = re.findall(r"[\w./]*configs/\w+\.json", flags.get("config_file", ""))
    configs = [path for name in given for path in _config_files(name)]
    assert bool(configs) == bool(given), flags["config_file"]
    if words[0] == "run":
        entries = {key for path in configs for key in json.loads(path.read_text(encoding="utf-8"))}
        assert {name.split("#")[0] for name in flags} - {"config_file", "meta_file", "logging_file"} <= entries


def _config_files(name: str) -> list[Path]:
    """The file, or those of all bundles where the docs write B or BUNDLE for the folder."""
    if (ROOT / name).is_file():
        return [ROOT / name]
    return [path for bundle in BUNDLES if (path := ROOT / "bundles" / bundle / name.partition("/")[2]).is_file()]


@pytest.mark.parametrize("page", [page for page in PAGES if blocks(page, "python")], ids=lambda page: page.stem)
def test_python_of_every_page_compiles_and_imports(page: Path) -> None:
    for block in blocks(page, "python"):
        for node in ast.walk(ast.parse(block)):
            if isinstance(node, ast.ImportFrom) and str(node.module).startswith("aurad_monai"):
                module = importlib.import_module(str(node.module))
                assert all(hasattr(module, alias.name) for alias in node.names)


@pytest.fixture
def workplace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, make_case: Callable[..., Case]) -> Path:
    """A folder with what the how-tos start from: a run, a few files, and the bundles beside them."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "bundles").symlink_to(ROOT / "bundles")
    (tmp_path / "aurad_monai").symlink_to(ROOT / "aurad_monai")
    record = RunRecord("aurad generate x", "x", 7, 2, bundles=inventory.describe_bundles())
    write_run(tmp_path / "runs" / "first", [make_case("a"), make_case("b", accepted=False)], record, accept_all=True)
    case = good_case()
    Image.fromarray((case.image[0] * 255).astype(np.uint8)).save("chest.png")
    labels = np.zeros((256, 256), np.uint8)
    for value, mask in zip((1, 2, 3), case.anatomy, strict=True):
        labels[mask > 0] = value
    Image.fromarray(labels).save("anatomy.png")
    save_channels(tmp_path / "pathology.nii.gz", case.pathology)
    return tmp_path


@pytest.mark.parametrize("page", [*HOW_TO, ROOT / "docs" / "index.md"], ids=lambda page: page.stem)
def test_python_of_a_how_to_runs(page: Path, workplace: Path) -> None:
    code = "\n".join(block for block in blocks(page, "python") if NEEDS_A_PIPELINE not in block)
    exec(compile(code, str(page), "exec", dont_inherit=True), {"__name__": "how_to"})


def test_how_tos_leave_what_they_say(workplace: Path) -> None:
    names: dict[str, Any] = {"__name__": "how_to"}
    for name in ("edit_a_mask", "add_an_export", "add_a_source", "train_on_your_data"):
        code = "\n".join(blocks(ROOT / "docs" / "how_to" / f"{name}.md", "python"))
        exec(compile(code, name, "exec", dont_inherit=True), names)
    assert load_channels(workplace / "edited.nii.gz")[channel("nodule")].any()
    header, *rows = (workplace / "areas.csv").read_text().splitlines()
    assert header.startswith("id,atelectasis") and [row.split(",")[0] for row in rows] == ["a"]
    Image.new("L", (8, 8)).save(workplace / "p1_0.png")
    (workplace / "labels.csv").write_text("file,view,Effusion,Cardiomegaly\np1_0.png,PA,1,0\n", encoding="utf-8")
    assert [record.patient for record in names["records"](workplace)] == ["p1"]
    assert json.loads((workplace / "DATASET/datalist.json").read_text())["training"][0]["id"] == "p01"


def test_every_page_is_in_the_navigation() -> None:
    text = (ROOT / "mkdocs.yml").read_text(encoding="utf-8")
    pages = {path.relative_to(ROOT / "docs").as_posix() for path in (ROOT / "docs").rglob("*.md")}
    assert pages == set(re.findall(r": ([\w/]+\.md)$", text, flags=re.MULTILINE))


@pytest.mark.parametrize(
    "page", [*PAGES, ROOT / "CHANGELOG.md"], ids=lambda page: f"{page.parent.parent.name}/{page.stem}"
)
def test_no_line_is_over_120_characters(page: Path) -> None:
    assert [line for line in page.read_text(encoding="utf-8").splitlines() if len(line) > 120] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: f"{page.parent.parent.name}/{page.stem}")
def test_no_section_stands_twice(page: Path) -> None:
    headings = re.findall(r"^##? .+$", page.read_text(encoding="utf-8"), flags=re.MULTILINE)
    assert sorted(set(headings)) == sorted(headings)


def test_the_site_builds_without_a_warning(tmp_path: Path) -> None:
    pytest.importorskip("mkdocs")
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", str(tmp_path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "how_to" / "generate" / "index.html").is_file()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: f"{page.parent.parent.name}/{page.stem}")
def test_links_lead_somewhere(page: Path) -> None:
    for link in re.findall(r"\]\((?!https?:|#|mailto:)([^)#]+)", page.read_text(encoding="utf-8")):
        assert (page.parent / link).exists(), link
