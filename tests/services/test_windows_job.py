"""The job object's structures are those of Windows' headers; the rest runs on Windows only."""

import ctypes
import subprocess
import sys

import pytest

from lollma_gui.services import windows_job


@pytest.mark.skipif(ctypes.sizeof(ctypes.c_void_p) != 8, reason="sizes of 64-bit Windows")
def test_the_structures_have_the_sizes_of_windows() -> None:
    # sizeof in winnt.h, 64 bits: 64 and 144 bytes.
    assert ctypes.sizeof(windows_job._BasicLimits) == 64
    assert ctypes.sizeof(windows_job._ExtendedLimits) == 144
    assert windows_job._BasicLimits.flags.offset == 16


def test_elsewhere_a_child_is_left_as_it_is() -> None:
    with subprocess.Popen([sys.executable, "-c", ""]) as child:
        kept = windows_job.kill_with_us(child)
    assert child.returncode == 0
    assert (kept is None) == (sys.platform != "win32")
