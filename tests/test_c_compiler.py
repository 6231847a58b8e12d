"""Compiling C: whatever goes wrong is an exception with the reason, and what was compiled is found again."""

import os
import shutil
import stat
import subprocess
import sys
import threading
import time
from array import array
from pathlib import Path

import pytest

from autograd.compilation.c import compiler as c_compiler
from autograd.compilation.c.compiler import NotBuilt, build, cache_folder, compiler

TWICE = "long run(double *v) { v[1] = 2.0 * v[0]; return -1; }"


@pytest.fixture(autouse=True)
def caches(tmp_path, monkeypatch):
    folder = tmp_path / "caches"
    monkeypatch.setenv("XDG_CACHE_HOME", str(folder))
    monkeypatch.delenv("CC", raising=False)
    monkeypatch.delenv("AUTOGRAD_CFLAGS", raising=False)
    return folder / "autograd"


def twice(built, x=21.0):
    numbers = array("d", [x, 0.0])
    assert built.run(numbers.buffer_info()[0]) == -1
    return numbers[1]


def script(folder, text):
    """Make a program that can be used as a compiler."""
    file = folder / "compiler"
    file.write_text(f"#!/bin/sh\n{text}\n")
    file.chmod(0o755)
    return str(file)


def run(code, **environment):
    """Run Python code in a process of its own."""
    found = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, env=os.environ | environment
    )
    assert found.returncode == 0, found.stderr
    return found.stdout


# --- building ---


def test_a_program_is_compiled_once_and_then_found_in_the_cache(caches):
    first = build(TWICE).result()
    again = build(TWICE)
    assert again.done()
    assert twice(first) == twice(again.result()) == 42.0
    assert first.seconds > 0.0 and again.result().seconds == 0.0
    assert len(list(caches.iterdir())) == 1
    assert stat.S_IMODE(caches.stat().st_mode) == 0o700


def test_another_text_and_other_flags_are_other_programs(caches):
    for flags in ([], ["-O0"], ["-march=native", "-DNAME"]):
        build(TWICE, flags).result()
    build(TWICE + "\n").result()
    assert len(list(caches.iterdir())) == 4


def test_flags_that_are_given_take_precedence(monkeypatch):
    text = "long run(double *v) { v[1] = FACTOR * v[0]; return -1; }"
    assert twice(build(text, ["-DFACTOR=3"]).result()) == 63.0
    monkeypatch.setenv("AUTOGRAD_CFLAGS", "-DFACTOR=4 -O0")
    assert twice(build(text).result()) == 84.0


def test_a_program_can_include_the_headers_of_the_compiled_core():
    text = '#include "kernels.h"\nlong run(double *v) { v[1] = ieee_mod(v[0], 4.0) + value_relu(v[0]); return -1; }'
    assert twice(build(text).result()) == 22.0


def test_a_product_is_not_fused_with_a_sum():
    text = "long run(double *v) { v[1] = v[0] * v[0] - 1.0; return -1; }"
    x = 1.0 + 2.0**-30
    assert twice(build(text).result(), x) == x * x - 1.0


def test_several_threads_run_one_program_at_once_each_on_numbers_of_its_own():
    text = """long run(double *v) {
        for (long i = 0; i < 20000000; i++) v[1] += v[0];
        return -1;
    }"""
    built = build(text).result()
    found, inside = [], threading.Barrier(2)

    def work(x):
        inside.wait()
        found.append(twice(built, x))

    threads = [threading.Thread(target=work, args=(x,)) for x in (1.0, 2.0)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(found) == [2e7, 4e7]


def test_the_same_program_can_be_built_by_several_threads_at_once(caches):
    builds = [build(TWICE) for _ in range(3)]
    assert [twice(b.result()) for b in builds] == [42.0] * 3
    assert len(list(caches.iterdir())) == 1


def test_the_same_program_can_be_built_by_two_processes_at_once(caches):
    code = f"""
from tests.test_c_compiler import *
print(twice(build({TWICE!r}).result()))"""
    processes = [subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE) for _ in range(2)]
    assert [process.communicate(timeout=60)[0] for process in processes] == [b"42.0\n"] * 2
    assert len(list(caches.iterdir())) == 1


# --- what goes wrong ---


def test_without_a_compiler_the_reason_says_how_to_get_one(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(c_compiler.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(NotBuilt, match=r"^no C compiler: install one \(Debian: apt install gcc"):
        build(TWICE).result()


def test_a_compiler_that_is_not_there_is_named(monkeypatch):
    monkeypatch.setenv("CC", "no-such-compiler -m64")
    with pytest.raises(NotBuilt, match="'no-such-compiler -m64' in CC was not found"):
        compiler()


def test_the_compiler_of_ziglang_is_used_if_there_is_no_other(monkeypatch, tmp_path):
    package = tmp_path / "ziglang"
    package.mkdir()
    (package / "__init__.py").touch()
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setenv("PATH", str(package))
    assert compiler().command == (sys.executable, "-m", "ziglang", "cc")


def test_a_compiler_that_fails_says_why_and_nothing_is_kept(caches):
    with pytest.raises(NotBuilt, match=r"^the C compiler .* failed: .*error: .*undeclared"):
        build("long run(double *v) { return nothing; }").result()
    assert not caches.exists() or not list(caches.iterdir())


@pytest.mark.parametrize(
    "does, reason",
    [
        ("exit 3", "failed: exit status 3"),
        ("kill -9 $$", "failed: exit status -9"),
        ("echo 'fatal error: no space left' >&2; exit 1", "failed: fatal error: no space left"),
        ("exit 0", "could not be run"),  # and writes nothing
        ('while [ "$1" != -o ]; do shift; done; echo broken > "$2"', "cannot be loaded"),
    ],
)
def test_a_broken_compiler_is_a_reason_not_a_crash(monkeypatch, tmp_path, does, reason, caches):
    monkeypatch.setenv("CC", script(tmp_path, f'[ "$1" = --version ] && exit 0\n{does}'))
    with pytest.raises(NotBuilt, match=reason):
        build(TWICE).result()
    assert not caches.exists() or not list(caches.iterdir())


def test_a_compiler_that_takes_too_long_is_stopped(monkeypatch, tmp_path):
    monkeypatch.setattr(c_compiler, "MOST_SECONDS", 0.2)
    monkeypatch.setenv("CC", script(tmp_path, '[ "$1" = --version ] && exit 0\nexec sleep 60'))
    with pytest.raises(NotBuilt, match="not ready after 0 seconds"):
        build(TWICE).result()


def test_a_compiler_that_does_not_know_the_fast_flags_gets_fewer(monkeypatch, tmp_path):
    refuses = 'for word; do [ "$word" = -fopenmp-simd ] && { echo "error: unknown flag" >&2; exit 1; }; done'
    monkeypatch.setenv("CC", script(tmp_path, f'{refuses}\nexec {shutil.which("cc")} "$@"'))
    assert twice(build(TWICE).result()) == 42.0


def test_without_room_for_temporary_files_nothing_is_built(monkeypatch, tmp_path):
    def full(**kwargs):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(c_compiler.tempfile, "mkdtemp", full)
    with pytest.raises(NotBuilt, match="no folder for temporary files: .*No space left"):
        build(TWICE).result()


def test_no_temporary_files_are_left(monkeypatch, tmp_path):
    monkeypatch.setattr(c_compiler.tempfile, "tempdir", str(tmp_path))
    before = set(os.listdir(tmp_path))
    build(TWICE).result()
    with pytest.raises(NotBuilt):
        build("nonsense").result()
    assert set(os.listdir(tmp_path)) - before <= {"caches"}


# --- the cache ---


def kept(folder):
    (file,) = folder.iterdir()
    return file


@pytest.mark.parametrize("content", [b"", b"nonsense", None])
def test_a_damaged_file_is_built_again(caches, content):
    build(TWICE).result()
    file = kept(caches)
    whole = file.read_bytes()
    file.unlink()  # not overwritten: this process uses it
    file.write_bytes(whole[: len(whole) // 2] if content is None else content)
    assert build(TWICE).result().seconds > 0.0
    assert kept(caches).read_bytes() == whole


def test_a_file_that_others_can_write_or_own_is_not_loaded(caches, monkeypatch):
    build(TWICE).result()
    kept(caches).chmod(0o722)
    assert build(TWICE).result().seconds > 0.0
    assert stat.S_IMODE(kept(caches).stat().st_mode) == 0o700
    user = os.geteuid()
    monkeypatch.setattr(os, "geteuid", lambda: user + 1)
    assert cache_folder() is None


def test_a_link_is_not_loaded(caches, tmp_path):
    build(TWICE).result()
    file = kept(caches)
    file.rename(tmp_path / "elsewhere")
    file.symlink_to(tmp_path / "elsewhere")
    assert build(TWICE).result().seconds > 0.0
    assert not kept(caches).is_symlink()


@pytest.mark.parametrize("mode", [0o770, 0o707, 0o777])
def test_a_folder_that_others_can_write_is_not_used(caches, mode):
    caches.mkdir(parents=True)
    caches.chmod(mode)
    assert twice(build(TWICE).result()) == 42.0
    assert not list(caches.iterdir())


def test_a_folder_that_others_can_replace_is_not_used(caches):
    caches.mkdir(parents=True)
    caches.chmod(0o700)
    caches.parent.chmod(0o777)
    assert cache_folder() is None
    caches.parent.chmod(0o1777)  # like /tmp
    assert cache_folder() == caches


@pytest.mark.parametrize("place", ["/proc/nowhere", "/dev/null", "relative"])
def test_without_a_folder_for_caches_programs_are_built_each_time(monkeypatch, place):
    monkeypatch.setenv("XDG_CACHE_HOME", place)
    monkeypatch.setenv("HOME", "/proc")
    for _ in range(2):
        built = build(TWICE).result()
        assert twice(built) == 42.0 and built.seconds > 0.0
    assert not Path("relative").exists()


def test_a_full_or_read_only_disk_costs_the_cache_alone(caches, monkeypatch):
    def full(*args):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(c_compiler.os, "replace", full)
    for _ in range(2):
        assert twice(build(TWICE).result()) == 42.0
    assert not list(caches.iterdir())


def test_files_that_were_not_used_for_long_make_room(caches, monkeypatch):
    monkeypatch.setattr(c_compiler, "MOST_FILES", 2)
    for i in range(3):
        build(TWICE + "\n" * i).result()
        for age, file in enumerate(sorted(caches.iterdir(), key=lambda file: file.stat().st_mtime)):
            os.utime(file, (1000 + age, 1000 + age))
    assert len(list(caches.iterdir())) == 2
    assert build(TWICE + "\n" * 2).done() and not build(TWICE).done()


# --- processes ---


def test_the_program_ends_without_waiting_for_the_compiler(tmp_path):
    slow = script(tmp_path, '[ "$1" = --version ] && exit 0\nexec sleep 60')
    code = f"""
import tempfile
tempfile.tempdir = {str(tmp_path)!r}
from autograd.compilation.c.compiler import build
import time
build({TWICE!r})
time.sleep(0.2)"""
    began = time.perf_counter()
    run(code, CC=slow)
    assert time.perf_counter() - began < 30.0
    assert not list(tmp_path.glob("autograd-*"))


def test_a_child_process_builds_what_its_parent_was_building(tmp_path):
    slow = script(tmp_path, f'[ "$1" = --version ] || sleep 0.3\nexec {shutil.which("cc")} "$@"')
    code = f"""
import os, sys
from tests.test_c_compiler import build, twice
building = build({TWICE!r})
child = os.fork()
assert twice(building.result(30)) == 42.0
if child == 0:
    sys.exit(0)
assert os.waitpid(child, 0)[1] == 0
print("both")"""
    assert run(code, CC=slow) == "both\n"
