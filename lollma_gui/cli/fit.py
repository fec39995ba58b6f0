"""``lollma fit``: says how much memory a model needs on this PC."""

import json
import sys
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any, TextIO

from lollma_gui.core import units
from lollma_gui.core.errors import LollmaError
from lollma_gui.core.memory_plan import DeviceShare, MemoryPlan, TargetDevice, plan_memory
from lollma_gui.core.model_info import ModelInfo
from lollma_gui.core.plan_settings import PlanSettings
from lollma_gui.core.readings import GpuSurvey
from lollma_gui.core.verdict import Verdict, judge
from lollma_gui.services.gpu_probe import survey_gpus
from lollma_gui.services.model_files import read_model, read_whole_header

_COLUMNS = ("weights", "kv", "compute", "output", "overhead", "total", "free")


def run(
    model: str,
    n_ctx: int | None,
    as_json: bool,
    out: TextIO,
    survey: Callable[[], GpuSurvey] = survey_gpus,
) -> int:
    """Print the memory plan of a model and the verdict on it.

    Args:
        model: Path of a GGUF file; of a split model, of any part.
        n_ctx: Context in tokens; None = the window's usual one, 0 = what the model was trained on.
        as_json: As one JSON object, bytes throughout, null for what is not known; else as text.
        out: Where to print.
        survey: Looks for GPUs.

    Returns:
        0, or 1 with the reason printed to stderr.
    """
    try:
        settings = _settings(n_ctx)
        path = Path(model).expanduser()
        info = read_model(path)
        plan = _plan(path, settings, survey())
    except LollmaError as error:
        print(error, file=sys.stderr)
        return 1
    verdict = judge(plan)
    if as_json:
        # Plain ASCII: a model's name may hold what a pipe on Windows cannot.
        print(json.dumps(_as_dict(info, plan, verdict)), file=out)
    else:
        print(_as_text(info, plan, verdict), file=out)
    return 0


def _settings(n_ctx: int | None) -> PlanSettings:
    if n_ctx is None:
        return PlanSettings()
    if n_ctx < 0:
        raise LollmaError(
            f"A context of {n_ctx} tokens is not possible.",
            "Give a number from 1, or 0 for what the model was trained on.",
        )
    return PlanSettings(n_ctx=n_ctx)


def _plan(path: Path, settings: PlanSettings, found: GpuSurvey) -> MemoryPlan:
    import psutil

    gpus = [TargetDevice.cuda(gpu.name, gpu.memory_free_bytes) for gpu in found.gpus]
    ram = TargetDevice.ram(psutil.virtual_memory().available)
    return plan_memory(read_whole_header(path), settings, gpus, ram)


def _as_dict(info: ModelInfo, plan: MemoryPlan, verdict: Verdict) -> dict[str, Any]:
    return {
        "model": asdict(info),
        "settings": asdict(plan.settings),
        "devices": [asdict(share) for share in plan.devices],
        "verdict": verdict.text,
        "fit": verdict.fit,
        "estimate": plan.estimate,
        "max_gpu_layers": None,
        "max_context": None,
        "method": plan.method,
    }


def _as_text(info: ModelInfo, plan: MemoryPlan, verdict: Verdict) -> str:
    facts = [
        info.architecture or "architecture unknown",
        f"{units.parameter_count(info.parameters)} parameters",
        info.quantisation or "quantisation unknown",
        f"{units.file_size(info.size_bytes)} on disk",
    ]
    context = plan.settings.n_ctx or info.context_length
    table = [("", *_COLUMNS), *(_cells(share) for share in plan.devices)]
    widths = [max(len(row[i]) for row in table) for i in range(len(table[0]))]
    lines = [
        info.name,
        ", ".join(facts),
        f"Context: {units.whole(context, 'tokens')}",
        "",
        *("  ".join(_aligned(row, widths)).rstrip() for row in table),
        "",
        verdict.text,
    ]
    return "\n".join(lines)


def _cells(share: DeviceShare) -> tuple[str, ...]:
    return (share.name, *(units.memory_size(getattr(share, column)) for column in _COLUMNS))


def _aligned(row: tuple[str, ...], widths: list[int]) -> list[str]:
    name, *numbers = row
    return [name.ljust(widths[0])] + [n.rjust(w) for n, w in zip(numbers, widths[1:], strict=True)]
