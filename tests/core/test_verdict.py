"""A verdict promises no more than its plan knows, and never forgets the margin."""

import pytest

from lollma_gui.core.memory_plan import DeviceShare, MemoryPlan, PlanSettings
from lollma_gui.core.verdict import Fit, Margins, Verdict, judge

GIB = 2**30
RAM = DeviceShare("RAM", "cpu", GIB, GIB, 0, 0, 0, 16 * GIB, 32 * GIB)
CARD = DeviceShare("RTX 4080", "cuda", 4 * GIB, 2 * GIB, GIB, 0, 0, 12 * GIB, 16 * GIB, 33)
MARGINS = Margins(GIB, 2 * GIB)


def said(
    *shares: DeviceShare,
    gpu_layers: int = 33,
    error: float = 0.0,
    estimate: bool = False,
    n_cpu_moe: int = 0,
    margins: Margins = MARGINS,
) -> Verdict:
    settings = PlanSettings(n_cpu_moe=n_cpu_moe)
    return judge(MemoryPlan(shares, settings, gpu_layers, 33, error, estimate), margins)


def test_what_fits_says_how_much_is_left_beside_the_margin() -> None:
    verdict = said(RAM, CARD)
    assert verdict.fit is Fit.FITS
    assert verdict.headline == "Fits with 4.0 GiB to spare on RTX 4080"
    assert (verdict.detail, verdict.spare) == ("4.0 GiB spare", 4 * GIB)
    assert verdict.text == (
        "RAM: needs 2.0 GiB of 16.0 GiB free. 2.0 GiB of it are to stay free. "
        "RTX 4080: needs 7.0 GiB of 12.0 GiB free. 1.0 GiB of it are to stay free."
    )


def test_what_goes_into_the_margin_fits_only_just() -> None:
    verdict = said(RAM, CARD._replace(free=7 * GIB + GIB // 2))
    assert verdict.fit is Fit.ONLY_JUST
    assert verdict.headline == ("Fits only just: 512.0 MiB less than is to stay free on RTX 4080")
    assert said(RAM, CARD._replace(free=7 * GIB), margins=Margins(0, 0)).fit is Fit.FITS


def test_the_known_error_of_compute_buffers_widens_the_margin() -> None:
    tight = CARD._replace(free=8 * GIB)
    assert said(RAM, tight).fit is Fit.FITS
    assert said(RAM, tight, error=0.1).fit is Fit.ONLY_JUST


def test_a_gpu_without_layers_has_no_margin_to_keep() -> None:
    idle = CARD._replace(weights=0, kv=0, free=GIB + 1, layers=0)
    assert said(RAM, idle, gpu_layers=0).fit is Fit.MOSTLY_RAM


def test_what_does_not_fit_says_how_much_is_missing_and_where() -> None:
    verdict = said(RAM, CARD._replace(free=5 * GIB))
    assert verdict.fit is Fit.DOES_NOT_FIT
    assert verdict.headline == "Needs 2.0 GiB more on RTX 4080"
    in_ram = said(RAM._replace(free=GIB), CARD)
    assert in_ram.headline == "Needs 1.0 GiB more in RAM"


@pytest.mark.parametrize(
    ("layers", "fit", "headline"),
    [
        (20, Fit.PARTLY, "20 of 33 layers on the GPU"),
        (10, Fit.MOSTLY_RAM, "10 of 33 layers on the GPU"),
        (0, Fit.MOSTLY_RAM, "Runs in RAM alone, without the GPU"),
    ],
)
def test_a_part_on_the_gpu_is_no_plain_fits(layers: int, fit: Fit, headline: str) -> None:
    verdict = said(RAM, CARD, gpu_layers=layers)
    assert (verdict.fit, verdict.headline) == (fit, headline)


def test_experts_in_ram_are_said() -> None:
    verdict = said(RAM, CARD, n_cpu_moe=12)
    assert verdict.fit is Fit.PARTLY
    assert verdict.headline == "All layers on the GPU, experts of 12 blocks in RAM"


def test_a_pc_without_gpu_has_plain_words() -> None:
    verdict = said(RAM, gpu_layers=0)
    assert verdict.headline == "Fits with 12.0 GiB to spare in RAM"


def test_an_estimate_never_says_that_it_fits() -> None:
    verdict = said(RAM, CARD, estimate=True)
    assert verdict.fit is Fit.MAY_FIT
    assert "an estimate" in verdict.text
    assert said(RAM, CARD._replace(free=GIB), estimate=True).fit is Fit.DOES_NOT_FIT


def test_unknown_free_memory_is_said_and_nothing_promised() -> None:
    verdict = said(RAM, CARD._replace(free=None))
    assert verdict.fit is Fit.UNKNOWN
    assert verdict.headline == "Needs 7.0 GiB in RTX 4080; how much is free there is not known"
    assert verdict.spare is None
