"""The log of a program: any bytes in any pieces, bounded, and never a key in it."""

from hypothesis import example, given
from hypothesis import strategies as st

from lollma_gui.core.log_buffer import LONGEST_LINE, LogBuffer
from lollma_gui.core.log_line import Ink, Level, Span
from lollma_gui.core.log_matches import LogMatches


def texts(log: LogBuffer) -> list[str]:
    return [line.text for line in log.lines(log.first, log.end)]


def fed(*pieces: bytes, log: LogBuffer | None = None) -> LogBuffer:
    log = log or LogBuffer()
    for piece in pieces:
        log.feed(piece, 1000.0)
    return log


def test_lines_come_out_as_they_went_in() -> None:
    log = fed(b"one\ntwo\r\n", b"", b"\nfour")
    assert texts(log) == ["one", "two", "", "four"]
    log.finish()
    assert [(line.number, line.at) for line in log.lines(0, 9)] == [
        *((0, 1000), (1, 1000), (2, 1000), (3, 1000))
    ]


def test_a_letter_cut_between_two_pieces_is_whole() -> None:
    whole = "Gerät läuft – 完了\n".encode()
    for at in range(len(whole)):
        assert texts(fed(whole[:at], whole[at:])) == ["Gerät läuft – 完了"]
    assert texts(fed(b"bad \xff byte\n")) == ["bad � byte"]


def test_a_progress_line_shows_its_last_state_only() -> None:
    log = fed(b"start\n 10%\r 20%", b"\r 30%")
    assert texts(log) == ["start", " 30%"]
    fed(b"\r 40%\r", log=log)
    assert texts(log) == ["start", " 40%"]
    fed(b"100%\nend\n", log=log)
    assert texts(log) == ["start", "100%", "end"]


def test_progress_for_ever_takes_no_memory() -> None:
    log = LogBuffer()
    for percent in range(20_000):
        log.feed(f"\r{percent} of many things are done now".encode(), 1.0)
    assert log.n_bytes <= LONGEST_LINE
    assert texts(log) == ["19999 of many things are done now"]


def test_text_without_a_line_end_is_cut_into_lines() -> None:
    log = fed(*[b"x" * 10_000] * 100)
    assert sum(map(len, texts(log))) == 1_000_000
    assert max(map(len, texts(log))) <= 2 * LONGEST_LINE


def test_letters_are_not_torn_where_a_line_is_cut() -> None:
    log = fed("ä€".encode() * 50_000)
    assert "".join(texts(log)) == "ä€" * 50_000


def test_the_oldest_lines_go_and_are_counted() -> None:
    log = LogBuffer(most_lines=100)
    for number in range(1000):
        log.feed(f"line {number}\n".encode(), float(number))
    assert (log.first, log.end) == (900, 1000)
    assert texts(log) == [f"line {number}" for number in range(900, 1000)]
    log.clear()
    assert (log.first, log.end, texts(log)) == (1000, 1000, [])


def test_bytes_are_bounded_too() -> None:
    log = LogBuffer(most_bytes=200_000)
    for _ in range(2000):
        log.feed(b"y" * 999 + b"\n", 1.0)
        assert log.n_bytes <= 200_000 + 66_000
    assert texts(log)[-1] == "y" * 999
    assert log.first > 1700


@given(st.lists(st.binary(max_size=40)), st.data())
def test_how_the_pieces_are_cut_does_not_matter(lines: list[bytes], data: st.DataObject) -> None:
    whole = b"\n".join(lines)
    log = LogBuffer()
    at = 0
    while at < len(whole):
        step = data.draw(st.integers(1, 12))
        log.feed(whole[at : at + step], 1.0)
        at += step
    assert texts(log) == texts(fed(whole))


SECRETS = st.sampled_from(
    [
        "hf_abcdefghijKLMNOP0123456789",
        "sk-proj-abcdefghijklmnop",
        "ghp_abcdefghijklmnop0123",
        "Bearer abcdef.ghijkl-mnop",
        "--api-key my-own-secret",
        "--admin-key=my-own-secret",
        'api_key="my-own-secret"',
        '"x-api-key": "my-own-secret"',
        "HF_TOKEN=my-own-secret",
        "--password my-own-secret",
        "API key:\n\nmy-own-secret",
        "API admin key (for loading/unloading models):   \n      \n   my-own-secret",
        "my-own-secret",
    ]
)
#: What stands after the name of each.
VALUES = ("abcdefghijKLMNOP", "abcdefghijklmnop", "abcdef.ghijkl", "my-own-secret")


@given(st.lists(st.one_of(SECRETS, st.text("ab \n=:", max_size=9)), max_size=9), st.data())
@example(["x" * 70_000, "my-own-secret"], None)
def test_no_key_is_ever_seen(parts: list[str], data: st.DataObject | None) -> None:
    log = LogBuffer()
    log.hide(["my-own-secret"])
    whole = " ".join(parts).encode()
    at = 0
    while at < len(whole):
        step = data.draw(st.integers(1, 30)) if data else 1000
        log.feed(whole[at : at + step], 1.0)
        at += step
        seen = "\n".join(texts(log))
        assert not any(value in seen for value in VALUES), seen


@given(st.integers(0, 3000), st.sampled_from(["hf_" + "Q" * 40, "Bearer " + "Q" * 40, "Q" * 40]))
def test_no_key_is_torn_where_an_endless_line_is_cut(shift: int, secret: str) -> None:
    log = LogBuffer()
    log.hide(["Q" * 40])
    text = "x " * ((LONGEST_LINE - 3000) // 2) + " " * shift + secret + " y" * 9000
    for at in range(0, len(text), 7000):
        log.feed(text[at : at + 7000].encode(), 1.0)
        assert "QQQQ" not in "".join(texts(log))


def test_a_key_is_hidden_wherever_one_begins_to_look() -> None:
    log = fed(b"INFO     OpenAI API key:" + b" " * 360 + b"\n" + b" " * 380 + b"\nabcdefgh\n")
    assert [line.text for line in log.lines(2, 3)] == ["…"]


def test_what_only_speaks_of_keys_is_left_alone() -> None:
    plain = (
        b"llama_model_loader: - kv  16: tokenizer.ggml.eos_token_id u32 = 2\n"
        b"print_info: EOS token        = 151645 '<|im_end|>'\n"
        b"error: key not found in model: general.alignment\n"
        b"slot release: id 0 | task 12 | stop processing: n_tokens = 128\n"
    )
    assert "\n".join(texts(fed(plain))) + "\n" == plain.decode()


def test_colours_become_roles() -> None:
    (line,) = fed(b"\x1b[34m0.00.129.365\x1b[0m \x1b[1;31mE bad\x1b[0m rest\x1b[K\n").lines(0, 1)
    assert line.text == "0.00.129.365 E bad rest"
    assert line.spans == (Span(0, 12, Ink.ACCENT, False), Span(13, 18, Ink.BAD, True))
    many = fed(b"\x1b[38;5;196mred\x1b[39m \x1b[38;2;10;200;30mgreen\x1b[m\x1b]0;title\x07!\n")
    assert [span.ink for span in many.lines(0, 1)[0].spans] == [Ink.BAD, Ink.GOOD]
    assert texts(many) == ["red green!"]


@given(st.text())
def test_no_control_character_is_left(text: str) -> None:
    shown = "".join(texts(fed(text.encode("utf-8", "surrogatepass"))))
    assert not any(ord(letter) < 32 for letter in shown)


LEVELS = {
    "0.12.345.678 E srv    load_model: failed to load model": Level.ERROR,
    "1.07.304.130 W sched_reserve: compute buffer allocation failed, retrying": Level.WARNING,
    "0.00.228.500 I srv init: no error": Level.PLAIN,
    "16:55:17-306180 ERROR    Error loading the model with llama.cpp": Level.ERROR,
    "12:31:40-000001 WARNING  Port 5000 is already in use. Using port 5001": Level.WARNING,
    "INFO:     Uvicorn running on http://127.0.0.1:8000": Level.PLAIN,
    "ERROR:    [Errno 98] error while attempting to bind on address": Level.ERROR,
    "Traceback (most recent call last):": Level.ERROR,
    "FileNotFoundError: [Errno 2] No such file or directory: 'x'": Level.ERROR,
    "ggml.c:42: GGML_ASSERT(ok) failed": Level.ERROR,
    "/x.py:3: DeprecationWarning: old": Level.WARNING,
    "build finished with 0 errors": Level.PLAIN,
    "load_tensors: offloaded 62/62 layers to GPU": Level.PLAIN,
}


def test_the_level_is_read_from_the_words_of_the_programs() -> None:
    log = fed("\n".join(LEVELS).encode() + b"\n")
    assert {line.text: line.level for line in log.lines(0, 99)} == LEVELS


def found(log: LogBuffer, words: str = "", level: Level = Level.PLAIN) -> list[int]:
    matches = LogMatches(words, level)
    while matches.advance(log):
        pass
    return list(matches.numbers)


def test_lines_are_found_by_words_and_by_level() -> None:
    log = fed("\n".join(LEVELS).encode() + b"\n")
    assert found(log, "PORT") == [4]
    assert found(log, level=Level.ERROR) == [0, 3, 6, 7, 8, 9]
    assert found(log, "error", Level.WARNING) == [3, 6, 8]


def test_matches_follow_a_log_that_drops_its_oldest_lines() -> None:
    log, matches = LogBuffer(most_lines=500), LogMatches("odd")
    for number in range(2000):
        log.feed(b"odd\n" if number % 2 else b"even\n", float(number // 7))
        while matches.advance(log):
            pass
    assert list(matches.numbers) == list(range(1501, 2000, 2))
    assert (matches.after(1501), matches.after(1999), matches.before(1501)) == (1503, 1501, 1999)
