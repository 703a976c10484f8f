# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Reads a bundle's `logging.conf` without Python's `fileConfig`, which evaluates parts of it: levels and streams only.

Takes the file; gives a list of `Problem`, or sets up logging by it.
"""

from __future__ import annotations

import configparser
import logging
import re
import sys
from collections.abc import Iterator
from pathlib import Path

from aurad_monai.bundles.safety.problem import Problem
from aurad_monai.errors import InputError
from aurad_monai.files import read_bounded

MAX_BYTES = 64 * 2**10
LEVELS = ("NOTSET", "DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")
HANDLERS = ("StreamHandler", "logging.StreamHandler")
STREAMS = {"(sys.stdout,)": "stdout", "(sys.stderr,)": "stderr", "()": "stderr"}
NAMES = re.compile(r"[A-Za-z]\w*(, ?[A-Za-z]\w*)*|", flags=re.ASCII)
LOGGER = re.compile(r"[A-Za-z]\w*(\.\w+)*", flags=re.ASCII)
FORMAT = re.compile(r"(?:[^%]|%\([A-Za-z]+\)[-0-9.]*[sdf])*", flags=re.ASCII)
DATE = re.compile(r"(?:[^%]|%[A-Za-z%])*", flags=re.ASCII)
KEYS: dict[str, dict[str, re.Pattern[str]]] = {
    "list": {"keys": NAMES},
    "logger": {
        "level": re.compile("|".join(LEVELS)),
        "handlers": NAMES,
        "qualname": LOGGER,
        "propagate": re.compile("[01]"),
    },
    "handler": {
        "class": re.compile("|".join(map(re.escape, HANDLERS))),
        "level": re.compile("|".join(LEVELS)),
        "formatter": NAMES,
        "args": re.compile("|".join(map(re.escape, STREAMS))),
    },
    "formatter": {"format": FORMAT, "datefmt": DATE},
}
"""Keys of each kind of section and what they may say. Nothing else may stand there, so that nothing is evaluated and
nothing is interpolated, by whoever reads the file."""


def logging_problems(path: Path, file: str) -> list[Problem]:
    """Everything in a logging.conf that is more than levels, streams and formats.

    Args:
        path: the file.
        file: its name in what is reported.
    """
    try:
        parser = _parsed(path)
    except (configparser.Error, OSError, ValueError) as error:
        return [Problem(file, "", type(error).__name__, "no readable logging configuration")]
    return [Problem(file, where, value, why) for where, value, why in _faults(parser)]


def apply_logging(path: Path) -> None:
    """Set up loggers as the file says; nothing where there is no file.

    Raises:
        InputError: it says more than levels, streams and formats.
    """
    if not path.is_file():
        return
    if problems := logging_problems(path, path.name):
        raise InputError(str(path), problems[0].value, f"levels, streams and formats ({problems[0].why})")
    parser = _parsed(path)
    for section in parser.sections():
        if _kind(section) == "logger":
            values = parser[section]
            root = section == "logger_root"
            logger = logging.getLogger(None if root else values.get("qualname", section.removeprefix("logger_")))
            logger.setLevel(values.get("level", "NOTSET"))
            logger.propagate = values.get("propagate", "1") == "1"
            for old in logger.handlers[:] if root else ():
                if type(old) is logging.StreamHandler:  # as fileConfig does; handlers of others stay
                    logger.removeHandler(old)
            for name in filter(None, map(str.strip, values.get("handlers", "").split(","))):
                if parser.has_section(f"handler_{name}"):
                    logger.addHandler(_handler(parser, name))


def _handler(parser: configparser.RawConfigParser, name: str) -> logging.Handler:
    values = parser[f"handler_{name}"]
    handler = logging.StreamHandler(getattr(sys, STREAMS[values.get("args", "()")]))
    handler.setLevel(values.get("level", "NOTSET"))
    section = f"formatter_{values.get('formatter', '')}"
    if parser.has_section(section):
        handler.setFormatter(logging.Formatter(parser[section].get("format"), parser[section].get("datefmt")))
    return handler


def _parsed(path: Path) -> configparser.RawConfigParser:
    parser = configparser.RawConfigParser()
    parser.read_string(read_bounded(path, MAX_BYTES).decode("utf-8"))
    return parser


def _kind(section: str) -> str:
    return "list" if section in ("loggers", "handlers", "formatters") else section.partition("_")[0]


def _faults(parser: configparser.RawConfigParser) -> Iterator[tuple[str, str, str]]:
    for key, value in parser.defaults().items():
        yield f"DEFAULT#{key}", value, "a default would stand in every section"
    for section in parser.sections():
        allowed = KEYS.get(_kind(section))
        if allowed is None:
            yield section, section, "a section other than loggers, handlers, formatters and theirs"
            continue
        for key, value in parser[section].items():
            if key not in allowed:
                yield f"{section}#{key}", value, f"only {', '.join(sorted(allowed))} may stand here"
            elif not allowed[key].fullmatch(value):
                yield f"{section}#{key}", value, "a value that is more than levels, streams and formats"
