"""The one question to all GPU vendors: which GPUs are there, and how are they doing?"""

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from lollma_gui.core.readings import GpuSurvey, GpuUse

_NO_GPU = GpuSurvey(
    problem="No GPU of NVIDIA, AMD or Intel was found.",
    advice="Models run on the processor; small ones are quick enough.",
    is_absent=True,
)


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


class JoinedProbe:
    """Several makers' GPUs as one answer.

    Args:
        probes: One a maker; that of the GPUs best for models first.
    """

    def __init__(self, probes: Sequence[GpuProbe]) -> None:
        self._probes = tuple(probes)

    def survey(self) -> GpuSurvey:
        """Look once, see ``GpuProbe``."""
        surveys = [probe.survey() for probe in self._probes]
        there = [survey for survey in surveys if not survey.is_absent]
        if not there:
            return _NO_GPU
        # Trouble before sleep: a sleeping GPU is well.
        said = min(there, key=lambda survey: (not survey.problem, survey.is_asleep))
        return GpuSurvey(
            gpus=tuple(gpu for survey in there for gpu in survey.gpus),
            source=", ".join(survey.source for survey in there if survey.source),
            driver=next((survey.driver for survey in there if survey.driver), None),
            cuda=next((survey.cuda for survey in there if survey.cuda), None),
            problem=said.problem,
            advice=said.advice,
            is_asleep=said.is_asleep,
        )

    def processes(self) -> tuple[list[GpuUse], str]:
        """Who uses them, see ``GpuProbe``."""
        told = [probe.processes() for probe in self._probes]
        return [use for uses, _ in told for use in uses], " ".join(note for _, note in told if note)

    def close(self) -> None:
        """Let go of all drivers."""
        for probe in self._probes:
            probe.close()


def usual_probe() -> GpuProbe:
    """The probe for this PC."""
    if sys.platform == "darwin":
        from lollma_gui.services.apple_probe import AppleProbe

        return AppleProbe()
    if not sys.platform.startswith("linux"):
        from lollma_gui.services.wddm_probe import windows_probe

        return windows_probe()
    from lollma_gui.services.amd_probe import AmdProbe
    from lollma_gui.services.intel_probe import IntelProbe
    from lollma_gui.services.nvml_probe import NvmlProbe

    return JoinedProbe([NvmlProbe(), AmdProbe(), IntelProbe()])


def survey_gpus(*, may_wake: bool = False) -> GpuSurvey:
    """Look once and let go of the driver: for commands in a terminal.

    Args:
        may_wake: Whether NVIDIA GPUs that sleep are woken to be asked.
    """
    probe = usual_probe()
    try:
        survey = probe.survey()
    finally:
        probe.close()
    sleeps = survey.is_asleep and not survey.gpus
    return wake_and_survey() if sleeps and may_wake else survey


def wake_and_survey() -> GpuSurvey:
    """Look at NVIDIA GPUs once, those that sleep included: before a load, which wakes them too."""
    from lollma_gui.services.nvml_probe import NvmlProbe

    # Who does not know where the kernel lists its devices cannot see that they sleep.
    probe = NvmlProbe(pci_devices=Path(os.devnull))
    try:
        return probe.survey()
    finally:
        probe.close()
