"""What a repository has is asked once, by the real client, and any answer is understood."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from fakes.hub_server import HubFile, HubServer

from lollma_gui.core.errors import Cancelled, LollmaError
from lollma_gui.core.hub_download import HubPart
from lollma_gui.core.hub_files import HubFile as Model
from lollma_gui.services import hub_question
from lollma_gui.services.http_stream import TransferError
from lollma_gui.services.hub_repository import list_repository

REPOSITORY = "some-one/Model-7B-GGUF"
#: Of all files here: what a file of this content has, whatever is behind it.
SHA256 = HubFile(b"GGUF").sha256
TOKEN = "hf_onlyForTheHub123"


def never() -> bool:
    return False


def serve(hub: HubServer, *names: str, revision: str = "main", **options: object) -> HubFile:
    for name in names:
        file = HubFile(b"GGUF", zeros=1000)
        hub.add_to_repository(REPOSITORY, revision, name, file)
    return hub.list_repository(REPOSITORY, revision, **options)


def ask(
    hub: HubServer, revision: str = "main", cancelled: Callable[[], bool] = never
) -> list[Model]:
    return list(list_repository(REPOSITORY, revision, cancelled, hub.url).files)


def refusal(hub: HubServer) -> LollmaError:
    with pytest.raises(LollmaError) as caught:
        ask(hub)
    assert caught.value.title.endswith(".")
    assert caught.value.advice
    return caught.value


def test_models_are_listed_with_their_sizes_by_one_request(hub: HubServer) -> None:
    parts = tuple(f"Q8_0/m-Q8_0-0000{n}-of-00002.gguf" for n in (1, 2))
    serve(hub, "m-Q4_K_M.gguf", *parts, "README.md")
    assert ask(hub) == [
        Model(parts[0], 2008, tuple(HubPart(path, 1004, SHA256) for path in parts)),
        Model("m-Q4_K_M.gguf", 1004, (HubPart("m-Q4_K_M.gguf", 1004, SHA256),)),
    ]
    assert [seen.path for seen in hub.seen if REPOSITORY in seen.path] == [
        f"/api/models/{REPOSITORY}/revision/main?blobs=true"
    ]


def test_another_revision_is_asked_for(hub: HubServer) -> None:
    serve(hub, "m.gguf", revision="v2")
    assert [model.path for model in ask(hub, "v2")] == ["m.gguf"]


def test_the_environments_hub_is_asked_and_nothing_else_is_told_to_anybody(
    hub: HubServer, tmp_path: Path
) -> None:
    serve(hub, "m.gguf")
    code = (
        "from lollma_gui.services.hub_repository import list_repository\n"
        f"print(list_repository({REPOSITORY!r}, 'main', lambda: False).files[0].path)"
    )
    own = {
        "HF_ENDPOINT": hub.url,
        "HF_HOME": str(tmp_path),
        "PYTHONPATH": os.pathsep.join(sys.path),
    }
    hidden = {"HF_TOKEN", "HF_HUB_OFFLINE", "HF_HUB_DISABLE_TELEMETRY"}
    rest = {name: value for name, value in os.environ.items() if name not in hidden}
    done = subprocess.run(
        [sys.executable, "-c", code], env=rest | own, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "m.gguf"
    assert [(seen.method, seen.path) for seen in hub.seen] == [
        ("GET", f"/api/models/{REPOSITORY}/revision/main?blobs=true")
    ]
    assert "authorization" not in hub.seen[0].headers


def test_the_token_is_told_to_the_hub_and_to_no_log(
    hub: HubServer, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("HF_TOKEN", TOKEN)
    serve(hub, "m.gguf")
    with caplog.at_level("DEBUG"):
        ask(hub)
    (request,) = [seen for seen in hub.seen if REPOSITORY in seen.path]
    assert request.headers["authorization"] == f"Bearer {TOKEN}"
    assert TOKEN not in caplog.text


@pytest.mark.parametrize(
    ("status", "code", "says"),
    [
        (401, "RepoNotFound", "has no repository some-one/Model-7B-GGUF"),
        (404, "RepoNotFound", "has no repository some-one/Model-7B-GGUF"),
        (404, "", "has no repository some-one/Model-7B-GGUF"),
        (404, "RevisionNotFound", "no revision main"),
        (401, "", "who you are"),
        (401, "GatedRepo", "accept the terms"),
        (403, "GatedRepo", "accept the terms"),
        (403, "", "does not show"),
        (429, "", "too many requests"),
        (500, "", "trouble of its own"),
        (503, "", "trouble of its own"),
        (418, "", "does not show"),
    ],
)
def test_a_refusal_is_told_at_once_in_a_sentence(
    hub: HubServer, monkeypatch: pytest.MonkeyPatch, status: int, code: str, says: str
) -> None:
    monkeypatch.setenv("HF_TOKEN", TOKEN)
    serve(hub, "m.gguf", error=(status, code, "No."))
    error = refusal(hub)
    assert isinstance(error, TransferError)
    assert says in error.title
    assert f"HTTP {status}" in error.title
    assert TOKEN not in f"{error} {error.details}"
    assert len([seen for seen in hub.seen if REPOSITORY in seen.path]) == 1


def test_a_repository_without_models_is_told(hub: HubServer) -> None:
    serve(hub, "README.md", "model.safetensors")
    assert "has no GGUF file" in refusal(hub).title


def test_a_hub_that_is_out_of_reach_is_told_at_once(hub: HubServer) -> None:
    with HubServer() as gone:
        pass
    assert "cannot be reached" in refusal(gone).title


def test_a_hub_that_stays_silent_is_told(hub: HubServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hub_question, "SECONDS", 0.3)
    serve(hub, "m.gguf", hold_headers=True)
    assert "does not answer" in refusal(hub).title


@pytest.mark.parametrize("content", [b"<html>Log in first</html>", b"[]", b'{"id": 1}x'])
def test_a_page_in_place_of_an_answer_is_told(hub: HubServer, content: bytes) -> None:
    listing = serve(hub, "m.gguf")
    listing.content = content
    assert "did not answer as the Hub does" in refusal(hub).title


def test_an_answer_that_is_cut_off_is_told(hub: HubServer) -> None:
    serve(hub, "m.gguf", cut_after=[20])
    assert "broke" in refusal(hub).title


def test_who_wants_no_network_is_heeded(hub: HubServer, monkeypatch: pytest.MonkeyPatch) -> None:
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    serve(hub, "m.gguf")
    assert "HF_HUB_OFFLINE" in refusal(hub).title
    assert hub.seen == []


def test_a_cancel_is_heard_while_the_hub_is_silent(hub: HubServer) -> None:
    serve(hub, "m.gguf", hold_headers=True)
    with pytest.raises(Cancelled):
        ask(hub, cancelled=hub.held.is_set)
