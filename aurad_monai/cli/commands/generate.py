# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""`aurad generate`: sample masks and radiographs for one prompt into a run folder."""

from __future__ import annotations

import sys
import time
from pathlib import Path

from aurad_monai.bundles import inventory
from aurad_monai.cli import values as cli_values
from aurad_monai.cli.commands.action import Action, refuse_unknown
from aurad_monai.cli.next_step import flags, places, say_next
from aurad_monai.errors import InputError

MAX_CASES = 1000
MAX_STEPS = 1000
MAX_SEED = 2**63 - 1


def generate(
    prompt: str | None = None,
    *extra: str,
    num: str = "4",
    seed: str = "0",
    output: str | None = None,
    anatomy: str | None = None,
    size: str | None = None,
    quality: str = "default",
    steps: str | None = None,
    guidance_scale: str | None = None,
    accept_all: str = "False",
    masks_only: str = "False",
    strict: str = "False",
    device: str | None = None,
    engine: str = "torch",
    batch_size: str = "4",
    overwrite: str = "False",
    bundle_dir: str | None = None,
    image_bundle: str | None = None,
    mask_bundle: str | None = None,
    filter_bundle: str | None = None,
    spacing: str | None = None,
    watermark: str | None = None,
    strict_prompt: str = "False",
    uncertain: str | None = None,
    debug: str = "False",
    **unknown: str,
) -> Action:
    """aurad generate PROMPT --output DIR [flags]

    Generate radiographs with masks for a prompt, such as "small left pleural effusion and cardiomegaly".

    --output          new folder for the output (required)
    --num             attempts, accepted or not, 1 to 1000, default 4; attempt i has seed + i
    --seed            whole number from 0, default 0; the same prompt and seed give the same case
    --anatomy         anatomy label map (PNG, NIfTI), or a radiograph (PNG, JPEG, DICOM) to segment; default sampled
    --size            edge of masks and radiographs in pixels: 256, 512 or 1024, default that of the bundle
    --quality         preset of sampling steps and guidance: default or fast
    --steps           number of sampling steps, 1 to 1000, default from --quality
    --guidance_scale  scale of classifier-free guidance, 0 to 100, default from --quality
    --accept_all      also write the files of rejected cases
    --masks_only      sample the pathology mask only, no radiograph
    --strict          reject cases with a finding that is not judged (see aurad info)
    --device          cpu, cuda, cuda:N or mps, default the fastest available
    --engine          torch, or onnx (ONNX Runtime on the CPU), default torch
    --batch_size      cases sampled at once, 1 to 256, default 4
    --overwrite       replace an earlier run in DIR
    --bundle_dir      folder of bundles, default those of the package
    --image_bundle    folder of one bundle, such as aurad train wrote, in the place of that of bundle_dir; in the same
                      way --mask_bundle and --filter_bundle
    --spacing         pixel spacing in mm; default that of a sampled anatomy or of the DICOM tags of a given one
    --watermark       invisible watermark, a text of up to 14 letters; without a value: synthetic
    --strict_prompt   refuse a prompt with words that no picture shows, which else are left out and named
    --uncertain       what "possible" and "cannot exclude" mean: present, absent or ignore; default refused
    --debug           show the traceback of an error
    """
    refuse_unknown(generate, extra, unknown)
    request = cli_values.GenerateOptions(
        prompt=cli_values.text("prompt", prompt, "a sentence in quotes", "see aurad generate --help"),
        output=cli_values.text("output", output, "a new folder", "give --output DIR"),
        num=cli_values.whole("num", num, 1, MAX_CASES),
        seed=cli_values.whole("seed", seed, 0, MAX_SEED),
        anatomy=anatomy,
        steps=None if steps is None else cli_values.whole("steps", steps, 1, MAX_STEPS),
        guidance_scale=None if guidance_scale is None else cli_values.real("guidance_scale", guidance_scale, 0, 100),
        accept_all=cli_values.switch("accept_all", accept_all),
        masks_only=cli_values.switch("masks_only", masks_only),
        strict=cli_values.switch("strict", strict),
        device=cli_values.device(device),
        batch_size=cli_values.whole("batch_size", batch_size, 1, 256),
        overwrite=cli_values.switch("overwrite", overwrite),
        bundle_dir=bundle_dir,
        image_bundle=image_bundle,
        mask_bundle=mask_bundle,
        filter_bundle=filter_bundle,
        spacing=None if spacing is None else cli_values.real("spacing", spacing, 0.01, 100),
        quality=cli_values.one_of("quality", quality, cli_values.QUALITIES),
        engine=cli_values.one_of("engine", engine, cli_values.ENGINES),
        watermark=cli_values.watermark(watermark),
        strict_prompt=cli_values.switch("strict_prompt", strict_prompt),
        uncertain=cli_values.uncertain(uncertain),
        size=cli_values.frame_size(size),
    )
    if request.strict and request.masks_only:
        raise InputError("strict", "--masks_only", "radiographs, in which findings can be judged", "leave one out")
    return Action(lambda: _generate(request))


def _generate(request: cli_values.GenerateOptions) -> None:
    """Check what is cheap to check, then load the bundles, sample and write."""
    from aurad_monai.cli.commands.report import write_and_report
    from aurad_monai.export.run_folder import RunRecord
    from aurad_monai.export.watermark import check_watermark
    from aurad_monai.io.output_folder import check_output
    from aurad_monai.prompts.parse import PromptRules, plain_prompt, understand

    rules = PromptRules(request.strict_prompt, request.uncertain)
    for line in understand(request.prompt, rules).lines():
        print(line, file=sys.stderr, flush=True)
    check_output(request.output, request.overwrite)
    if request.watermark is not None:
        check_watermark(request.watermark)
    anatomy = _existing_file(request.anatomy)
    where = places(request.bundle_dir, request.image_bundle, request.mask_bundle, request.filter_bundle)
    bundles = inventory.describe_bundles(where)

    started = time.perf_counter()
    print("loading bundles ...", file=sys.stderr, flush=True)
    from aurad_monai.generation.pipeline import Pipeline  # torch and MONAI are only paid for from here on

    pipeline = Pipeline.from_bundles(where, device=request.device, engine=request.engine, size=request.size)
    loading = time.perf_counter() - started
    run = pipeline(
        plain_prompt(request.prompt, rules),
        request.num,
        request.seed,
        anatomy=anatomy,
        spacing=request.spacing,
        num_inference_steps=request.steps,
        guidance_scale=request.guidance_scale,
        quality=request.quality,
        batch_size=request.batch_size,
        accept_all=request.accept_all,
        masks_only=request.masks_only,
        strict=request.strict,
    )
    record = RunRecord(
        command=request.command(),
        prompt=request.prompt,
        seed=request.seed,
        num=request.num,
        timing={"loading": loading, **run.timing},
        versions=inventory.describe_versions(),
        bundles=bundles,
        options=request.options(),
        names={} if request.anatomy is None else {"anatomy": request.anatomy},
    )
    write_and_report(
        request.output, run, record, request.accept_all, overwrite=request.overwrite, masks_only=request.masks_only
    )
    if any(case.accepted for case in run.cases):
        known = flags(
            places(request.bundle_dir, image_bundle=request.image_bundle, filter_bundle=request.filter_bundle)
        )
        say_next("filter", request.output, "--output", f"{request.output.rstrip('/')}-filtered", *known)


def _existing_file(anatomy: str | None) -> Path | None:
    """Missing and empty files are found before the bundles are loaded."""
    if anatomy is None:
        return None
    from aurad_monai.io.picture_file import file_kind

    file_kind(anatomy, "anatomy")
    return Path(anatomy)
