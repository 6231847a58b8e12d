"""From C text to a function: a compiler is looked for, run in the background, and what it makes is kept for next time.

>>> built = build("long run(double *v) { v[1] = 2.0 * v[0]; return -1; }").result()
>>> from array import array
>>> numbers = array("d", [21.0, 0.0])
>>> built.run(numbers.buffer_info()[0]), numbers[1]
(-1, 42.0)

Everything that can go wrong, from a missing compiler to a full disk, is `NotBuilt` with the reason.
"""

from __future__ import annotations

import ctypes
import functools
import hashlib
import importlib.util
import os
import platform
import shlex
import shutil
import stat
import sys
import tempfile
import threading
import time
import weakref
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from concurrent.futures import Future
    from subprocess import Popen

__all__ = ["Build", "Built", "Compiler", "NotBuilt", "build", "cache_folder", "compiler"]

HEADERS = (Path(__file__).parent, Path(__file__).parents[2] / "_native")
# Results are those of IEEE-754: no -ffast-math, and a product is not fused with a sum unless the source says so.
NEEDED = ("-shared", "-fPIC", "-w", "-ffp-contract=off")
FAST = ("-O2", "-ftree-vectorize", "-fno-math-errno", "-fno-trapping-math", "-fopenmp-simd")
NATIVE = "-march=native"
FASTER = {  # with these, loops that call exp, log, tanh ... become loops over vectors
    "gcc": ("-mprefer-vector-width=512", "-fvect-cost-model=dynamic"),  # -O3 takes twice the time, for some percent
    "clang": ("-mprefer-vector-width=512", "-fveclib=libmvec"),
}
MOST_SECONDS = 120.0
MOST_FILES = 500
ADVICE = "install one (Debian: apt install gcc; anywhere: pip install ziglang)"


class NotBuilt(Exception):
    """There is no machine code, for the reason in the message."""


class Compiler(NamedTuple):
    """A C compiler.

    Args:
        command: the words that run it.
        identity: its path, size and date, by which a change is seen.
    """

    command: tuple[str, ...]
    identity: str


class Built(NamedTuple):
    """A compiled program.

    Args:
        run: takes the address of the buffer; it runs without the interpreter's lock.
        compiler: the command that compiled it.
        seconds: how long compiling took, 0.0 if that was done before.
    """

    run: Callable[[int], int]
    compiler: str
    seconds: float


def compiler() -> Compiler:
    """Return the first compiler of: that in the environment variable CC, cc, gcc, clang, that of the package ziglang.

    Raises:
        NotBuilt: there is none.
    """
    wanted = os.environ.get("CC", "").strip()
    found = _find(wanted, os.environ.get("PATH", os.defpath))
    if found is None:
        raise NotBuilt(f"the C compiler {wanted!r} in CC was not found" if wanted else f"no C compiler: {ADVICE}")
    return found


@functools.lru_cache(maxsize=16)
def _find(wanted: str, path: str) -> Compiler | None:
    for words in [shlex.split(wanted)] if wanted else [["cc"], ["gcc"], ["clang"]]:
        found = [shutil.which(word, path=path) for word in words]
        if found[0] is not None:
            files = [os.path.realpath(file) for file in found if file is not None]
            return Compiler((found[0], *words[1:]), repr([(file, _version(file)) for file in files]))
    zig = None if wanted else importlib.util.find_spec("ziglang")
    if zig is None or zig.origin is None:
        return None
    return Compiler((sys.executable, "-m", "ziglang", "cc"), repr((zig.origin, _version(zig.origin))))


def _version(file: str) -> tuple[int, int]:
    found = os.stat(file)
    return found.st_size, found.st_mtime_ns


@functools.lru_cache(maxsize=16)
def _family(command: tuple[str, ...]) -> str:
    """Return "gcc", "clang" or "": whose flags a compiler takes."""
    import subprocess

    found = subprocess.run([*command, "--version"], capture_output=True, stdin=subprocess.DEVNULL, timeout=MOST_SECONDS)
    text = found.stdout.decode(errors="replace")
    return "clang" if "clang" in text else "gcc" if "Free Software Foundation" in text else ""


@functools.cache
def _machine() -> str:
    """Return what tells this processor from others, for which -march=native means something else."""
    with suppress(OSError), open("/proc/cpuinfo", "rb") as file:
        first = file.read(8192).partition(b"\n\n")[0]
        return repr([line for line in first.split(b"\n") if line.startswith((b"model", b"flags", b"Features", b"CPU"))])
    return repr((platform.system(), platform.machine(), platform.processor()))


# --- building ---


def build(text: str, flags: Sequence[str] | None = None) -> Build:
    """Begin to compile a program with a function `long run(double *buffer)`, and return without waiting for the end.

    Args:
        text: C. `#include` finds the headers of the compiled core.
        flags: further flags, which take precedence, such as ["-march=x86-64"]; by default those in the environment
            variable AUTOGRAD_CFLAGS.
    """
    return Build(text, shlex.split(os.environ.get("AUTOGRAD_CFLAGS", "")) if flags is None else flags)


class Build:
    """A program that is being compiled in a thread, or loaded at once if it was compiled before."""

    def __init__(self, text: str, flags: Sequence[str]) -> None:
        self.text, self.flags = text, tuple(flags)
        self._start()

    def _start(self) -> None:
        from concurrent.futures import Future

        self._process = os.getpid()
        self._future: Future[Built] = Future()
        try:
            found = compiler()
            name = _name(self.text, self.flags, found)
        except NotBuilt as error:
            self._future.set_exception(error)
            return
        kept = _kept(name)
        if kept is not None:
            with suppress(NotBuilt):  # made for another C library: compile it again
                self._future.set_result(Built(_load(kept), " ".join(found.command), 0.0))
                return
        try:
            work = _Work(self.text)  # not in the thread: a fork while it holds a lock of tempfile would keep it locked
        except OSError as error:
            self._future.set_exception(NotBuilt(f"no folder for temporary files: {error}"))
            return
        arguments = work, self.flags, found, name, self._future
        threading.Thread(target=_compile_for, args=arguments, daemon=True, name="autograd: C compiler").start()

    def done(self) -> bool:
        """Return whether `result` returns or raises at once."""
        if os.getpid() != self._process and not self._future.done():
            self._start()  # the thread did not come along through a fork
        return self._future.done()

    def result(self, timeout: float | None = None) -> Built:
        """Return the compiled program; wait for it if necessary.

        Raises:
            NotBuilt: why there is none.
            TimeoutError: it is not ready after `timeout` seconds.
        """
        self.done()
        return self._future.result(timeout)


def _compile_for(work: _Work, flags: tuple[str, ...], by: Compiler, name: str, future: Future[Built]) -> None:
    try:
        found: Built | NotBuilt = _compiled(work, flags, by, name)
    except NotBuilt as error:
        found = error
    except Exception as error:  # out of memory, or of processes: the user's program goes on without
        found = NotBuilt(f"the C compiler {' '.join(by.command)} could not be run: {error}")
    work.end()
    if isinstance(found, Built):
        future.set_result(found)
    else:
        future.set_exception(found)


def _compiled(work: _Work, flags: tuple[str, ...], by: Compiler, name: str) -> Built:
    """Compile a program, with fewer flags if the compiler does not know all; keep and load it."""
    began = time.perf_counter()
    source, library = work.folder / "program.c", work.folder / "program.so"
    reason = ""
    for known in ((*FAST, NATIVE, *FASTER.get(_family(by.command), ())), (*FAST, NATIVE), FAST, ("-O2",)):
        given = [*NEEDED, *known, *flags, *[f"-I{folder}" for folder in HEADERS]]
        command = [*by.command, *given, str(source), "-o", str(library), "-lm"]
        failed = work.run(command)
        if not failed:
            path = _keep(name, library) or library
            try:
                return Built(_load(path), " ".join(by.command), time.perf_counter() - began)
            except NotBuilt as error:  # a function that the C library lacks
                failed = str(error)
                path.unlink()
        reason = reason or failed
    raise NotBuilt(f"the C compiler {' '.join(by.command)} failed: {reason}")


class _Work:
    """A program in a private folder and its compiler, ended and removed with the interpreter at the latest."""

    def __init__(self, text: str) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="autograd-"))
        self._environment = os.environ | {"TMPDIR": str(self.folder), "LC_ALL": "C"}
        self._running: list[Popen[bytes]] = []
        self.end = weakref.finalize(self, _end, self.folder, self._running, os.getpid())
        (self.folder / "program.c").write_text(text, encoding="utf-8")

    def run(self, command: Sequence[str]) -> str:
        """Run a command; return the first line of its complaint, "" if it succeeded.

        Raises:
            NotBuilt: it takes too long.
        """
        import subprocess

        process = subprocess.Popen(
            command, env=self._environment,
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
        )  # fmt: skip
        self._running[:] = [process]
        try:
            complaint = process.communicate(timeout=MOST_SECONDS)[1].decode(errors="replace")
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
            raise NotBuilt(f"the C compiler was not ready after {MOST_SECONDS:.0f} seconds") from None
        finally:
            self._running.clear()
        if process.returncode == 0:
            return ""
        lines = [line.strip() for line in complaint.splitlines() if line.strip()]
        errors = [line for line in lines if "error" in line.lower()]
        return (errors or lines or [f"exit status {process.returncode}"])[0]


def _end(folder: Path, running: list[Popen[bytes]], process: int) -> None:
    if os.getpid() == process:  # a child after a fork leaves the work of its parent alone
        for compiler in list(running):
            with suppress(OSError):
                compiler.terminate()
        shutil.rmtree(folder, ignore_errors=True)


def _load(library: Path) -> Callable[[int], int]:
    try:
        run = ctypes.CDLL(str(library)).run
    except (OSError, AttributeError) as error:
        raise NotBuilt(f"the compiled program cannot be loaded: {error}") from error
    run.argtypes, run.restype = [ctypes.c_void_p], ctypes.c_long
    found: Callable[[int], int] = run
    return found


# --- what is kept: files named after what they are made from and what is in them ---


def cache_folder() -> Path | None:
    """Return the folder with compiled programs; None if there is none that only this user can write to.

    It is `autograd` in the user's folder for caches, XDG_CACHE_HOME for example.
    """
    try:
        folder = _caches() / "autograd"
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        found = os.stat(folder)
        above = [os.stat(parent).st_mode for parent in folder.resolve().parents]
    except (OSError, RuntimeError):  # no home folder
        return None
    replaceable = any(mode & stat.S_IWOTH and not mode & stat.S_ISVTX for mode in above)
    return None if replaceable or not stat.S_ISDIR(found.st_mode) or not _is_private(found) else folder


def _caches() -> Path:
    given = os.environ.get("XDG_CACHE_HOME", "")
    if os.path.isabs(given):
        return Path(given)
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA", "") or Path.home() / "AppData" / "Local")
    return Path.home() / ("Library/Caches" if sys.platform == "darwin" else ".cache")


def _is_private(found: os.stat_result) -> bool:
    """Whether a file or folder belongs to this user, and nobody else can write to it."""
    if sys.platform == "win32":  # the user's own folders are private there
        return True
    return found.st_uid == os.geteuid() and not found.st_mode & (stat.S_IWGRP | stat.S_IWOTH)


def _name(text: str, flags: Sequence[str], by: Compiler) -> str:
    """Return a name for what a program becomes, which changes with everything that it depends on."""
    needed = (text, _headers(), tuple(flags), by, NEEDED, FAST, NATIVE, FASTER, _machine())
    return hashlib.blake2b(repr(needed).encode(), digest_size=16).hexdigest()


@functools.cache
def _headers() -> str:
    found = hashlib.blake2b(digest_size=16)
    for header in sorted(header for folder in HEADERS for header in folder.glob("*.h")):
        found.update(header.read_bytes())
    return found.hexdigest()


def _digest(content: bytes) -> str:
    return hashlib.blake2b(content, digest_size=16).hexdigest()


def _kept(name: str) -> Path | None:
    """Return the file with a program, if there is one that is whole and this user's own."""
    folder = cache_folder()
    if folder is None:
        return None
    with suppress(OSError):
        for entry in os.scandir(folder):
            if not entry.name.startswith(f"{name}-") or not entry.name.endswith(".so"):
                continue
            found = entry.stat(follow_symlinks=False)
            if not stat.S_ISREG(found.st_mode) or not _is_private(found):
                continue
            path = folder / entry.name
            if entry.name == f"{name}-{_digest(path.read_bytes())}.so":
                with suppress(OSError):
                    os.utime(path)  # the files that were not used for long are removed first
                return path
    return None


def _keep(name: str, library: Path) -> Path | None:
    """Put a compiled program into the folder, whole or not at all; return its path there."""
    folder = cache_folder()
    if folder is None:
        return None
    content = library.read_bytes()
    path = folder / f"{name}-{_digest(content)}.so"
    temporary = folder / f"{path.stem}.{os.getpid()}.{threading.get_ident()}"
    try:
        with open(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o700), "wb") as file:
            file.write(content)
        os.replace(temporary, path)
        _tidy(folder)
    except OSError:  # read-only, or full
        with suppress(OSError):
            temporary.unlink()
        return None
    return path


def _tidy(folder: Path) -> None:
    files = [(entry.stat().st_mtime, entry.path) for entry in os.scandir(folder) if entry.is_file()]
    for _, path in sorted(files)[: max(len(files) - MOST_FILES, 0)]:
        with suppress(OSError):
            os.unlink(path)
