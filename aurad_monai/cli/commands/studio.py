# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""`aurad studio`: one case in the browser: prompt, edit the mask by hand, render again, compare, save, export."""

from __future__ import annotations

from pathlib import Path

from aurad_monai.cli import values as cli_values
from aurad_monai.cli.commands.action import Action, refuse_unknown
from aurad_monai.cli.next_step import places
from aurad_monai.errors import InputError


def studio(
    *extra: str,
    output: str = "runs/studio",
    port: str = "8764",
    no_browser: str = "False",
    size: str | None = None,
    device: str | None = None,
    engine: str = "torch",
    bundle_dir: str | None = None,
    image_bundle: str | None = None,
    mask_bundle: str | None = None,
    filter_bundle: str | None = None,
    debug: str = "False",
    **unknown: str,
) -> Action:
    """aurad studio [flags]

    Open the studio in a browser of this machine: prompt, edit the mask, render, compare, save, export.

    --output         folder that saved runs go into, default runs/studio
    --port           of the page on this machine; 0 takes a free one (default 8764)
    --no_browser     do not open a browser
    --size           edge of masks and radiographs in pixels: 256, 512 or 1024, default that of the bundle
    --device         cpu, cuda, cuda:N or mps, default the fastest available
    --engine         torch, or onnx (ONNX Runtime on the CPU), default torch
    --bundle_dir     folder of bundles, default those of the package
    --image_bundle   folder of one bundle, such as aurad train wrote, in the place of that of bundle_dir; in the same
                     way --mask_bundle and --filter_bundle
    --debug          show the traceback of an error
    """
    refuse_unknown(studio, extra, unknown)
    number, browser = cli_values.whole("port", port, 0, 65535), not cli_values.switch("no_browser", no_browser)
    folder = Path(cli_values.text("output", output, "a folder", "give --output DIR"))
    runs_on = {
        "bundle_dir": places(bundle_dir, image_bundle, mask_bundle, filter_bundle),
        "device": cli_values.device(device),
        "engine": cli_values.one_of("engine", engine, cli_values.ENGINES),
        "size": cli_values.frame_size(size),
    }

    def run() -> None:
        try:
            import starlette  # noqa: F401
        except ImportError as error:
            step = 'pip install "aurad-monai[studio]"'
            raise InputError("extra", "no starlette", "an installed starlette", step) from error
        from aurad_monai.browser.loopback import serve
        from aurad_monai.generation.pipeline import Pipeline
        from aurad_monai.studio.server import application
        from aurad_monai.studio.workbench import Workbench

        print("loading bundles ...", flush=True)
        bench = Workbench(Pipeline.from_bundles(**runs_on), folder, runs_on["bundle_dir"])  # type: ignore[arg-type]
        serve(application(bench), number, browser)

    return Action(run)
