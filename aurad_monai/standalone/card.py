# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Model card of a standalone bundle, after the Model Zoo's template: what it is, how it is run, what the package adds.

Takes the metadata of the bundle it was made of; gives the text of docs/README.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

INPUTS = {
    "image": """A folder with `anatomy/ID.nii.gz`, array (x, y, 3), and `pathology/ID.nii.gz`, array (x, y, 13), 0
and 1. `seed`, `view` (PA or AP), `sex` (female or male) and `age` are entries of the config.""",
    "mask": """A folder of chests: label maps (1 left lung, 2 right lung, 3 cardiomediastinum, 4 and 5
cardiomediastinum over left and right lung; PNG or NIfTI) or NIfTI of array (x, y, 3). `findings` of
the config says what to put into them, with `name`, and `side`, `zone`, `severity`, `quantile` (of
the size, 0 to 1) and `absent` where wanted; `seed`, `view`, `sex` and `age` are entries too. Equal
noise as of a prompt of the package: `noise_text`, its canonical words.""",
    "expert": """A folder of frontal radiographs, PNG or JPEG, bones bright, patient's right on the left.""",
}
OUTPUTS = {
    "image": "`images/ID.png`, 8-bit, of the size of the masks.",
    "mask": "`pathology/ID.nii.gz`, array (x, y, 13), 0 and 1.",
    "expert": "`NAME.nii.gz`, array (x, y, 3), 0 and 1: left lung, right lung, cardiomediastinum.",
}
ADDS = {
    "image": """This bundle makes the arrays that the network of the package `aurad-monai` makes of the same masks
and seed where it is told of all findings at their masks (`painted_findings`), sharpened and in the same range of
intensities. The
package adds: lesion transforms that draw eleven findings over the image (`inserted_findings`), the removal of
scribbled letters outside of the chest, masks from
a prompt in words, sampled view, sex and age, the expert filter,
provenance in every file (text chunks, watermark, C2PA, DICOM flag), other sizes, steps and guidance,
ControlNet, training.""",
    "mask": """This bundle makes the arrays that the package `aurad-monai` makes of the same chest, findings and
seed at its first try. The package adds: further tries where zone or severity is missed, prompts and reports in
words, sizes in percent and centimeters, sampled chests, what a request
leaves open (side, zone, size, findings that occur together), the filter, radiographs of the masks, provenance,
training.""",
    "expert": """This bundle outlines the anatomy as the package `aurad-monai` does. `models/findings.ts` and
`models/encoder.ts` hold the findings expert and the encoder (one radiograph tensor in, logits or
features out; `torch.jit.load(FILE).float()`). The package adds: the filter with its criteria and
thresholds, DICOM, reports, memorization checks, training.""",
}


def card(metadata: Mapping[str, Any], kind: str, name: str) -> str:
    """Text of the card.

    Args:
        metadata: of the bundle that the variant was made of.
        kind: image, mask or expert.
        name: folder of the variant.
    """
    metrics = "\n".join(f"- {key}: {value}" for key, value in metadata.get("eval_metrics", {}).items())
    references = "\n\n".join(f"[{i}] {text}" for i, text in enumerate(metadata.get("references", []), start=1))
    return f"""# {metadata["name"]} (standalone)

### Authors
{metadata["authors"]}

### Tags
Chest Radiograph, CR, DX, Synthetic Data, Standalone

## Model Overview
{metadata["description"]}

This variant needs MONAI, torch and Ignite only: no class or function of the package `aurad-monai` is named in its
config, and weights and rules lie in `models/`. Version {metadata["version"]}.

## Intended use
{metadata["intended_use"]}

## Data
{metadata["data_source"]}

Licences and attribution: [data_license.txt](data_license.txt)

### Input
{INPUTS[kind]}

### Output
{OUTPUTS[kind]}

## Performance
As of the bundle it was made of:

{metrics}

## System Configuration
Any CPU, or one GPU; no GPU is needed.

## What the package adds
{ADDS[kind]}

## MONAI Bundle Commands
```
python -m monai.bundle run --config_file {name}/configs/inference.json --bundle_root {name} \\
    --dataset_dir DATA --output_dir OUT
```

## Limitations
{metadata["intended_use"]} Files that this bundle writes carry no mark that they are synthetic: mark them yourself.

# Citation
AURAD: Anatomy-Pathology Unified Radiology Synthesis with Progressive Representations. arXiv:2509.04819.

# References
{references}

# License
{metadata["copyright"]}. Licensed under the Apache License, Version 2.0; see [LICENSE](../LICENSE).
"""
