"""llama.cpp's samplers as one chain, built from our arguments."""

import ctypes
import random
from collections.abc import Callable, Sequence
from types import TracebackType

import llama_cpp as llama

from lollma_gui.core.engine_settings import SamplingArguments
from lollma_gui.core.errors import LollmaError
from lollma_gui.services.engine.llama_model import LlamaModel

_Maker = Callable[[LlamaModel, SamplingArguments, int], ctypes.c_void_p | None]

#: How many tokens mirostat 1 estimates from (``m`` of the paper; llama.cpp's value).
_MIROSTAT_M = 100


class Sampler:
    """Chooses the next token. A context manager, since llama.cpp's chain has to be freed.

    Args:
        model: Whose logits are sampled.
        arguments: Every sampler's numbers, and their order.
        prompt: Tokens of the prompt: repetition counts from there on.

    Raises:
        LollmaError: If the grammar or JSON schema cannot be read.
    """

    def __init__(
        self, model: LlamaModel, arguments: SamplingArguments, prompt: Sequence[int]
    ) -> None:
        self._model = model
        seed = arguments.seed if arguments.seed >= 0 else random.getrandbits(32)
        grammar = _grammar(model, arguments)
        params = llama.llama_sampler_chain_default_params()
        params.no_perf = True
        self._chain = llama.llama_sampler_chain_init(params)
        if grammar:
            self._add(grammar)
        is_greedy = arguments.temperature <= 0 and not arguments.mirostat
        # What narrows the choice cannot change which token is the likeliest.
        order = [n for n in arguments.order if n in _LOOK_BACK] if is_greedy else arguments.order
        for name in order:
            sampler = _MAKERS[name](model, arguments, seed)
            if sampler is not None:
                if name in _LOOK_BACK:
                    _accept(sampler, prompt)
                self._add(sampler)
        if is_greedy:
            self._add(llama.llama_sampler_init_greedy())
        elif not arguments.mirostat:
            self._add(_last(arguments, seed))

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


def _accept(sampler: ctypes.c_void_p, prompt: Sequence[int]) -> None:
    for token in prompt:
        llama.llama_sampler_accept(sampler, token)


def _grammar(model: LlamaModel, a: SamplingArguments) -> ctypes.c_void_p | None:
    if not (a.grammar or a.json_schema):
        return None
    try:
        text = a.grammar or _grammar_of_schema(a.json_schema)
    except Exception as error:  # the converter raises whatever a schema leads it to
        raise LollmaError(
            f"The JSON schema cannot be used: {error}.", "Correct it in the generation settings."
        ) from error
    sampler = llama.llama_sampler_init_grammar(model.vocab, text.encode(), b"root")
    if not sampler:
        raise LollmaError(
            "The grammar cannot be read.",
            "Correct it in the generation settings; it needs a rule named root.",
        )
    return sampler  # type: ignore[no-any-return]


def _grammar_of_schema(schema: str) -> str:
    from llama_cpp.llama_grammar import json_schema_to_gbnf

    return str(json_schema_to_gbnf(schema))


# ---- one maker a sampler; None where its numbers say "off" -------------------------------------


def _penalties(model: LlamaModel, a: SamplingArguments, _seed: int) -> ctypes.c_void_p | None:
    is_off = a.repetition_penalty == 1 and not a.frequency_penalty and not a.presence_penalty
    if is_off or not a.repeat_last_n:
        return None
    return llama.llama_sampler_init_penalties(  # type: ignore[no-any-return]
        llama.llama_vocab_n_tokens(model.vocab),
        a.repeat_last_n if a.repeat_last_n > 0 else model.n_ctx,
        a.repetition_penalty,
        a.frequency_penalty,
        a.presence_penalty,
    )


def _dry(model: LlamaModel, a: SamplingArguments, _seed: int) -> ctypes.c_void_p | None:
    if a.dry_multiplier <= 0:
        return None
    breakers = [text.encode() for text in a.dry_sequence_breakers]
    return llama.llama_sampler_init_dry(  # type: ignore[no-any-return]
        model.vocab,
        a.dry_multiplier,
        a.dry_base,
        a.dry_allowed_length,
        a.dry_penalty_last_n if a.dry_penalty_last_n >= 0 else model.n_ctx,
        (ctypes.c_char_p * len(breakers))(*breakers),
        len(breakers),
    )


def _temperature(_model: LlamaModel, a: SamplingArguments, _seed: int) -> ctypes.c_void_p | None:
    return llama.llama_sampler_init_temp_ext(  # type: ignore[no-any-return]
        a.temperature, max(a.dynatemp_range, 0.0), a.dynatemp_exponent
    )


def _mirostat(model: LlamaModel, a: SamplingArguments, seed: int) -> ctypes.c_void_p | None:
    if a.mirostat == 1:
        n_vocab = llama.llama_vocab_n_tokens(model.vocab)
        return llama.llama_sampler_init_mirostat(  # type: ignore[no-any-return]
            n_vocab, seed, a.mirostat_tau, a.mirostat_eta, _MIROSTAT_M
        )
    return llama.llama_sampler_init_mirostat_v2(  # type: ignore[no-any-return]
        seed, a.mirostat_tau, a.mirostat_eta
    )


def _last(a: SamplingArguments, seed: int) -> ctypes.c_void_p:
    if a.adaptive_target >= 0:
        return llama.llama_sampler_init_adaptive_p(  # type: ignore[no-any-return]
            a.adaptive_target, a.adaptive_decay, seed
        )
    return llama.llama_sampler_init_dist(seed)  # type: ignore[no-any-return]


#: Samplers that look at what was said before, in the prompt too.
_LOOK_BACK = {"penalties", "dry"}

_MAKERS: dict[str, _Maker] = {
    "penalties": _penalties,
    "dry": _dry,
    "temperature": _temperature,
    "mirostat": _mirostat,
    "top_n_sigma": lambda _m, a, _s: (
        llama.llama_sampler_init_top_n_sigma(a.top_n_sigma) if a.top_n_sigma > 0 else None
    ),
    "top_k": lambda _m, a, _s: llama.llama_sampler_init_top_k(a.top_k) if a.top_k > 0 else None,
    "typical_p": lambda _m, a, _s: (
        llama.llama_sampler_init_typical(a.typical_p, 1) if a.typical_p < 1 else None
    ),
    "top_p": lambda _m, a, _s: llama.llama_sampler_init_top_p(a.top_p, 1) if a.top_p < 1 else None,
    "min_p": lambda _m, a, _s: llama.llama_sampler_init_min_p(a.min_p, 1) if a.min_p > 0 else None,
    "xtc": lambda _m, a, s: (
        llama.llama_sampler_init_xtc(a.xtc_probability, a.xtc_threshold, 1, s)
        if a.xtc_probability > 0
        else None
    ),
}
