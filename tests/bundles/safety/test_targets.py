# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""The lists hold against the installed MONAI and against ourselves: what could run something is known and refused."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import monai
import pytest

from aurad_monai.bundles.safety import targets
from aurad_monai.bundles.safety.lint import lint_bundle
from tests.bundles.tiny import BUNDLES, ROOT

RISKY = re.compile(
    r"(?<![.\w])(eval|exec|__import__|compile)\(|torch\.load\(|load_url|load_state_dict_from_url|hub\.load|urlopen|urlretrieve"
    r"|download_url|hf_hub|snapshot_download|subprocess|pickle\.loads?\(|jit\.load|load_module\(|\blocate\(|import_module"
    r"|os\.system|from_pretrained|read_csv"
)
JUDGED_BY_ARGUMENT = {
    "monai.inferers.inferer.PatchInferer": "merger_cls",
    "monai.networks.nets.densenet._load_state_dict": "pretrained",
    "monai.networks.nets.efficientnet._load_state_dict": "pretrained",
    "monai.networks.nets.resnet._resnet": "pretrained",
    "monai.transforms.io.array.LoadImage": "reader",
    "monai.transforms.io.array.SaveImage": "writer",
}
"""What may be named, because it does nothing of the kind unless an argument says so, and that argument is judged."""

HARMLESS = {
    "aurad_monai.experts.catalogue": {"importlib"},  # asks whether a package is there
    "aurad_monai.lesions.compose_lesions": {"importlib"},  # of the modules of its own folder
    "aurad_monai.weights": {"pickle"},  # names its error; reads by torch, with listed classes only
}
OWN_RISKS = {
    "ctypes",
    "importlib",
    "marshal",
    "pickle",
    "requests",
    "runpy",
    "shelve",
    "socket",
    "subprocess",
    "urllib",
}


def risky_definitions() -> Iterator[str]:
    """Dotted names of what in MONAI's allowed modules loads, downloads, compiles, evaluates or imports by name."""
    base = Path(monai.__file__).parent
    for file in sorted(base.rglob("*.py")):
        module = ".".join(("monai", *file.relative_to(base).with_suffix("").parts)).removesuffix(".__init__")
        if not targets.within(module, targets.PREFIXES):
            continue
        text = file.read_text(encoding="utf-8")
        for node in ast.parse(text).body if RISKY.search(text) else ():
            if isinstance(node, (ast.FunctionDef, ast.ClassDef)) and RISKY.search(_code(node)):
                yield f"{module}.{node.name}"


def _code(node: ast.AST) -> str:
    """Source of a definition without its docstrings."""
    for part in ast.walk(node):
        if isinstance(part, (ast.FunctionDef, ast.ClassDef)) and ast.get_docstring(part):
            part.body[0] = ast.Pass()
    return ast.unparse(node)


def test_all_that_is_risky_in_monai_is_refused_or_judged() -> None:
    found = set(risky_definitions())
    assert {"monai.data.dataset.PersistentDataset", "monai.transforms.io.array.LoadImage"} <= found
    assert {name for name in found if targets.target_refusal(name) is None} - JUDGED_BY_ARGUMENT.keys() == set()
    for argument in JUDGED_BY_ARGUMENT.values():
        assert targets.argument_refusal(argument, "os.system")


def test_private_functions_are_out_of_reach() -> None:
    assert targets.target_refusal("monai.networks.nets.resnet._resnet")


def test_what_a_config_may_name_of_us_reaches_for_nothing_risky() -> None:
    for part in targets.OWN:
        place = ROOT / Path(*part.split("."))
        for file in place.rglob("*.py") if place.is_dir() else ():
            name = ".".join(file.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
            risks = _imported(file) & OWN_RISKS - HARMLESS.get(name, set())
            assert not risks or targets.within(name, targets.REFUSED), f"{name} imports {risks}"


def _imported(file: Path) -> set[str]:
    """Top-level names of what a file imports."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    names = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    names |= {str(node.module) for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    return {name.split(".")[0] for name in names}


@pytest.mark.parametrize("bundle", sorted(path.name for path in BUNDLES.iterdir()))
def test_our_own_bundles_pass(bundle: str) -> None:
    assert lint_bundle(BUNDLES / bundle) == []


@pytest.mark.parametrize(
    "name",
    [
        "Compose",
        "LoadImaged",
        "monai.networks.nets.UNet",
        "monai.networks.nets.unet.UNet",
        "torch.optim.AdamW",
        "torch.utils.data.RandomSampler",
        "ignite.handlers.EMAHandler",
        "aurad_monai.filtering.verdict.ExpertFilter",
        "aurad_monai.anatomy.prior.AnatomyPrior.from_file",
    ],
)
def test_what_bundles_are_made_of_is_allowed(name: str) -> None:
    assert targets.target_refusal(name) is None


def test_arguments() -> None:
    assert targets.argument_refusal("pretrained", False) is None
    assert targets.argument_refusal("reader", ["PILReader", "NibabelReader"]) is None
    assert targets.argument_refusal("reader", None) is None
    assert targets.argument_refusal("reader", "NumpyReader")
    assert targets.argument_refusal("reader", {"_target_": "PILReader"})
