"""The process behind the engine's API: ``python -m lollma_gui --engine-api FILE``."""

import json
import os
import sys
from pathlib import Path
from typing import Any

from lollma_gui.core.server_config import LOOPBACK
from lollma_gui.services.servers.engine_api import KEY_VARIABLE, LOADING
from lollma_gui.services.servers.request_meter import RequestMeter

#: When it is to end, answers under way get so long.
_LAST_SECONDS = 3


def main(path: str) -> int:
    """Serve until the process is ended. Returns the exit status."""
    values = json.loads(Path(path).read_text(encoding="utf-8"))
    key = os.environ.pop(KEY_VARIABLE, "")
    host, port = values["server"]["host"], values["server"]["port"]
    _say(f"{LOADING} {values['model']['model']}")
    app = _application(values["model"], key, host)
    import uvicorn

    meter = RequestMeter(app, values["model"]["model_alias"], key, _say)
    uvicorn.run(
        meter,
        host=host,
        port=port,
        # One line a request comes from the meter; the health question is to leave none.
        access_log=False,
        timeout_graceful_shutdown=_LAST_SECONDS,
    )
    return 0


def _application(model: dict[str, Any], key: str, host: str) -> Any:
    from fastapi.middleware.cors import CORSMiddleware

    from lollma_gui.services.engine import backends

    backends.load()
    from llama_cpp.server.app import create_app
    from llama_cpp.server.settings import ModelSettings, ServerSettings
    from starlette.middleware.trustedhost import TrustedHostMiddleware

    for name in [name for name in model if name not in ModelSettings.model_fields]:
        _say(f"The engine's API has no {name}; it is left out.")
        del model[name]
    app = create_app(
        server_settings=ServerSettings(
            api_key=key or None,
            # Otherwise a second program that asks cuts off the answer to the first.
            interrupt_requests=False,
        ),
        model_settings=[ModelSettings(**model)],
    )
    # It lets every web page that is open in a browser talk to it; none is to.
    app.user_middleware = [one for one in app.user_middleware if one.cls is not CORSMiddleware]
    if host == LOOPBACK:
        # A page could otherwise reach it under a name of its own that leads to this PC.
        app.add_middleware(TrustedHostMiddleware, allowed_hosts=[LOOPBACK, "localhost"])
    return app


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()
