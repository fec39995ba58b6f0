"""A verdict promises no more than its plan knows."""

from dataclasses import replace

import pytest

from lollma_gui.core.memory_plan import DeviceShare, MemoryPlan, PlanSettings
from lollma_gui.core.verdict import Fit, judge

GIB = 2**30
RAM = DeviceShare("RAM", "cpu", GIB, GIB, None, None, None, 2 * GIB, 8 * GIB)
CARD = replace(RAM, name="RTX 4080", kind="cuda", free=4 * GIB)
WHOLE = replace(RAM, compute=0, output=0, overhead=0)
OPEN_END = "Working memory comes on top and is not counted yet."


def plan(*shares: DeviceShare, estimate: bool = False) -> MemoryPlan:
    return MemoryPlan(shares, PlanSettings(), estimate)


@pytest.mark.parametrize(
    ("shares", "fit", "text"),
    [
        ([RAM], Fit.AT_LEAST, f"Needs at least 2.0 GiB of the 8.0 GiB free in RAM. {OPEN_END}"),
        ([WHOLE], Fit.FITS, "Needs 2.0 GiB of the 8.0 GiB free in RAM."),
        (
            [replace(WHOLE, free=GIB)],
            Fit.DOES_NOT_FIT,
            "Does not fit: needs 2.0 GiB, more than the 1.0 GiB free in RAM.",
        ),
        (
            [replace(RAM, free=None)],
            Fit.UNKNOWN,
            f"Needs at least 2.0 GiB in RAM; how much is free there is not known. {OPEN_END}",
        ),
        (
            [replace(RAM, total=0), replace(CARD, free=GIB)],
            Fit.DOES_NOT_FIT,
            "Does not fit: needs at least 2.0 GiB, more than the 1.0 GiB free in RTX 4080. "
            + OPEN_END,
        ),
        (
            [WHOLE, CARD],
            Fit.AT_LEAST,
            "Needs 2.0 GiB of the 8.0 GiB free in RAM. "
            f"Needs at least 2.0 GiB of the 4.0 GiB free in RTX 4080. {OPEN_END}",
        ),
    ],
)
def test_a_verdict_says_what_is_needed_where(
    shares: list[DeviceShare], fit: Fit, text: str
) -> None:
    verdict = judge(plan(*shares))
    assert (verdict.fit, verdict.text) == (fit, text)


def test_the_worst_device_decides_in_any_order() -> None:
    full, unknown = replace(RAM, free=1), replace(CARD, free=None)
    for shares in ([full, unknown], [unknown, full]):
        assert judge(plan(*shares)).fit is Fit.DOES_NOT_FIT
    assert judge(plan(WHOLE, unknown)).fit is Fit.UNKNOWN


def test_an_estimate_never_says_that_it_fits() -> None:
    verdict = judge(plan(WHOLE, estimate=True))
    assert verdict.fit is Fit.AT_LEAST
    assert "an estimate" in verdict.text
