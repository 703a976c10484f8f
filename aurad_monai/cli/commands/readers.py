# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""`aurad readers`: blinded reader studies in the browser: make one, open it, report it.

Takes a run and real radiographs; leaves a study folder, answers in it, and a report.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from aurad_monai.cli import values as cli_values
from aurad_monai.cli.commands.action import Action, refuse_unknown
from aurad_monai.errors import InputError

WHAT = ("new", "open", "report")


def readers(
    what: str | None = None,
    study: str | None = None,
    *extra: str,
    made: str | None = None,
    real: str | None = None,
    count: str = "40",
    repeats: str = "8",
    training: str = "4",
    seed: str = "0",
    pilot: str = "False",
    port: str = "8765",
    no_browser: str = "False",
    output: str | None = None,
    debug: str = "False",
    **unknown: str,
) -> Action:
    """aurad readers new|open|report STUDY

    Ask people which radiographs are real, what they show and whether outlines are useful, blinded.

      new STUDY --made RUN --real FOLDER   make a study of generated radiographs and real ones
      open STUDY                           show it on this machine: real or generated, finding, outline
      report STUDY                         rates, AUROC, d', agreement, equivalence, with 95% intervals

    --made        run folder with accepted cases; several with commas between, to compare generators
    --real        folder of radiographs, or DIR:SECTION of a prepared one
    --count       generated radiographs of each run, and as many real ones (default 40)
    --repeats     of them shown twice (default 8)
    --training    examples with the answer at the start (default 4)
    --seed        of the choice and of every reader's order (default 0)
    --pilot       mark the study as a trial
    --port        of the page on this machine; 0 takes a free one (default 8765)
    --no_browser  do not open a browser
    --output      folder of the report (default STUDY/report)
    --debug       show the traceback of an error
    """
    refuse_unknown(readers, extra, unknown)
    action = cli_values.one_of("what", str(what), WHAT) if what is not None else ""
    if not action:
        raise InputError("what", "nothing", ", ".join(WHAT), "see aurad readers --help")
    folder = Path(cli_values.text("study", study, "a folder", "give its path"))
    if action == "new":
        return _new(folder, made, real, count, repeats, training, seed, pilot)
    if action == "open":
        number, browser = cli_values.whole("port", port, 0, 65535), not cli_values.switch("no_browser", no_browser)
        return Action(_serving(folder, number, browser))
    return Action(lambda: _report(folder, Path(output) if output else folder / "report"))


def _new(
    folder: Path, made: str | None, real: str | None, count: str, repeats: str, training: str, seed: str, pilot: str
) -> Action:
    text = cli_values.text("made", made, "a run folder with accepted cases", "give --made RUN")
    runs = [part.strip(" '\"()[]") for part in text.split(",")]  # fire may hand over a list in brackets
    if not all(runs) or len(set(runs)) < len(runs):
        raise InputError("made", text, "run folders that differ, with commas between")
    films = cli_values.text("real", real, "a folder of radiographs", "give --real FOLDER")
    shown = cli_values.whole("count", count, 2, 1000)
    again = cli_values.whole("repeats", repeats, 0, 2 * shown)
    examples = cli_values.whole("training", training, 0, 100)
    number, trial = cli_values.whole("seed", seed, 0, 2**32 - 1), cli_values.switch("pilot", pilot)

    def run_it() -> None:
        from aurad_monai.io.case_set import open_cases
        from aurad_monai.readers.study import Design, edge_of, new_study

        size = edge_of(open_cases(runs[0]))
        cases = {name: open_cases(run, size=size) for name, run in zip(_names(runs), runs, strict=True)}
        study = new_study(folder, cases, open_cases(films, size=size), Design(shown, again, examples, number, trial))
        print(f"{len(study.items)} pages in {folder}; the truth is in {folder / 'key.json'}: keep it from readers")
        print(f"next: aurad readers open {folder}")

    return Action(run_it)


def _names(runs: list[str]) -> list[str]:
    """What the report calls the runs: the names of their folders, with what is above them where two are the same."""
    names = [Path(run).resolve().name for run in runs]
    return [name if names.count(name) == 1 else run for name, run in zip(names, runs, strict=True)]


def _serving(folder: Path, port: int, browser: bool) -> Callable[[], None]:
    def run() -> None:
        from aurad_monai.browser.loopback import serve
        from aurad_monai.readers.study import open_study

        study = open_study(folder)
        try:
            from aurad_monai.readers.server import StudyPages
        except ImportError as error:
            step = 'pip install "aurad-monai[readers]"'
            raise InputError("extra", f"no {error.name}", f"an installed {error.name}", step) from error
        serve(StudyPages(study).application(), port, browser)
        print(f"next: aurad readers report {folder}")

    return run


def _report(folder: Path, output: Path) -> None:
    from aurad_monai.readers.answers import FILE, Answers
    from aurad_monai.readers.report import report_study
    from aurad_monai.readers.study import open_study
    from aurad_monai.readers.write_report import as_lines, write_report

    study = open_study(folder)
    answers = Answers(folder).of() if (folder / FILE).is_file() else []
    report = report_study(study, answers)
    write_report(report, output)
    for line in as_lines(report):
        print(line)
    print(f"report {output / 'report.html'}, ratings for iMRMC {output / 'imrmc.csv'}")
