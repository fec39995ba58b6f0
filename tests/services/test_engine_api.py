"""Other programs use our engine through its API, as they use OpenAI's: with OpenAI's own client."""

from collections.abc import Iterator
from pathlib import Path

import openai
import psutil
import pytest
from helpers.trap_program import Watched, free_port

from lollma_gui.core.server_config import AtClose, ServerConfig
from lollma_gui.core.server_state import ServerState
from lollma_gui.services.servers.engine_api import EngineApi, model_settings

pytestmark = pytest.mark.engine

KEY = "the-key-of-this-test"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Watched]:
    config = ServerConfig("api-1", "engine-api", "My API", port=free_port(), at_close=AtClose.STOP)
    made = Watched(tmp_path / "server", config, EngineApi())
    yield made
    made.close()


def client_of(server: Watched, key: str) -> openai.OpenAI:
    return openai.OpenAI(base_url=server.status.api_url, api_key=key, max_retries=0)


def test_the_openai_client_lists_chats_and_streams(server: Watched, starter_model: Path) -> None:
    status = server.start(str(starter_model), KEY, {"n_ctx": 1024})
    assert status.is_answering, server.log.decode()
    assert ServerState.LOADING in server.states
    assert status.model == starter_model.stem
    with client_of(server, KEY) as client:
        assert [model.id for model in client.models.list()] == [starter_model.stem]
        messages = [{"role": "user", "content": "Count from one to five."}]
        asked = {"model": status.model, "messages": messages, "max_tokens": 12, "temperature": 0}
        whole = client.chat.completions.create(**asked).choices[0].message.content
        pieces = [
            piece.choices[0].delta.content or ""
            for piece in client.chat.completions.create(**asked, stream=True)
        ]
    assert whole
    assert "".join(pieces) == whole
    assert len(pieces) > 5, "a stream comes in pieces"
    server.wait(lambda: server.figures[-1].requests == 3)
    assert server.figures[-1].tokens_per_second
    written = dict(server.figures[-1].facts)["Written"]
    assert 20 <= int(written.removesuffix(" tokens")) <= 26
    assert b"POST /v1/chat/completions: 200, 12 tokens" in server.log


def test_without_its_key_it_refuses(server: Watched, starter_model: Path) -> None:
    server.start(str(starter_model), KEY, {"n_ctx": 256})
    with client_of(server, "wrong") as client:
        with pytest.raises(openai.AuthenticationError):
            client.models.list()
        with pytest.raises(openai.AuthenticationError):
            client.chat.completions.create(
                model="any", messages=[{"role": "user", "content": "Hello"}]
            )
    assert server.status.pid is not None
    process = psutil.Process(server.status.pid)
    assert KEY not in " ".join(process.cmdline())
    files = b"".join(path.read_bytes() for path in server.supervisor._folder.rglob("*.json"))
    assert KEY.encode() not in files + server.log


def test_no_page_in_a_browser_can_use_it(server: Watched, starter_model: Path) -> None:
    import urllib.error
    import urllib.request

    server.start(str(starter_model), "", {"n_ctx": 256})
    url = f"{server.status.api_url}/models"
    page = urllib.request.Request(url, headers={"Origin": "https://example.org"})
    with urllib.request.urlopen(page) as answer:
        assert "access-control-allow-origin" not in answer.headers
    rebound = urllib.request.Request(url, headers={"Host": "evil.example.org"})
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(rebound)
    assert refused.value.code == 400
    refused.value.close()


def test_a_broken_model_is_explained(server: Watched, starter_model: Path, tmp_path: Path) -> None:
    broken = tmp_path / "broken.gguf"
    broken.write_bytes(starter_model.read_bytes()[:2_000_000])
    status = server.start(str(broken))
    assert status.state is ServerState.CRASHED
    assert status.problem == "The model file is cut off."


def test_without_a_model_it_says_so(server: Watched) -> None:
    assert server.start().problem == "The engine's API needs a model."


def test_settings_are_those_of_the_engine() -> None:
    values = {"n_ctx": 512, "n_gpu_layers": -1, "mlock": True, "speculation": "lookup"}
    settings = model_settings(values, "/models/a.gguf", None)
    assert settings["n_ctx"] == 512
    assert settings["n_gpu_layers"] == -1
    assert settings["use_mlock"] is True
    assert settings["logits_all"] is False
    assert settings["draft_model"] == "prompt-lookup-decoding"
    assert model_settings({}, "/models/a.gguf", None)["use_mlock"] is False
