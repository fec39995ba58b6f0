"""Flags of KoboldCpp, which are also the keys of its ``.kcpps`` files (1.102).

Only those that concern text models; what is not in here is kept as it is.
"""

from typing import Any, NamedTuple


class KoboldFlag(NamedTuple):
    """One flag.

    Attributes:
        key: Its long name without dashes: the key in a ``.kcpps`` file.
        kind: ``switch``, ``int``, ``float``, ``text``, ``texts`` or ``floats``.
        default: What a ``.kcpps`` file says where nothing is set.
        aliases: Its other names, with dashes.
    """

    key: str
    kind: str = "switch"
    default: Any = False
    aliases: tuple[str, ...] = ()


KOBOLD_FLAGS: tuple[KoboldFlag, ...] = (
    KoboldFlag("model", "texts", [], ("-m",)),
    KoboldFlag("host", "text", ""),
    KoboldFlag("port", "int", 5001),
    KoboldFlag("password", "text", None),
    KoboldFlag("threads", "int", 0, ("-t",)),
    KoboldFlag("blasthreads", "int", 0, ("--batchthreads", "--threadsbatch", "--threads-batch")),
    KoboldFlag("contextsize", "int", 8192, ("--ctx-size", "-c")),
    KoboldFlag("gpulayers", "int", -1, ("--gpu-layers", "--n-gpu-layers", "-ngl")),
    KoboldFlag("maingpu", "int", -1, ("--main-gpu", "-mg")),
    KoboldFlag("tensor_split", "floats", None, ("--tensorsplit", "--tensor-split", "-ts")),
    KoboldFlag("batchsize", "int", 512, ("--blasbatchsize", "--batch-size", "-b")),
    KoboldFlag("ropeconfig", "floats", [0.0, 10000.0]),
    KoboldFlag("usecuda", "texts", None, ("--usecublas", "--usehipblas")),
    KoboldFlag("usevulkan", "texts", None),
    KoboldFlag("useclblast", "texts", None),
    KoboldFlag("usecpu"),
    KoboldFlag("flashattention", aliases=("--flash-attn", "-fa")),
    KoboldFlag("quantkv", "int", 0),
    KoboldFlag("lowvram", aliases=("-nkvo", "--no-kv-offload")),
    KoboldFlag("usemmap"),
    KoboldFlag("usemlock", aliases=("--mlock",)),
    KoboldFlag("useswa"),
    KoboldFlag("noshift", aliases=("--no-context-shift",)),
    KoboldFlag("nofastforward"),
    KoboldFlag("smartcontext"),
    KoboldFlag("moecpu", "int", 0, ("--n-cpu-moe", "-ncmoe")),
    KoboldFlag("moeexperts", "int", -1),
    KoboldFlag("overridekv", "text", None, ("--override-kv",)),
    KoboldFlag("overridetensors", "text", None, ("--override-tensor", "-ot")),
    KoboldFlag("lora", "texts", None),
    KoboldFlag("loramult", "float", 1.0),
    KoboldFlag("mmproj", "text", None),
    KoboldFlag("mmprojcpu", aliases=("--no-mmproj-offload",)),
    KoboldFlag("visionmaxres", "int", 1024),
    KoboldFlag("draftmodel", "text", None, ("--model-draft", "-md")),
    KoboldFlag("draftamount", "int", 8, ("--draft-max", "--draft-n")),
    KoboldFlag(
        "draftgpulayers",
        "int",
        999,
        ("--gpu-layers-draft", "--n-gpu-layers-draft", "-ngld"),
    ),
    KoboldFlag("defaultgenamt", "int", 768),
    KoboldFlag("chatcompletionsadapter", "text", None),
    KoboldFlag("jinja"),
    KoboldFlag("jinja_tools", aliases=("--jinja-tools",)),
    KoboldFlag("nobostoken"),
    KoboldFlag("overridenativecontext", "int", 0),
    KoboldFlag("noavx2"),
    KoboldFlag("failsafe"),
    KoboldFlag("debugmode", "int", 0),
    KoboldFlag("highpriority"),
    KoboldFlag("quiet"),
    KoboldFlag("skiplauncher"),
    KoboldFlag("nomodel"),
    KoboldFlag("admin"),
    KoboldFlag("adminpassword", "text", None),
    KoboldFlag("admindir", "text", ""),
)
