"""Views for the fit panel, one for every verdict and kind of PC, made as the app makes them."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from helpers.model_headers import attention, header, llama_q4_k_m, tensor

from lollma_gui.core.errors import LollmaError
from lollma_gui.core.fit_case import FitCase
from lollma_gui.core.fit_changes import changes_that_fit
from lollma_gui.core.fit_view import Extra, FitView, PastErrors
from lollma_gui.core.gguf_header import GgufHeader
from lollma_gui.core.memory_plan import TargetDevice
from lollma_gui.core.plan_settings import PlanSettings
from lollma_gui.core.prepared_model import PreparedModel
from lollma_gui.core.verdict import Fit, Margins

MIB, GIB = 1024**2, 1024**3
_MARGINS = Margins(512 * MIB, GIB)


def _mixture(blocks: int, embedding: int, ffn: int, experts: int) -> GgufHeader:
    """A model with experts, all in Q4_K."""
    tensors = [
        tensor("token_embd.weight", (embedding, 151_936), "Q4_K"),
        tensor("output.weight", (embedding, 151_936), "Q6_K"),
        tensor("output_norm.weight", (embedding,), "F32"),
    ]
    for i in range(blocks):
        tensors += [
            tensor(f"blk.{i}.{name}.weight", shape, kind)
            for name, shape, kind in (
                ("attn_q", (embedding, 4096), "Q4_K"),
                ("attn_k", (embedding, 512), "Q4_K"),
                ("attn_v", (embedding, 512), "Q6_K"),
                ("attn_output", (4096, embedding), "Q4_K"),
                ("ffn_gate_inp", (embedding, experts), "F32"),
                ("ffn_gate_exps", (embedding, ffn, experts), "Q4_K"),
                ("ffn_up_exps", (embedding, ffn, experts), "Q4_K"),
                ("ffn_down_exps", (ffn, embedding, experts), "Q4_K"),
            )
        ]
    return header("qwen3moe", attention(blocks, embedding, 32, 4, 128), tensors)


LLAMA_8B = PreparedModel(llama_q4_k_m(32, 4096, 14_336, 1024, 128_256, has_rope_freqs=True))
LLAMA_70B = PreparedModel(llama_q4_k_m(80, 8192, 28_672, 1024, 128_256, has_rope_freqs=True))
QWEN_MOE = PreparedModel(_mixture(48, 2048, 768, 128))


def card(
    free: float, whole: float, name: str = "NVIDIA GeForce RTX 4080", overhead: int = 450
) -> TargetDevice:
    """A graphics card; GiB, the overhead in MiB."""
    return TargetDevice.cuda(name, round(free * GIB), round(whole * GIB), overhead * MIB)


def ram(free: float = 44.0, whole: float = 64.0) -> TargetDevice:
    """The PC's memory, in GiB."""
    return TargetDevice.ram(round(free * GIB), round(whole * GIB))


def case(
    model: PreparedModel = LLAMA_8B,
    *gpus: TargetDevice,
    memory: TargetDevice | None = None,
    margins: Margins = _MARGINS,
) -> FitCase:
    return FitCase(model, gpus, memory or ram(), margins)


def view_of(made: FitCase, asked: PlanSettings, name: str, **more: Any) -> FitView:
    """What the app would show of these settings."""
    plan = made.plan(asked)
    verdict = made.judge(plan)
    is_short = verdict.fit in (Fit.DOES_NOT_FIT, Fit.ONLY_JUST)
    usual: dict[str, Any] = {
        "name": name,
        "quantisation": "Q4_K_M",
        "asked": asked,
        "plan": plan,
        "verdict": verdict,
        "margins": made.margins,
        "games_bytes": 0,
        "layers": made.model.n_layers,
        "expert_blocks": made.model.expert_blocks,
        "n_ctx_train": made.model.n_ctx_train,
        "longest_context": made.longest_context(asked),
        "most_layers": made.most_layers(asked) if made.gpus else 0,
        "changes": tuple(changes_that_fit(made, asked)) if is_short else (),
    }
    return FitView(**{**usual, **more})


_8B, _70B = "Llama-3.1-8B-Instruct", "Llama-3.3-70B-Instruct"
#: A PC as the guide describes it.
GUIDE_CASE = case(LLAMA_8B, card(14.6, 16.0))


def fits() -> FitView:
    """All layers on one card, measured by the engine, settings not yet in the profile."""
    made = view_of(GUIDE_CASE, PlanSettings(n_ctx=16_384), _8B)
    plan = made.plan._replace(method="dry-run", error=0.0)
    total = sum(share.total for share in plan.devices)
    return made._replace(
        plan=plan,
        arithmetic_total=total + 13 * MIB,
        past=PastErrors(0.004, 0.012, 9),
        is_changed=True,
        extras=(
            Extra("/models/draft.gguf", "Llama-3.2-1B-Instruct-Q4_K_M.gguf", "draft", 640 * MIB),
            Extra("/models/mmproj.gguf", "mmproj-F16.gguf", "projector", 924 * MIB, True),
        ),
    )


def partly() -> FitView:
    """More than half of the layers on the card."""
    return view_of(GUIDE_CASE, PlanSettings(n_ctx=131_072), _8B, is_measuring=True)


def mostly_in_ram() -> FitView:
    """A model much larger than the card."""
    made = case(LLAMA_70B, card(14.6, 16.0))
    problem = "the engine is loading a model."
    return view_of(made, PlanSettings(n_ctx=8192), _70B, measuring_problem=problem)


def only_just() -> FitView:
    """It fits, but not with all of the margin."""
    laptop = card(8.0, 8.0, "NVIDIA GeForce RTX 3070 Laptop GPU", 320)
    asked = PlanSettings(n_ctx=8192, n_gpu_layers=33)
    needed = case(LLAMA_8B, laptop).plan(asked).gpus[0].total
    made = case(LLAMA_8B, laptop._replace(free=needed + _MARGINS.gpu // 2))
    return view_of(made, asked, _8B)


def does_not_fit() -> FitView:
    """Too much for the card, with changes that would fit."""
    asked = PlanSettings(n_ctx=131_072, n_gpu_layers=33)
    return view_of(GUIDE_CASE, asked, _8B, is_changed=True)


def unknown() -> FitView:
    """Nobody knows how much memory is free."""
    made = FitCase(LLAMA_8B, (), TargetDevice.ram(), _MARGINS)
    return view_of(made, PlanSettings(n_ctx=8192), _8B)


def may_fit() -> FitView:
    """An architecture that arithmetic only estimates."""
    made = view_of(GUIDE_CASE, PlanSettings(n_ctx=8192), "Novel-9B")
    plan = made.plan._replace(estimate=True)
    return made._replace(plan=plan, verdict=GUIDE_CASE.judge(plan))


def two_gpus() -> FitView:
    """Two unlike cards."""
    cards = card(22.9, 24.0, "NVIDIA GeForce RTX 3090"), card(11.4, 12.0, "NVIDIA RTX 3060")
    made = case(LLAMA_70B, *cards, margins=Margins(2 * GIB + 512 * MIB, GIB))
    games = {"games_bytes": 2 * GIB, "margin_wish": 512 * MIB}
    return view_of(made, PlanSettings(n_ctx=16_384), _70B, **games)


def mixture() -> FitView:
    """Experts of some blocks in RAM."""
    made = case(QWEN_MOE, card(11.1, 12.0, "NVIDIA GeForce RTX 4070"))
    asked = PlanSettings(n_ctx=32_768, n_gpu_layers=49, type_k="q8_0", type_v="q5_1")
    fewest = made.least_experts_in_ram(asked) or 0
    return view_of(made, replace(asked, n_cpu_moe=fewest), "Qwen3-30B-A3B-Instruct")


def ram_only() -> FitView:
    """A PC without a graphics card."""
    made = case(LLAMA_8B, memory=ram(11.2, 15.9))
    return view_of(made, PlanSettings(n_ctx=4096), _8B, past=PastErrors(None, 0.021, 1))


def refusal() -> FitView:
    """Settings that llama.cpp would not take."""
    why = LollmaError(
        "A quantised V cache needs flash attention.",
        "Turn flash attention on, or choose F16 for the values.",
    )
    made = view_of(GUIDE_CASE, PlanSettings(n_ctx=16_384), _8B, is_changed=True)
    asked = replace(made.asked, type_k="q8_0", type_v="q8_0", flash_attn=False)
    return made._replace(asked=asked, refusal=why)


#: By name, to be looked at and tested one by one.
FIT_VIEWS: dict[str, Callable[[], FitView]] = {
    made.__name__: made
    for made in (
        *(fits, partly, mostly_in_ram, only_just, does_not_fit, unknown, may_fit),
        *(two_gpus, mixture, ram_only, refusal),
    )
}
