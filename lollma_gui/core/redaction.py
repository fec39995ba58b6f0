"""Keys and tokens taken out of text before anybody sees, copies or saves it."""

import re
from collections.abc import Iterable, Sequence

#: What stands in place of a secret.
HIDDEN = "…"
#: Nothing that is recognised by its shape is longer: name, gap and value.
LONGEST = 4096

#: Values that are secret by their own look: tokens of the Hub, of OpenAI, of GitHub.
_LOOKS = r"\b(?P<look>hf_|sk-|gh[pousr]_|github_pat_)[A-Za-z0-9_-]{8,900}"
_BEARER = r"\b(?P<bearer>bearer\s{1,4})[^\s\"']{6,900}"
#: Whoever logs a command line logs the flags that carry a key: --api-key X, --password=X.
_FLAG = (
    r"(?P<flag>--?(?:api|admin)[-_]?key|--?(?:admin)?password|--?gradio[-_]auth|--?hf[-_]token)"
    r"(?P<flag_gap>[\s=\"',]{1,6})[^\s\"',]{1,900}"
)
#: api_key=X, "api-key": "X", HF_TOKEN=X, x-api-key: X, and TextGen's "OpenAI API key:", whose
#: value stands two lines below, each filled up with blanks (modules/api/script.py of v4.9).
_NAME = (
    r"(?P<name>(?:api|admin|access|auth|secret|private)[-_ ]?(?:admin )?(?:key|token)"
    r"(?: \([^)\n]{0,60}\))?|hf[-_]token|password|passwd|\btoken(?=[=:])|client[-_]secret)"
    r"(?P<name_gap>[\"']?\s{0,4}[=:]\s{0,1500}(?:\x1b\[[0-9;]{0,12}m)?[\"']?)"
    r"[^\s\"',;&\x1b]{4,900}"
)
_SECRET = re.compile("|".join((_LOOKS, _BEARER, _FLAG, _NAME)), re.IGNORECASE)
#: Without one of these there is no secret: looked for first, since that is much faster.
_WORDS = (
    *("key", "token=", "token:", 'token"', "token'", "token ", "_token", "-token", "bearer"),
    *("passw", "hf_", "sk-", "ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_", "secret"),
    "gradio",
)
#: Put behind what is not at its end yet, to see whether a secret has begun there.
_MORE = "A" * 12


def redact(text: str, secrets: Iterable[str] = ()) -> str:
    """A text without keys and tokens; what names them stays: ``--api-key …``.

    Args:
        text: The text, whole lines of it.
        secrets: Keys that are known, however they look.
    """
    for secret in secrets:
        if secret:
            text = text.replace(secret, HIDDEN)
    lower = text.lower()
    if any(word in lower for word in _WORDS):
        text = _SECRET.sub(_hidden, text)
    return text


def redact_unfinished(text: str, secrets: Sequence[str] = ()) -> str:
    """The same for a text that goes on: a secret that has only begun is hidden too."""
    for secret in secrets:
        begun = next((n for n in range(len(secret) - 1, 2, -1) if text.endswith(secret[:n])), 0)
        if begun:
            return redact(text[:-begun], secrets) + HIDDEN
    shown = redact(text + _MORE, secrets)
    return shown.removesuffix(_MORE)


def safe_cut(text: str, secrets: Iterable[str] = ()) -> int:
    """Where a text that goes on may be cut without cutting a secret in two.

    Args:
        text: Longer than ``LONGEST``.
        secrets: Keys that are known, however they look.

    Returns:
        So many characters from the start are a piece of their own; at least 1.
    """
    reserve = max([LONGEST, *(len(secret) for secret in secrets)])
    cut = max(1, len(text) - reserve)
    spans = [match.span() for match in _SECRET.finditer(text)]
    for secret in secrets:
        at = text.find(secret, max(0, cut - len(secret)), cut + len(secret))
        spans.append((at, at + len(secret)))
    # From the right: what reaches over the cut moves it to the left, perhaps into another.
    for start, end in sorted(spans, reverse=True):
        if start < cut < end:
            cut = max(1, start)
    return cut


def _hidden(match: "re.Match[str]") -> str:
    kept = ("look", "bearer", "flag", "flag_gap", "name", "name_gap")
    return "".join(match[part] or "" for part in kept) + HIDDEN
