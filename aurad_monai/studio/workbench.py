# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""What the studio can do with one case: sample its mask, render it, take a finding out, try seeds, save and export.

In: what the page holds (prompt, seed, patient, masks). Out: plain dictionaries for the page. The workbench keeps
nothing of a case, so two tabs cannot mix theirs; radiographs are those of `aurad render` for the same masks and seed.
"""

from __future__ import annotations

import re
import tempfile
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from aurad_monai import vocabulary
from aurad_monai.bundles.inventory import Places, describe_bundles
from aurad_monai.case import Case
from aurad_monai.errors import InputError
from aurad_monai.export.formats import FORMATS
from aurad_monai.export.formats.format import open_export, open_format
from aurad_monai.export.formats.place import check_place, write_whole
from aurad_monai.export.overview import ANATOMY_COLORS, PATHOLOGY_COLORS
from aurad_monai.generation.pipeline import Pipeline
from aurad_monai.generation.render_run import RenderFiles, render_run
from aurad_monai.generation.settings import Settings
from aurad_monai.io.datalist import save_channels
from aurad_monai.io.output_folder import check_output
from aurad_monai.prompts.describe import describe
from aurad_monai.prompts.finding import ClinicalFindings
from aurad_monai.prompts.parse import understand
from aurad_monai.request.resolve import resolve_masks
from aurad_monai.studio.layers import Mask, packed, picture, unpacked

MAX_SEED = 2**32 - 1
MAX_SEEDS = 8
MAX_FILE = 512 * 2**20
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
Request = Mapping[str, Any]


@dataclass(frozen=True)
class Workbench:
    """The pipeline behind the page.

    Args:
        pipeline: opened once.
        output: folder that saved runs and exports go into.
        places: where the bundles are, for the record of a run.
        lock: one case is rendered at a time.
    """

    pipeline: Pipeline
    output: Path
    places: Places = None
    lock: threading.Lock = field(default_factory=threading.Lock)

    def vocabulary(self) -> dict[str, Any]:
        """Names, labels and colors of all layers, formats of export, the edge of a mask in pixels."""
        anatomy = [
            {"name": name, "label": name.replace("_", " "), "color": color}
            for name, color in zip(vocabulary.ANATOMY_NAMES, ANATOMY_COLORS, strict=True)
        ]
        findings = [
            {"name": term.name, "label": term.label, "color": color}
            for term, color in zip(vocabulary.FINDINGS, PATHOLOGY_COLORS, strict=True)
        ]
        return {
            "size": self.pipeline.image_size,
            "anatomy": anatomy,
            "findings": findings,
            "views": list(vocabulary.VIEWS),
            "sexes": list(vocabulary.SEXES),
            "formats": list(FORMATS),
            "output": str(self.output),
        }

    def sample(self, request: Request) -> dict[str, Any]:
        """Anatomy and mask of a prompt and seed, in the chest that the page sends or a sampled one.

        What the prompt says that no picture shows is named: understood, left out, assumed.

        Args:
            request: prompt, seed, and anatomy (packed) or none.
        """
        given = request.get("anatomy")
        chest = None if given is None else self._mask("anatomy", given, len(vocabulary.ANATOMY_NAMES))
        prompt = str(request.get("prompt", ""))
        with self.lock:
            asked = self.pipeline.resolve(prompt, _seed(request), chest)
            settings = Settings(accept_all=True, masks_only=True, reject_repeats=False, progress=False)
            case = self.pipeline.generate([asked], settings).cases[0]
        anatomy, pathology = case.masks
        patient = describe(replace(case.resolved, findings=()))
        return {
            "anatomy": packed(anatomy),
            "pathology": packed(pathology),
            "patient": patient,
            "resolved": describe(case.resolved),
            "understood": understand(prompt).lines() if prompt.strip() else [],
            "spacing": case.spacing,
        }

    def render(self, request: Request) -> dict[str, Any]:
        """Radiograph and verdict of the page's masks, seed and patient."""
        with self.lock:
            return self._result(self._rendered(self._case(request, _seed(request))))

    def without(self, request: Request) -> dict[str, Any]:
        """The same with one finding taken out of the mask, from the same noise: the counterfactual.

        Args:
            request: as for `render`, and `finding`.
        """
        case = self._case(request, _seed(request))
        _, pathology = case.masks
        pathology = pathology.copy()
        pathology[vocabulary.channel(_finding(request))] = 0
        less = resolve_masks(pathology, case.masks[0], case.seed, _patient(request), case.spacing)
        with self.lock:
            return self._result(self._rendered(less))

    def seeds(self, request: Request) -> dict[str, Any]:
        """Radiographs of the same masks from the next few seeds.

        Args:
            request: as for `render`, and `count`.
        """
        count, first = _whole("count", request.get("count", 4), 1, MAX_SEEDS), _seed(request)
        with self.lock:
            results = [self._result(self._rendered(self._case(request, first + i))) for i in range(count)]
        return {"cases": [{"seed": first + i, **result} for i, result in enumerate(results)]}

    def chest(self, content: bytes, ending: str) -> dict[str, Any]:
        """Anatomy of a radiograph or label map that was dropped on the page; its name goes nowhere.

        Args:
            content: of the file.
            ending: of its name, such as .dcm; readers look at the content first.
        """
        if not 0 < len(content) <= MAX_FILE:
            raise InputError("chest", f"{len(content)} bytes", f"1 to {MAX_FILE} bytes", "choose a radiograph")
        safe = ending if re.fullmatch(r"(\.[A-Za-z0-9]{1,5}){1,2}", ending) else ""
        with tempfile.TemporaryDirectory() as folder, self.lock:
            path = Path(folder) / f"chest{safe}"
            path.write_bytes(content)
            try:
                anatomy = self.pipeline.read_anatomy(path)
            except InputError as error:
                value = str(error.value).replace(str(path), "the file")
                raise InputError("chest", value, error.allowed, error.next_step) from error
        assert anatomy is not None
        return {"anatomy": packed(anatomy)}

    def save(self, request: Request) -> dict[str, Any]:
        """A run folder of the page's masks, the one that `aurad render` writes for them, and the masks beside it.

        Args:
            request: as for `render`, and `name`.
        """
        name = request.get("name")
        if not isinstance(name, str) or not _NAME.fullmatch(name):
            raise InputError("name", name, "1 to 64 letters, digits, - and _", "choose another")
        run, masks = self.output / name, self.output / f"{name}-masks"
        check_output(run)
        case = self._case(request, _seed(request))
        for key, channels in zip(("anatomy", "pathology"), case.masks, strict=True):
            masks.mkdir(parents=True, exist_ok=True)
            save_channels(masks / f"{key}.nii.gz", channels)
        files = RenderFiles(masks / "pathology.nii.gz", masks / "anatomy.nii.gz", run)
        options = {"num": 1, "seed": case.seed, "prompt": _patient(request), "spacing": case.spacing}
        with self.lock:
            runs_on = {"size": self.pipeline.image_size}
            made, record = render_run(self.pipeline, files, options, describe_bundles(self.places), runs_on)
        return {"folder": str(run), "command": record.command, "accepted": made.cases[0].accepted}

    def export(self, request: Request) -> dict[str, Any]:
        """A saved run in the formats of other tools.

        Args:
            request: `name` of the run and `formats`.
        """
        name, asked = str(request.get("name", "")), request.get("formats")
        if not _NAME.fullmatch(name) or not (self.output / name).is_dir():
            raise InputError("name", name, "a run that was saved", "save it first")
        if not isinstance(asked, list) or not asked:
            raise InputError("formats", asked, ", ".join(FORMATS), "choose one")
        run, target = open_export(self.output / name), self.output / f"{name}-exported"
        writers = {str(one): open_format(str(one)) for one in asked}
        for one in writers:
            check_place(target / one, overwrite=True)
        return {"folders": [str(write_whole(write, run, target / one)) for one, write in writers.items()]}

    def _mask(self, key: str, text: Any, channels: int) -> Mask:
        return unpacked(key, text, channels, self.pipeline.image_size)

    def _case(self, request: Request, seed: int) -> Case:
        """The request of the page's masks, as `aurad render` makes it."""
        anatomy = self._mask("anatomy", request.get("anatomy"), len(vocabulary.ANATOMY_NAMES))
        pathology = self._mask("pathology", request.get("pathology"), len(vocabulary.FINDING_NAMES))
        if not anatomy[:2].any(axis=(1, 2)).all():
            raise InputError("anatomy", "a chest without two lungs", "both lungs", "draw them, or sample a chest")
        return resolve_masks(pathology, anatomy, seed, _patient(request), _spacing(request), "case_00000")

    def _rendered(self, case: Case) -> Case:
        settings = Settings(accept_all=True, reject_repeats=False, progress=False)
        return self.pipeline.generate([case], settings).cases[0]

    def _result(self, case: Case) -> dict[str, Any]:
        assert case.image is not None
        return {
            "image": picture(case.image),
            "accepted": case.accepted,
            "reasons": list(case.reasons),
            "not_judged": dict(case.not_judged),
            "labels": describe(case.findings),
        }


def _seed(request: Request) -> int:
    return _whole("seed", request.get("seed", 0), 0, MAX_SEED)


def _whole(argument: str, value: Any, lowest: int, highest: int) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not lowest <= value <= highest:
        raise InputError(argument, value, f"a whole number from {lowest} to {highest}", "correct it")
    return value


def _finding(request: Request) -> str:
    name = str(request.get("finding", ""))
    if name not in vocabulary.FINDING_NAMES:
        raise InputError("finding", name, ", ".join(vocabulary.FINDING_NAMES), "choose a layer")
    return name


def _patient(request: Request) -> str:
    """View, sex and age as a prompt; findings come from the mask."""
    text = str(request.get("patient", "")).strip()
    said = understand(text).findings if text else ClinicalFindings()
    if said.findings:
        raise InputError("patient", text, "view, sex and age", "findings come from the mask")
    return text


def _spacing(request: Request) -> float | None:
    value = request.get("spacing")
    if value is None:
        return None
    if not isinstance(value, (int, float)) or not 0.01 <= value <= 100:
        raise InputError("spacing", value, "0.01 to 100 mm", "leave it out")
    return float(value)
