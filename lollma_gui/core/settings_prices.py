"""What a setting's value costs in memory, beside the value."""

from collections.abc import Mapping

from lollma_gui.core.engine_messages import SettingValue
from lollma_gui.core.errors import LollmaError
from lollma_gui.core.plan_fit import plan_fit
from lollma_gui.core.settings_facts import MemoryNeed, ModelFacts, PcFacts

#: What a value is weighed against: the one that spends nothing on this setting, or the usual one
#: where the setting is there to save.
_AGAINST: dict[str, SettingValue] = {
    "n_gpu_layers": 0,
    "n_ctx": 256,
    "n_ubatch": 32,
    "type_k": "f16",
    "type_v": "f16",
    "flash_attn": "off",
    "no_offload_kqv": False,
    "n_cpu_moe": 0,
    "swa_full": False,
    "all_outputs": False,
}

#: Settings that have a price.
PRICED = frozenset(_AGAINST)


def price(
    name: str, values: Mapping[str, SettingValue], pc: PcFacts, model: ModelFacts
) -> int | None:
    """Bytes that a setting's value takes on the GPU, or in RAM on a PC without one.

    Args:
        name: The setting.
        values: All values in force.
        pc: The PC.
        model: The model.

    Returns:
        Bytes against the value that spends nothing, negative where the value saves; None for
        settings without a price, where the model is not known well enough, and where llama.cpp
        would refuse the values.
    """
    fit = plan_fit(pc, model) if name in PRICED else None
    if fit is None:
        return None

    def taken(need: MemoryNeed) -> int:
        return need.gpu_total if pc.gpus else need.ram

    try:
        return taken(fit(values)) - taken(fit({**values, name: _AGAINST[name]}))
    except LollmaError:
        return None  # llama.cpp would refuse one of the two
