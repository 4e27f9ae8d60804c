"""How long `import omnimodal` takes in a fresh process, beside what it must not load.     python benchmarks/startup.py

Target: under 0.5 s.
"""

from __future__ import annotations

import subprocess
import sys

from _timing import compare


def main() -> None:
    modules = ("sys", "omnimodal", "numpy", "torch", "transformers")

    def importing(name: str) -> object:
        return lambda: subprocess.run([sys.executable, "-c", f"import {name}"], check=True)

    compare("a fresh process", {f"import {name}": importing(name) for name in modules}, "import omnimodal", rounds=5)


if __name__ == "__main__":
    main()
