# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""`aurad evaluate`: metrics of a synthetic set against real images, downstream utility, comparison of evaluations."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path
from typing import Any

from aurad_monai import vocabulary
from aurad_monai.bundles import inventory
from aurad_monai.cli import values as cli_values
from aurad_monai.cli.commands.action import Action, refuse_unknown
from aurad_monai.errors import InputError

FILTER_BUNDLE = "cxr_expert_filter"
IMAGE_BUNDLE = "cxr_image_latent_diffusion"
TASKS = ("segmentation", "detection", "classification")
MIXTURES = ("standard", "quick", "full")
ATTRIBUTES = ("view", "sex", "age")
SIZES = ("256", "512")
TRAINING: dict[str, type[int] | type[float]] = {"size": int, "steps": int, "batch": int, "learning_rate": float}
FILES = ("results.json", "report.md", "report.html", "certificate.json", "certificate.json.minisig")


def evaluate(
    folder: str | None = None,
    *extra: str,
    reference: str | None = None,
    output: str | None = None,
    train: str | None = None,
    masks: str | None = None,
    encoders: str = "anatomy,findings,selfsupervised,cosine",
    max_cases: str = "0",
    seed: str = "0",
    size: str = "256",
    cache: str | None = None,
    privacy: str = "False",
    membership: str | None = None,
    two_sample_test: str = "False",
    demographics: str = "False",
    by: str = "",
    counterfactual: str | None = None,
    shown: str | None = None,
    certificate: str | None = None,
    sign: str | None = None,
    verify: str | None = None,
    public_key: str | None = None,
    encoder_check: str = "False",
    anatomy_expert: str | None = None,
    compare: str | None = None,
    utility: str | None = None,
    task: str = "segmentation",
    repeats: str = "3",
    training: str = "",
    only: str = "",
    mixtures: str = "standard",
    further_sets: str = "",
    budget: str = "0",
    patients: str | None = None,
    device: str | None = None,
    overwrite: str = "False",
    bundle_dir: str | None = None,
    debug: str = "False",
    **unknown: str,
) -> Action:
    """aurad evaluate DIR --reference SET --output DIR [flags], or aurad evaluate DIR --compare DIR

    Metrics of a synthetic set against real ones: fidelity, adherence, privacy, two-sample test, utility; with
    95% intervals and the same metrics of real data.

    A set is a run of aurad generate or synthesize (its accepted cases), a folder of radiographs as aurad filter takes
    it, or a folder with datalist.json as FOLDER, FOLDER:SECTION or FOLDER:SECTION:KIND,KIND.
    The output gets results.json, report.md and report.html (to look at, offline).

    --reference   held-out real images; of a datalist the section validation (required)
    --output      new folder for the output (required)
    --train       real images the generator was trained on; of a datalist the section training. Gives the
                  real-vs-real baseline of distances
    --masks       real images with masks, upper bound of adherence; default those of the reference
    --encoders    commas between: anatomy, findings, selfsupervised, cosine (built in), radiomics (FRD, by frd-score), a
                  torchxrayvision classifier by its name, or package.module.name=WEIGHTS for a torch module of your own;
                  default those built in
    --max_cases   cases of each set, a random sample of larger sets; default 0: all
    --seed        of random samples, default 0
    --size        256 or 512, edge in pixels at which sets are compared, default 256; larger images are averaged down
    --cache       folder of measurements, to continue an interrupted evaluation, default OUTPUT.cache
    --privacy     nearest-neighbor audit against --train (memorization), with planted copies as control
    --membership  an image diffusion bundle trained on --train: membership inference by its loss
    --two_sample_test  classifier two-sample test (C2ST) by features of the findings expert at 64, 128, 256 pixels
                  and --size, beside real against real and what the image bundle's autoencoder alone makes of them
    --demographics  are view, sex and age as requested? Classifiers fitted to --train
    --by          view,sex,age: adherence by subgroup too, and of a run the share of accepted attempts
    --counterfactual  an image diffusion bundle: sample --masks with and without each finding at the same seed, and
                  measure the change inside and outside of its mask; 40 pairs
    --shown       an image diffusion bundle: sample --masks with and without each finding at the same seed; how often
                  does the held-out evaluator see it, and how much beside real images? up to 16 pairs a finding
    --certificate  an image diffusion bundle trained on --train: a no-copy certificate (OUTPUT/certificate.json) by
                  --privacy, --membership, re-identification of patients by a twin network, and radiographs of the
                  masks of its own training films; what cannot be tested without masks is named
    --sign        minisign secret key for the certificate
    --verify      a certificate: check it, alone or, beside DIR and --certificate, against one that is made anew
    --public_key  of --verify: minisign public key of who signed it
    --encoder_check  FD of reference images that are blurred, noisy, mirrored ...: what does each encoder see?
    --anatomy_expert  weights of a held-out anatomy network (train.json of the filter bundle) for adherence, instead of
                  the one that filters
    --compare     another evaluation: print both side by side; encoders and reference must be the same
    --utility     FINDING,FINDING: train small networks on --train, on the set and on both, test them on
                  --reference (both with masks), and nothing else; OUTPUT/table.md says whether synthetic cases help.
                  --max_cases limits the real training cases. Can be interrupted and started again; hours
    --task        of --utility: segmentation (default), detection or classification
    --repeats     of --utility: networks of each condition, with seeds 0, 1, ... of the learner, default 3
    --mixtures    of --utility: quick, standard (default) or full: real cases, synthetic ones alone and added, synthetic
                  pretraining, and two controls, augmented copies and as many further draws of the real cases
    --further_sets  of --utility: SET,SET made as DIR with other seeds of the generator
    --budget      of --utility: minutes after which no network is begun, default 0: all
    --patients    of --utility and --certificate: table with columns id and patient where the sets do not state them
    --training    of --utility: training settings, default size=256,steps=300,batch=8,learning_rate=0.003
    --only        of --utility: train only networks whose name holds this text, such as real100
    --device      cpu, cuda, cuda:N or mps, default cpu
    --overwrite   replace an earlier evaluation in the output folder
    --bundle_dir  folder of bundles, default those of the package
    --debug       show the traceback of an error
    """
    refuse_unknown(evaluate, extra, unknown)
    if public_key is not None and verify is None:
        raise InputError("public_key", public_key, "--verify CERTIFICATE beside it", "give --verify CERTIFICATE")
    if verify is not None and folder is None:
        checked = cli_values.text("verify", verify, "a certificate.json", "give its path")
        return Action(lambda: _verify(checked, public_key))
    if verify is not None and certificate is None:
        raise InputError("verify", verify, "--certificate BUNDLE beside a set", "leave DIR out to check it alone")
    given = cli_values.text("folder", folder, "a set of cases", "see aurad evaluate --help")
    if compare is not None:
        other = cli_values.text("compare", compare, "another evaluation", "give --compare DIR")
        return Action(lambda: _compare(given, other))
    target = cli_values.text("output", output, "a new folder", "give --output DIR")
    if utility is not None:
        sets = {
            "synthetic": given,
            "real": cli_values.text("train", train, "real training cases with masks", "give --train SET"),
            "test": cli_values.text("reference", reference, "real test cases with masks", "give --reference SET"),
        }
        chosen = {
            "findings": _findings(utility),
            "task": cli_values.one_of("task", task, TASKS),
            "repeats": cli_values.whole("repeats", repeats, 1, 1000),
            "max_real": cli_values.whole("max_cases", max_cases, 0, 10_000_000),
            "only": only,
            "mixtures": cli_values.one_of("mixtures", mixtures, MIXTURES),
            "further_sets": tuple(name.strip() for name in further_sets.split(",") if name.strip()),
            "budget": cli_values.real("budget", budget, 0, 1e6),
            "patients": patients,
        }
        return Action(lambda: _utility({**sets, **chosen}, _training(training), target, bundle_dir))
    asked = {
        "synthetic": given,
        "reference": cli_values.text("reference", reference, "a set of real cases", "give --reference SET"),
        "train": None if train is None else cli_values.text("train", train, "a set of real cases", "give its path"),
        "masks": None if masks is None else cli_values.text("masks", masks, "a set of real cases", "give its path"),
        "encoders": _names(encoders),
        "max_cases": cli_values.whole("max_cases", max_cases, 0, 10_000_000),
        "seed": cli_values.whole("seed", seed, 0, 2**31),
        "size": int(cli_values.one_of("size", size, SIZES)),
        "device": cli_values.device(device) or "cpu",
        "privacy": cli_values.switch("privacy", privacy) or certificate is not None,
        "two_sample_test": cli_values.switch("two_sample_test", two_sample_test),
        "demographics": cli_values.switch("demographics", demographics),
        "by": _attributes(by),
        "encoder_check": cli_values.switch("encoder_check", encoder_check),
        "anatomy_expert": anatomy_expert,
        "patients": patients,
        "cache": Path(cli_values.text("cache", cache or f"{target.rstrip('/')}.cache", "a folder", "give --cache DIR")),
    }
    if train is None and (membership is not None or asked["privacy"]):
        raise InputError("train", "nothing", "the training images that shall not be given away", "give --train SET")
    if train is None and asked["demographics"]:
        raise InputError("train", "nothing", "training images that state view, sex and age", "give --train SET")
    replace = cli_values.switch("overwrite", overwrite)
    if sign is not None and certificate is None:
        raise InputError("sign", sign, "--certificate BUNDLE beside it", "give --certificate BUNDLE")
    generators = {
        "membership": membership or certificate,
        "counterfactual": counterfactual,
        "shown": shown,
        "certificate": certificate,
    }
    signing = {"sign": sign, "verify": verify, "public_key": public_key}
    return Action(lambda: _evaluate(asked, target, replace, bundle_dir, generators, signing))


def _attributes(text: str) -> tuple[str, ...]:
    names = tuple(name.strip() for name in text.split(",") if name.strip())
    for name in names:
        if name not in ATTRIBUTES:
            raise InputError("by", name, ", ".join(ATTRIBUTES), "give --by view,sex")
    return names


def _names(encoders: str) -> tuple[str, ...]:
    names = tuple(name.strip() for name in encoders.split(",") if name.strip())
    if not names or len({name.partition("=")[0] for name in names}) < len(names):
        raise InputError("encoders", encoders, "different names with commas between", "see aurad evaluate --help")
    return names


def _findings(names: str) -> tuple[str, ...]:
    found = tuple(name.strip() for name in names.split(",") if name.strip())
    if not found or names == "True":
        raise InputError("utility", "nothing", ", ".join(vocabulary.FINDING_NAMES), "give --utility FINDING")
    for name in found:
        vocabulary.finding(name)
    return found


def _training(text: str) -> dict[str, int | float]:
    """`name=value,name=value` of how networks of --utility are trained."""
    found: dict[str, int | float] = {}
    for name, value in cli_values.pairs("training", text).items():
        if name not in TRAINING:
            raise InputError("training", name, ", ".join(TRAINING), "give --training steps=300")
        kind = TRAINING[name]
        number = cli_values.real(name, str(value), kind(0), 1e6)
        found[name] = kind(number)
    return found


def _utility(plan: dict[str, Any], training: dict[str, Any], output: str, bundle_dir: str | None) -> None:
    """Train, test and print the tables."""
    from aurad_monai.bundles.bundle import open_bundle
    from aurad_monai.evaluation.utility.backbone import Backbone
    from aurad_monai.evaluation.utility.experiment import TrainConfig
    from aurad_monai.evaluation.utility.run import TABLE, UtilityPlan, run_utility

    root = inventory.bundles_root(bundle_dir) / FILTER_BUNDLE
    print(
        run_utility(
            UtilityPlan(**plan, config=TrainConfig(**training)), output, lambda: Backbone.of_bundle(open_bundle(root))
        )
    )
    print(f"report {Path(output) / TABLE}", flush=True)


def _evaluate(
    asked: dict[str, Any],
    output: str,
    overwrite: bool,
    bundle_dir: str | None,
    generators: dict[str, str | None],
    signing: dict[str, str | None],
) -> int | None:
    """Check what is cheap to check, then load the experts, look, answer and write."""
    from aurad_monai.io.case_set import ROLE_SECTIONS, open_cases
    from aurad_monai.io.output_folder import check_output

    check_output(output, overwrite, FILES)
    if signing["verify"] is not None:
        _verify(signing["verify"], signing["public_key"])
    for role, section in ROLE_SECTIONS.items():
        if asked[role]:
            open_cases(asked[role], section)
    root = inventory.bundles_root(bundle_dir) / FILTER_BUNDLE
    print("loading experts ...", file=sys.stderr, flush=True)
    from aurad_monai.bundles.bundle import open_bundle  # torch and MONAI are only paid for from here on
    from aurad_monai.evaluation.evaluate import EvaluationSettings
    from aurad_monai.evaluation.evaluate import evaluate as answer
    from aurad_monai.evaluation.write_results import write_results

    device = asked["device"]
    bundle = open_bundle(root, device=device)
    known = {path: open_bundle(path, device=device, size=asked["size"]) for path in set(generators.values()) if path}
    opened = {name: known[path] if path else None for name, path in generators.items()}
    codec = inventory.bundles_root(bundle_dir) / IMAGE_BUNDLE if asked["two_sample_test"] else None
    found = answer(
        EvaluationSettings(**asked),
        bundle,
        _record(asked, output, bundle_dir, generators),
        opened["membership"],
        opened["counterfactual"],
        opened["shown"],
        open_bundle(codec, device=device) if codec is not None and codec.is_dir() else None,
        opened["certificate"],
    )
    path = write_results(output, found.results, found.cases, found.order, overwrite)
    for name, reason in found.results.unanswered.items():
        print(f"not answered: {name}: {reason}")
    print(f"{len(found.results.metrics)} metrics of {found.results.sets['synthetic'].count} cases")
    if opened["certificate"] is not None:
        from aurad_monai.evaluation.certificate import write_certificate

        print(f"certificate {write_certificate(found.results, asked['seed'], path, signing['sign'])}")
    print(f"report {path / 'report.html'}", flush=True)
    return _agree(signing["verify"], path) if signing["verify"] is not None else None


def _verify(certificate: str, public_key: str | None) -> None:
    """Check a certificate by itself and print what it says."""
    from aurad_monai.evaluation.certificate import verify

    print("\n".join(verify(certificate, public_key)), flush=True)


def _agree(certificate: str, folder: Path) -> int:
    """Compare a certificate with the one that was made anew: exit code 0 where they agree, else 1."""
    from aurad_monai.evaluation.certificate import compare_certificates, read_certificate

    lines, agree = compare_certificates(read_certificate(certificate), read_certificate(folder))
    print("\n".join([*lines, f"the certificates {'agree' if agree else 'do not agree'}"]), flush=True)
    return 0 if agree else 1


def _record(
    asked: dict[str, Any], output: str, bundle_dir: str | None, generators: dict[str, str | None]
) -> dict[str, Any]:
    words = ["aurad", "evaluate", asked["synthetic"], "--output", output]
    for name in ("reference", "train", "masks", "max_cases", "seed", "size", "device", "anatomy_expert", "patients"):
        if asked[name]:
            words += [f"--{name}", str(asked[name])]
    words += ["--encoders", ",".join(asked["encoders"])]
    words += ["--by", ",".join(asked["by"])] if asked["by"] else []
    words += [f"--{name}" for name in ("privacy", "two_sample_test", "demographics", "encoder_check") if asked[name]]
    words += [word for name, path in generators.items() if path for word in (f"--{name}", path)]
    bundles = inventory.describe_bundles(bundle_dir)
    return {"command": shlex.join(words), "versions": inventory.describe_versions(), "bundles": bundles}


def _compare(first: str, second: str) -> None:
    from aurad_monai.evaluation.results import Results, compare, format_interval
    from aurad_monai.reporting import markdown_table

    pair = Results.read(first), Results.read(second)
    rows = compare(*pair)
    sizes = [results.sets["synthetic"].count for results in pair]
    if sizes[0] != sizes[1]:
        print(f"sets of {sizes[0]} and {sizes[1]} cases: FD depends on the number, compare it only in sets of one size")
    if pair[0].protocol != pair[1].protocol:
        print(f"protocols {pair[0].protocol} and {pair[1].protocol}: some metrics are measured in another way")
    cells = [(a.name, a.group, format_interval(a.value), format_interval(b.value), a.better) for a, b in rows]
    print("\n".join(markdown_table(("measure", "of", "first", "second", "better"), cells)))
