"""Chat templates come from strangers: whatever one tries, it ends with a text or a sentence."""

from pathlib import Path

import pytest

from lollma_gui.core.errors import Cancelled, LollmaError
from lollma_gui.services.template_preview import render_example

CHATML = (
    "{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)


def render(template: str, limit_seconds: float = 10.0) -> str:
    return render_example(template, "<s>", "</s>", lambda: False, limit_seconds)


def test_a_usual_template_shows_the_conversation_as_the_model_sees_it() -> None:
    text = render(CHATML)
    assert text.startswith("<|im_start|>system\nYou are a helpful assistant.<|im_end|>\n")
    assert text.endswith("<|im_start|>user\nTell me a joke.<|im_end|>\n<|im_start|>assistant\n")


def test_a_template_without_a_system_role_is_shown_as_the_engine_does_it() -> None:
    strict = (
        "{% if messages[0].role == 'system' %}{{ raise_exception('no system') }}{% endif %}"
        + CHATML
    )
    assert "You are a helpful assistant.\n\nHello" in render(strict)


@pytest.mark.parametrize(
    "attack",
    [
        "{{ ''.__class__.__mro__[1].__subclasses__() }}",
        "{{ messages.__class__.__init__.__globals__['os'].system('touch {file}') }}",
        "{{ cycler.__init__.__globals__.os.popen('touch {file}').read() }}",
        "{{ lipsum.__globals__['os'].system('touch {file}') }}",
        "{{ raise_exception.__globals__['sys'].exit() }}",
        "{{ (''|attr('__class__')).mro() }}",
        "{% set x = messages.append(1) %}{{ messages.clear() }}",
        "{% include '/etc/passwd' %}",
        "{% import 'os' as os %}",
    ],
)
def test_what_reaches_out_of_the_sandbox_is_refused(attack: str, tmp_path: Path) -> None:
    file = tmp_path / "touched"
    with pytest.raises(LollmaError):
        render(attack.replace("{file}", str(file)))
    assert not file.exists()


def test_an_endless_template_is_ended() -> None:
    endless = "{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}"
    with pytest.raises(LollmaError, match="too long"):
        render(endless, limit_seconds=3.0)


@pytest.mark.parametrize(
    "giant",
    [
        "{{ 'x' * 4000000000 }}",
        "{% for a in range(99999) %}{{ 'x' * 100000 }}{% endfor %}",
        "{{ '%2000000000d' % 1 }}",
    ],
)
def test_a_template_that_makes_a_giant_text_gets_neither_memory_nor_the_window(giant: str) -> None:
    with pytest.raises(LollmaError):
        render(giant)


def test_a_long_text_is_not_handed_over() -> None:
    with pytest.raises(LollmaError, match="characters of four short messages"):
        render("{{ 'x' * 50000 }}")


def test_a_damaged_template_says_so() -> None:
    with pytest.raises(LollmaError, match="damaged"):
        render("{% for m in %}")


def test_nobody_waits_for_a_template_that_is_no_longer_wanted() -> None:
    with pytest.raises(Cancelled):
        render_example(CHATML, "", "", lambda: True)
