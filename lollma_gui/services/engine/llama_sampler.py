"""llama.cpp's samplers as one chain, built from our arguments."""

import ctypes
import random
from collections.abc import Sequence
from types import TracebackType

import llama_cpp as llama

from lollma_gui.core.engine_settings import SamplingArguments
from lollma_gui.services.engine.llama_model import LlamaModel


class Sampler:
    """Chooses the next token. A context manager, since llama.cpp's chain has to be freed.

    Args:
        model: Whose logits are sampled.
        arguments: Every sampler's numbers.
        prompt: Tokens of the prompt: penalties count repetition from there on.
    """

    def __init__(
        self, model: LlamaModel, arguments: SamplingArguments, prompt: Sequence[int]
    ) -> None:
        self._model = model
        params = llama.llama_sampler_chain_default_params()
        params.no_perf = True
        self._chain = llama.llama_sampler_chain_init(params)
        self._penalties(arguments, prompt)
        self._choice(arguments)

    def __enter__(self) -> "Sampler":
        return self

    def __exit__(
        self,
        _type: type[BaseException] | None,
        _error: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        llama.llama_sampler_free(self._chain)

    def next_token(self) -> int:
        """The next token, from the logits of the last decode."""
        return int(llama.llama_sampler_sample(self._chain, self._model.context, -1))

    def _add(self, sampler: ctypes.c_void_p) -> None:
        llama.llama_sampler_chain_add(self._chain, sampler)

    def _penalties(self, a: SamplingArguments, prompt: Sequence[int]) -> None:
        sampler = llama.llama_sampler_init_penalties(
            llama.llama_vocab_n_tokens(self._model.vocab),
            a.repeat_last_n,
            a.repetition_penalty,
            a.frequency_penalty,
            a.presence_penalty,
        )
        for token in prompt[-max(a.repeat_last_n, 1) :]:
            llama.llama_sampler_accept(sampler, token)
        self._add(sampler)

    def _choice(self, a: SamplingArguments) -> None:
        if a.temperature <= 0:
            self._add(llama.llama_sampler_init_greedy())
            return
        self._add(llama.llama_sampler_init_top_k(a.top_k))
        self._add(llama.llama_sampler_init_typical(a.typical_p, 1))
        self._add(llama.llama_sampler_init_top_p(a.top_p, 1))
        self._add(llama.llama_sampler_init_min_p(a.min_p, 1))
        self._add(llama.llama_sampler_init_temp(a.temperature))
        seed = a.seed if a.seed >= 0 else random.getrandbits(32)
        self._add(llama.llama_sampler_init_dist(seed))
