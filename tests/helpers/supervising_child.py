"""A process that supervises one server, to be killed: ``supervising_child.py FOLDER ID JSON``.

The JSON holds fields of the configuration, and ``model`` and ``values`` to start with. It prints
the server's number when it runs, and then waits for the end of its input.
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


def main() -> None:
    folder, program, given = Path(sys.argv[1]), sys.argv[2], json.loads(sys.argv[3])
    wish = Wish(given.pop("values", {}), given.pop("model", ""))
    wanted = ServerState(given.pop("until", "ready"))
    config = ServerConfig(
        "one", program, "One", at_close=AtClose(given.pop("at_close", "stop")), **given
    )
    programs = {"trap": TrapProgram(), **usual_programs()}
    server = Watched(folder, config, programs[program])
    server.supervisor.start(wish)
    server.wait(lambda: server.status.pid and server.status.state is wanted)
    server.wait(lambda: not wish.model_path or server.status.model)
    sys.stdout.write(f"{server.status.pid}\n")
    sys.stdout.flush()
    sys.stdin.read()
    server.close()


main()
