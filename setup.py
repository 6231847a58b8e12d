"""The compiled core is optional: if it cannot be built, the package is installed with the pure Python core.

AUTOGRAD_PURE_PYTHON=1 leaves it out, for a wheel that fits every machine.
"""

import os
import runpy
import sys
from pathlib import Path

from setuptools import Extension, find_packages, setup
from setuptools.command.build_ext import build_ext

NATIVE = Path(__file__).parent / "autograd" / "_native"
# the kernels must round as Python does: no fused multiply-add, and no other shortcut that changes a bit
FLAGS = ["/fp:precise"] if sys.platform == "win32" else ["-O3", "-fno-math-errno", "-ffp-contract=off"]


class OptionalBuild(build_ext):
    """Builds the compiled core, or says in one line why it is left out."""

    def run(self) -> None:
        """Build, and go on without if that fails."""
        try:
            super().run()
        except Exception as error:  # no compiler, no headers, a compiler that fails
            reason = str(error).strip().splitlines()[-1] if str(error).strip() else type(error).__name__
            if "non-zero exit status" in reason:  # after a command of several hundred characters
                reason = "the C compiler failed, see above"
            print(
                f"autograd: the compiled core was not built ({reason}), so the pure Python core is installed, which "
                "gives the same results more slowly; for the compiled one install a C compiler and Python's headers "
                "(Debian: apt install gcc python3-dev) and install again",
                file=sys.stderr,
            )
            self.extensions = []


if __name__ == "__main__":
    digest = runpy.run_path(str(NATIVE / "__init__.py"))["digest"]()  # without importing the package
    core = Extension(
        "autograd._native.core",
        sorted(f"autograd/_native/{file.name}" for file in NATIVE.glob("*.c")),
        depends=["setup.py", *sorted(str(file) for file in NATIVE.glob("*.h"))],
        define_macros=[("SOURCES", f'"{digest}"')],
        extra_compile_args=FLAGS,
    )
    pure = os.environ.get("AUTOGRAD_PURE_PYTHON", "0") not in ("", "0")
    setup(
        packages=[*find_packages(include=["autograd*"]), "autograd.demos"],
        package_dir={"autograd.demos": "demos"},  # a folder of their own in the sources, within the package in a wheel
        ext_modules=[] if pure else [core],
        cmdclass={"build_ext": OptionalBuild},
    )
