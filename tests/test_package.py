"""The package as a whole: what importing it costs, brings and warns of."""

import ast
import graphlib
import importlib
import importlib.metadata
import os
import re
import subprocess
import sys
import textwrap
import tomllib
import traceback
from pathlib import Path

import pytest

import autograd

ROOT = Path(__file__).parent.parent


def run(code: str, *paths: str) -> "subprocess.CompletedProcess[str]":
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), *paths])}
    return subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)


def test_importing_it_imports_nothing_but_itself_and_the_standard_library():
    code = "import sys, autograd; print(*sorted({m.split('.')[0] for m in sys.modules} - sys.stdlib_module_names))"
    interpreter = {"__main__", "_distutils_hack", "sitecustomize", "usercustomize"}
    extra = set(run(code).stdout.split()) - interpreter - {"autograd"}
    assert not {name for name in extra if not name.startswith("__editable__")}


def test_no_module_needs_processes_or_threads_to_be_imported():
    code = """
        import _thread, importlib, pkgutil, sys
        def refuse(*args): raise RuntimeError("can't start new thread")  # as in a browser
        _thread.start_new_thread = refuse
        sys.modules |= dict.fromkeys(("subprocess", "multiprocessing", "concurrent.futures", "socket"))
        import autograd
        for module in pkgutil.walk_packages(autograd.__path__, "autograd.", onerror=print):
            if not module.name.endswith("__main__"):
                print(importlib.import_module(module.name).__name__)"""
    names = run(textwrap.dedent(code)).stdout.split()
    assert len(names) > 90 and "autograd.view.drawing.render" in names


def test_it_warns_when_pypis_autograd_is_installed_too(tmp_path):
    assert run("import autograd").stderr == ""
    (tmp_path / "autograd-1.8.0.dist-info").mkdir()
    warning = run("import autograd", str(tmp_path)).stderr
    assert "UserWarning: PyPI's 'autograd' (HIPS autograd) is installed" in warning
    assert "two virtual environments" in warning


def test_it_has_a_version_in_one_place():
    assert re.fullmatch(r"\d+\.\d+\.\d+(\.dev\d+)?", autograd.__version__)
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    newest, date = re.search(r"^## ([\d.]+) \((.*)\)$", text, re.MULTILINE).groups()
    assert autograd.__version__ == newest + (".dev0" if date == "unreleased" else "")
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert "version" not in project["project"]
    try:
        installed = importlib.metadata.version("scalar-autograd")
    except importlib.metadata.PackageNotFoundError:  # run from a checkout that is not installed
        return
    assert installed == autograd.__version__, "installed from another version: run pip install -e . again"


def test_it_ships_its_types_and_names_its_distribution():
    assert (ROOT / "autograd" / "py.typed").exists()
    try:
        assert importlib.metadata.metadata("scalar-autograd")["Name"] == "scalar-autograd"
    except importlib.metadata.PackageNotFoundError:  # run from a checkout that is not installed
        assert 'name = "scalar-autograd"' in (ROOT / "pyproject.toml").read_text(encoding="utf-8")


def test_the_files_that_demos_read_travel_in_the_wheel():
    with (ROOT / "pyproject.toml").open("rb") as file:
        patterns = tomllib.load(file)["tool"]["setuptools"]["package-data"]["autograd.demos"]
    read = [path for path in (ROOT / "demos").iterdir() if path.is_file() and path.suffix != ".py"]
    assert read and all(any(path.match(pattern) for pattern in patterns) for path in read)


def test_the_headers_that_compiled_functions_include_travel_in_the_wheel():
    with (ROOT / "pyproject.toml").open("rb") as file:
        patterns = tomllib.load(file)["tool"]["setuptools"]["package-data"]["autograd"]
    headers = [path.relative_to(ROOT / "autograd") for path in (ROOT / "autograd").rglob("*.h")]
    assert len(headers) > 5 and all(any(path.match(pattern) for pattern in patterns) for path in headers)


@pytest.mark.parametrize(
    "package, wrong, meant",
    [
        ("autograd", "expain", "explain"),  # not loaded yet
        ("autograd", "sigmod", "sigmoid"),
        ("autograd.nn", "Relu", "ReLU"),
        ("autograd.nn", "Sequental", "Sequential"),
        ("autograd.optim", "AdmaW", "AdamW"),
        ("autograd.optim.lr_scheduler", "StepLr", "StepLR"),
        ("autograd.view", "Explaination", "Explanation"),
    ],
)
def test_a_name_that_a_package_lacks_gets_the_one_that_was_meant(package, wrong, meant):
    module = importlib.import_module(package)
    with pytest.raises(AttributeError) as error:
        getattr(module, wrong)
    assert str(error.value) == f"module {package!r} has no attribute {wrong!r}; did you mean {meant!r}?"
    shown = "".join(traceback.format_exception(error.value))
    assert shown.lower().count("did you mean") == 1  # Python adds no suggestion of its own


def test_a_name_like_no_other_gets_no_suggestion_and_names_with_underscores_are_asked_for_by_tools():
    for module in (autograd, autograd.nn, autograd.optim):
        for name in ("qqqqqq", "_repr_html_", "__wrapped__", "_sigmod"):
            assert not hasattr(module, name)
            with pytest.raises(AttributeError, match=f"has no attribute '{name}'$"):
                getattr(module, name)
    code = "import sys, autograd; hasattr(autograd, '__wrapped__'), hasattr(autograd.nn, '_x'); print(*sys.modules)"
    assert "difflib" not in run(code).stdout.split()


def test_dir_lists_what_is_not_loaded_yet():
    assert run("import autograd; print({'explain', 'nn', 'sigmoid', 'Value'} <= set(dir(autograd)))").stdout == "True\n"


def test_dir_lists_public_names_and_no_helpers():
    for module in (autograd, autograd.nn, autograd.optim, autograd.optim.lr_scheduler, autograd.view):
        names = {name for name in dir(module) if not (name.startswith("__") and name.endswith("__"))}
        extra = {"abs", "max", "min", "pow", "sum"} if module is autograd else set()
        assert names == {*module.__all__, *extra}
        assert all(hasattr(module, name) for name in dir(module))


def test_the_functions_of_losses_are_there_without_an_import_of_their_own():
    assert run("import autograd; print(autograd.nn.functional.mse_loss([1.0], [3.0]))").stdout == "4.0\n"


# --- the direction of imports ---


def imports():
    """Yield, for every import of one module of the package by another, both and the names; types alone do not count."""
    for path in sorted((ROOT / "autograd").rglob("*.py")):
        parts = path.relative_to(ROOT).with_suffix("").parts
        package = parts[:-1]
        importer = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for node in tree.body:
            if isinstance(node, ast.ImportFrom) and node.level:
                base = ".".join((*package[: len(package) - node.level + 1], *(node.module or "").split("."))).rstrip(
                    "."
                )
                for name in node.names:
                    inner = f"{base}.{name.name}"
                    is_module = (ROOT / inner.replace(".", "/")).with_suffix(".py").exists() or (
                        ROOT / inner.replace(".", "/") / "__init__.py"
                    ).exists()
                    yield importer, inner if is_module else base, "" if is_module else name.name


def test_no_module_imports_itself_by_way_of_others():
    uses = {}
    for importer, imported, _ in imports():
        uses.setdefault(importer, set()).add(imported)
    assert {"autograd.value", "autograd.graph"} <= uses["autograd.transforms"]
    order = graphlib.TopologicalSorter(uses)
    order.prepare()  # raises a CycleError that names the cycle


def test_no_private_name_is_imported_across_packages():
    for importer, imported, name in imports():
        if name.startswith("_") and not name.startswith("__"):
            assert importer.split(".")[:2] == imported.split(".")[:2] and importer.count("."), (
                importer,
                imported,
                name,
            )


def test_every_page_in_the_package_is_one_that_a_module_reads():
    package = Path(autograd.__file__).parent
    code = "".join(path.read_text(encoding="utf-8") for path in package.rglob("*.py"))
    found = {path.name for kind in ("html", "css", "js") for path in package.rglob(f"*.{kind}")}
    assert "page.html" in found and {name for name in found if name not in code} == set()
    assert "backprop.html" not in found  # what play() writes if it is not told where
