"""What type checkers know: the stubs are those of the table, and a user's program is checked by them."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from docs.make import stubs

USERS_PROGRAM = Path(__file__).parent / "users_program.py"


def test_the_stubs_are_what_the_table_gives():
    hint = "run: python -m docs.make stubs"
    assert (stubs.PACKAGE / "elementwise.pyi").read_text(encoding="utf-8") == stubs.functions_stub(), hint
    assert (stubs.PACKAGE / "methods.pyi").read_text(encoding="utf-8") == stubs.methods_stub(), hint
    for module in stubs.NAMES:
        assert (stubs.PACKAGE / module).read_text(encoding="utf-8") == stubs.with_names(module), hint


PROGRAM = """
import autograd
from autograd import Value, dot, exp, grad, nn, tanh

x = Value(1.0)
reveal_type(x.exp())
reveal_type(exp(x))
reveal_type(exp(1.0))
reveal_type(x * 2 + 1)
reveal_type(autograd.maximum(x, 0.0))
reveal_type(x.clip(0.0, 1.0))

def activation(z: Value) -> Value:
    return tanh(z)

x.nonsense()
autograd.nonsense(x)
exp("a")
"""


@pytest.mark.slow
def test_a_users_program_is_checked(tmp_path):
    pytest.importorskip("mypy")
    program = tmp_path / "program.py"
    program.write_text(PROGRAM)
    command = [sys.executable, "-m", "mypy", "--strict", "--cache-dir", str(tmp_path / "cache"), str(program)]
    root = Path(stubs.PACKAGE).parent
    output = subprocess.run(command, capture_output=True, text=True, cwd=root).stdout
    revealed = [line.split('"')[1].rsplit(".", 1)[-1] for line in output.splitlines() if "Revealed" in line]
    assert revealed == ["Value", "Value", "float", "Value", "Value", "Value"], output
    errors = [line for line in output.splitlines() if "program.py" in line and "error:" in line]
    assert len(errors) == 3 and "nonsense" in errors[0] and "nonsense" in errors[1] and "exp" in errors[2], output


@pytest.mark.slow
@pytest.mark.parametrize("checker", [["mypy", "--strict", "--cache-dir", "cache"], ["pyright", "--warnings"]])
def test_a_program_that_uses_most_of_the_package_is_accepted_in_another_folder(checker, tmp_path):
    pytest.importorskip(checker[0])
    (tmp_path / "program.py").write_text(USERS_PROGRAM.read_text(encoding="utf-8"), encoding="utf-8")
    command = [sys.executable, "-m", *checker, "program.py"]
    if checker[0] == "pyright":
        command += ["--pythonpath", sys.executable]
    environment = {**os.environ, "PYTHONPATH": str(stubs.PACKAGE.parent)}
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, env=environment)
    assert done.returncode == 0, done.stdout + done.stderr


def test_that_program_runs(tmp_path):
    environment = {**os.environ, "PYTHONPATH": str(stubs.PACKAGE.parent)}
    command = [sys.executable, str(USERS_PROGRAM)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, env=environment)
    assert done.stdout == "True 5 False\n", done.stderr
