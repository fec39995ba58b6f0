"""All quantisations of one model on this PC, ready for the adviser."""

from collections.abc import Sequence

from lollma_gui.core.fit_summary import FitSummary
from lollma_gui.core.model_family import quality_of_file, quantisation_label
from lollma_gui.core.model_info import ModelInfo
from lollma_gui.core.quantisation_adviser import Advice, Candidate, Place, advise
from lollma_gui.core.verdict import Fit


def family_advice(
    family: Sequence[tuple[ModelInfo, FitSummary | None]],
    wanted_context: int,
    unread: Sequence[tuple[str, str, int]] = (),
) -> Advice:
    """Which of these files suits this PC.

    Args:
        family: Files of one model, and what is known of the fit of each.
        wanted_context: Tokens of context there should be room for.
        unread: Key, path and bytes of files of which no header is there.
    """
    candidates = [_candidate(info, fit) for info, fit in family]
    return advise([*candidates, *(_unread(*one) for one in unread)], wanted_context)


def _unread(key: str, path: str, size: int) -> Candidate:
    label = quantisation_label(path) or path
    return Candidate(key, label, size, Place.UNKNOWN, quality=quality_of_file(path))


def _candidate(info: ModelInfo, fit: FitSummary | None) -> Candidate:
    path = info.files[0]
    label = quantisation_label(path, info.quantisation)
    quality = quality_of_file(path, info.quantisation)
    if fit is None:
        return Candidate(path, label, info.size_bytes, Place.UNKNOWN, quality=quality)
    return Candidate(
        path,
        label,
        info.size_bytes,
        _place(fit),
        fit.gpu_layers,
        fit.layers,
        fit.longest_context,
        fit.speed,
        quality,
    )


def _place(fit: FitSummary) -> Place:
    if fit.fit in (Fit.DOES_NOT_FIT, Fit.ONLY_JUST):
        return Place.NONE
    if fit.fit is Fit.UNKNOWN:
        return Place.UNKNOWN
    if not fit.gpu_layers:
        return Place.RAM
    return Place.GPU if fit.gpu_layers >= fit.layers and fit.is_whole else Place.PARTLY
