# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Packages the way of a case together with its bundles, which an installed wheel carries as `aurad_monai/_bundles`."""

from __future__ import annotations

import re
from pathlib import Path

from setuptools import find_packages, setup

ROOT = Path(__file__).parent
VERSION = re.search(r'__version__ = "(.+)"', (ROOT / "aurad_monai/__init__.py").read_text(encoding="utf-8"))[1]  # type: ignore[index]

REQUIREMENTS = [
    "monai>=1.6,<1.8",
    "torch>=2.8",  # what MONAI 1.6 asks for
    "pytorch-ignite>=0.5.1",
    "nibabel>=5.2",
    "torchxrayvision>=1.3",
    "torchvision",  # of the release that belongs to the installed torch
    "fire>=0.6",
    "einops",  # conditioned MONAI diffusion UNets import it at run time
    "pydicom>=3.0.2",  # earlier versions have known security faults
    "safetensors>=0.4",
    "pillow>=10.1",
    "scipy>=1.10",
    "scikit-image>=0.26",
    "numpy>=1.26",
    "tqdm>=4.65",
    "pyyaml>=6",
]

DICOM = ["python-gdcm>=3.2.2"]  # BSD; decodes JPEG Lossless, Extended, LS and 2000; earlier ones write out of bounds

FORMATS = [  # one or two a dataset format of `aurad export`
    "pycocotools>=2.0.8",
    "highdicom>=0.26",
    "webdataset>=1.0",
    "datasets>=3.2",
    "mlcroissant>=1.0.12",
    "pynrrd>=1.1",
]

BROWSER = ["starlette>=0.40", "uvicorn>=0.30"]  # pages of `aurad studio` and `aurad readers`
ARCHIVE = ["highdicom>=0.26", "pynetdicom>=2.1", "dicomweb-client>=0.59"]  # aurad analyze and demo-archive

WATERMARK = ["invisible-watermark>=0.2,<0.3", "PyWavelets>=1.5"]

CREDENTIALS = ["c2pa-python>=0.36,<1", "cryptography>=42"]  # C2PA manifests

RESULTS = ["doit>=0.36,<1"]  # make results

EXTRAS = {
    "generative": ["monai-generative==0.2.3"],
    "figures": ["matplotlib>=3.8"],
    "evaluate": ["scikit-learn>=1.4", "torchmetrics>=1.4", "prdc>=0.2,<0.3"],
    # and pyradiomics, which the last four build: docs/reference/evaluate.md
    "frd": ["frd-score>=1.0.1,<1.1", "setuptools>=68", "wheel>=0.42", "versioneer>=0.28", "cython>=3"],
    "formats": FORMATS,
    "studio": BROWSER,
    "readers": [*BROWSER, "statsmodels>=0.14"],
    "browser-tests": ["playwright>=1.48"],  # and Chromium of the system, for tests/browser
    "dicom": DICOM,
    "archive": ARCHIVE,
    "ray": ["ray>=2.40"],
    "slurm": ["submitit>=1.5"],
    "signing": ["py-minisign>=0.21"],
    "watermark": WATERMARK,
    "credentials": CREDENTIALS,
    "onnx": ["onnx>=1.17", "onnxscript>=0.5", "onnxruntime>=1.20"],
    "copies": ["faiss-cpu>=1.8"],  # for copy indexes of more than 200,000 images
    "train": ["tensorboard>=2.15"],
    # MONAI Deploy, for docs/how_to/deploy/app.py, in an environment of its own: its packaging is older than ours.
    "deploy": [
        "monai-deploy-app-sdk>=4.0,<4.1",
        "holoscan-cu13>=4.2,<4.3",
        "holoscan-cli>=4.2,<4.3",
        "highdicom>=0.26",  # without it, MONAI is not imported beside the SDK
    ],
    "sampling-benchmark": ["diffusers>=0.35,<1"],  # for benchmarks/timing.py
    "recipes": RESULTS,
    "mlflow": ["mlflow-skinny>=3.1,<4", "sqlalchemy>=2", "alembic>=1.14"],
    # For recipes/figures/reports.py, in an environment of its own: spaCy 3.7 needs NumPy 1.
    "reports-benchmark": ["medspacy>=1.3.1,<1.4", "negspacy>=1.0.4,<1.1"],
    "dev": [
        "pytest>=8",
        "pytest-timeout>=2.3",
        "pytest-xdist>=3.6",
        "hypothesis>=6.100",
        "ruff>=0.12",
        "mypy>=1.16",
        "jsonschema>=4.20",
        "faiss-cpu>=1.8",
        "matplotlib>=3.8",
        "scikit-learn>=1.4",
        "torchmetrics>=1.4",
        "prdc>=0.2,<0.3",
        *FORMATS,
        *DICOM,
        "SimpleITK>=2.4",  # reads what we write
        "slicerio>=1.1",  # likewise
        "py-minisign>=0.21",
        *WATERMARK,
        *BROWSER,
        "statsmodels>=0.14",
        *CREDENTIALS,
        "submitit>=1.5",
        "onnx>=1.17",
        "onnxscript>=0.5",
        "onnxruntime>=1.20",
        "nox>=2024.4",
        *RESULTS,
        *ARCHIVE,
        "supervision>=0.25",
        "monai-generative==0.2.3",
        "tensorboard>=2.15",
    ],
    "docs": ["mkdocs-material>=9.5,<10", "mkdocs>=1.6,<2"],
}

# The bundles stay at the top of a clone, where MONAI users look for them, and travel in the wheel as package data.
BUNDLE_FILES = [
    str(file.relative_to(ROOT / "bundles"))
    for pattern in ("LICENSE", "configs/*", "docs/*", "models/*", "*.yml")
    for file in sorted((ROOT / "bundles").glob(f"*/{pattern}"))
]

setup(
    name="aurad-monai",
    version=VERSION,
    description="Chest radiographs with the masks that explain them, as MONAI bundles (AURAD, arXiv 2509.04819)",
    long_description=(ROOT / "README.md").read_text(encoding="utf-8"),
    long_description_content_type="text/markdown",
    license="Apache-2.0",
    license_files=["LICENSE"],
    python_requires=">=3.10",
    packages=[*find_packages(include=["aurad_monai", "aurad_monai.*"]), "aurad_monai._bundles"],
    package_dir={"aurad_monai._bundles": "bundles"},
    package_data={
        "aurad_monai._bundles": BUNDLE_FILES,
        "aurad_monai": ["py.typed", "data/*.json", "bundles/safety/*.json", "*/pages/*"],
    },
    install_requires=REQUIREMENTS,
    extras_require=EXTRAS,
    entry_points={"console_scripts": ["aurad=aurad_monai.cli.main:main"]},
    classifiers=[
        "Development Status :: 3 - Alpha",
        "Intended Audience :: Science/Research",
        "Programming Language :: Python :: 3",
        "Topic :: Scientific/Engineering :: Medical Science Apps.",
        "Typing :: Typed",
    ],
)
