"""Downloads one file: goes on where it stopped, however it stopped, and verifies what it got.

Written by ourselves because huggingface_hub 2.x begins anew after every interruption, and does not
compare the hash of what came over plain HTTP.
"""

import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path

from lollma_gui.core import units
from lollma_gui.core.errors import LollmaError
from lollma_gui.core.progress import Progress, TransferMeter
from lollma_gui.services import files
from lollma_gui.services.http_stream import Answer, HttpStream, Pace, TransferError, pause
from lollma_gui.services.part_file import PartFile, Source

#: Between a broken connection and the next try.
_PAUSE_SECONDS = 0.5
#: Progress is told at most this often.
_REPORT_SECONDS = 0.1

_SHA256 = re.compile(r"[0-9a-f]{64}")


class _StartAnewError(Exception):
    """What is here cannot be gone on with."""


class ChangedError(TransferError):
    """The server has another file by now than the one that was expected."""


@dataclass(frozen=True)
class Conduct:
    """How a download behaves while it is under way.

    Attributes:
        pace: Slows the server down; None lets it send as fast as it can.
        wait: Called with what may pass by itself, when nothing arrived since the last time; comes
            back when it is time to try again. None gives up instead.
        checking: Told when what an earlier try left begins to be read.
    """

    pace: Pace | None = None
    wait: Callable[[TransferError], None] | None = None
    checking: Callable[[], None] | None = None


def download(
    url: str,
    target: Path,
    *,
    expected_size: int | None = None,
    expected_sha256: str | None = None,
    token: str | None = None,
    progress: Callable[[Progress], None],
    cancelled: Callable[[], bool],
    conduct: Conduct = Conduct(),
) -> Path:
    """Download a file, and give it its name once it is whole and verified.

    Until then it is ``<target>.part``, which a cancel, a crash or a lost connection leave there:
    the next call asks for the rest. A broken connection is taken up as long as each try gets on.

    Args:
        url: Where it is; redirects are followed, without the token to another host.
        target: Where it goes; a file of that name is replaced.
        expected_size: Bytes; another size is an error before anything is fetched.
        expected_sha256: In hexadecimal; where it is None, the Hub's own is taken, if it says one.
        token: Access token of the Hub.
        progress: Told some times a second, on the calling thread.
        cancelled: Asked some times a second.
        conduct: What it does meanwhile.

    Raises:
        ChangedError: If the server has another file than the expected one; nothing is fetched.
        TransferError: If the server cannot be reached or does not give the file.
        LollmaError: If the disk is too full, or it is another file (kept as ``.damaged``).
        Cancelled: If it is no longer wanted.
    """
    with files.trouble_in_words(target):
        target.parent.mkdir(parents=True, exist_ok=True)
        with PartFile(target) as part:
            expected = (expected_size, expected_sha256)
            one = _Download(url, part, expected, token, progress, cancelled, conduct)
            one.run()
            _verify(part, target, one.wanted_sha256())
            return part.finish()


def _verify(part: PartFile, target: Path, wanted: str) -> None:
    if not wanted or part.sha256() == wanted:
        return
    found = part.sha256()
    raise damaged(target.name, part.set_aside(), f"SHA-256 is {found}, expected {wanted}")


def damaged(name: str, kept: Path, details: str) -> LollmaError:
    """The error for a file that arrived, but is not the one that was asked for."""
    return LollmaError(
        f"{name} arrived damaged: its checksum is not the expected one. It is kept as "
        f"{kept.name} and not used.",
        "Fetch it again; if that happens twice, something on the way to the server changes files.",
        details,
    )


class _Download:
    """One download into one part file, over as many connections as it takes."""

    def __init__(
        self,
        url: str,
        part: PartFile,
        expected: tuple[int | None, str | None],
        token: str | None,
        progress: Callable[[Progress], None],
        cancelled: Callable[[], bool],
        conduct: Conduct,
    ) -> None:
        self._url = url
        self._part = part
        self._expected_size = expected[0]
        self._expected_sha256 = (expected[1] or "").lower()
        self._conduct = conduct
        self._token = token
        self._progress = progress
        self._cancelled = cancelled

    def run(self) -> None:
        """Fetch until the part file is whole."""
        if self._expected_size is not None:
            self._part.reserve(self._expected_size)
        furthest = self._part.size
        while True:
            try:
                self._try_once()
            except TransferError as error:
                got_further, furthest = self._part.size > furthest, self._part.size
                self._wait_after(error, got_further)
            except _StartAnewError:
                self._part.begin(Source(self._url))
            else:
                return

    def _wait_after(self, error: TransferError, got_further: bool) -> None:
        """Wait until it makes sense to try again, or raise the error."""
        if error.is_broken and got_further:
            pause(_PAUSE_SECONDS, self._cancelled)
        elif error.may_pass and self._conduct.wait is not None:
            self._conduct.wait(error)
        else:
            # Without this, a server that breaks off at the same byte would be asked forever.
            raise error

    def wanted_sha256(self) -> str:
        """What the hash has to be; empty if nobody says."""
        if self._expected_sha256:
            return self._expected_sha256
        content = self._part.source.content_id if self._part.source else ""
        return content if _SHA256.fullmatch(content) else ""

    def _try_once(self) -> None:
        start = self._usable_bytes()
        source = self._part.source
        if start:
            if self._conduct.checking is not None:
                self._conduct.checking()
            self._part.catch_up(self._cancelled)
            if source and source.size == start:
                return
        headers, pace = self._headers(start), self._conduct.pace
        with HttpStream("GET", self._url, headers, self._cancelled, pace=pace) as stream:
            answer = stream.answer()
            if answer.status >= HTTPStatus.BAD_REQUEST:
                if start and answer.status == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
                    raise _StartAnewError
                raise stream.refusal(answer)
            self._take_up(answer, start)
            self._receive(stream)

    def _usable_bytes(self) -> int:
        """How many of the bytes that are here can be gone on with."""
        part, source = self._part, self._part.source
        if source is None:
            return 0
        same_content = self._expected_sha256 and source.content_id == self._expected_sha256
        if source.url != self._url and not same_content:
            return 0
        if source.size is not None and part.size > source.size:
            return 0
        # Whether the file is still the same one must show now, or in the end.
        can_tell = source.etag or source.content_id or self._expected_sha256
        return part.size if can_tell else 0

    def _headers(self, start: int) -> dict[str, str]:
        headers = {"Authorization": f"Bearer {self._token}"} if self._token else {}
        if start:
            headers["Range"] = f"bytes={start}-"
            etag = self._part.source.etag if self._part.source else ""
            # A weak one ("W/...") says that two versions mean the same, not that they are.
            if etag.startswith('"'):
                headers["If-Range"] = etag
        return headers

    def _take_up(self, answer: Answer, start: int) -> None:
        """Go on after the bytes that are here if the answer fits them, else begin anew."""
        source = self._source(answer)
        if start and answer.status == HTTPStatus.PARTIAL_CONTENT:
            known = self._part.source
            assert known is not None
            sent = answer.sent_range()
            same = (
                sent is not None
                and sent[0] == start
                and source.size in (known.size, None)
                and source.content_id == known.content_id
                and source.etag in (known.etag, "")
            )
            if not same:
                raise _StartAnewError
            return
        if answer.status != HTTPStatus.OK:
            raise TransferError(
                "The server sent something else than the file.",
                "Try again later.",
                f"HTTP status {answer.status}",
            )
        self._part.begin(source)
        if source.size is not None:
            self._part.reserve(source.size)

    def _source(self, answer: Answer) -> Source:
        headers = answer.headers
        size: int | None = None
        if answer.status == HTTPStatus.PARTIAL_CONTENT:
            size = (answer.sent_range() or (0, None))[1]
        elif headers.get("content-length", "").isdigit():
            size = int(headers["content-length"])
        content = answer.first("x-linked-etag").removeprefix("W/").strip('"')
        source = Source(self._url, headers.get("etag", ""), content, size)
        self._check(source)
        return source

    def _check(self, source: Source) -> None:
        expected = self._expected_size
        is_known = _SHA256.fullmatch(source.content_id) and self._expected_sha256
        if is_known and source.content_id != self._expected_sha256:
            raise ChangedError(
                "The server has another file by now than the one that was chosen.",
                "Look for the new one.",
                f"SHA-256 is {source.content_id}, expected {self._expected_sha256}",
            )
        if None not in (expected, source.size) and source.size != expected:
            raise ChangedError(
                f"The server's file has {units.whole(source.size, 'bytes')}, but "
                f"{units.whole(expected, 'bytes')} were expected.",
                "It may have been changed; try again later.",
            )

    def _receive(self, stream: HttpStream) -> None:
        part = self._part
        total = self._expected_size
        if part.source and part.source.size is not None:
            total = part.source.size
        meter = TransferMeter(total)
        told = time.monotonic()
        self._progress(meter.at(told, part.size))
        # Silence is told as well: a speed that stays the same for half a minute would be a lie.
        for piece in stream.pieces(with_silence=True):
            if piece:
                part.append(piece)
            now = time.monotonic()
            if now - told >= _REPORT_SECONDS:
                told = now
                self._progress(meter.at(now, part.size))
        if total is not None and part.size != total:
            raise TransferError(
                "The server sent another number of bytes than it had said.",
                "Try again.",
                f"{part.size} instead of {total}",
                is_broken=part.size < total,
            )
        self._progress(meter.at(time.monotonic(), part.size))
