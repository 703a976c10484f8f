# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""The anatomy expert as an application of MONAI Deploy: a folder of radiographs in, a label map of each out.

    python docs/how_to/deploy_app.py --input RADIOGRAPHS --model MODEL.ts --output MASKS

Three operators in a row. The one in the middle is MONAI Deploy's own, which makes itself from what MODEL.ts holds:
the network, `inference.json` and `deploy.json` of the filter bundle. A radiograph is one picture and no series of
slices, so the first operator reads it with our reader instead of the SDK's.
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

from aurad_monai.io.load_radiograph import radiograph_files
from aurad_monai.io.radiograph import read_radiograph


class ReadRadiographs(Operator):  # type: ignore[misc]
    """Reads the radiographs of a folder (PNG, JPEG, DICOM), one each time it is called."""

    def __init__(self, fragment: Fragment, *args: Any, folder: Path, **kwargs: Any) -> None:
        files = radiograph_files(str(folder))
        self.waiting = iter(files)
        super().__init__(fragment, CountCondition(fragment, len(files)), *args, **kwargs)

    def setup(self, spec: OperatorSpec) -> None:
        """One output."""
        spec.output("image")

    def compute(self, op_input: Any, op_output: Any, context: Any) -> None:
        """The next radiograph, (1, 256, 256) in [0, 1], with the name of its file."""
        path = next(self.waiting)["image"]
        op_output.emit(Image(read_radiograph(path), {"filename_or_obj": path}), "image")


class WriteLabels(Operator):  # type: ignore[misc]
    """Writes label maps as NAME.png, which `aurad generate --anatomy` reads."""

    def __init__(self, fragment: Fragment, *args: Any, folder: Path, **kwargs: Any) -> None:
        self.folder = folder
        super().__init__(fragment, *args, **kwargs)

    def setup(self, spec: OperatorSpec) -> None:
        """One input."""
        spec.input("pred")

    def compute(self, op_input: Any, op_output: Any, context: Any) -> None:
        """One label map."""
        labels = op_input.receive("pred")
        name = Path(labels.metadata()["filename_or_obj"]).stem
        Picture.fromarray(labels.asnumpy()).save(self.folder / f"{name}.png")


class AnatomyApp(Application):  # type: ignore[misc]
    """Radiographs, the bundle, label maps; takes `--input`, `--model` and `--output` as every such application does."""

    def compose(self) -> None:
        """Connect the three operators."""
        context: AppContext = Application.init_app_context(self.argv)
        folder = Path(context.output_path)
        folder.mkdir(parents=True, exist_ok=True)
        read = ReadRadiographs(self, folder=Path(context.input_path), name="read")
        segment = MonaiBundleInferenceOperator(
            self,
            app_context=context,
            input_mapping=[IOMapping("image", Image, IOType.IN_MEMORY)],
            output_mapping=[IOMapping("pred", Image, IOType.IN_MEMORY)],
            bundle_path=context.model_path,
            bundle_config_names=BundleConfigNames(config_names=["inference", "deploy"]),
            name="segment",
        )
        write = WriteLabels(self, folder=folder, name="write")
        self.add_flow(read, segment, {("image", "image")})
        self.add_flow(segment, write, {("pred", "pred")})


if __name__ == "__main__":
    AnatomyApp().run()
