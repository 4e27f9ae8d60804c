"""What holds the house together: the framework knows no modality, imports go one way, and little is loaded."""

from __future__ import annotations

import ast
import re
import shutil
import subprocess
import sys
import sysconfig
import venv
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
ROOMS = ("encoders", "conf", "data")
MODALITIES = {"number", "date", "place", "corporation", "image"}
FILES = sorted(
    path
    for path in (ROOT / "omnimodal").rglob("*.py")
    if path.relative_to(ROOT / "omnimodal").parts[0] not in ROOMS and "__pycache__" not in path.parts
)


def module_of(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def docstrings(tree: ast.AST) -> set[ast.AST]:
    """The string constants that stand alone: documentation may tell of modalities."""
    return {
        node.value for node in ast.walk(tree) if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }


def names_of(tree: ast.AST) -> set[str]:
    """What the code imports, and its strings: a name of a modality there would be knowledge of it.

    A local variable called `number` or `place` is a word of English and is let be.
    """
    found: set[str] = set()
    prose = docstrings(tree)
    for node in ast.walk(tree):
        match node:
            case ast.Import():
                found |= {alias.name for alias in node.names}
            case ast.ImportFrom():
                found |= {node.module or "", *(f"{node.module}.{alias.name}" for alias in node.names)}
            case ast.Constant(value=str(text)) if node not in prose:
                found.add(text)
            case ast.ClassDef(name=name) | ast.Attribute(attr=name):
                found.add(name)
    return found


def knows_a_modality(name: str) -> bool:
    classes = {modality.capitalize() for modality in MODALITIES} | {f"{m.capitalize()}Encoder" for m in MODALITIES}
    return name in MODALITIES | classes or bool(re.search(r"(?<![.\w])(omnimodal\.)?encoders\.[a-z]", name))


def runtime_imports(tree: ast.AST, module: str) -> set[str]:
    """Modules imported at the top or inside functions, without those for type checkers only."""
    hidden: set[ast.AST] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            hidden |= {inner for statement in node.body for inner in ast.walk(statement)}
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import) and node not in hidden:
            found |= {alias.name for alias in node.names}
        if isinstance(node, ast.ImportFrom) and node not in hidden:
            assert node.level == 0, f"{module}: a relative import"
            inner = {f"{node.module}.{alias.name}" for alias in node.names} & MODULES
            found |= inner or {node.module or ""}
            # `from package import name` of something else than a module needs the package itself
            if len(inner) < len(node.names):
                found.add(node.module or "")
    return (found & MODULES) - {module}


MODULES = {module_of(path) for path in FILES}


@pytest.mark.parametrize("path", FILES, ids=module_of)
def test_the_framework_knows_no_modality(path):
    tree = ast.parse(path.read_text("utf-8"))
    assert not {name for name in names_of(tree) if knows_a_modality(name)}
    assert "omnimodal.encoders" not in {
        name for name in names_of(tree) if name != "omnimodal.encoders" or _imports(tree)
    }


def _imports(tree: ast.AST) -> bool:
    """Whether `omnimodal.encoders` is imported, and not only the name of the entry-point group."""
    imported = {a.name for n in ast.walk(tree) if isinstance(n, ast.Import) for a in n.names}
    imported |= {n.module or "" for n in ast.walk(tree) if isinstance(n, ast.ImportFrom)}
    imported |= {f"{n.module}.{a.name}" for n in ast.walk(tree) if isinstance(n, ast.ImportFrom) for a in n.names}
    return any(name == "omnimodal.encoders" or name.startswith("omnimodal.encoders.") for name in imported)


@pytest.mark.parametrize(
    ("code", "knows"),
    [
        ("from omnimodal.encoders.number import Number", True),
        ("import omnimodal.encoders.place", True),
        ('x["date"]', True),
        ('get("omnimodal.encoders.date:DateEncoder")', True),
        ("entity.Place", True),
        ("number = place + 1", False),
        ('"""A date or a place."""', False),
        ('print("the number of things")', False),
    ],
)
def test_the_rule_is_fair(code, knows):
    assert any(map(knows_a_modality, names_of(ast.parse(code)))) == knows


def test_imports_go_one_way():
    edges = {module_of(path): runtime_imports(ast.parse(path.read_text("utf-8")), module_of(path)) for path in FILES}
    assert edges["omnimodal.model"] >= {"omnimodal.encode", "omnimodal.splice"}
    list(TopologicalSorter(edges).static_order())  # raises CycleError, which names the cycle


def loaded_by(code: str) -> set[str]:
    code = f"import sys; {code}; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True)
    return {name.partition(".")[0] for name in done.stdout.split()} | set(done.stdout.split())


def test_importing_loads_nothing_heavy():
    loaded = loaded_by("import omnimodal")
    assert "omnimodal.registry" in loaded
    heavy = {"torch", "transformers", "numpy", "shapely", "PIL", "hydra", "omegaconf", "safetensors", "peft", "typer"}
    assert not loaded & heavy


def test_an_entity_type_loads_no_language_model():
    assert not loaded_by("import omnimodal; omnimodal.Entity; omnimodal.Mention") & {"torch", "transformers"}
    assert "transformers" not in loaded_by("import omnimodal; omnimodal.Encoder")


def test_the_rooms_cannot_be_imported_under_a_second_name():
    code = "import encoders"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT)
    assert done.returncode != 0
    assert "ImportError: Import omnimodal.encoders instead" in done.stderr


def test_the_rooms_are_links_to_the_folders_of_the_root():
    for room in ROOMS:
        link = ROOT / "omnimodal" / room
        assert link.is_symlink()
        assert link.resolve() == ROOT / room


@pytest.mark.slow
def test_the_wheel_is_complete_and_works_from_anywhere(tmp_path):
    """Built from the tracked files alone, installed in a fresh environment, and used from another folder."""
    if shutil.which("git") is None or not (ROOT / ".git").exists():
        pytest.skip("not a git checkout")
    source = tmp_path / "source"
    listed = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    for name in filter(None, subprocess.run(listed, cwd=ROOT, capture_output=True, check=True).stdout.split(b"\0")):
        path = ROOT / name.decode()
        if path.exists() or path.is_symlink():
            (source / name.decode()).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(path, source / name.decode(), follow_symlinks=False)
    build = ["wheel", "--no-deps", "--no-build-isolation", "--no-index", "-q", "-w", str(tmp_path), str(source)]
    subprocess.run([sys.executable, "-m", "pip", *build], check=True, cwd=tmp_path)
    [wheel] = tmp_path.glob("omnimodal-*.whl")

    venv.create(tmp_path / "env", with_pip=False)
    python = tmp_path / "env" / "bin" / "python"
    site = Path(
        subprocess.run(
            [python, "-c", "import site; print(site.getsitepackages()[0])"], capture_output=True, text=True, check=True
        ).stdout.strip()
    )
    install = ["install", "--no-deps", "--no-index", "-q", "--target", str(site), str(wheel)]
    subprocess.run([sys.executable, "-m", "pip", *install], check=True, cwd=tmp_path)
    # The other packages are those of this environment, but not its editable omnimodal: a .pth in a .pth is not read.
    (site / "outer.pth").write_text(sysconfig.get_path("purelib") + "\n")

    def run(code: str) -> str:
        done = subprocess.run([python, "-c", code], capture_output=True, text=True, cwd=tmp_path / "env")
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    assert run("import omnimodal; print(omnimodal.__file__)") == str(site / "omnimodal" / "__init__.py")
    assert run("import omnimodal; print(sorted(omnimodal.registry.names()))") == str(sorted(MODALITIES))
    assert run("import omnimodal.encoders; print(omnimodal.encoders.__name__)") == "omnimodal.encoders"
    for room in ROOMS:
        assert run(f"import importlib.util; print(importlib.util.find_spec({room!r}))") == "None"
        files = {path.relative_to(ROOT / room) for path in (ROOT / room).rglob("*") if path.is_file()}
        files = {path for path in files if "__pycache__" not in path.parts}
        there = {path.relative_to(site / "omnimodal" / room) for path in (site / "omnimodal" / room).rglob("*")}
        assert files - there == set()
    assert (site / "omnimodal" / "py.typed").exists()
    assert {"smollm2_135m", "tiny"} <= set(run("from omnimodal import llm; print(*llm.names())").split())
    names = "import omnimodal; print([omnimodal.registry.get(name).__name__ for name in omnimodal.registry.names()])"
    assert run(names).count("Encoder") == len(MODALITIES)
    entities = (
        "import omnimodal; print([getattr(omnimodal, name).modality for name in omnimodal.registry.entity_names()])"
    )
    assert sorted(ast.literal_eval(run(entities))) == sorted(MODALITIES)
