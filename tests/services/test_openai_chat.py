"""Answers of servers, as they come and as they break: over real connections."""

import pytest
from fakes.chat_server import Act, ChatServerFake, Stage

from lollma_gui.services.openai_chat import ChatServer, Heard, Reply, ask

KEY = "sk-very-secret-key"


def answer(act: Act, key: str = "") -> tuple[Reply, list[Heard], ChatServerFake]:
    heard: list[Heard] = []
    with ChatServerFake(act) as fake:
        server = ChatServer("My server", fake.url, key)
        reply = ask(server, {"stream": True, "messages": []}, heard.append, lambda: False)
    return reply, heard, fake


def test_text_comes_piece_by_piece_with_what_it_took() -> None:
    def act(stage: Stage) -> None:
        stage.begin()
        stage.raw(b": keeps the connection\n\nevent: x\r\n")
        stage.chunk({"choices": [{"delta": {"role": "assistant", "content": None}}]})
        stage.chunk({"choices": [], "prompt_progress": {"processed": 3, "total": 9}})
        stage.say("Gr\u00fc")
        stage.say("\u00dfe")
        stage.chunk({"choices": [{"delta": {}, "finish_reason": "length"}]})
        stage.chunk({"choices": [], "usage": {"prompt_tokens": 7, "completion_tokens": 5}})
        stage.raw(b"data: [DONE]\n\n")

    reply, heard, fake = answer(act, KEY)
    assert (reply.text, reply.reason, reply.error) == ("Gr\u00fc\u00dfe", "length", None)
    assert [one.text for one in heard] == ["", "Gr\u00fc", "Gr\u00fc\u00dfe"]
    assert heard[0].read == (3, 9)
    assert (reply.stats.prompt_tokens, reply.stats.generated_tokens) == (7, 5)
    assert reply.stats.first_token_seconds is not None
    assert reply.stats.tokens_per_second is not None
    body, authorization = fake.asked[0]
    assert authorization == f"Bearer {KEY}"
    assert KEY not in str(body)
    assert fake.paths == ["/v1/chat/completions"]


def test_thoughts_are_shown_as_models_write_them() -> None:
    def act(stage: Stage) -> None:
        stage.begin()
        for thought in ("Hm", "m."):
            stage.chunk({"choices": [{"delta": {"reasoning_content": thought}}]})
        stage.say("Yes.")
        stage.end()

    assert answer(act)[0].text == "<think>\nHmm.\n</think>\n\nYes."


def test_an_answer_in_one_piece_is_one_too() -> None:
    def act(stage: Stage) -> None:
        choice = {"message": {"content": "All of it."}, "finish_reason": "stop"}
        stage.json(200, {"choices": [choice], "usage": {"completion_tokens": 4}})

    reply = answer(act)[0]
    assert (reply.text, reply.reason, reply.stats.generated_tokens) == ("All of it.", "stop", 4)


def test_stop_closes_the_connection_and_keeps_what_was_said() -> None:
    def act(stage: Stage) -> None:
        stage.begin()
        stage.until_gone()

    heard: list[Heard] = []
    with ChatServerFake(act) as fake:
        reply = ask(ChatServer("My server", fake.url), {}, heard.append, lambda: len(heard) > 3)
        assert fake.gone.wait(60)
    assert reply.reason == "stopped"
    assert reply.text.startswith("on on on on")
    assert reply.error is None


def refuses(status: int, values: object) -> Act:
    return lambda stage: stage.json(status, values)


def streams(*data: bytes) -> Act:
    def act(stage: Stage) -> None:
        stage.begin()
        for one in data:
            stage.raw(one)

    return act


@pytest.mark.parametrize(
    ("act", "title"),
    [
        (refuses(401, {"error": {"message": "Invalid"}}), "does not accept the key"),
        (refuses(403, {}), "does not accept the key"),
        (refuses(503, {"error": {"message": "Loading model"}}), "has no model ready"),
        (refuses(500, {"error": {"message": "out of\nmemory"}}), "could not answer: out of memory"),
        (refuses(500, "boom"), "could not answer: HTTP 500"),
        (refuses(404, {}), "OpenAI's protocol"),
        (refuses(302, {}), "sends elsewhere"),
        (
            refuses(400, {"error": {"message": "request exceeds the available context size"}}),
            "context is full",
        ),
        (refuses(200, {"hello": 1}), "OpenAI's protocol"),
        (refuses(200, [1]), "OpenAI's protocol"),
        (streams(b"data: {nonsense\n\n"), "OpenAI's protocol"),
        (streams(b"data: [1, 2]\n\n"), "OpenAI's protocol"),
        (streams(b"data: " + b"x" * 5 * 1024**2), "OpenAI's protocol"),
        (streams(b'data: {"error": {"message": "slot lost"}}\n\n'), "could not answer: slot lost"),
        (streams(b'error: {"message": "old style"}\n\n'), "could not answer: old style"),
        (streams(b'data: {"choices": [{"delta": {"content": "Half"}}]}\n\n'), "broke off"),
        (streams(), "broke off"),
    ],
)
def test_what_goes_wrong_is_one_sentence_with_a_next_step(act: Act, title: str) -> None:
    reply = answer(act, KEY)[0]
    assert reply.reason == "failed"
    assert reply.error is not None
    assert title in reply.error.title
    assert reply.error.title.startswith(("My server", "The conversation"))
    assert reply.error.advice
    assert KEY not in f"{reply.error} {reply.error.details}"


def test_what_was_said_before_it_broke_is_kept() -> None:
    reply = answer(streams(b'data: {"choices": [{"delta": {"content": "Half"}}]}\n\n'))[0]
    assert reply.text == "Half"


def test_a_server_that_is_gone_is_told_at_once() -> None:
    with ChatServerFake() as fake:
        url = fake.url
    reply = ask(ChatServer("My server", url), {}, lambda _heard: None, lambda: False)
    assert reply.error is not None
    assert reply.error.title == "My server does not answer."


def test_the_system_s_proxy_is_passed_by(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    with ChatServerFake() as fake:
        reply = ask(ChatServer("My server", fake.url), {}, lambda _heard: None, lambda: False)
    assert reply.text == "Good day."
