"""GPUs take layers as llama.cpp deals them out, one by one."""

from hypothesis import given
from hypothesis import strategies as st

from lollma_gui.core.gguf_header import GgufHeader
from lollma_gui.core.layer_ranges import layer_ranges
from lollma_gui.core.placement import HOST, Placement

SHARES = st.lists(
    st.sampled_from([0.0, 1.0, 3.0]) | st.floats(1e6, 1e11), min_size=1, max_size=4
).filter(any)


@given(blocks=st.integers(1, 120), layers=st.integers(-1, 125), shares=SHARES)
def test_ranges_are_the_same_as_asking_for_each_layer(
    blocks: int, layers: int, shares: list[float]
) -> None:
    header = GgufHeader(
        3, 32, 0, {"general.architecture": "llama", "llama.block_count": blocks}, ()
    )
    placement = Placement(header, layers, shares)
    ranges = layer_ranges(blocks + 1, layers, shares)
    for layer in range(blocks + 1):
        found = [i for i, (first, last) in enumerate(ranges) if first <= layer < last]
        assert found == [d for d in (placement.device_of(layer),) if d != HOST]


def test_layers_are_taken_from_the_end() -> None:
    assert layer_ranges(33, 10, [1]) == ((23, 33),)
    assert layer_ranges(33, -1, [1, 1]) == ((0, 17), (17, 33))
    assert layer_ranges(33, 0, [1, 1]) == ((33, 33), (33, 33))
