# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Networks of a bundle as files that run without its code: `.pt2` of torch.export, ONNX, TorchScript.

Takes an opened bundle and formats; gives a file for each network and format, loaded again and compared with eager on
another batch than it was made with.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import nn
from torch.export import Dim

from aurad_monai.bundles.bundle import Bundle
from aurad_monai.bundles.safety.strict_json import read_strict
from aurad_monai.errors import InputError
from aurad_monai.files import write_sums, sha256

Shape = tuple[int, ...]
FORMATS = ("pt2", "onnx", "ts")
LIMITS = {"pt2": 1e-5, "onnx": 1e-3, "ts": 1e-5}
"""Largest difference from eager that an export may have; ONNX Runtime computes with kernels of its own."""

LOADED = re.compile(r"load_weights\(@(\w+), @bundle_root \+ '/models/(\w+)\.pt'\)")
BATCHES = (2, 3)
"""Cases in the example of an export, and in the input it is compared on."""
UNIT = 8
"""What `n` of a spatial shape such as 8*n stands for in an example."""


@dataclass(frozen=True)
class Network:
    """A network of a bundle with its weights.

    Args:
        name: of its weight file, without ending.
        entry: of the config, such as network_def.
        module: loaded, in evaluation.
        shape: channels and edges of an input (C, H, W).
    """

    name: str
    entry: str
    module: nn.Module
    shape: Shape

    @property
    def own_size(self) -> int | None:
        """Edge that the network resizes its input to, where it does."""
        size = getattr(self.module, "size", None)
        return size if isinstance(size, int) else None


@dataclass(frozen=True)
class Export:
    """A file that an export made.

    Args:
        path: the file.
        format: pt2, onnx or ts.
        any_size: whether it takes other sizes than that of the example; any batch it takes always.
        difference: largest from eager, over numbers of a standard normal and a uniform input.
    """

    path: Path
    format: str
    any_size: bool
    difference: float


def networks(bundle: Bundle) -> Iterator[Network]:
    """Every network whose weights the inference config loads.

    Raises:
        InputError: the metadata do not describe its input.
    """
    metadata: dict[str, Any] = read_strict(bundle.root / "configs" / "metadata.json")
    for entry, stem in sorted(_loaded(bundle.parser.get()).items()):
        described = metadata.get(f"{entry.removesuffix('_def')}_data_format")
        if not isinstance(described, dict) or "image" not in described.get("inputs", {}):
            allowed = f"{entry.removesuffix('_def')}_data_format with inputs#image in metadata.json"
            raise InputError("bundle", bundle.root, allowed, "describe the network")
        image = described["inputs"]["image"]
        edges = [int(str(edge).removesuffix("*n")) * (UNIT if "n" in str(edge) else 1) for edge in image["spatial_shape"]]
        module = bundle.get(_property(bundle.parser.get(), entry))
        yield Network(stem, entry, module.cpu().eval(), (int(image["num_channels"]), *edges))


def write_exports(bundle: Bundle, folder: Path, formats: Sequence[str]) -> list[Export]:
    """Export every network of a bundle into a folder, with their SHA256SUMS.

    Args:
        bundle: opened, on the CPU.
        folder: gets NAME.pt2, NAME.onnx, NAME.ts.
        formats: of `FORMATS`.

    Raises:
        InputError: a format is not known, what writes it is not installed, or a file differs from the network.
    """
    folder.mkdir(parents=True, exist_ok=True)
    made = []
    for network in networks(bundle):
        for name in formats:
            path = folder / f"{network.name}.{name}"
            with warnings.catch_warnings(), torch.no_grad():
                warnings.simplefilter("ignore")
                made.append(export_network(network, path, name))
    write_sums(folder, {export.path.name: sha256(export.path) for export in made})
    return made


def export_network(network: Network, path: Path, name: str) -> Export:
    """Write one network in one format, load it again and compare; InputError where it differs."""
    writers: Mapping[str, Callable[[Network, Path], bool]] = {"pt2": _write_pt2, "onnx": _write_onnx, "ts": _write_ts}
    readers: Mapping[str, Callable[[Path], Callable[[torch.Tensor], torch.Tensor]]] = {
        "pt2": lambda file: torch.export.load(file).module(),
        "onnx": _read_onnx,
        "ts": torch.jit.load,
    }
    any_size = writers[name](network, path)
    difference = largest_difference(network.module, readers[name](path), network.shape)
    if not difference <= LIMITS[name]:
        allowed = f"at most {LIMITS[name]:g} from eager"
        raise InputError("with", f"{path.name} that differs by {difference:.2g}", allowed, f"leave {name} out")
    return Export(path, name, any_size, difference)


def largest_difference(module: nn.Module, loaded: Callable[[torch.Tensor], torch.Tensor], shape: Shape) -> float:
    """Largest difference of a loaded export from a network, on a batch of another size than that of its example."""
    generator = torch.Generator().manual_seed(0)
    wanted = (BATCHES[1], *shape)
    inputs = (torch.randn(wanted, generator=generator), torch.rand(wanted, generator=generator))
    return max(float((loaded(data) - module(data)).abs().max()) for data in inputs)


def program(network: Network) -> tuple[torch.export.ExportedProgram, bool]:
    """The network by torch.export for any batch, and for any size where the network allows; and whether it does."""
    example = (torch.rand(BATCHES[0], *network.shape),)
    batch = Dim("batch", min=1, max=4096)
    sizes = {axis: UNIT * Dim(f"edge{axis}", min=4, max=128) for axis in (2, 3)}
    if network.own_size is None:
        try:
            return torch.export.export(network.module, example, dynamic_shapes=({0: batch, **sizes},)), True
        except Exception as error:  # each network that fixes its size says so in a way of its own
            print(f"{network.name}: the size stays that of the example ({type(error).__name__})")
    return torch.export.export(network.module, example, dynamic_shapes=({0: batch},)), False


def _write_pt2(network: Network, path: Path) -> bool:
    exported, any_size = program(network)
    torch.export.save(exported, path)
    return any_size


def _write_onnx(network: Network, path: Path) -> bool:
    try:
        import onnx  # noqa: F401  (the exporter needs it)
        import onnxruntime  # noqa: F401
    except ImportError as error:
        raise InputError("with", "onnx", "pt2,ts", "or pip install 'aurad-monai[onnx]'") from error
    exported, any_size = program(network)
    torch.onnx.export(
        exported,
        (),
        str(path),
        input_names=["image"],
        output_names=["pred"],
        opset_version=18,
        dynamo=True,
        external_data=False,
        verbose=False,
    )
    return any_size


def _read_onnx(path: Path) -> Callable[[torch.Tensor], torch.Tensor]:
    import onnxruntime

    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    return lambda data: torch.from_numpy(session.run(["pred"], {"image": data.numpy()})[0])


def _write_ts(network: Network, path: Path) -> bool:
    torch.jit.save(torch.jit.script(network.module), str(path))
    return True


def _loaded(content: Mapping[str, Any]) -> dict[str, str]:
    """Network entry to weight file, of the entries that load weights."""
    found = (LOADED.search(value) for value in content.values() if isinstance(value, str))
    return {match[1]: match[2] for match in found if match}


def _property(content: Mapping[str, Any], entry: str) -> str:
    """The entry that loads the weights of a network."""
    return next(
        key for key, value in content.items() if isinstance(value, str) and (m := LOADED.search(value)) and m[1] == entry
    )
