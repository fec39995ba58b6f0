"""A model that is still on the Hub: what it is and what plans need to know, by its header."""

from collections.abc import Callable
from typing import NamedTuple

from lollma_gui.core.hub_source import HubSource
from lollma_gui.core.model_facts import model_facts
from lollma_gui.core.model_info import ModelInfo, describe
from lollma_gui.core.recommendations import recommend
from lollma_gui.core.settings_facts import ModelFacts, PcFacts
from lollma_gui.services.remote_header import RemoteHeader, fetch_header


class RemoteModel(NamedTuple):
    """What was fetched of a model.

    Attributes:
        info: What it is; the first of its files is its source's ``key``.
        facts: What plans need to know; for a file that does not write text, only its name.
        header: Its header, for the engine.
    """

    info: ModelInfo
    facts: ModelFacts
    header: RemoteHeader

    @property
    def kept_bytes(self) -> int:
        """Bytes of the header that are held in memory."""
        return sum(len(part.head) for part in self.header.parts)


def fetch_model(
    source: HubSource, pc: PcFacts, cancelled: Callable[[], bool], endpoint: str | None = None
) -> RemoteModel:
    """Fetch a model's header and gather what it says.

    Args:
        source: The file; of a split model, the first part.
        pc: The PC that plans will be made for.
        cancelled: Asked some times a second, on the calling thread.
        endpoint: Address of the Hub; None is the one huggingface_hub is set to.

    Raises:
        TransferError: If the Hub cannot be reached or does not give the file.
        LollmaError: If it is no GGUF model, or damaged.
        Cancelled: If it is no longer wanted.
    """
    header = fetch_header(source, cancelled, endpoint=endpoint)
    folder = source.key.removesuffix(source.file_name)
    paths = [folder + part.file_name for part in header.parts]
    info = describe(header.header, paths, header.size)
    if not info.can_chat:
        return RemoteModel(info, ModelFacts(info.name), header)
    facts = model_facts(header.header, info.name)
    # A model's first plans take longest. Made here, the window's thread finds them ready.
    recommend(pc, facts)
    return RemoteModel(info, facts, header)
