"""The Hub on this PC answers the real client as the real one does, also what the app never asks."""

import pytest
from fakes.hub_catalog import COMMIT, Listed
from fakes.hub_server import HubFile, HubServer
from huggingface_hub import HfApi
from huggingface_hub.errors import HfHubHTTPError, RepositoryNotFoundError

REPOSITORY = "some-one/Model-8B-GGUF"


@pytest.fixture
def api(hub: HubServer, monkeypatch: pytest.MonkeyPatch) -> HfApi:
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "HF_HUB_DISABLE_TELEMETRY", True)
    hub.add_to_repository(REPOSITORY, "main", "m.gguf", HubFile(b"GGUF" * 100))
    hub.add_to_repository(REPOSITORY, "main", "README.md", HubFile(b"# Hi", is_large=False))
    hub.list_repository(REPOSITORY)
    return HfApi(endpoint=hub.url, token=False)


def test_it_lists_filters_sorts_and_turns_pages(hub: HubServer, api: HfApi) -> None:
    hub.catalog.repositories += [Listed(f"a/m-{n:04}", downloads=n) for n in range(1200)]
    models = list(api.list_models(filter="gguf", search="m-", sort="downloads", expand=["gguf"]))
    assert [model.id for model in models] == [f"a/m-{n:04}" for n in reversed(range(1200))]
    assert models[0].gguf is not None
    assert len([seen for seen in hub.seen if seen.path.startswith("/api/models?")]) == 2


def test_it_tells_files_sizes_and_hashes_in_three_ways(hub: HubServer, api: HfApi) -> None:
    sha256 = hub.files[f"/{REPOSITORY}/resolve/main/m.gguf"].sha256
    info = api.model_info(REPOSITORY, revision="main", files_metadata=True)
    assert info.sha == COMMIT
    told = {file.rfilename: file for file in info.siblings or []}
    tree = {entry.path: entry for entry in api.list_repo_tree(REPOSITORY, revision="main")}
    (paths,) = api.get_paths_info(REPOSITORY, ["m.gguf"], revision="main")
    for found in (told["m.gguf"], tree["m.gguf"], paths):
        assert found.size == 400
        assert found.lfs is not None
        assert found.lfs.sha256 == sha256
    assert told["README.md"].lfs is None


def test_it_knows_whose_a_token_is(hub: HubServer, api: HfApi) -> None:
    hub.catalog.tokens["hf_x"] = "somebody"
    assert api.whoami(token="hf_x")["name"] == "somebody"
    with pytest.raises(HfHubHTTPError):
        api.whoami(token="hf_y")


def test_what_it_does_not_have_it_says(api: HfApi) -> None:
    with pytest.raises(RepositoryNotFoundError):
        api.model_info("nobody/nothing")
