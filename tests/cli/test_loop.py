# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""The loop of docs/how_to/train_on_your_data.md runs as printed, and each command prints the next one of the page."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from aurad_monai.cli.main import main, understand
from aurad_monai.cli.next_step import say_next
from tests.pages import ROOT, commands, words_of

PAGE = ROOT / "docs" / "how_to" / "train_on_your_data.md"
LOOP = [words_of(line)[1:] for line in commands(PAGE) if line.startswith("aurad ")]
SMALL = {"prepare": ["--val_share", "0.3", "--workers", "0"], "train": ["--batch_size", "2", "--epochs", "1"]}
"""What makes a verb quick enough for a test."""


def write_radiographs(folder: Path, count: int = 4) -> None:
    """Radiographs of as many patients, with the table of the source `folder`; a made one is as good as any."""
    made = folder.parent / "made"
    assert main(["generate", "normal", "--num", str(count), "--accept_all", "--output", str(made)]) == 0
    folder.mkdir()
    files = sorted((made / "images").iterdir())
    for file in files:
        file.rename(folder / file.name)
    with (folder / "metadata.csv").open("w", newline="") as stream:
        table = csv.writer(stream)
        table.writerow(["image", "patient", "view"])
        table.writerows([file.name, file.stem, "PA"] for file in files)


def test_commands_are_quoted_as_a_shell_needs_it(capsys: pytest.CaptureFixture[str]) -> None:
    say_next("train", Path("my data"), "--bundle", "image", "--output", "x")
    said = capsys.readouterr().out.strip()
    assert said == "next: aurad train 'my data' --bundle image --output x"
    understand(words_of(said.removeprefix("next: "))[1:])


@pytest.mark.stress
@pytest.mark.timeout(1800)
def test_each_command_runs_and_names_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    write_radiographs(tmp_path / "radiographs")
    capsys.readouterr()
    assert [words[0] for words in LOOP] == ["prepare", "train", "generate", "filter", "export"]
    for words, following in zip(LOOP, [*LOOP[1:], None], strict=True):
        quick = [*words, *SMALL.get(words[0], [])]
        if "--max_minutes" in quick:
            quick[quick.index("--max_minutes") + 1] = "0.02"
        assert main(quick) == 0, words
        said = [line for line in capsys.readouterr().out.splitlines() if line.startswith("next: ")]
        if following is None:
            assert not said
            continue
        (line,) = said
        named = words_of(line.removeprefix("next: "))[1:]
        understand(named)  # raises InputError for a command that is none
        assert set(named) == set(following) - {"--max_minutes", "60"}, words
    run = json.loads((tmp_path / "prepared-image-run" / "run.json").read_text())
    versions = {bundle["name"]: bundle["version"] for bundle in run["bundles"]}
    assert versions["cxr_image_latent_diffusion"].endswith("+site.1")
    assert "--image_bundle prepared-image" in run["command"]
    assert (tmp_path / "prepared-image-run-exported" / "monai" / "datalist.json").is_file()
