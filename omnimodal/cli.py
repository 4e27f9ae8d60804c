"""The command `omnimodal`: embed, inspect, link, encoders, train, and more."""

from __future__ import annotations

import json
import os
import signal
import sys
import warnings
from contextlib import nullcontext
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from omnimodal.errors import OmnimodalError, OmnimodalWarning
from omnimodal.terminal import advancing, interruptible, reading, standard_input, writing


class _Commands(TyperGroup):
    """The commands below, and those that plug-ins bring, each loaded when it is used or listed."""

    def list_commands(self, ctx: Any) -> list[str]:
        from omnimodal import registry

        return [*super().list_commands(ctx), *registry.command_names()]

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        from omnimodal import registry

        if (own := super().get_command(ctx, cmd_name)) is not None or cmd_name not in registry.command_names():
            return own
        command: Any = typer.main.get_command(registry.command(cmd_name))
        command.name = cmd_name
        return command


app = typer.Typer(
    cls=_Commands,
    help="Entity embeddings: numbers, dates, places, companies and pictures as modalities of a language model.",
    epilog='Try: omnimodal inspect "Apple was founded on April 1, 1976 in California."',
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
)
Model = Annotated[
    str, typer.Option("--model", "-m", help="A model of conf/llm, a folder, a hub id, or an adapter folder.")
]
Reference = Annotated[str | None, typer.Option(help='When the text was written (ISO), to read "last Tuesday" against.')]
Where = Annotated[
    str, typer.Option("--store", help="Where names are looked up: a file, or postgresql://…, in place of what ships.")
]
Locale = Annotated[
    str | None,
    typer.Option(help='How numbers and dates are written, as "de": 1.234,5 and 3.4.2024; English by default.'),
]
TaggerFolder = Annotated[
    Path | None, typer.Option("--tagger", help="The folder of a tagger (omnimodal train-tagger), as one more source.")
]
Debug = Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.")]


@app.callback()
def _options(debug: Debug = False) -> None:
    pass


@app.command()
def embed(
    texts: Annotated[
        list[str] | None, typer.Argument(help="One or more texts; from standard input, a line each, if none.")
    ] = None,
    model: Model = "smollm2_135m",
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="A .npy file to write anew, for the vectors, n × d.")
    ] = None,
    pooling: Annotated[str | None, typer.Option(help="mean, last or weighted_mean.")] = None,
    reference: Reference = None,
    truncate: Annotated[bool, typer.Option(help="Cut texts that are too long, and say so.")] = False,
    store: Where = "default",
    locale: Locale = None,
) -> None:
    """Print the vector of each text as a line of JSON, or write them to a .npy file.

    Example: omnimodal embed "The tower is 330 m high." -o tower.npy
    """
    import numpy as np

    given = texts or [line.removesuffix("\r") for line in standard_input().split("\n") if line.strip()]
    if not given:
        raise OmnimodalError('Nothing to embed: give a text, as in: omnimodal embed "The tower is 330 m high."')
    if output is not None and output.suffix != ".npy":
        raise OmnimodalError(f"--output {output}: vectors are written as .npy")
    from omnimodal.api import load
    from omnimodal.paths import written_whole
    from omnimodal.resolve import opened

    overflow: Any = "truncate" if truncate else "error"
    with written_whole(output) if output is not None else nullcontext() as fresh:
        found = load(model, store=opened(store)).embed(
            given, reference=reference, locale=locale, pooling=pooling, overflow=overflow
        )
        if fresh is not None:
            with fresh.open("wb") as file:
                np.save(file, np.asarray(found))
    if output is not None:
        typer.echo(f"{len(given)} vectors of {found.vector.shape[1]} in {output}", err=True)
        return
    for text, vector in zip(given, found.vector.tolist(), strict=True):
        typer.echo(json.dumps({"text": text, "vector": vector}, ensure_ascii=False))


@app.command()
def inspect(
    text: Annotated[str, typer.Argument(help="A text; - reads it from standard input.")],
    model: Model = "smollm2_135m",
    reference: Reference = None,
    store: Where = "default",
    tagger: TaggerFolder = None,
    locale: Locale = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="One line of JSON, with mentions as link writes them.")
    ] = False,
) -> None:
    """Show which spans are entities, what they are and what else they may be, what is nested in them, the tokens spent.

    Example: omnimodal inspect "Siemens earned €77.8bn in fiscal 2023 from its base in Munich."
    """
    from omnimodal.api import load
    from omnimodal.resolve import opened
    from omnimodal.show import show
    from omnimodal.standoff import mention_json

    text = standard_input() if text == "-" else text
    loaded = load(model, store=opened(store), tagger=tagger)
    if not as_json:
        show(text, loaded, reference, locale=locale)
        return
    found = loaded.detect(text, reference=reference, locale=locale)
    typer.echo(json.dumps({"text": text, "mentions": [mention_json(m) for m in found]}, ensure_ascii=False))


@app.command()
def link(
    file: Annotated[
        str, typer.Argument(help="A text a line: JSON objects with a field of text; - for standard input.")
    ],
    out: Annotated[
        str | None,
        typer.Option(
            help="The file to write anew, or - for standard output; by default FILE with the ending .linked.jsonl."
        ),
    ] = None,
    text_field: Annotated[str, typer.Option(help="The field that holds the text.")] = "text",
    reference_field: Annotated[str | None, typer.Option(help="The field that says when it was written (ISO).")] = None,
    store: Where = "default",
    overlaps: Annotated[str, typer.Option(help="flat, nested or all.")] = "flat",
    skip_errors: Annotated[bool, typer.Option(help="Write lines that are no documents as errors, and go on.")] = False,
    tagger: TaggerFolder = None,
    locale: Locale = None,
) -> None:
    """Find and link the entities of a whole corpus; no language model is loaded. Goes on where it was interrupted.

    Example: omnimodal link news.jsonl --out entities.jsonl
    """
    from omnimodal import registry
    from omnimodal.paths import is_stream
    from omnimodal.resolve import opened
    from omnimodal.standoff import Linking

    mode: Any = overlaps
    source = Path(file)
    piped = file == "-" or is_stream(source)
    size = None if piped else source.stat().st_size
    sources: tuple[Any, ...] = ()
    if tagger is not None:
        from omnimodal.tagger.model import Tagger

        sources = (Tagger.load(tagger),)
    encoders = {name: registry.get(name)() for name in registry.names()}
    way = Linking(encoders, opened(store), text_field, reference_field, mode, skip_errors, sources, locale)
    target = out or ("-" if piped else f"{source.parent / source.stem}.linked.jsonl")
    resumable = not piped and target != "-" and not is_stream(Path(target))
    with interruptible("the same command goes on where it was" if resumable else ""), advancing(size) as advanced:
        if resumable:
            done = way.file(source, Path(target), advanced)
        else:
            with reading(file) as lines, writing(target) as to:
                done = way.lines(lines, to, "standard input" if file == "-" else file, advanced)
    more = f", after the first {done.resumed} lines" if done.resumed else ""
    typer.echo(
        f"{done.documents} texts, {done.mentions} mentions, {done.linked} with an entity, {done.skipped} lines skipped"
        f"{more}{'' if target == '-' else f': {target}'}",
        err=True,
    )


@app.command()
def encoders() -> None:
    """List the encoders that are installed, built-in and plugged in, with where they come from."""
    from rich.console import Console
    from rich.table import Table

    from omnimodal import registry

    table = Table()
    for column in ("modality", "entity", "tokens", "parameters", "class"):
        table.add_column(column, justify="right" if column in ("tokens", "parameters") else "left", overflow="fold")
    for name in registry.names():
        encoder = registry.get(name)()
        size = f"{sum(p.numel() for p in encoder.parameters()):,}"
        cls = type(encoder)
        where = f"{cls.__module__}:{cls.__name__}"
        table.add_row(name, encoder.entity.__name__, str(encoder.tokens), size, where)
    Console().print(table)


@app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True, "help_option_names": []})
def train(context: typer.Context) -> None:
    """Train an adapter, or sweep settings with -m; all arguments are hydra's (try: omnimodal train --help)."""
    from omnimodal.train.app import main as train_main

    sys.argv = ["omnimodal train", *context.args]
    train_main()


@app.command(
    "train-tagger",
    context_settings={"allow_extra_args": True, "ignore_unknown_options": True, "help_option_names": []},
)
def train_tagger(context: typer.Context) -> None:
    """Train a tagger, or sweep schedules with -m; all arguments are hydra's (try: omnimodal train-tagger --help)."""
    from omnimodal.tagger.app import main as tagger_main

    sys.argv = ["omnimodal train-tagger", *context.args]
    tagger_main()


@app.command()
def annotate(
    source: Annotated[
        Path, typer.Argument(exists=True, dir_okay=False, help='Texts, a JSON line each: {"doc": …, "text": …}.')
    ],
    out: Annotated[Path, typer.Option("--out", "-o", help="Where annotated lines go; what it has is not done again.")],
    model: Model = "smollm2_135m",
    endpoint: Annotated[
        str | None, typer.Option(envvar="OMNIMODAL_ENDPOINT", help="An OpenAI-compatible server instead.")
    ] = None,
    template: Annotated[str, typer.Option(help="standard, cot (thinks aloud first), or a file.")] = "standard",
    labels: Annotated[
        list[str] | None, typer.Option("--label", help="A label, or label=description; repeat it.")
    ] = None,
    examples: Annotated[Path | None, typer.Option(help="Worked examples; those that ship if none.")] = None,
    chunk: Annotated[int, typer.Option(min=1, help="Characters asked about at once.")] = 600,
    batch: Annotated[int, typer.Option(min=1, help="Chunks asked about at once.")] = 8,
    max_new_tokens: Annotated[int, typer.Option(min=1, help="Length of an answer.")] = 512,
    chat: Annotated[bool, typer.Option("--chat", help="Ask a local model by its chat template.")] = False,
) -> None:
    """Let a language model mark the entities of texts, to train a tagger on; the key of a server is $OMNIMODAL_API_KEY.

    Example: omnimodal annotate texts.jsonl -o annotated.jsonl --endpoint http://localhost:8000/v1 -m my-model
    """
    from omnimodal.tagger.annotate import Annotator, annotate_file
    from omnimodal.tagger.backend import Backend, CausalLM, Endpoint
    from omnimodal.tagger.prompt import make_prompt

    wanted = {name: told for name, _, told in (label.partition("=") for label in labels or ())}
    prompt = make_prompt(template, wanted, examples)
    key = os.environ.get("OMNIMODAL_API_KEY")
    backend: Backend = (
        Endpoint(endpoint, model, key=key, max_new_tokens=max_new_tokens, parallel=batch)
        if endpoint
        else CausalLM(model, max_new_tokens, chat)
    )
    with interruptible("the same command goes on where it was"):
        counts = annotate_file(source, out, Annotator(backend, prompt, chunk=chunk, batch=batch))
    typer.echo(", ".join(f"{name} {n}" for name, n in counts.items()))


def main() -> None:
    """Run the command line; an error is one line unless --debug is given."""
    warnings.showwarning = _show
    debug = "--debug" in sys.argv
    sys.argv = [argument for argument in sys.argv if argument != "--debug"]
    if debug:
        os.environ["HYDRA_FULL_ERROR"] = "1"
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))  # what was begun is tidied up
    try:
        app()
    except (OmnimodalError, OSError, ValueError, TypeError) as error:
        if debug:
            raise
        said = str(error)
        if isinstance(error, OSError) and error.filename is not None:
            said = f"{error.filename}: {error.strerror}"
        typer.echo(f"Error: {said}", err=True)
        sys.exit(1)


def _show(message: Any, category: Any, filename: str, lineno: int, file: Any = None, line: Any = None) -> None:
    if issubclass(category, OmnimodalWarning):
        typer.echo(f"Warning: {message}", err=True)
