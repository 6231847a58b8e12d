"""Writing files: paths are checked before anything is calculated, and a file is replaced whole or not at all."""

from __future__ import annotations

import errno
import os
import stat
from contextlib import suppress
from io import FileIO
from pathlib import Path

__all__ = ["writable", "write"]

CANNOT_REPLACE = {errno.EACCES, errno.EPERM, errno.EBUSY}  # a read-only folder, a file that is open or a mount


def writable(path: str | os.PathLike[str], *suffixes: str) -> Path:
    """Return the path of a file to write, with `~` for the home folder written out.

    Args:
        path: the path to write to.
        suffixes: the allowed suffixes, such as ".svg".

    Raises:
        ValueError: another suffix.
        FileNotFoundError: the folder does not exist, or that of the file that a symbolic link points to.
        IsADirectoryError: the path is a folder.

    >>> writable("graph.gif", ".svg", ".png")
    Traceback (most recent call last):
        ...
    ValueError: give a path that ends in .svg or .png, but got 'graph.gif'
    """
    found = Path(path).expanduser()
    if found.suffix.lower() not in suffixes:
        known = " or ".join(filter(None, (", ".join(suffixes[:-1]), suffixes[-1])))
        raise ValueError(f"give a path that ends in {known}, but got {str(path)!r}")
    for folder in (found.parent, Path(os.path.realpath(found)).parent):
        if not folder.is_dir():
            raise FileNotFoundError(f"the folder {str(folder)!r} does not exist: make it, or give another path")
    if found.is_dir():
        raise IsADirectoryError(f"{str(found)!r} is a folder: give the path of a file")
    return found


def write(path: str | os.PathLike[str], content: str | bytes) -> Path:
    """Write a file and return its absolute path; an existing file is replaced whole or not at all.

    The content goes to a temporary file in the same folder, which then takes the place of the old file, so a reader
    or a crash finds either all of the old content or all of the new one. An existing file keeps its owner and mode; a
    new one has the mode that the umask says. A symbolic link stays, and the file that it points to is written. Another
    hard link keeps the old content.

    A file that can be written but not replaced, because its folder is read-only, somebody else owns it or it is a
    mount, is overwritten; its old content is written back if that fails. A device or a pipe is written to.

    Raises:
        OSError: the file cannot be written; the old one is unchanged, and no temporary file is left.
    """
    data = content.encode("utf-8") if isinstance(content, str) else content
    try:
        old = _status(path)
        if old is None:
            _replace(os.path.realpath(path), data, None)
        elif stat.S_ISREG(old.st_mode):
            os.close(os.open(path, os.O_WRONLY))  # a write-protected file is refused, although it could be replaced
            try:
                _replace(os.path.realpath(path), data, old)
            except OSError as error:
                if error.errno not in CANNOT_REPLACE:
                    raise
                _overwrite(path, data)
        else:
            with open(path, "wb") as device:
                device.write(data)
    except OSError as error:
        raise OSError(error.errno, error.strerror, os.fspath(path)) from None  # not the name of the temporary file
    return Path(path).resolve()


def _status(path: str | os.PathLike[str]) -> os.stat_result | None:
    """The status of a file, or None if it does not exist."""
    try:
        return os.stat(path)
    except FileNotFoundError:
        return None


def _replace(path: str, data: bytes, old: os.stat_result | None) -> None:
    """Write a temporary file, with owner and mode of the old one if there is one, and give it the name of the file."""
    temporary = os.path.join(os.path.dirname(path), f".{os.urandom(8).hex()}.tmp")  # short, however long the name is
    try:
        mode = 0o666 if old is None else 0o600  # nobody reads it before it has the mode of the old file
        with open(temporary, "xb", opener=lambda name, flags: os.open(name, flags, mode)) as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        if old is not None:
            made = os.stat(temporary)
            if (made.st_uid, made.st_gid) != (old.st_uid, old.st_gid):
                os.chown(temporary, old.st_uid, old.st_gid)
            os.chmod(temporary, stat.S_IMODE(old.st_mode))
        os.replace(temporary, path)
    except BaseException:
        with suppress(FileNotFoundError):
            os.unlink(temporary)
        raise


def _overwrite(path: str | os.PathLike[str], data: bytes) -> None:
    """Write over the content of a file; on an error write its old content back."""
    with open(path, "r+b", buffering=0) as file:
        old = file.readall()
        try:
            _write_over(file, data)
        except BaseException:
            _write_over(file, old)
            raise


def _write_over(file: FileIO, data: bytes) -> None:
    file.seek(0)
    rest = memoryview(data)
    while rest:
        rest = rest[file.write(rest) :]
    file.truncate()
