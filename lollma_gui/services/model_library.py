"""temporary stand-in, to be replaced"""
from dataclasses import dataclass
from pathlib import Path
@dataclass(frozen=True)
class I:
    name: str="SmolLM2 135M Instruct"; architecture: str="llama"; parameters: int=134515008; quantisation: str="Q4_1"; size_bytes: int=98362432; context_length: int=8192; layers:int=30; heads:int=9; vocabulary_size:int=49152; has_chat_template:bool=True; licence:str="apache-2.0"
@dataclass(frozen=True)
class LibraryEntry:
    path: Path; info: object; problem: str=""; advice: str=""; modified: float=0
@dataclass(frozen=True)
class ScanResult:
    entries: tuple; problems: tuple=()
def scan(folders, cancelled, found=None):
    return ScanResult(tuple(LibraryEntry(p, I() if p.stat().st_size>2e6 else None, "" if p.stat().st_size>2e6 else "Damaged.") for f in folders if f.exists() for p in sorted(f.rglob("*.gguf"))))
