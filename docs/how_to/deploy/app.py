# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""The filter bundle as an application of MONAI Deploy: radiographs in, segmentations and a report of each out.

    python docs/how_to/deploy/app.py --input RADIOGRAPHS --model bundles/cxr_expert_filter --output RESULTS

Three operators in a row. The one in the middle is MONAI Deploy's own, which makes itself from the bundle's folder:
`inference.json` and `deploy.json`. A radiograph is one picture and no series of slices, so the first operator reads it
with our reader instead of the SDK's. The last one asks the findings expert of the bundle and writes, of a DICOM image,
SEG, measurement report and outlined copy of its study; of a PNG or JPEG, a label map.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from holoscan.conditions import CountCondition
from monai.deploy.core import AppContext, Application, Fragment, Image, IOType, Operator, OperatorSpec
from monai.deploy.operators.monai_bundle_inference_operator import (
    BundleConfigNames,
    IOMapping,
    MonaiBundleInferenceOperator,
)
from PIL import Image as Picture

from aurad_monai.archive.analyze import analyze, as_line, save
from aurad_monai.archive.observe import Observer
from aurad_monai.io.anatomy_file import from_labels
from aurad_monai.io.load_radiograph import radiograph_files
from aurad_monai.io.picture_file import file_kind
from aurad_monai.io.radiograph import read_radiograph


class ReadRadiographs(Operator):  # type: ignore[misc]
    """Reads the radiographs of a folder (PNG, JPEG, DICOM), one each time it is called."""

    def __init__(self, fragment: Fragment, *args: Any, folder: Path, **kwargs: Any) -> None:
        files = list(radiograph_files(str(folder)))
        self.waiting = iter(files)
        super().__init__(fragment, CountCondition(fragment, len(files)), *args, **kwargs)

    def setup(self, spec: OperatorSpec) -> None:
        """One output."""
        spec.output("image")

    def compute(self, op_input: Any, op_output: Any, context: Any) -> None:
        """The next radiograph, (1, 256, 256) in [0, 1], with the name of its file."""
        path = next(self.waiting)["image"]
        op_output.emit(Image(read_radiograph(path), {"filename_or_obj": path}), "image")


class WriteResults(Operator):  # type: ignore[misc]
    """Writes NAME/*.dcm of a DICOM image, NAME.png, which `aurad generate --anatomy` reads, of a picture.

    Args:
        folder: of the results.
        bundle: the filter bundle's folder, whose findings expert is asked; None, as for TorchScript, writes label maps.
    """

    def __init__(self, fragment: Fragment, *args: Any, folder: Path, bundle: Path | None, **kwargs: Any) -> None:
        self.folder = folder
        self.observer = None if bundle is None else Observer(bundle)
        super().__init__(fragment, *args, **kwargs)

    def setup(self, spec: OperatorSpec) -> None:
        """One input."""
        spec.input("pred")

    def compute(self, op_input: Any, op_output: Any, context: Any) -> None:
        """One label map of lungs and cardiomediastinum."""
        labels = op_input.receive("pred")
        source = Path(labels.metadata()["filename_or_obj"])
        pixels = labels.asnumpy()
        if self.observer is None or file_kind(source, "radiograph") != "dicom":
            Picture.fromarray(pixels).save(self.folder / f"{source.stem}.png")
            return
        found = analyze(source, self.observer, from_labels(pixels, source, "label map"))
        save(found.objects, self.folder / source.stem)
        print(f"{source.name}: {as_line(found.seen)}", flush=True)


class FindingsApp(Application):  # type: ignore[misc]
    """Radiographs, the bundle, results; takes `--input`, `--model` and `--output` as every such application does."""

    def compose(self) -> None:
        """Connect the three operators."""
        context: AppContext = Application.init_app_context(self.argv)
        folder = Path(context.output_path)
        folder.mkdir(parents=True, exist_ok=True)
        model = Path(context.model_path)
        bundle = next((path.parent for path in sorted([*model.glob("configs"), *model.glob("*/configs")])), None)
        if bundle is not None:
            context.models = None  # of a folder the SDK makes a model without a network, unless its operator loads it
        read = ReadRadiographs(self, folder=Path(context.input_path), name="read")
        segment = MonaiBundleInferenceOperator(
            self,
            app_context=context,
            input_mapping=[IOMapping("image", Image, IOType.IN_MEMORY)],
            output_mapping=[IOMapping("pred", Image, IOType.IN_MEMORY)],
            bundle_path=bundle or context.model_path,
            bundle_config_names=BundleConfigNames(config_names=["inference", "deploy"]),
            name="segment",
        )
        write = WriteResults(self, folder=folder, bundle=bundle, name="write")
        self.add_flow(read, segment, {("image", "image")})
        self.add_flow(segment, write, {("pred", "pred")})


if __name__ == "__main__":
    FindingsApp().run()
