"""Files are replaced whole or not at all, and stay what they were: mode, links, devices."""

import errno
import os
import stat
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

import autograd
from autograd import GradientMonitor, Value, nn
from autograd.files import writable, write
from autograd.notebook import write_notebook
from autograd.stepper import Stepper

ROOT = Path(__file__).parent.parent
posix = pytest.mark.skipif(os.name != "posix", reason="modes, links and pipes of POSIX")


def picture(path):
    return autograd.draw((Value(1.0, "x") * 2).named("y")).save(path)


def page(path):
    return autograd.play((Value(1.0, "x") * 2).named("y"), path).path


def monitor(path):
    model = nn.Linear(1, 1, seed=0)
    watching = GradientMonitor(model)
    model([1.0])[0].backward()
    watching.record()
    return watching.save(path)


def notebook(path):
    return write_notebook(Stepper("1", {}), Path(path))


def model(path):
    autograd.save(nn.Linear(1, 1, seed=0), path)


WRITERS = [(model, ".json"), (picture, ".svg"), (picture, ".dot"), (page, ".html"), (monitor, ".svg")]
WRITERS += [(notebook, ".ipynb")]
every_writer = pytest.mark.parametrize("writer, suffix", WRITERS, ids=lambda part: getattr(part, "__name__", part))


# --- paths ---


def test_a_path_with_a_known_suffix_in_a_folder_that_exists_is_taken(tmp_path):
    assert writable(tmp_path / "a.SVG", ".svg", ".png") == tmp_path / "a.SVG"


def test_the_home_folder_may_be_written_as_a_tilde(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    assert writable("~/a.svg", ".svg") == tmp_path / "a.svg"


def test_a_folder_that_does_not_exist_is_named_before_anything_is_written(tmp_path):
    for check in (lambda path: writable(path, ".json"), lambda path: autograd.save(nn.Linear(1, 1), path)):
        with pytest.raises(FileNotFoundError, match="the folder .*nowhere' does not exist: make it"):
            check(tmp_path / "nowhere" / "a.json")
    assert not list(tmp_path.iterdir())


@posix
def test_a_link_into_a_folder_that_does_not_exist_is_refused_with_the_name_of_that_folder(tmp_path):
    (tmp_path / "a.json").symlink_to(tmp_path / "nowhere" / "b.json")
    with pytest.raises(FileNotFoundError, match="the folder .*nowhere' does not exist"):
        model(tmp_path / "a.json")


def test_a_folder_is_not_taken_for_a_file(tmp_path):
    (tmp_path / "a.json").mkdir()
    with pytest.raises(IsADirectoryError, match=r"a.json' is a folder: give the path of a file"):
        model(tmp_path / "a.json")


@pytest.mark.parametrize("path", ["a", "a.gif", ".svg"])
def test_another_suffix_is_refused_with_those_that_are_known(path):
    with pytest.raises(ValueError, match=r"ends in \.svg or \.png, but got"):
        writable(Path(path), ".svg", ".png")


# --- what is written ---


def test_text_is_written_as_utf8_with_its_line_ends_and_bytes_as_they_are(tmp_path):
    assert write(tmp_path / "a", "é\n层\r\n") == (tmp_path / "a").resolve()
    assert (tmp_path / "a").read_bytes() == b"\xc3\xa9\n\xe5\xb1\x82\r\n"
    write(tmp_path / "a", b"\xff")
    assert (tmp_path / "a").read_bytes() == b"\xff"


@posix
@every_writer
def test_an_existing_file_keeps_its_mode_and_a_link_to_it_stays_a_link(tmp_path, writer, suffix):
    target, link = tmp_path / f"target{suffix}", tmp_path / f"link{suffix}"
    target.write_text("old")
    target.chmod(0o664)
    link.symlink_to(target.name)
    writer(link)
    assert link.is_symlink() and target.read_text() != "old"
    assert stat.S_IMODE(target.stat().st_mode) == 0o664
    assert sorted(p.name for p in tmp_path.iterdir()) == sorted([target.name, link.name])


@posix
def test_an_existing_file_keeps_its_owner_and_a_secret_one_is_never_readable(tmp_path, monkeypatch):
    path = tmp_path / "secret"
    path.write_text("old")
    path.chmod(0o600)
    if os.geteuid() == 0:
        os.chown(path, 65534, 65534)
    before, modes = path.stat(), []
    monkeypatch.setattr(os, "fsync", lambda fd: modes.append(stat.S_IMODE(os.fstat(fd).st_mode)))
    write(path, "new")
    after = path.stat()
    assert (after.st_uid, after.st_gid, after.st_mode) == (before.st_uid, before.st_gid, before.st_mode)
    assert modes == [0o600] and after.st_ino != before.st_ino and path.read_text() == "new"


@posix
def test_a_file_that_somebody_else_owns_is_overwritten_and_stays_theirs(tmp_path, monkeypatch):
    def refuse(*arguments):
        raise PermissionError(errno.EPERM, "Operation not permitted")

    path = tmp_path / "theirs"
    path.write_text("old")
    theirs = os.stat_result((*path.stat()[:4], 12345, *path.stat()[5:]))
    monkeypatch.setattr("autograd.files._status", lambda path: theirs)
    monkeypatch.setattr(os, "chown", refuse)
    before = path.stat().st_ino
    write(path, "new")
    assert path.read_text() == "new" and path.stat().st_ino == before and list(tmp_path.iterdir()) == [path]


@posix
@every_writer
def test_a_new_file_follows_the_umask(tmp_path, writer, suffix):
    for mask, mode in ((0o022, 0o644), (0o027, 0o640), (0o000, 0o666)):
        before = os.umask(mask)
        try:
            writer(tmp_path / f"{mask}{suffix}")
        finally:
            os.umask(before)
        assert stat.S_IMODE((tmp_path / f"{mask}{suffix}").stat().st_mode) == mode


@posix
def test_a_dangling_link_gets_its_target(tmp_path):
    (tmp_path / "link.json").symlink_to("target.json")
    model(tmp_path / "link.json")
    assert (tmp_path / "link.json").is_symlink() and (tmp_path / "target.json").is_file()


@every_writer
def test_the_longest_file_name_is_not_too_long(tmp_path, writer, suffix):
    longest = "n" * (255 - len(suffix)) + suffix
    for _ in range(2):
        writer(tmp_path / longest)
    assert [p.name for p in tmp_path.iterdir()] == [longest]


@posix
def test_another_hard_link_keeps_the_old_content(tmp_path):
    (tmp_path / "a").write_text("old")
    os.link(tmp_path / "a", tmp_path / "b")
    write(tmp_path / "a", "new")
    assert ((tmp_path / "a").read_text(), (tmp_path / "b").read_text()) == ("new", "old")


@posix
def test_a_pipe_is_written_to_and_stays_a_pipe(tmp_path):
    pipe = tmp_path / "a.json"
    os.mkfifo(pipe)
    reader = subprocess.Popen(["cat", pipe], stdout=subprocess.PIPE)
    model(pipe)
    assert b'"weight"' in reader.communicate(timeout=60)[0]
    assert stat.S_ISFIFO(pipe.stat().st_mode) and len(list(tmp_path.iterdir())) == 1


# --- when it fails ---


@every_writer
def test_a_full_disk_leaves_the_old_file_as_it_was_and_no_other(tmp_path, monkeypatch, writer, suffix):
    def full(descriptor):
        raise OSError(errno.ENOSPC, "No space left on device")

    (tmp_path / f"old{suffix}").write_text("old")
    monkeypatch.setattr(os, "fsync", full)
    for name in (f"old{suffix}", f"new{suffix}"):
        with pytest.raises(OSError, match=f"No space left on device: .*{name}'$") as failed:
            writer(tmp_path / name)
        assert failed.value.errno == errno.ENOSPC
    assert (tmp_path / f"old{suffix}").read_text() == "old" and len(list(tmp_path.iterdir())) == 1


@posix
def test_a_limit_of_the_system_leaves_the_old_file_as_it_was_and_no_other(tmp_path):
    resource = pytest.importorskip("resource")
    (tmp_path / "old").write_text("old")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (16, before[1]))
    try:
        for name in ("old", "new"):
            with pytest.raises(OSError, match=f"File too large: .*{name}'$"):
                write(tmp_path / name, "x" * 17)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert (tmp_path / "old").read_text() == "old" and len(list(tmp_path.iterdir())) == 1


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="a device that is always full")
def test_a_full_device_is_named_by_the_path_that_was_given(tmp_path):
    (tmp_path / "a.json").symlink_to("/dev/full")
    with pytest.raises(OSError, match=r"No space left on device.*a\.json") as failed:
        model(tmp_path / "a.json")
    assert failed.value.errno == errno.ENOSPC


@pytest.mark.parametrize("error", [OSError(errno.ENOSPC, "full"), KeyboardInterrupt()])
def test_nothing_is_left_behind_when_the_last_step_fails(tmp_path, monkeypatch, error):
    def fail(*paths):
        raise error

    (tmp_path / "a").write_text("old")
    monkeypatch.setattr(os, "replace", fail)
    with pytest.raises(type(error)):
        write(tmp_path / "a", "new")
    assert (tmp_path / "a").read_text() == "old" and len(list(tmp_path.iterdir())) == 1


@pytest.mark.parametrize("refused", [errno.EACCES, errno.EBUSY])
def test_a_file_that_cannot_be_replaced_is_overwritten(tmp_path, monkeypatch, refused):
    def fail(*paths):
        raise OSError(refused, "open, or a mount")

    monkeypatch.setattr(os, "replace", fail)
    for old in ("much longer than the new content", ""):
        (tmp_path / "a").write_text(old)
        write(tmp_path / "a", "new")
        assert (tmp_path / "a").read_text() == "new" and len(list(tmp_path.iterdir())) == 1
    with pytest.raises(OSError, match="b'$"):
        write(tmp_path / "b", "new")
    assert len(list(tmp_path.iterdir())) == 1


AS_NOBODY = """
import os, resource, sys
from autograd.files import write
if os.geteuid() == 0:
    os.setuid(65534)
folder = sys.argv[1]
for name in ("protected", "open/protected"):
    try:
        write(f"{folder}/{name}", "new")
    except PermissionError as error:
        assert name in str(error), error
    else:
        raise AssertionError("written")
try:
    write(f"{folder}/new", "new")
except PermissionError as error:
    assert str(error).endswith("/new'"), error
write(f"{folder}/writable", "new")
resource.setrlimit(resource.RLIMIT_FSIZE, (16, 16))
try:
    write(f"{folder}/writable", "x" * 17)
except OSError as error:
    print("too large" if "writable" in str(error) else error)
"""


@posix
def test_a_read_only_folder_allows_what_its_files_allow_and_a_protected_file_is_not_replaced():
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "open").mkdir()
        modes = {"writable": 0o666, "protected": 0o444, "open/protected": 0o444, "open": 0o777, ".": 0o555}
        for path, mode in modes.items():
            if not (folder / path).is_dir():
                (folder / path).write_text("old")
            (folder / path).chmod(mode)
        done = subprocess.run([sys.executable, "-c", AS_NOBODY, name], cwd=ROOT, capture_output=True, text=True)
        (folder).chmod(0o755)
        assert (done.stdout, done.stderr) == ("too large\n", "")
        assert (folder / "writable").read_text() == "new" and (folder / "protected").read_text() == "old"
        assert sorted(p.name for p in folder.rglob("*")) == ["open", "protected", "protected", "writable"]
