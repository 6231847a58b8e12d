"""The package as a whole: what importing it costs, brings and warns of."""

import importlib.metadata
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent


def run(code: str, *paths: str) -> "subprocess.CompletedProcess[str]":
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), *paths])}
    return subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)


def test_importing_it_imports_nothing_but_itself_and_the_standard_library():
    code = "import sys, autograd; print(*sorted({m.split('.')[0] for m in sys.modules} - sys.stdlib_module_names))"
    interpreter = {"__main__", "_distutils_hack", "sitecustomize", "usercustomize"}
    extra = set(run(code).stdout.split()) - interpreter - {"autograd"}
    assert not {name for name in extra if not name.startswith("__editable__")}


def test_it_warns_when_pypis_autograd_is_installed_too(tmp_path):
    assert run("import autograd").stderr == ""
    (tmp_path / "autograd-1.8.0.dist-info").mkdir()
    warning = run("import autograd", str(tmp_path)).stderr
    assert "UserWarning: PyPI's 'autograd' (HIPS autograd) is installed" in warning
    assert "two virtual environments" in warning


def test_it_ships_its_types_and_names_its_distribution():
    assert (ROOT / "autograd" / "py.typed").exists()
    try:
        assert importlib.metadata.metadata("scalar-autograd")["Name"] == "scalar-autograd"
    except importlib.metadata.PackageNotFoundError:  # run from a checkout that is not installed
        assert 'name = "scalar-autograd"' in (ROOT / "pyproject.toml").read_text(encoding="utf-8")
