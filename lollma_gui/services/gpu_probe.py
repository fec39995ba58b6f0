"""The one question to all GPU vendors: which GPUs are there, and how are they doing?"""

from typing import Protocol

from lollma_gui.core.readings import GpuSurvey, GpuUse


class GpuProbe(Protocol):
    """Reads GPUs. One call at a time, from any thread; may block for a while."""

    def survey(self) -> GpuSurvey:
        """Look once. Never raises for what can happen on a PC: that is the survey's problem."""
        ...

    def processes(self) -> tuple[list[GpuUse], str]:
        """Who uses the GPUs, and a sentence if the system does not tell all of it, else empty.

        Of the GPUs read by the last survey; costs more than a survey.
        """
        ...

    def close(self) -> None:
        """Let go of the driver. The next survey may open it again."""
        ...


def usual_probe() -> GpuProbe:
    """The probe for this PC."""
    from lollma_gui.services.nvml_probe import NvmlProbe

    return NvmlProbe()


def survey_gpus() -> GpuSurvey:
    """Look once and let go of the driver: for commands in a terminal."""
    probe = usual_probe()
    try:
        return probe.survey()
    finally:
        probe.close()
