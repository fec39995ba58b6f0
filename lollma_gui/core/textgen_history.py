"""Flags that TextGen once had: since when they are gone, and what says the same today.

Read from every version of its modules/shared.py up to ed888c71 (2026-05-31); the dates are those
of the main branch. Names that exist today again, or as second names, are not in here.
"""

from typing import NamedTuple


class GoneFlag(NamedTuple):
    """A flag that today's TextGen has no more.

    Attributes:
        since: Date (YYYY-MM-DD) of the first version without it.
        values: How many values it took; -1 for one or more.
        now: The flag of today that says the same; empty if there is none.
        extra: The flag of llama-server that says the same, handed on by ``--extra-flags``.
        value: What the flag of today is given in place of the old value; ``{}`` is that value.
        note: One sentence why there is none, or how it differs.
    """

    since: str
    values: int = 1
    now: str = ""
    extra: str = ""
    value: str = "{}"
    note: str = ""


_LOADER = "It belonged to a loader that TextGen no longer has."
_ALWAYS = "TextGen now always does this."
_CHAT = "Chat is the page that TextGen opens with anyway."
_TRANSFORMERS = "It never mattered to models in the GGUF format."

GONE_FLAGS: dict[str, GoneFlag] = {
    # Settings of the guide, and what its readers use.
    "--chat": GoneFlag("2023-12-31", 0, note=_CHAT),
    "--cai-chat": GoneFlag("2023-05-08", 0, note=_CHAT),
    "--notebook": GoneFlag("2023-12-31", 0, note="The notebook is a page of its own now."),
    "--n_batch": GoneFlag("2025-04-18", now="--batch-size"),
    "--tensor_split": GoneFlag("2025-04-18", now="--tensor-split"),
    "--row_split": GoneFlag("2025-04-18", 0, now="--split-mode", value="row"),
    "--row-split": GoneFlag("2026-05-02", 0, now="--split-mode", value="row"),
    "--no_offload_kqv": GoneFlag("2025-04-18", 0, now="--no-kv-offload"),
    "--no_mmap": GoneFlag("2023-05-03", 0, now="--no-mmap"),
    "--cache_8bit": GoneFlag("2025-04-18", 0, now="--cache-type", value="q8_0"),
    "--cache_4bit": GoneFlag("2025-04-18", 0, now="--cache-type", value="q4_0"),
    "--rope_freq_base": GoneFlag("2026-03-16", extra="--rope-freq-base"),
    "--compress_pos_emb": GoneFlag(
        "2026-03-16", extra="--rope-freq-scale", value="1/{}", note="The scale is 1 divided by it."
    ),
    "--alpha_value": GoneFlag(
        "2026-03-16", note="Its effect is had with a RoPE base: LoLLMa works that out."
    ),
    "--flash-attn": GoneFlag("2025-09-02", 0, note=_ALWAYS),
    "--tensorcores": GoneFlag("2025-04-18", 0, note=_ALWAYS),
    "--mul_mat_q": GoneFlag("2023-12-31", 0, note=_ALWAYS),
    "--no_mul_mat_q": GoneFlag("2025-04-18", 0, note="llama.cpp decides this itself now."),
    "--attention-sink-size": GoneFlag("2025-04-18", note="llama.cpp has no such thing."),
    "--logits_all": GoneFlag("2025-04-18", 0, note="llama.cpp does this where it is needed."),
    "--cache-capacity": GoneFlag("2025-04-18", extra="--cache-ram"),
    "--llama_cpp_seed": GoneFlag("2023-12-31", extra="--seed"),
    "--n_gqa": GoneFlag("2023-09-11", note="It stands in the model's file now."),
    "--rms_norm_eps": GoneFlag("2023-09-11", note="It stands in the model's file now."),
    "--low-vram": GoneFlag("2023-10-02", 0, now="--no-kv-offload"),
    "--no-stream": GoneFlag("2023-12-31", 0, note="It is a setting on the page now."),
    "--character": GoneFlag("2025-06-10", note="It is chosen on the page now."),
    "--chat-buttons": GoneFlag("2025-04-18", 0, note="It is a setting on the page now."),
    "--api-blocking-port": GoneFlag("2023-12-31", now="--api-port"),
    "--api-streaming-port": GoneFlag("2023-12-31", now="--api-port"),
    "--multimodal-pipeline": GoneFlag("2025-04-18", note="--mmproj has taken its place."),
    "--cpp-runner": GoneFlag("2026-03-07", 0, note=_LOADER),
    # Other loaders.
    "--auto-devices": GoneFlag("2025-04-22", 0, note=_TRANSFORMERS),
    "--autogptq": GoneFlag("2023-08-06", 0, note=_LOADER),
    "--autosplit": GoneFlag("2026-03-07", 0, note=_LOADER),
    "--checkpoint": GoneFlag("2025-01-14", note=_LOADER),
    "--compress-weight": GoneFlag("2023-07-25", 0, note=_LOADER),
    "--deepspeed": GoneFlag("2026-03-07", 0, note=_TRANSFORMERS),
    "--desc_act": GoneFlag("2025-04-18", 0, note=_LOADER),
    "--disable_exllama": GoneFlag("2025-04-18", 0, note=_LOADER),
    "--disable_exllamav2": GoneFlag("2025-04-18", 0, note=_LOADER),
    "--file-path": GoneFlag("2023-04-21", note=_LOADER),
    "--flexgen": GoneFlag("2023-07-25", 0, note=_LOADER),
    "--fused_mlp": GoneFlag("2023-08-10", 0, note=_LOADER),
    "--gptq-bits": GoneFlag("2023-04-12", note=_LOADER),
    "--gptq-for-llama": GoneFlag("2023-08-06", 0, note=_LOADER),
    "--gptq-model-type": GoneFlag("2023-04-12", note=_LOADER),
    "--gptq-pre-layer": GoneFlag("2023-04-12", note=_LOADER),
    "--gpu-memory": GoneFlag("2025-04-22", -1, note=_TRANSFORMERS),
    "--groupsize": GoneFlag("2025-04-18", note=_LOADER),
    "--hqq-backend": GoneFlag("2025-05-29", note=_LOADER),
    "--local_rank": GoneFlag("2026-03-07", note=_TRANSFORMERS),
    "--model_type": GoneFlag("2025-01-14", note=_LOADER),
    "--monkey-patch": GoneFlag("2025-01-14", 0, note=_LOADER),
    "--no-fused_mlp": GoneFlag("2023-04-22", 0, note=_LOADER),
    "--no-quant_attn": GoneFlag("2023-04-22", 0, note=_LOADER),
    "--no-warmup_autotune": GoneFlag("2023-04-22", 0, note=_LOADER),
    "--no_flash_attn": GoneFlag("2026-03-07", 0, note=_LOADER),
    "--no_inject_fused_attention": GoneFlag("2025-01-14", 0, note=_LOADER),
    "--no_inject_fused_mlp": GoneFlag("2025-04-18", 0, note=_LOADER),
    "--no_sdpa": GoneFlag("2026-03-07", 0, note=_LOADER),
    "--no_use_cuda_fp16": GoneFlag("2025-04-18", 0, note=_LOADER),
    "--no_xformers": GoneFlag("2026-03-07", 0, note=_LOADER),
    "--num_experts_per_token": GoneFlag("2026-03-07", note=_LOADER),
    "--nvme-offload-dir": GoneFlag("2026-03-07", note=_TRANSFORMERS),
    "--percent": GoneFlag("2023-07-25", -1, note=_LOADER),
    "--picture": GoneFlag("2023-02-25", 0, note=_CHAT),
    "--pin-weight": GoneFlag("2023-07-25", note=_LOADER),
    "--pre_layer": GoneFlag("2025-01-14", -1, note=_LOADER),
    "--quant_attn": GoneFlag("2023-08-10", 0, note=_LOADER),
    "--rwkv-cuda-on": GoneFlag("2023-12-31", 0, note=_LOADER),
    "--rwkv-strategy": GoneFlag("2023-12-31", note=_LOADER),
    "--sdp-attention": GoneFlag("2023-12-31", 0, note=_TRANSFORMERS),
    "--tokenizer-dir": GoneFlag("2025-04-18", note=_LOADER),
    "--torch-compile": GoneFlag("2025-07-19", 0, note=_TRANSFORMERS),
    "--triton": GoneFlag("2025-04-18", 0, note=_LOADER),
    "--use_eager_attention": GoneFlag("2025-07-19", 0, now="--attn-implementation", value="eager"),
    "--use_fast": GoneFlag("2023-12-31", 0, note=_TRANSFORMERS),
    "--use_flash_attention_2": GoneFlag(
        "2025-07-19", 0, now="--attn-implementation", value="flash_attention_2"
    ),
    "--warmup_autotune": GoneFlag("2023-08-10", 0, note=_LOADER),
    "--wbits": GoneFlag("2025-04-18", note=_LOADER),
    "--xformers": GoneFlag("2023-12-31", 0, note=_TRANSFORMERS),
}
