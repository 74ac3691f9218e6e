"""Bytes on disk: written beside their place and moved there whole, never under a client's name."""

from __future__ import annotations

import asyncio
import hashlib
import shutil
import tempfile
import uuid
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

from local.gateway.storage.errors import too_large

WRITE_AT_ONCE = 256 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """A file that has been received but has no place yet."""

    path: Path
    size: int
    etag: str


class Files:
    """The folder of all stored bytes; a file's name is the hash of its version."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.waiting = folder / "incoming"

    def prepare(self) -> None:
        """Make the folders, for us alone, and drop what an earlier crash left unfinished."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        shutil.rmtree(self.waiting, ignore_errors=True)
        self.waiting.mkdir(mode=0o700)

    def place(self, version: str) -> Path:
        """Where the bytes of a version are."""
        digest = hashlib.sha256(version.encode()).hexdigest()
        return self.folder / digest[:2] / digest

    async def receive(self, chunks: AsyncIterator[bytes], limit: int) -> Written:
        """Write a stream to a waiting file; refused, and removed, once it is over `limit` bytes."""
        path = self.waiting / uuid.uuid4().hex
        digest = hashlib.md5(usedforsecurity=False)
        size = 0
        try:
            with path.open("xb") as file:
                async for chunk in _gathered(chunks):
                    size += len(chunk)
                    if size > limit:
                        raise too_large()
                    digest.update(chunk)
                    await asyncio.to_thread(file.write, chunk)
        except BaseException:
            path.unlink(missing_ok=True)
            raise
        return Written(path=path, size=size, etag=f'"{digest.hexdigest()}"')

    def keep(self, written: Written, version: str) -> None:
        """Move a waiting file to its place."""
        place = self.place(version)
        place.parent.mkdir(mode=0o700, exist_ok=True)
        written.path.replace(place)

    async def copy(self, version: str, new_version: str) -> None:
        """Copy the bytes of one version to another."""
        place = self.place(new_version)
        place.parent.mkdir(mode=0o700, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=self.waiting, delete=False) as waiting:
            path = Path(waiting.name)
        await asyncio.to_thread(shutil.copyfile, self.place(version), path)
        path.replace(place)

    def drop(self, *versions: str | None) -> None:
        """Remove the bytes of versions nobody points at any more."""
        for version in versions:
            if version:
                self.place(version).unlink(missing_ok=True)


async def _gathered(chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """The same bytes in pieces worth a write each."""
    held = bytearray()
    async for chunk in chunks:
        held += chunk
        if len(held) >= WRITE_AT_ONCE:
            yield bytes(held)
            held.clear()
    yield bytes(held)
