"""``lollma fit``: says how much memory a model needs on this PC, or on another."""

import argparse
import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, NamedTuple, TextIO

from lollma_gui.cli.fit_text import as_text
from lollma_gui.core.engine_messages import SettingValue
from lollma_gui.core.errors import LollmaError
from lollma_gui.core.exact_plan import exact_plan, misfit
from lollma_gui.core.fit_case import FitCase
from lollma_gui.core.fit_changes import changes_that_fit
from lollma_gui.core.fit_result import FitResult
from lollma_gui.core.memory_plan import DeviceShare, MemoryPlan
from lollma_gui.core.model_info import ModelInfo, describe
from lollma_gui.core.plan_settings import plan_settings
from lollma_gui.core.prepared_model import PreparedModel
from lollma_gui.core.readings import GpuSurvey
from lollma_gui.core.settings_facts import GpuFacts, PcFacts
from lollma_gui.core.settings_table import SETTINGS
from lollma_gui.core.verdict import Fit
from lollma_gui.services.gpu_probe import survey_gpus
from lollma_gui.services.model_files import read_model_and_header
from lollma_gui.services.places import Places

#: Makers of graphics cards and RAM write GB for these.
_GB = 1024**3
#: Device keys of the JSON, in this order.
_KEYS = ("name", "kind", "weights", "kv", "compute", "output", "overhead", "total", "free")


class _Model(NamedTuple):
    """A model to plan: what it is, and files that the engine can plan from."""

    info: ModelInfo
    prepared: PreparedModel
    path: Path


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command's arguments."""
    parser.add_argument("model", help="path of a GGUF file, or owner/repo/file.gguf on the Hub")
    parser.add_argument("--ctx", type=int, metavar="N", help="context length; 0 = as trained")
    parser.add_argument("--ngl", default="auto", metavar="N", help="GPU layers, or auto")
    types = SETTINGS["type_k"].choices
    parser.add_argument("--type-k", choices=types, help="format of the keys")
    parser.add_argument("--type-v", choices=types, help="format of the values")
    parser.add_argument("--flash-attn", choices=("on", "off"), help="flash attention")
    parser.add_argument("--batch", type=int, metavar="N", help="tokens handed over at once")
    parser.add_argument("--ubatch", type=int, metavar="N", help="tokens computed at once")
    parser.add_argument("--n-cpu-moe", type=int, metavar="N", help="blocks with experts in RAM")
    parser.add_argument("--tensor-split", metavar="A,B", help="share of each GPU")
    parser.add_argument("--vram", metavar="GB[,GB]", help="free memory of GPUs; 0 = no GPU")
    parser.add_argument("--ram", type=float, metavar="GB", help="free RAM")
    parser.add_argument("--exact", action="store_true", help="have the engine plan the load")
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(
    options: argparse.Namespace,
    out: TextIO,
    places: Places,
    survey: Callable[[], GpuSurvey] = lambda: survey_gpus(may_wake=True),
) -> int:
    """Print the memory plan of a model and the verdict on it.

    Args:
        options: What ``add_arguments`` made of the command line.
        out: Where to print; as text, or as one JSON object, bytes throughout.
        places: Where the window keeps what it learned of this PC.
        survey: Looks for GPUs.

    Returns:
        0, or 1 with the reason printed to stderr.
    """
    try:
        values = _values(options)
        pc = _pc(options, survey, places)
        with _model(options.model) as model:
            result = _result(model, pc, values, options)
    except LollmaError as error:
        print(error, file=sys.stderr)
        return 1
    # Plain ASCII in JSON: a model's name may hold what a pipe on Windows cannot.
    print(json.dumps(_as_dict(result)) if options.json else as_text(result), file=out)
    return 0


# ---- what is asked -----------------------------------------------------------------------------

#: Options that are settings, and their names in the table.
_SETTINGS = {
    "ctx": "n_ctx",
    "type_k": "type_k",
    "type_v": "type_v",
    "flash_attn": "flash_attn",
    "batch": "n_batch",
    "ubatch": "n_ubatch",
    "n_cpu_moe": "n_cpu_moe",
    "tensor_split": "tensor_split",
}


def _values(options: argparse.Namespace) -> dict[str, SettingValue]:
    """Values by their names in the settings table, checked as the window checks them."""
    given = {name: getattr(options, option) for option, name in _SETTINGS.items()}
    given["n_gpu_layers"] = -1 if options.ngl == "auto" else options.ngl
    values = dict(SETTINGS.defaults())
    for name, value in given.items():
        if value is None:
            continue
        setting = SETTINGS[name]
        try:
            values[name] = setting.parse(value) if isinstance(value, str) else setting.accept(value)
        except ValueError as error:
            raise LollmaError(f"{setting.label}: {error}", "Give another value.") from None
    return values


def _pc(options: argparse.Namespace, survey: Callable[[], GpuSurvey], places: Places) -> PcFacts:
    """This PC with its memory as it is now, or as it was asked for."""
    from lollma_gui.services import pc_facts
    from lollma_gui.services.this_pc import this_pc

    if options.vram is None:
        pc = this_pc(survey, places)
    else:  # a PC that is only asked about need not be looked at
        pc = replace(pc_facts.measure(GpuSurvey()), gpus=_asked_gpus(options.vram))
    if options.ram is not None:
        n_bytes = round(_positive(options.ram, "--ram") * _GB)
        pc = replace(pc, ram_available_bytes=n_bytes, ram_total_bytes=n_bytes)
    return pc


def _asked_gpus(text: str) -> tuple[GpuFacts, ...]:
    try:
        sizes = [float(part) for part in text.split(",")]
    except ValueError:
        raise LollmaError(
            f"{text!r} is no amount of video memory.", "Give GB, for example 16 or 24,12."
        ) from None
    n_bytes = [round(_positive(size, "--vram") * _GB) for size in sizes]
    return tuple(GpuFacts(f"GPU {i}", n, n, "NVIDIA") for i, n in enumerate(n_bytes) if n)


def _positive(number: float, option: str) -> float:
    if not 0 <= number < 1e6:
        raise LollmaError(f"{option} {number:g} is no amount of memory.", "Give GB, 0 or more.")
    return number


@contextmanager
def _model(source: str) -> Iterator[_Model]:
    """The model, from a file or from the Hub; while this lasts, the engine can plan from it."""
    path = Path(source).expanduser()
    if path.exists() or not _may_be_on_hub(source):
        info, header = read_model_and_header(path)
        yield _Model(info, PreparedModel(header), path)
        return
    from lollma_gui.core.hub_source import parse_hub_source
    from lollma_gui.services import hub_address
    from lollma_gui.services.remote_header import fetch_header

    asked = parse_hub_source(source, hub_address.endpoint())
    found = fetch_header(asked, lambda: False)
    with found.as_files() as sparse:
        names = [part.file_name for part in found.parts]
        info = describe(found.header, names, found.size)
        yield _Model(info, PreparedModel(found.header), sparse)


def _may_be_on_hub(source: str) -> bool:
    is_address = source.startswith(("http://", "https://"))
    names = source.replace(":", "/").split("/")
    # A folder of that name means a file on this PC, perhaps mistyped: nobody asked for the network.
    is_here = names[0] in (".", "..", "~") or Path(names[0]).exists()
    return is_address or (len(names) > 2 and all(names) and not is_here)


# ---- what is answered --------------------------------------------------------------------------


def _result(
    model: _Model, pc: PcFacts, values: dict[str, SettingValue], options: argparse.Namespace
) -> FitResult:
    case = FitCase.on(pc, model.prepared)
    asked = plan_settings(values)
    plan = case.plan(asked)
    if options.exact:
        plan = _exact(plan, model.path, values, options)
    verdict = case.judge(plan)
    needs_change = verdict.fit in (Fit.DOES_NOT_FIT, Fit.ONLY_JUST)
    return FitResult(
        info=model.info,
        plan=plan,
        verdict=verdict,
        most_layers=case.most_layers(asked) if case.gpus else 0,
        longest_context=case.longest_context(asked),
        changes=tuple(changes_that_fit(case, asked)) if needs_change else (),
    )


def _exact(
    plan: MemoryPlan, path: Path, values: dict[str, SettingValue], options: argparse.Namespace
) -> MemoryPlan:
    from lollma_gui.services.dry_run import dry_run

    if options.vram is not None and plan.gpus:
        raise LollmaError(
            "The engine can plan only for GPUs that are in this PC.",
            "Leave out --vram, or leave out --exact for arithmetic.",
        )
    written = {
        **values,
        "n_gpu_layers": plan.settings.n_gpu_layers,
        "cpu": options.vram is not None,
    }
    found = dry_run(path, written, cancelled=lambda: False)
    if plan.gpus and (problem := misfit(plan.settings, found)):
        raise LollmaError(problem, "Leave out --exact for arithmetic.")
    return exact_plan(plan, found)


def _as_dict(result: FitResult) -> dict[str, Any]:
    plan = result.plan
    return {
        "model": asdict(result.info),
        "settings": asdict(plan.settings),
        "devices": [_device(share) for share in plan.devices],
        "verdict": f"{result.verdict.headline}. {result.verdict.text}",
        "fit": result.verdict.fit,
        "estimate": plan.estimate,
        "max_gpu_layers": result.most_layers,
        "max_context": result.longest_context,
        "changes": [{"words": c.words, "values": c.values} for c in result.changes],
        "method": plan.method,
    }


def _device(share: DeviceShare) -> dict[str, Any]:
    return {key: getattr(share, key) for key in _KEYS}
