"""What each answer of NVML means for a person."""

NO_GPU = (
    "No NVIDIA GPU was found.",
    "Models run on the processor; small ones are quick enough. GPUs of AMD and Intel can be read "
    "on Linux only.",
)
ASLEEP = (
    "The NVIDIA GPU is asleep to save power.",
    "It wakes by itself when a program needs it, for example when a model is loaded.",
)
DOZING = (
    "The NVIDIA GPU has nothing to do: LoLLMa looks away so that it can sleep.",
    "It is shown again as soon as a program needs it.",
)
#: Why VRAM per program is unknown; Windows' driver model keeps it to itself.
WDDM_NOTE = "Windows does not tell how much VRAM each program uses."
WSL_NOTE = "WSL does not tell how much VRAM each program uses."
_RESTART = "Restart the computer; if that does not help, install the NVIDIA driver anew."

#: What each error of NVML means for a person, by the end of its class name in pynvml.
_MEANINGS = {
    "LibraryNotFound": (
        "There is an NVIDIA GPU, but its driver is not installed.",
        "Install the driver from nvidia.com or from your system's own package manager.",
    ),
    "DriverNotLoaded": (
        "The NVIDIA driver is installed, but not running.",
        "Restart the computer; with Secure Boot on, the driver's module may need to be signed.",
    ),
    "NoPermission": (
        "This account may not ask the NVIDIA driver.",
        "Add your account to the group that owns /dev/nvidiactl, or start LoLLMa outside its "
        "sandbox.",
    ),
    "LibRmVersionMismatch": (
        "The NVIDIA driver was updated, but the old one is still running.",
        "Restart the computer.",
    ),
    "GpuIsLost": (
        "The GPU has stopped answering: it was lost from the bus.",
        "Restart the computer. If it happens again, check the GPU's power cable, heat and "
        "overclocking.",
    ),
    "ResetRequired": ("The GPU needs a reset before it can be used.", "Restart the computer."),
    "Uninitialized": ("The NVIDIA driver was closed in between.", "It is asked again shortly."),
    "FunctionNotFound": (
        "This NVIDIA driver is too old to be asked.",
        "Install a newer driver from nvidia.com or from your system's own package manager.",
    ),
    "Timeout": ("The NVIDIA driver did not answer in time.", _RESTART),
    "IrqIssue": ("The GPU and the system do not hear each other (interrupts).", _RESTART),
    "InsufficientPower": (
        "A power cable of the GPU is not connected.",
        "Switch the computer off and connect all power cables of the GPU.",
    ),
    "CorruptedInforom": ("The GPU reports that its own memory of settings is damaged.", _RESTART),
    "OperatingSystem": (
        "The system has blocked the question to the NVIDIA driver.",
        "In a container or sandbox, allow it to use the GPU.",
    ),
    "Unknown": (
        "The NVIDIA driver answers with an unknown error.",
        "In a container, start it anew; otherwise restart the computer.",
    ),
}
#: Answers that mean "not with this GPU or driver": the field stays unknown, and that is normal.
NORMAL = {
    "NotSupported",
    "FunctionNotFound",
    "InvalidArgument",
    "NotFound",
    "ArgumentVersionMismatch",
}
#: Answers after which only opening the driver anew can help.
LOST = {"GpuIsLost", "ResetRequired", "Uninitialized"}


def kind_of(error: Exception) -> str:
    """The end of an error's class name in pynvml, for example ``GpuIsLost``."""
    return type(error).__name__.removeprefix("NVMLError_")


def meaning_of(error: Exception) -> tuple[str, str]:
    """One sentence that says what happened, and one that says what to do."""
    usual = (f"The NVIDIA driver answered with an error: {error}.", _RESTART)
    return _MEANINGS.get(kind_of(error), usual)
