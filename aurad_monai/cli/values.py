# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Checked values of command-line flags: numbers, switches, choices, devices.

Takes words as typed; gives values, or raises InputError with what is allowed. Nothing is loaded.
"""

from __future__ import annotations

import math
import re
import shlex
from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

from aurad_monai.errors import InputError

QUALITIES = ("default", "fast")
ENGINES = ("torch", "onnx")
SIZES = ("256", "512", "1024")
"""Edges of masks and radiographs in pixels; 1024 is the cubic interpolation of 512."""
UNCERTAIN = ("ignore", "present", "absent")
WATERMARK = "synthetic"
_SWITCH = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}


@dataclass(frozen=True)
class GenerateOptions:
    """The checked arguments of `aurad generate`, named as on the command line; None leaves a choice to the bundles."""

    prompt: str
    output: str
    num: int = 4
    seed: int = 0
    anatomy: str | None = None
    steps: int | None = None
    guidance_scale: float | None = None
    accept_all: bool = False
    masks_only: bool = False
    strict: bool = False
    device: str | None = None
    batch_size: int = 4
    overwrite: bool = False
    bundle_dir: str | None = None
    spacing: float | None = None
    quality: str = "default"
    engine: str = "torch"
    watermark: str | None = None
    image_bundle: str | None = None
    mask_bundle: str | None = None
    filter_bundle: str | None = None
    strict_prompt: bool = False
    uncertain: str | None = None
    size: int | None = None

    def options(self) -> dict[str, Any]:
        """Every setting but prompt, num and seed, which run.json holds by themselves."""
        return {
            field.name: getattr(self, field.name)
            for field in fields(self)
            if field.name not in ("prompt", "num", "seed", "output", "overwrite")
        }

    def command(self) -> str:
        """A command line that asks for the same."""
        words = ["aurad", "generate", self.prompt]
        for field in fields(self)[1:]:
            value = getattr(self, field.name)
            if value is True:
                words.append(f"--{field.name}")
            elif field.name == "anatomy" and value is not None:
                words += ["--anatomy", "FILE"]  # its name may be that of a patient
            elif value is not None and value is not False:
                words += [f"--{field.name}", str(value)]
        return shlex.join(words)


def text(argument: str, value: str | None, allowed: str, next_step: str) -> str:
    """A required text; a flag given without a value arrives as "True"."""
    if value is None or not value.strip() or value == "True":
        raise InputError(argument, "nothing" if value in (None, "True") else value, allowed, next_step)
    return value


def whole(argument: str, value: str, lowest: int, highest: int) -> int:
    """A whole number within bounds."""
    number = int(value) if re.fullmatch(r"[+-]?[0-9]{1,30}", value.strip()) else None
    if number is None or not lowest <= number <= highest:
        raise InputError(argument, value, f"a whole number from {lowest} to {highest}", f"give --{argument} N")
    return number


def real(argument: str, value: str, lowest: float, highest: float) -> float:
    """A finite number within bounds."""
    try:
        number = float(value)
    except ValueError:
        number = math.nan
    if not lowest <= number <= highest:
        raise InputError(argument, value, f"a number from {lowest:g} to {highest:g}", f"give --{argument} X")
    return number


def switch(argument: str, value: str) -> bool:
    """A flag given alone, or with =true or =false."""
    if value.lower() not in _SWITCH:
        raise InputError(argument, value, "no value, =true or =false", f"give --{argument} alone")
    return _SWITCH[value.lower()]


def uncertain(value: str | None) -> str | None:
    """What an uncertain statement of a prompt means; None refuses it."""
    return None if value is None else one_of("uncertain", value, UNCERTAIN)


def watermark(value: str | None) -> str | None:
    """A text to mark radiographs with; the flag alone stands for the usual one."""
    return WATERMARK if value == "True" else value


def frame_size(value: str | None) -> int | None:
    """Edge of masks and radiographs; None leaves it to the image bundle."""
    if value is not None and value not in SIZES:
        raise InputError("size", value, " or ".join(SIZES), "leave --size out for that of the image bundle")
    return None if value is None else int(value)


def one_of(argument: str, value: str, allowed: Sequence[str]) -> str:
    """One of a few words."""
    if value not in allowed:
        raise InputError(argument, value, " or ".join(allowed), f"leave --{argument} out for {allowed[0]}")
    return value


def device(value: str | None) -> str | None:
    """A torch device by name; whether it is there is known only once torch is loaded."""
    if value is not None and not re.fullmatch(r"cpu|cuda(:[0-9]{1,3})?|mps", value):
        raise InputError("device", value, "cpu, cuda, cuda:N or mps", "leave --device out for the best there is")
    return value


def pairs(argument: str, value: str) -> dict[str, str | int]:
    """`name=value,name=value`; values of digits alone become numbers."""
    found: dict[str, str | int] = {}
    for pair in filter(None, value.split(",")):
        name, equals, content = pair.partition("=")
        if not equals or not name.strip().isidentifier() or not content.strip():
            raise InputError(argument, value, "name=value pairs with commas between", f"give --{argument} name=value")
        number = content.strip()
        found[name.strip()] = int(number) if number.isascii() and number.isdigit() else number
    return found
