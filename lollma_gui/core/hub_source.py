"""What a person writes or pastes to name a model file, or a repository of them, on the Hub."""

import re
from dataclasses import dataclass
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit

from lollma_gui.core.errors import LollmaError

#: Hosts that are the Hub itself, whatever endpoint is set.
_HOSTS = frozenset({"huggingface.co", "www.huggingface.co", "hf.co"})
#: Owner or name of a repository, as the Hub allows them.
_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,95}")
#: Pages about a file, and ways to its bytes.
_VIEWS = frozenset({"resolve", "blob", "raw"})
_REFS = 3
#: First words of addresses that are no owner's name.
_NO_OWNERS = frozenset({"datasets", "spaces", "docs", "api", "collections", "papers", "blog"})
#: What may stand behind ``owner/name:`` to name a quantisation.
_QUANTISATION = re.compile(r"[A-Za-z0-9_.-]{1,40}")

_ADVICE = (
    "Write owner/repository/file.gguf, or copy the address of the file's page on the Hub; the "
    "names of a model's files stand there under Files."
)
_ADVICE_FOR_ANY = (
    "Write owner/repository or owner/repository/file.gguf, or copy the address of the model's "
    "page on the Hub."
)


@dataclass(frozen=True)
class HubSource:
    """One file of a repository on the Hub.

    Attributes:
        repository: ``owner/name``.
        file_name: Path inside the repository, with ``/`` between folders.
        revision: Branch, tag or commit.
    """

    repository: str
    file_name: str
    revision: str = "main"

    def __str__(self) -> str:
        return f"{self.repository}/{self.file_name}"

    @property
    def key(self) -> str:
        """What it is known by where files here are known by their paths."""
        revision = "" if self.revision == "main" else f"@{self.revision}"
        return f"{self.repository}{revision}/{self.file_name}"


@dataclass(frozen=True)
class HubRepository:
    """All files of a repository on the Hub.

    Attributes:
        repository: ``owner/name``.
        revision: Branch, tag or commit.
        quantisation: The one that is asked for, for example ``Q4_K_M``; empty for none.
    """

    repository: str
    revision: str = "main"
    quantisation: str = ""


def parse_hub(text: str, endpoint: str = "") -> HubSource | HubRepository:
    """Read what names a file, as ``parse_hub_source`` does, or a repository.

    That is ``owner/name``, ``owner/name:Q4_K_M``, or the address of its page; addresses may lack
    their ``https://``.

    Args:
        text: What the person gave.
        endpoint: Address of another Hub whose addresses are understood too.

    Raises:
        LollmaError: If it is neither.
    """
    text = text.strip()
    if text.partition("/")[0].lower() in _HOSTS:
        text = f"https://{text}"
    repository = _page(text, endpoint) if "://" in text else _plain(text)
    if repository is not None:
        return repository
    try:
        return parse_hub_source(text, endpoint)
    except LollmaError as error:
        raise LollmaError(error.title, _ADVICE_FOR_ANY) from None


def _plain(text: str, revision: str = "main") -> HubRepository | None:
    """Read ``owner/name`` or ``owner/name:Q4_K_M``."""
    repository, colon, quantisation = text.partition(":")
    is_fine = (
        is_repository(repository)
        and not text.lower().endswith(".gguf")
        and (not colon or _QUANTISATION.fullmatch(quantisation))
    )
    return HubRepository(repository, revision, quantisation) if is_fine else None


def _page(text: str, endpoint: str) -> HubSource | HubRepository | None:
    """Read the address of a repository's page, or of a list of its files."""
    path, address = _path_on_hub(text, endpoint)
    owner, name, rest = _cut(path)
    shown = parse_qs(address.query).get("show_file_info")
    if owner.lower() in _NO_OWNERS:
        raise _unknown(text)
    if shown and not rest:
        return _checked(HubSource(f"{owner}/{name}", shown[0]), text)
    view, _, rest = rest.partition("/")
    if view not in ("", "tree"):
        return None
    revision = unquote(_revision(rest)[0]) or "main"
    return _plain(f"{owner}/{name}", revision) if _is_revision(revision) else None


def is_repository(text: str) -> bool:
    """Whether this is an owner and a name as the Hub allows them."""
    names = text.split("/")
    return len(names) == len(("owner", "name")) and all(_NAME.fullmatch(name) for name in names)


def _is_revision(text: str) -> bool:
    return text.isprintable() and not any(part in ("", ".", "..") for part in text.split("/"))


def parse_hub_source(text: str, endpoint: str = "") -> HubSource:
    """Read ``owner/name/folder/file.gguf``, ``owner/name:file.gguf`` or the address of a file.

    Of an address, only what it names is used; the file is fetched from the Hub one is set to.

    Args:
        text: What the person gave.
        endpoint: Address of another Hub whose addresses are understood too.

    Raises:
        LollmaError: If it names no GGUF file of a repository.
    """
    text = text.strip()
    if "://" in text:
        return _from_address(text, endpoint)
    repository, colon, file_name = text.partition(":")
    if not colon:
        owner, name, file_name = _cut(text)
        repository = f"{owner}/{name}"
    return _checked(HubSource(repository, file_name), text)


def _cut(path: str) -> tuple[str, str, str]:
    owner, _, rest = path.partition("/")
    name, _, file_name = rest.partition("/")
    return owner, name, file_name


def _from_address(text: str, endpoint: str) -> HubSource:
    """Read ``https://huggingface.co/owner/name/blob/main/folder/file.gguf``."""
    owner, name, rest = _cut(_path_on_hub(text, endpoint)[0])
    view, _, rest = rest.partition("/")
    if view not in _VIEWS:
        raise _unknown(text)
    revision, file_name = _revision(rest)
    return _checked(HubSource(f"{owner}/{name}", unquote(file_name), unquote(revision)), text)


def _path_on_hub(text: str, endpoint: str) -> tuple[str, SplitResult]:
    """The path of an address below the Hub's own, and the address taken apart."""
    try:
        address, own = urlsplit(text), urlsplit(endpoint)
        host = (address.hostname or "").lower()
    except ValueError:
        raise _unknown(text) from None
    at_own = own.netloc != "" and address.netloc == own.netloc and address.path.startswith(own.path)
    if address.scheme not in ("http", "https") or not (host in _HOSTS or at_own):
        raise LollmaError(f"{host or text} is not the Hub.", _ADVICE)
    path = address.path.removeprefix(own.path) if at_own else address.path
    return path.strip("/"), address


def _revision(path: str) -> tuple[str, str]:
    """Revision and file; ``refs/pr/1`` is the one kind of revision with slashes of its own."""
    parts = path.split("/")
    count = _REFS if parts[0] == "refs" else 1
    return "/".join(parts[:count]), "/".join(parts[count:])


def _checked(source: HubSource, text: str) -> HubSource:
    folders = source.file_name.split("/")
    is_fine = (
        is_repository(source.repository)
        and source.file_name.lower().endswith(".gguf")
        and source.file_name.isprintable()
        and "\\" not in source.file_name
        and not any(part in ("", ".", "..") for part in folders)
        and _is_revision(source.revision)
    )
    if not is_fine:
        raise _unknown(text)
    return source


def _unknown(text: str) -> LollmaError:
    return LollmaError(f"{text[:200]!r} names no GGUF file on the Hub.", _ADVICE)
