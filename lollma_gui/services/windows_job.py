"""Windows' way to have child processes die with us: a job object.

The job is told to kill its members when its last handle is closed, and Windows closes the handles
of a process however it ends.
"""

import ctypes
import subprocess
import sys
from typing import Any

#: From winnt.h: JobObjectExtendedLimitInformation and JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE.
_EXTENDED_LIMITS = 9
_KILL_ON_CLOSE = 0x2000


class _BasicLimits(ctypes.Structure):
    """JOBOBJECT_BASIC_LIMIT_INFORMATION."""

    _fields_ = (
        ("process_time", ctypes.c_int64),
        ("job_time", ctypes.c_int64),
        ("flags", ctypes.c_uint32),
        ("least_working_set", ctypes.c_size_t),
        ("most_working_set", ctypes.c_size_t),
        ("active_processes", ctypes.c_uint32),
        ("affinity", ctypes.c_size_t),
        ("priority", ctypes.c_uint32),
        ("scheduling", ctypes.c_uint32),
    )


class _ExtendedLimits(ctypes.Structure):
    """JOBOBJECT_EXTENDED_LIMIT_INFORMATION; six counters of IO_COUNTERS in the middle."""

    _fields_ = (
        ("basic", _BasicLimits),
        ("io_counters", ctypes.c_uint64 * 6),
        ("process_memory", ctypes.c_size_t),
        ("job_memory", ctypes.c_size_t),
        ("peak_process_memory", ctypes.c_size_t),
        ("peak_job_memory", ctypes.c_size_t),
    )


def kill_with_us(process: "subprocess.Popen[Any]") -> object:
    """Put a child into a job of its own that ends with us. Does nothing elsewhere.

    Returns:
        What must be kept as long as the child may live; None where there is no job.
    """
    if sys.platform != "win32":
        return None
    kernel = ctypes.WinDLL("kernel32", use_last_error=True)
    kernel.CreateJobObjectW.restype = ctypes.c_void_p
    job = ctypes.c_void_p(kernel.CreateJobObjectW(None, None))
    limits = _ExtendedLimits()
    limits.basic.flags = _KILL_ON_CLOSE
    size = ctypes.sizeof(limits)
    kernel.SetInformationJobObject(job, _EXTENDED_LIMITS, ctypes.byref(limits), size)
    # Where this is refused, the end of its input still ends the child.
    handle = int(process._handle)  # type: ignore[attr-defined] # only Windows' Popen has it
    kernel.AssignProcessToJobObject(job, ctypes.c_void_p(handle))
    return job
