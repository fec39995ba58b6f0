"""What llama.cpp says is read for what it allocated."""

from lollma_gui.core.engine_messages import Buffer
from lollma_gui.services.engine.llama_log import LlamaLog

INFO, ERROR, CONTINUE, DEBUG = 2, 4, 5, 1


def test_a_load_is_read_from_the_log() -> None:
    lines: list[str] = []
    log = LlamaLog(lines.append)
    for text in (
        "llama_model_load_from_file_impl: using device CUDA0 (NVIDIA GeForce RTX 4080) - 15 MiB\n",
        "load_tensors: offloaded 20/31 layers to GPU\n",
        "load_tensors:   CPU_Mapped model buffer size =    92.10 MiB\n",
        "load_tensors:        CUDA0 model buffer size =    21.14 MiB\n",
        "llama_kv_cache:      CUDA0 KV buffer size =    30.00 MiB\n",
        "sched_reserve:      CUDA0 compute buffer size =    15.26 MiB\n",
        "resolve_fused_ops: Flash Attention enabled\n",
    ):
        log.add(INFO, text)
    assert len(lines) == 7
    assert log.devices == ["CUDA0 (NVIDIA GeForce RTX 4080)"]
    assert (log.gpu_layers, log.layers) == (20, 31)
    assert log.buffers[0] == Buffer("CPU_Mapped", "model", round(92.10 * 2**20))
    assert [b.kind for b in log.buffers] == ["model", "model", "KV", "compute"]
    assert log.flash_attention == "enabled"


def test_a_line_may_come_in_pieces_and_errors_are_kept() -> None:
    lines: list[str] = []
    log = LlamaLog(lines.append)
    log.add(INFO, "print: ")
    log.add(CONTINUE, "one ")
    log.add(CONTINUE, "two\nthree\n")
    log.add(ERROR, "it failed\n")
    assert lines == ["print: one two", "three", "it failed"]
    assert list(log.errors) == ["it failed"]


def test_caches_that_a_dry_run_leaves_empty_are_counted_all_the_same() -> None:
    log = LlamaLog(lambda line: None)
    for text in (
        "llama_kv_cache_iswa: creating non-SWA KV cache, size = 32768 cells\n",
        "llama_kv_cache:        CPU KV buffer size =     0.00 MiB\n",
        "llama_kv_cache: size = 1024.00 MiB ( 32768 cells,   8 layers,  1/1 seqs), K (f16)\n",
        "llama_kv_cache_iswa: creating     SWA KV cache, size = 1536 cells\n",
        "llama_kv_cache: size =  240.50 MiB (  1536 cells,  40 layers,  1/1 seqs), K (f16)\n",
    ):
        log.add(INFO, text)
    assert log.cache_bytes == round(1264.5 * 2**20)
    log.clear()
    assert log.cache_bytes == 0


def test_debug_lines_are_left_out() -> None:
    lines: list[str] = []
    log = LlamaLog(lines.append)
    log.add(DEBUG, "a line for each node of the graph\n")
    assert lines == []
