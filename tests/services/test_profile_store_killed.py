"""Profiles survive being killed at any moment of being written."""

import random
import subprocess
import sys
from pathlib import Path

from lollma_gui.core.profile import GUIDE
from lollma_gui.services.profile_store import ProfileStore

#: Writes, renames and chooses profiles for ever; every value it writes is one number throughout.
WRITER = """
import sys
from pathlib import Path
from lollma_gui.core.profile import Profile, GUIDE
from lollma_gui.services.profile_store import ProfileStore
store = ProfileStore(Path(sys.argv[1]))
store.load()
print("begins", flush=True)
n = 0
while True:
    n += 1
    for name in ("One", "Two"):
        values = {"top_k": n % 1000, "n_ctx": 256 + n % 1000, "stop": [str(n % 1000)] * 50}
        store.save(Profile(name, "", "", GUIDE, values))
    store.use("One" if n % 2 else "Two")
    if n % 5 == 0:
        store.rename("Two", f"Three {n}")
        store.delete(f"Three {n}")
"""


def test_a_kill_between_any_two_steps_costs_at_most_the_last_change(tmp_path: Path) -> None:
    rng = random.Random(7)
    seen = 0
    for _ in range(12):
        writer = subprocess.Popen(
            [sys.executable, "-c", WRITER, str(tmp_path)], stdout=subprocess.PIPE
        )
        assert writer.stdout is not None
        writer.stdout.readline()
        try:
            writer.wait(rng.uniform(0.01, 0.12))
        except subprocess.TimeoutExpired:
            writer.kill()
        writer.wait(30)
        writer.stdout.close()

        store = ProfileStore(tmp_path)
        store.load()
        own = [profile for profile in store.profiles() if not profile.built_in]
        for profile in own:
            number = profile.values["top_k"]
            assert profile.base == GUIDE
            assert profile.values["n_ctx"] == 256 + number
            assert profile.values["stop"] == [str(number)] * 50
        seen += len(own)
        assert store.used_for() in {p.name for p in store.profiles()}
    assert seen >= 12
