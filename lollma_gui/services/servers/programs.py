"""Every server program that LoLLMa knows. A new one is added here, see CONTRIBUTING."""

from lollma_gui.services.servers.program import ServerProgram


def usual_programs() -> dict[str, ServerProgram]:
    """By key, in the order in which they are offered."""
    from lollma_gui.services.gpu_probe import wake_and_survey
    from lollma_gui.services.servers.elsewhere import Elsewhere
    from lollma_gui.services.servers.engine_api import EngineApi
    from lollma_gui.services.servers.koboldcpp import KoboldCpp
    from lollma_gui.services.servers.llama_server import LlamaServer
    from lollma_gui.services.servers.textgen import TextGen

    programs: tuple[ServerProgram, ...] = (
        TextGen(wake_and_survey),
        KoboldCpp(wake_and_survey),
        LlamaServer(),
        EngineApi(),
        Elsewhere(),
    )
    return {program.key: program for program in programs}
