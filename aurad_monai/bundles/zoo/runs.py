# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""The Model Zoo's checks that run a bundle: properties of its inference, shape of its network, TorchScript of it.

Takes a bundle folder whose code may run; gives a `Failure` for each check that fails, with the mend.
"""

from __future__ import annotations

import contextlib
import io
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from monai.bundle import ConfigWorkflow, ckpt_export, verify_metadata, verify_net_in_out

from aurad_monai.bundles.safety.lint import check_bundle
from aurad_monai.bundles.safety.trust import Trust, said
from aurad_monai.bundles.zoo.bundle_folder import Failure, read_bundle

NET_ID = "network_def"


def run_failures(root: Path, schema: Path | None = None, trust: Trust | None = None) -> list[Failure]:
    """The checks of `verify_bundle -m full` that need the network, by the same functions of MONAI.

    Args:
        root: the bundle folder; its configs are evaluated, so they are judged first.
        schema: MONAI's schema of metadata, which would be downloaded otherwise; without it that check is left out.
        trust: True evaluates whatever they say; see `open_bundle`.

    Raises:
        InputError: the linter finds something in the bundle.
    """
    if (said() if trust is None else trust) is not True:
        check_bundle(root, trust)
    checks: list[tuple[str, str, Callable[[], None]]] = [
        ("check_properties finds every property", "add the named entries, or rename them", lambda: _properties(root)),
        ("verify_net_in_out passes", "mend network_data_format or network_def", lambda: _shape(root)),
        ("ckpt_export scripts the network", "make network_def scriptable", lambda: _torchscript(root)),
    ]
    if schema is not None:
        checks.insert(0, ("verify_metadata passes", "mend metadata.json", lambda: _schema(root, schema)))
    with _importable(root):
        return [failure for rule, mend, check in checks for failure in _tried(rule, mend, check)]


def _tried(rule: str, mend: str, check: Callable[[], None]) -> Iterator[Failure]:
    """A failure where a check raises: what it raises is the only report that MONAI's functions give."""
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            check()
    except Exception as error:
        why = " ".join(str(error).split())[:200] or type(error).__name__
        yield Failure(rule, "verify_bundle -m full", f"{mend} ({why})")


def _files(root: Path) -> dict[str, Any]:
    configs = root / "configs"
    name = read_bundle(root).names.get("inference", "inference.json")
    return {"meta_file": str(configs / "metadata.json"), "config_file": str(configs / name)}


def _schema(root: Path, schema: Path) -> None:
    with tempfile.TemporaryDirectory() as folder:
        copy = shutil.copy(schema, folder)  # MONAI takes a schema that is there instead of downloading it
        verify_metadata(meta_file=str(root / "configs" / "metadata.json"), filepath=str(copy))


def _properties(root: Path) -> None:
    logging = root / "configs" / "logging.conf"
    workflow = ConfigWorkflow(
        workflow_type="inference",
        bundle_root=str(root),
        logging_file=str(logging) if logging.is_file() else False,
        **_files(root),
    )
    workflow.initialize()
    if wrong := workflow.check_properties():
        raise ValueError(", ".join(wrong))


def _shape(root: Path) -> None:
    verify_net_in_out(net_id=NET_ID, bundle_root=str(root), **_files(root))


def _torchscript(root: Path) -> None:
    with tempfile.TemporaryDirectory() as folder:
        ckpt_export(
            net_id=NET_ID,
            filepath=str(Path(folder) / "model.ts"),
            ckpt_file=str(root / "models" / "model.pt"),
            bundle_root=str(root),
            **_files(root),
        )


@contextlib.contextmanager
def _importable(root: Path) -> Iterator[None]:
    """The bundle's own `scripts` can be imported, as in the zoo's checks."""
    sys.path.insert(0, str(root))
    try:
        yield
    finally:
        sys.path.remove(str(root))
