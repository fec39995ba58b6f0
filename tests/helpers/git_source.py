"""A real git repository on this PC, shaped like TextGen: history, tags, a server that runs."""

import subprocess
from pathlib import Path

from lollma_gui.core.install_steps import StepProgress

_SERVERS = Path(__file__).parent.parent / "fakes" / "servers"

SHARED = """\
import argparse
import shlex
import sys
from pathlib import Path

from modules.presets import default_preset_values

user_data_dir = Path("user_data")
for place, word in enumerate(sys.argv):
    if word == "--user-data-dir":
        user_data_dir = Path(sys.argv[place + 1])
parser = argparse.ArgumentParser(description="TextGen", conflict_handler="resolve")

group = parser.add_argument_group("Basic settings")
group.add_argument("--user-data-dir", type=str, default=str(user_data_dir), help="Data.")
group.add_argument("--model", type=str, help="Name of the model to load.")
group.add_argument("--model-dir", type=str, default=str(user_data_dir / "models"), help="Models.")
group.add_argument("--lora", type=str, nargs="+", help="LoRAs to load.")
group.add_argument("--loader", type=str, help="Loader.")
group = parser.add_argument_group("llama.cpp")
group.add_argument("--gpu-layers", "--n-gpu-layers", type=int, default=-1, metavar="N", help="G.")
group.add_argument("--ctx-size", "--n_ctx", "--max_seq_len", type=int, default=0, help="Tokens.")
group.add_argument("--split-mode", type=str, default="layer", choices=["layer", "row", "none"])
group.add_argument("--batch-size", type=int, default=1024, help="Tokens at once.")
group.add_argument("--ubatch-size", type=int, default=1024, help="Tokens at once.")
group.add_argument("--no-mmap", action="store_true", help="No mmap.")
group.add_argument("--threads", type=int, default=0, help="Threads.")
group.add_argument("--extra-flags", type=str, default=None, help="Passed on.")
group = parser.add_argument_group("Gradio")
group.add_argument("--listen", action="store_true", help="For the network.")
group.add_argument("--listen-port", type=int, help="Port.")
group.add_argument("--listen-host", type=str, help="Address.")
group.add_argument("--share", action="store_true", help="For everybody.")
group.add_argument("--gradio-auth", type=str, default=None, help="User and password.")
group.add_argument("--portable", action="store_true", help="Less.")
group = parser.add_argument_group("API")
group.add_argument("--api", action="store_true", help="Enable the API.")
group.add_argument("--api-port", type=int, default=5000, help="Port of the API.")
group.add_argument("--api-key", type=str, default="", help="Key.")
group.add_argument("--admin-key", type=str, default="", help="Key for loading.")
group.add_argument("--nowebui", action="store_true", help="No UI.")
_d = default_preset_values
group.add_argument("--top-k", type=int, default=_d["top_k"], help="Top K")
group.add_argument("--do-sample", action=argparse.BooleanOptionalAction, default=_d["do_sample"])
group.add_argument("--chat-template-file", type=str, default=None, help="A template.")

cmd_flags = user_data_dir / "CMD_FLAGS.txt"
if cmd_flags.exists():
    lines = [line for line in cmd_flags.read_text().splitlines() if not line.startswith("#")]
    sys.argv = [sys.argv[0], *shlex.split(" ".join(lines)), *sys.argv[1:]]
args = parser.parse_args()
"""
PRESETS = 'default_preset_values = {\n    "top_k": 0,\n    "do_sample": True,\n}\n'


class GitSourceFolder:
    """A repository that commits are made in.

    Args:
        folder: An empty or missing folder.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self.git("init", "--quiet", "--initial-branch=main")
        self.git("config", "user.name", "Somebody")
        self.git("config", "user.email", "somebody@example.org")

    @property
    def url(self) -> str:
        return self.folder.as_uri()

    def git(self, *words: str) -> str:
        command = ["git", "-C", str(self.folder), *words]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()

    def commit(self, message: str, **files: str | bytes) -> str:
        """Write files (``__`` in a name is a folder, ``_DOT_`` a dot) and commit them."""
        for name, content in files.items():
            path = self.folder / name.replace("__", "/").replace("_DOT_", ".")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content if isinstance(content, bytes) else content.encode())
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message", message)
        return self.git("rev-parse", "HEAD")

    def release(self, tag: str, message: str, **files: str | bytes) -> str:
        commit = self.commit(message, **files)
        self.git("tag", "--annotate", tag, "--message", tag)
        return commit


def textgen_source(folder: Path) -> GitSourceFolder:
    """Three releases: v4.8, v4.9, v4.10, and a commit after them."""
    source = GitSourceFolder(folder)
    source.release(
        "v4.8",
        "Begin",
        server_DOT_py=(_SERVERS / "textgen_like.py").read_text(),
        llama_like_DOT_py=(_SERVERS / "llama_like.py").read_text(),
        modules__shared_DOT_py=SHARED,
        modules__presets_DOT_py=PRESETS,
        requirements__portable__requirements_DOT_txt="tiny-needed\n",
        requirements__portable__requirements_cpu_only_DOT_txt="tiny-needed\n",
        user_data__CMD_FLAGS_DOT_txt="# one flag a line\n",
        user_data__presets__Creative_DOT_yaml="temperature: 1\n",
        _DOT_gitignore="/user_data/models\n*pycache*\n",
        README_DOT_md="TextGen\n",
    )
    source.release("v4.9", "Say more", README_DOT_md="TextGen, a program\n")
    source.release("v4.10", "Say it better", README_DOT_md="TextGen, a good program\n")
    source.commit("After the release", notes_DOT_txt="notes\n")
    return source


def no() -> bool:
    """Nothing is called off."""
    return False


def ignore(_: StepProgress) -> None:
    """Nobody looks how far it is."""
