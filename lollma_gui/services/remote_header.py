"""The header of a model that is still on the Hub: its first megabytes, and nothing of the rest."""

import contextlib
import io
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path

from lollma_gui.core.errors import LollmaError
from lollma_gui.core.gguf_header import GgufHeader, HeaderIncomplete, read_header
from lollma_gui.core.hub_source import HubSource
from lollma_gui.core.split_names import parse_split_name, part_name
from lollma_gui.services import files, hub_address
from lollma_gui.services.http_stream import Answer, HttpStream, TransferError, pause
from lollma_gui.services.model_files import join_parts
from lollma_gui.services.sparse_file import write_sparse_file

#: Asked for at first, and doubled until the header is whole. Vocabularies take 1 to 16 MB.
_FIRST_BYTES = 1 << 20
_MOST_BYTES = 128 << 20
#: So often the rest is asked for after the connection broke, with a pause before.
_RETRIES = 4
_PAUSE_SECONDS = 0.5


@dataclass(frozen=True)
class RemotePart:
    """One file of a model on the Hub.

    Attributes:
        file_name: Path inside the repository.
        size: Bytes of the whole file.
        etag: What the Hub says of its content: for large files the SHA-256, in hexadecimal.
        head: Its header, byte by byte.
        received: Bytes that came over the network for it.
    """

    file_name: str
    size: int
    etag: str
    head: bytes = field(repr=False)
    received: int = 0


@dataclass(frozen=True)
class RemoteHeader:
    """A model on the Hub, without its weights.

    Attributes:
        source: Where it is.
        header: The headers of all parts as one.
        parts: One, or all of a split model, in order.
    """

    source: HubSource
    header: GgufHeader = field(repr=False)
    parts: tuple[RemotePart, ...]

    @property
    def size(self) -> int:
        """Bytes of all parts."""
        return sum(part.size for part in self.parts)

    @property
    def received(self) -> int:
        """Bytes that came over the network for all parts."""
        return sum(part.received for part in self.parts)

    def write_sparse(self, folder: Path) -> Path:
        """Write files that llama.cpp can plan with: of the full size, with nothing but headers.

        Returns:
            The first part. Files have names of our own, numbered as llama.cpp expects it.

        Raises:
            LollmaError: If they cannot be written.
        """
        count = len(self.parts)
        names = [part_name("model", n, count) for n in range(1, count + 1)]
        paths = [folder / name for name in names] if count > 1 else [folder / "model.gguf"]
        for path, part in zip(paths, self.parts, strict=True):
            with files.trouble_in_words(path):
                write_sparse_file(path, part.head, part.size)
        return paths[0]

    @contextlib.contextmanager
    def as_files(self) -> Iterator[Path]:
        """The same in a temporary folder, which is removed in the end."""
        with tempfile.TemporaryDirectory(
            prefix="lollma-header-", ignore_cleanup_errors=True
        ) as folder:
            yield self.write_sparse(Path(folder))


def fetch_header(
    source: HubSource, cancelled: Callable[[], bool], *, endpoint: str | None = None
) -> RemoteHeader:
    """Fetch what the header of a model takes, of a split one those of all parts.

    Args:
        source: The file; of a split model, any part.
        cancelled: Asked some times a second, on the calling thread.
        endpoint: Address of the Hub; None is the one huggingface_hub is set to.

    Raises:
        TransferError: If the Hub cannot be reached or does not give the file.
        LollmaError: If it is no GGUF model, or damaged.
        Cancelled: If it is no longer wanted.
    """
    if hub_address.is_offline():
        raise TransferError("HF_HUB_OFFLINE is set.", "Unset it to look into models on the Hub.")
    token = hub_address.token()
    parts: list[RemotePart] = []
    headers: list[GgufHeader] = []
    for name in _part_names(source.file_name):
        url = hub_address.file_url(source.repository, source.revision, name, endpoint)
        fetch = _HeadFetch(url, token, cancelled)
        headers.append(fetch.run())
        head = fetch.first_bytes(headers[-1].data_offset)
        parts.append(RemotePart(name, fetch.size, fetch.etag, head, fetch.received))
    header = join_parts(source.file_name, headers)
    return RemoteHeader(source, header, tuple(parts))


def _part_names(file_name: str) -> list[str]:
    """Paths of all files of a model, by that of one."""
    folder, slash, name = file_name.rpartition("/")
    split = parse_split_name(name)
    if split is None:
        return [file_name]
    names = [
        f"{folder}{slash}{part_name(split.stem, n, split.count)}" for n in range(1, split.count + 1)
    ]
    names[split.part - 1] = file_name  # as it was given, whatever case its ending is in
    return names


class _ChangedError(Exception):
    """The file on the server is no longer the one of which we have bytes."""


class _HeadFetch:
    """The first bytes of one file, over as many requests as it takes.

    Attributes:
        size: Bytes of the whole file, once a server has answered.
        etag: What identifies its content; empty if the server does not say.
        received: Bytes that came over the network, those of tries in vain included.
    """

    def __init__(self, url: str, token: str | None, cancelled: Callable[[], bool]) -> None:
        self._url = url
        self._token = token
        self._cancelled = cancelled
        self.received = 0
        self._forget()

    def _forget(self) -> None:
        self._got = io.BytesIO()
        self._n_got = 0
        self._n_wanted = _FIRST_BYTES
        self._n_read = 0
        self.size = -1
        self.etag = ""

    def first_bytes(self, count: int) -> bytes:
        """So many bytes of the file's beginning, or as many as were fetched."""
        return bytes(self._got.getbuffer()[:count])

    def run(self) -> GgufHeader:
        """Fetch until the header is whole."""
        retries, new_starts = _RETRIES, 1
        while True:
            try:
                header = self._ask_for_more()
            except TransferError as error:
                if not error.is_broken or not retries:
                    raise
                retries -= 1
                pause(_PAUSE_SECONDS, self._cancelled)
            except _ChangedError:
                if not new_starts:
                    raise TransferError(
                        "The file is being changed on the server.", "Try again later."
                    ) from None
                new_starts -= 1
                self._forget()
            else:
                if header is not None:
                    return header

    def _ask_for_more(self) -> GgufHeader | None:
        """One request for the bytes that are wanted and not there; the header if that was all."""
        headers = {"Range": f"bytes={self._n_got}-{self._n_wanted - 1}"}
        if self._token:
            headers["Authorization"] = f"Bearer {self._token}"
        with HttpStream("GET", self._url, headers, self._cancelled) as stream:
            answer = stream.answer()
            if answer.headers.get("content-range") == "bytes */0":
                return read_header(io.BytesIO(), 0)  # says that the file is empty
            if answer.status == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
                raise _ChangedError
            if answer.status >= HTTPStatus.BAD_REQUEST:
                raise stream.refusal(answer)
            return self._receive(stream, self._begin(answer))

    def _begin(self, answer: Answer) -> int:
        """See that an answer is about our file; returns where its bytes begin in it."""
        start: int | None = None
        if answer.status == HTTPStatus.OK:
            start = 0
        elif answer.status == HTTPStatus.PARTIAL_CONTENT:
            start = (answer.sent_range() or (None,))[0]
        if start not in (0, self._n_got):
            raise TransferError(
                "The server sent something else than the file.",
                "Try again later.",
                f"HTTP status {answer.status}, {answer.headers.get('content-range', '')}",
            )
        size = _file_size(answer)
        etag = answer.first("x-linked-etag") or answer.headers.get("etag", "")
        etag = etag.removeprefix("W/").strip('"')
        if self._n_got and (size, etag) != (self.size, self.etag):
            raise _ChangedError
        self.size, self.etag = size, etag
        return start

    def _receive(self, stream: HttpStream, position: int) -> GgufHeader | None:
        """Take bytes until the header is whole or the server ends.

        Args:
            stream: Gives the bytes: of a server without ranges, all of the file.
            position: Where they begin in the file.
        """
        asked = self._n_wanted
        for piece in stream.pieces():
            new = piece[max(self._n_got - position, 0) :]
            position += len(piece)
            self.received += len(piece)
            self._got.seek(self._n_got)
            self._n_got += self._got.write(new)
            if self._n_got >= self._n_wanted and (header := self._read()):
                return header
        header = self._read() if self._n_got > self._n_read else None
        if header is None and self._n_got < asked:
            raise TransferError(
                "The server sent less than it had said.", "Try again later.", is_broken=True
            )
        return header

    def _read(self) -> GgufHeader | None:
        """The header, if the bytes suffice; else more are wanted."""
        self._n_read = self._n_got
        try:
            header = read_header(self._got, self.size)
            needed = min(header.data_offset, self.size)
        except HeaderIncomplete as more:
            header, needed = None, more.needed_bytes
        # The reader passes over long values without looking whether they are there.
        if header is not None and needed <= self._n_got:
            return header
        if needed > _MOST_BYTES or self._n_got >= _MOST_BYTES:
            raise LollmaError(
                "The header of this model is larger than any real one.",
                "Choose another model: this one is damaged, or made to waste time.",
            )
        if self._n_got >= self._n_wanted:
            self._n_wanted = min(max(2 * self._n_wanted, needed), _MOST_BYTES)
        return None


def _file_size(answer: Answer) -> int:
    """Bytes of the whole file.

    Raises:
        TransferError: If the server does not say.
    """
    said = [answer.first("x-linked-size")]
    if answer.status == HTTPStatus.OK:
        said.append(answer.headers.get("content-length", ""))
    sent = answer.sent_range()
    if sent and sent[1] is not None:
        return sent[1]
    for number in said:
        if number.isdigit():
            return int(number)
    raise TransferError(
        "The server does not say how large the file is.",
        "Download it; then it can be looked into.",
    )
