"""A server on another PC: nothing of it runs here, it is only asked how it is."""

from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from lollma_gui.core.errors import LollmaError
from lollma_gui.core.program_name import Program
from lollma_gui.core.server_config import ELSEWHERE, ServerConfig
from lollma_gui.core.server_state import ServerState
from lollma_gui.services.servers.api_client import ApiAnswer, ApiClient, NoAnswerError
from lollma_gui.services.servers.program import (
    Command,
    Found,
    Health,
    Launch,
    ListenPort,
    Running,
    UsualProgram,
)

#: More models than that are not offered.
_MOST_MODELS = 500


class Elsewhere(UsualProgram):
    """Anything that speaks OpenAI's protocol, known by its address and key."""

    key = ELSEWHERE
    name = "Server elsewhere"
    settings = Program.LLAMA_SERVER
    usual_port = 80

    def find(self, config: ServerConfig) -> Found | None:
        """Its address: there is nothing to be installed here."""
        return Found(Path(), "", url_of(config))

    def ports(self, config: ServerConfig) -> tuple[ListenPort, ...]:
        """The one in its address; it is on the other PC."""
        parts = urlsplit(url_of(config))
        return (ListenPort("api", parts.port or (443 if parts.scheme == "https" else 80)),)

    def command(self, launch: Launch) -> Command:  # noqa: ARG002
        """Nothing can be run for it here."""
        raise LollmaError("This server is on another PC.", "Start it there.")

    def health(self, running: Running, api: ApiClient) -> Health:
        """Which of its models would answer."""
        config = running.launch.config
        models = offered(url_of(config), api)
        return Health(ServerState.READY, model_of(config, models))


def url_of(config: ServerConfig) -> str:
    """The address of its API."""
    return str(config.options.get("url", ""))


def model_of(config: ServerConfig, models: tuple[str, ...]) -> str:
    """The model to ask for: the chosen one if the server still has it, else its first."""
    chosen = str(config.options.get("model", ""))
    return chosen if chosen in models else next(iter(models), "")


def offered(url: str, api: ApiClient) -> tuple[str, ...]:
    """Names of the models that a server offers.

    Raises:
        NoAnswerError: If it does not answer, wants another key, or is no such server; with advice.
        Cancelled: If it is no longer wanted.
    """
    try:
        answer = api.get(f"{url}/models")
    except NoAnswerError as error:
        raise _silence(error) from error
    if not answer.is_ok:
        raise _refusal(answer)
    values = answer.json() if answer.status < HTTPStatus.MULTIPLE_CHOICES else None
    found: Any = values.get("data") if isinstance(values, dict) else None
    if not isinstance(found, list):
        raise _no_api()
    names = [one["id"] for one in found if isinstance(one, dict) and isinstance(one.get("id"), str)]
    return tuple(dict.fromkeys(names))[:_MOST_MODELS]


def _silence(error: NoAnswerError) -> NoAnswerError:
    if "SSL" in error.details:
        return NoAnswerError(
            "The connection to it cannot be secured.",
            "Its certificate is not one that this PC trusts, or it speaks http:// only.",
            error.details,
        )
    advice = "See whether the PC is on and the server listens there."
    return NoAnswerError(error.title, advice, error.details)


def _refusal(answer: ApiAnswer) -> NoAnswerError:
    if answer.status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
        return NoAnswerError("It does not accept the key.", "Enter the key that it was given.")
    if answer.status == HTTPStatus.SERVICE_UNAVAILABLE:
        return NoAnswerError("It has no model ready yet.", "Wait until it has loaded one.")
    if answer.status == HTTPStatus.NOT_FOUND:
        return _no_api()
    advice = "Look at it on its own PC."
    return NoAnswerError(f"It has trouble of its own (HTTP {answer.status}).", advice)


def _no_api() -> NoAnswerError:
    return NoAnswerError(
        "There is no API of OpenAI's protocol at this address.",
        "Check the address: it usually ends in /v1.",
    )
