# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Which mark of a generated radiograph survives what: text chunks, C2PA manifest, watermark, hash in the manifest.

    python -m recipes.marks [--output docs/results/marks.csv]

Takes the four radiographs in the picture of the image bundle; marks them as a run does, with a certificate made here,
treats copies, and writes a row a treatment: how many of the four each mark can still be read from and holds.
"""

from __future__ import annotations

import argparse
import io
import json
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from aurad_monai.export.credentials import Signature, read_credential, sign_picture
from aurad_monai.export.provenance import SOURCE
from aurad_monai.export.watermark import embed, read
from aurad_monai.files import sha256
from recipes.result_tables import save_records
from recipes.signer import write_signer

PICTURE = Path("bundles/cxr_image_latent_diffusion/docs/output.png")
EDGE = 256
MARK = "synthetic"
LAYERS = ("text chunks", "C2PA manifest", "watermark", "hash in manifest.jsonl")


def saved(picture: Image.Image, ending: str = "png", **settings: int) -> bytes:
    """A picture as bytes of a file, without what a file says beside its pixels."""
    stream = io.BytesIO()
    Image.fromarray(np.asarray(picture)).save(stream, ending, **settings)
    return stream.getvalue()


TREATMENTS: dict[str, Callable[[Path], bytes]] = {
    "copied, renamed": lambda path: path.read_bytes(),
    "saved anew as PNG, as a screenshot is": lambda path: saved(Image.open(path)),
    "JPEG, quality 90": lambda path: saved(Image.open(path), "jpeg", quality=90),
    "JPEG, quality 50": lambda path: saved(Image.open(path), "jpeg", quality=50),
    "enlarged to 512 x 512": lambda path: saved(Image.open(path).resize((512, 512))),
    "reduced to 128 x 128": lambda path: saved(Image.open(path).resize((128, 128))),
    "cropped by 8 pixels on each side": lambda path: saved(Image.open(path).crop((8, 8, 248, 248))),
    "brightened by 10%": lambda path: saved(Image.open(path).point(lambda value: min(255, round(1.1 * value)))),
    "one byte of the file changed": lambda path: changed(path.read_bytes()),
}


def changed(content: bytes) -> bytes:
    """A file with one bit of its pixels' checksum flipped."""
    place = content.rindex(b"IEND") - 5
    return content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :]


def marked(folder: Path) -> list[Path]:
    """The four radiographs with every mark."""
    sheet, signer, files = np.asarray(Image.open(PICTURE).convert("L")), Signature(*write_signer(folder)), []
    for index in range(sheet.shape[1] // EDGE):
        text = PngInfo()
        text.add_text("Source", SOURCE)
        text.add_text("aurad", json.dumps({"id": f"case_{index}"}))
        path = folder / f"case_{index}.png"
        Image.fromarray(embed(sheet[:, index * EDGE : (index + 1) * EDGE].copy(), MARK)).save(path, pnginfo=text)
        sign_picture(path, signer)
        files.append(path)
    return files


def holds(path: Path, digest: str) -> dict[str, bool]:
    """Which marks of a file can be read and hold."""
    try:
        with Image.open(path) as picture:
            pixels, text = np.asarray(picture.convert("L")), dict(getattr(picture, "text", {}))
    except (OSError, SyntaxError):
        pixels, text = np.zeros((EDGE, EDGE), np.uint8), {}
    manifest = read_credential(path).state in ("Valid", "Trusted")
    found = (text.get("Source") == SOURCE, manifest, read(pixels) == MARK, sha256(path) == digest)
    return dict(zip(LAYERS, found, strict=True))


def rows() -> list[dict[str, str]]:
    """A row a treatment."""
    lines = []
    with tempfile.TemporaryDirectory() as scratch:
        files = marked(Path(scratch))
        for name, treat in TREATMENTS.items():
            counts = dict.fromkeys(LAYERS, 0)
            for file in files:
                copy = Path(scratch) / "copy"
                copy.write_bytes(treat(file))
                for layer, there in holds(copy, sha256(file)).items():
                    counts[layer] += there
            lines.append({"treatment": name, **{layer: f"{count} of {len(files)}" for layer, count in counts.items()}})
    return lines


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--output", type=Path, default=Path("docs/results/marks.csv"))
    table = rows()
    save_records(table, arguments.parse_args().output)
    for line in table:
        print(line)
