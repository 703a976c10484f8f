# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""The command line: every word is understood before anything runs, and every refusal is one line with code 2."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import types
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from PIL import Image

from aurad_monai import vocabulary
from aurad_monai.cli import main as cli
from aurad_monai.errors import InputError
from aurad_monai.generation.settings import Settings

MakeCase = Callable[..., Any]
PROMPT = "small left pleural effusion"


@pytest.fixture
def bundle_dir(tmp_path: Path) -> Path:
    """A folder with one bundle of one weight file."""
    for name, content in {"configs/metadata.json": '{"version": "0.3.1"}', "models/model.pt": "weights"}.items():
        path = tmp_path / "bundles" / "toy" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    return tmp_path / "bundles"


@pytest.fixture
def pipeline(monkeypatch: pytest.MonkeyPatch, make_case: MakeCase) -> list[dict[str, Any]]:
    """Stand in for the models: collects what they are asked, and gives one accepted and one rejected case."""
    calls: list[dict[str, Any]] = []

    class Pipeline:
        @classmethod
        def from_bundles(cls, bundle_dir: str | None = None, **options: str | None) -> Pipeline:
            calls.append({"bundle_dir": bundle_dir, **options})
            return cls()

        def __call__(self, prompt: str, num: int, seed: int, **options: Any) -> SimpleNamespace:
            calls.append({"prompt": prompt, "num": num, "seed": seed, **options})
            Settings(**{name: options[name] for name in options.keys() - {"anatomy", "spacing"}})  # as the real one
            cases = [make_case("c-0"), make_case("c-1", accepted=False, reasons=("effusion not seen",))]
            return SimpleNamespace(cases=cases, timing={"mask": 1.0, "image": 2.5})

    module = types.ModuleType("aurad_monai.generation.pipeline")
    module.Pipeline = Pipeline  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "aurad_monai.generation.pipeline", module)
    return calls


def run(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    """Exit code, stdout and stderr of one command line."""
    code = cli.main([str(word) for word in words])
    captured = capsys.readouterr()
    return code, captured.out, captured.err


def test_generate_writes_a_run_and_says_how_it_went(
    tmp_path: Path, bundle_dir: Path, pipeline: list[dict[str, Any]], capsys: pytest.CaptureFixture[str]
) -> None:
    output = tmp_path / "run"
    words = (
        "--num",
        "2",
        "--seed=7",
        "--output",
        output,
        "--steps",
        "9",
        "--guidance_scale",
        "1.5",
        "--batch-size",
        "1",
        "--quality",
        "fast",
        "--size",
        "512",
    )
    code, out, _ = run(capsys, "generate", PROMPT, *words, "--device", "cpu", "--bundle_dir", bundle_dir)
    assert code == 0
    assert "accepted 1 of 2 (50%)" in out
    assert "mask 1.0, image 2.5" in out
    assert str(output / "overview.png") in out
    assert pipeline[0] == {"bundle_dir": str(bundle_dir), "device": "cpu", "engine": "torch", "size": 512}
    assert pipeline[1] == {
        "prompt": PROMPT,
        "num": 2,
        "seed": 7,
        "anatomy": None,
        "spacing": None,
        "num_inference_steps": 9,
        "guidance_scale": 1.5,
        "quality": "fast",
        "batch_size": 1,
        "accept_all": False,
        "masks_only": False,
        "strict": False,
    }
    record = json.loads((output / "run.json").read_text())
    assert record["bundles"][0]["version"] == "0.3.1"
    assert record["seconds"].keys() == {"loading", "mask", "image"}
    assert record["versions"]["torch"]
    assert record["command"].startswith("aurad generate 'small left pleural effusion'")


def test_generate_marks_radiographs_where_asked(
    tmp_path: Path, bundle_dir: Path, pipeline: list[dict[str, Any]], capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("imwatermark")
    words = ("generate", PROMPT, "--output", tmp_path / "run", "--bundle_dir", bundle_dir, "--watermark")
    assert run(capsys, *words)[0] == 0
    dataset = json.loads((tmp_path / "run" / "dataset.json").read_text())
    assert dataset["settings"]["watermark"] == "synthetic"
    code, _, error = run(capsys, *words, "much too long a text", "--overwrite")
    assert code == 2 and "watermark" in error and error.count("\n") == 1


def test_render_refuses_what_it_cannot_use(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    mask = tmp_path / "mask.nii.gz"
    for words, named in (
        (("render",), "mask"),
        (("render", mask), "anatomy"),
        (("render", mask, "--anatomy", mask), "output"),
        (("render", mask, "--anatomy", mask, "--output", tmp_path / "run"), "mask"),
        (("render", mask, "--anatomy", mask, "--output", tmp_path / "run", "--num", "0"), "num"),
    ):
        code, _, error = run(capsys, *words)
        assert code == 2 and error.count("\n") == 1 and named in error, words
    assert not (tmp_path / "run").exists()


def test_the_recorded_command_asks_for_the_same(
    tmp_path: Path, bundle_dir: Path, pipeline: list[dict[str, Any]], capsys: pytest.CaptureFixture[str]
) -> None:
    import shlex

    words = ("generate", PROMPT, "--num", "2", "--accept_all", "--output", tmp_path / "a", "--bundle_dir", bundle_dir)
    assert run(capsys, *words)[0] == 0
    command = json.loads((tmp_path / "a" / "run.json").read_text())["command"]
    assert run(capsys, *shlex.split(command)[1:], "--overwrite")[0] == 0
    assert pipeline[1] == pipeline[3]


@pytest.mark.parametrize("flags", [("--accept_all", PROMPT), (PROMPT, "--accept_all"), (PROMPT, "--accept-all=true")])
def test_a_switch_never_swallows_the_prompt(
    tmp_path: Path,
    bundle_dir: Path,
    pipeline: list[dict[str, Any]],
    capsys: pytest.CaptureFixture[str],
    flags: tuple[str, ...],
) -> None:
    code, _, _ = run(capsys, "generate", *flags, "--output", tmp_path / "run", "--bundle_dir", bundle_dir)
    assert code == 0
    assert (pipeline[1]["prompt"], pipeline[1]["accept_all"]) == (PROMPT, True)
    assert (tmp_path / "run" / "images" / "c-1.png").is_file()


@pytest.mark.parametrize("prompt", ["effusion, cardiomegaly", "normal", "no pneumothorax", "mass"])
def test_a_prompt_arrives_as_it_was_typed(
    tmp_path: Path,
    bundle_dir: Path,
    pipeline: list[dict[str, Any]],
    capsys: pytest.CaptureFixture[str],
    prompt: str,
) -> None:
    assert run(capsys, "generate", prompt, "--output", tmp_path / "run", "--bundle_dir", bundle_dir)[0] == 0
    assert pipeline[1]["prompt"] == prompt


@pytest.mark.parametrize(
    ("words", "named"),
    [
        (["generate"], "prompt"),
        (["generate", "--output", "x"], "prompt"),
        (["generate", " ", "--output", "x"], "prompt"),
        (["generate", PROMPT], "--output DIR"),
        (["generate", PROMPT, "--output"], "--output DIR"),
        (["generate", "small", "effusion", "--output", "x"], "in quotes"),
        (["generate", PROMPT, "--output", "x", "--nmu", "3"], "did you mean --num?"),
        (["generate", PROMPT, "--output", "x", "--zzz"], "--zzz"),
        (["generate", PROMPT, "--output", "x", "--", "--interactive"], "'--'"),
        (["generate", PROMPT, "--output", "x", "-", "action"], "'-'"),
        (["generate", PROMPT, "--output", "x", "--num", "0"], "1 to 1000"),
        (["generate", PROMPT, "--output", "x", "--num", "-3"], "'-3'"),
        (["generate", PROMPT, "--output", "x", "--num", "1000000"], "1 to 1000"),
        (["generate", PROMPT, "--output", "x", "--num", "four"], "'four'"),
        (["generate", PROMPT, "--output", "x", "--num", "2.5"], "'2.5'"),
        (["generate", PROMPT, "--output", "x", "--num"], "num"),
        (["generate", PROMPT, "--output", "x", "--num", "9" * 5000], "1 to 1000"),
        (["generate", PROMPT, "--output", "x", "--seed", "-1"], "seed"),
        (["generate", PROMPT, "--output", "x", "--steps", "0"], "steps"),
        (["generate", PROMPT, "--output", "x", "--guidance_scale", "nan"], "guidance_scale"),
        (["generate", PROMPT, "--output", "x", "--guidance_scale", "strong"], "'strong'"),
        (["generate", PROMPT, "--output", "x", "--batch_size", "0"], "batch_size"),
        (["generate", PROMPT, "--output", "x", "--quality", "high"], "default or fast"),
        (["generate", PROMPT, "--output", "x", "--size", "300"], "256 or 512 or 1024"),
        (["generate", PROMPT, "--output", "x", "--engine", "tensorrt"], "torch or onnx"),
        (["generate", PROMPT, "--output", "x", "--device", "gpu"], "cuda:N"),
        (["generate", PROMPT, "--output", "x", "--accept_all=3"], "accept_all"),
        (["generate", "large wombat", "--output", "x"], "wombat"),
        (["generate", PROMPT, "--output", "x", "--anatomy", "none.png"], "anatomy"),
        (["generate", PROMPT, "--output", "x", "--bundle_dir", "none"], "bundle_dir"),
        (["generat", PROMPT], "did you mean generate?"),
        (["--num", "3"], "verb"),
        (["info", "please"], "please"),
        (["info", "--jsn"], "did you mean --json?"),
    ],
)
def test_what_cannot_be_used_is_one_line_and_code_2(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    pipeline: list[dict[str, Any]],
    capsys: pytest.CaptureFixture[str],
    words: list[str],
    named: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    code, out, err = run(capsys, *words)
    assert code == 2
    assert out == ""
    assert err.startswith("error: ")
    assert err.count("\n") == 1
    assert named in err
    assert os.listdir(tmp_path) == []
    assert pipeline == []


def test_an_unusable_output_is_refused_before_the_models_are_asked(
    tmp_path: Path, bundle_dir: Path, pipeline: list[dict[str, Any]], capsys: pytest.CaptureFixture[str]
) -> None:
    words = ("generate", PROMPT, "--output", tmp_path / "run", "--bundle_dir", bundle_dir)
    assert run(capsys, *words)[0] == 0
    pipeline.clear()
    code, _, err = run(capsys, *words)
    assert code == 2
    assert "--overwrite" in err
    assert pipeline == []
    assert run(capsys, *words, "--overwrite")[0] == 0


def test_anatomy_is_handed_over_as_a_path(
    tmp_path: Path, bundle_dir: Path, pipeline: list[dict[str, Any]], capsys: pytest.CaptureFixture[str]
) -> None:
    Image.fromarray(np.zeros((64, 64), np.uint8)).save(tmp_path / "a.png")
    words = ("--output", tmp_path / "run", "--bundle_dir", bundle_dir, "--anatomy", tmp_path / "a.png")
    assert run(capsys, "generate", PROMPT, *words)[0] == 0
    assert pipeline[1]["anatomy"] == tmp_path / "a.png"


@pytest.mark.parametrize(
    ("failure", "code", "line"),
    [
        (KeyboardInterrupt(), 130, "interrupted: nothing was written"),
        (InputError("weights", "x", "y", "z"), 2, "error: weights: got 'x'; allowed: y; z"),
        (RuntimeError("first\nsecond"), 1, "error: RuntimeError: first second; --debug shows where"),
    ],
)
def test_failures_while_running_are_one_line(
    tmp_path: Path,
    bundle_dir: Path,
    pipeline: list[dict[str, Any]],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    failure: BaseException,
    code: int,
    line: str,
) -> None:
    def fail(*args: object, **options: object) -> None:
        raise failure

    monkeypatch.setattr(sys.modules["aurad_monai.generation.pipeline"].Pipeline, "__call__", fail)
    words = ("generate", PROMPT, "--output", tmp_path / "run", "--bundle_dir", bundle_dir)
    found, _, err = run(capsys, *words)
    assert found == code
    assert err.splitlines()[-1] == line
    assert "Traceback" not in err
    assert not (tmp_path / "run").exists()
    assert "Traceback" in run(capsys, *words, "--debug")[2]


def test_info_lists_vocabulary_bundles_and_versions(bundle_dir: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, "info", "--json", "--bundle_dir", bundle_dir)
    content = json.loads(out)
    assert code == 0
    assert [term["name"] for term in content["vocabulary"]["findings"]] == list(vocabulary.FINDING_NAMES)
    (bundle,) = content["bundles"]
    assert (bundle["name"], bundle["version"]) == ("toy", "0.3.1")
    assert len(bundle["weights"]["models/model.pt"]) == 64
    assert content["versions"]["monai"].startswith("1.")
    text = run(capsys, "info", "--bundle_dir", bundle_dir)[1]
    assert all(word in text for word in (*vocabulary.FINDING_NAMES, "toy 0.3.1", bundle["weights"]["models/model.pt"]))


def test_info_names_a_broken_bundle(bundle_dir: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (bundle_dir / "toy" / "configs" / "metadata.json").write_text("{")
    code, _, err = run(capsys, "info", "--bundle_dir", bundle_dir)
    assert code == 2
    assert "metadata.json" in err


@pytest.mark.parametrize("words", [["info", "--vocabulary"], ["info", "--json", "--vocabulary"], ["generate", "mass"]])
def test_no_torch_for_what_needs_none(words: list[str]) -> None:
    blocked = "import sys; sys.modules.update(dict.fromkeys(('torch', 'monai', 'ignite', 'torchvision')));"
    program = f"{blocked} from aurad_monai.cli.main import main; sys.exit(main({words!r}))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == (0 if words[0] == "info" else 2), done.stderr
    assert "effusion" in done.stdout or "--output" in done.stderr


def test_info_json_needs_no_torch(bundle_dir: Path) -> None:
    blocked = "import sys; sys.modules.update(dict.fromkeys(('torch', 'monai')));"
    called = f"main(['info', '--json', '--bundle_dir', {str(bundle_dir)!r}])"
    program = f"{blocked} from aurad_monai.cli.main import main; {called}"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True)
    assert json.loads(done.stdout)["versions"]["torch"] != "not installed"


@pytest.mark.parametrize("words", [[], ["--help"], ["generate", "--help"], ["info", "-h"], ["generate", "x", "--help"]])
def test_help_is_plain_text_on_stdout(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = run(capsys, *words)
    assert (code, err) == (0, "")
    assert "aurad" in out
    assert all(
        f"--{flag}" in out for flag in ("num", "seed", "output", "anatomy", "steps") if words[:1] == ["generate"]
    )
