"""A process that supervises one server, to be killed: ``supervising_child.py FOLDER ID JSON``.

The JSON holds fields of the configuration, and ``model`` and ``values`` to start with. It prints
the server's number when it has come as far as ``until``, and then waits for the end of its input.
"""

import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from helpers.trap_program import TrapProgram, Watched

from lollma_gui.core.server_config import AtClose, ServerConfig
from lollma_gui.core.server_state import ServerState
from lollma_gui.services.servers.programs import usual_programs
from lollma_gui.services.servers.wish import Wish


def come_as_far_as(wanted: ServerState, server: Watched, wish: Wish) -> None:
    """Until it has been seen in a state; ready is with its model."""
    if wanted in (ServerState.STARTING, ServerState.LOADING):
        # A small one may be past that already.
        past = (wanted, ServerState.LOADING, ServerState.READY)
        server.wait(lambda: server.status.pid and server.status.state in past)
        return
    server.wait(lambda: server.status.state is ServerState.READY)
    server.wait(lambda: not wish.model_path or server.status.model)
    if wanted is ServerState.STOPPING:
        server.supervisor.stop()
        server.wait(lambda: any(one.state is wanted for one in server.statuses))


def main() -> None:
    folder, program, given = Path(sys.argv[1]), sys.argv[2], json.loads(sys.argv[3])
    wish = Wish(given.pop("values", {}), given.pop("model", ""))
    wanted = ServerState(given.pop("until", "ready"))
    name, at_close = given.pop("id", "one"), AtClose(given.pop("at_close", "stop"))
    config = ServerConfig(name, program, "One", at_close=at_close, **given)
    programs = {"trap": TrapProgram(), **usual_programs()}
    server = Watched(folder, config, programs[program])
    server.supervisor.start(wish)
    come_as_far_as(wanted, server, wish)
    # One that was to stop may have ended by now.
    pid = next(one.pid for one in reversed(server.statuses) if one.pid is not None)
    sys.stdout.write(f"{pid}\n")
    sys.stdout.flush()
    sys.stdin.read()
    server.close()


main()
