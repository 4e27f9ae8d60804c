"""Files as users have them: other encodings, links, pipes, the wrong name. All is read or told, and nothing is lost."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
import threading
import time

import numpy as np
import pytest
from conftest import ColourEncoder

from omnimodal.errors import OmnimodalError
from omnimodal.standoff import Linking, link_file

ENCODERS = {"colour": ColourEncoder()}
LINE = b'{"id": "a", "text": "#ff0000"}\n'


def names(folder):
    return sorted(path.name for path in folder.iterdir())


@pytest.mark.parametrize(
    "content",
    [
        LINE.strip(),
        b"\xef\xbb\xbf" + LINE,
        LINE.replace(b"\n", b"\r\n"),
        b"\xef\xbb\xbf\r\n \n" + LINE + b"\n",
        LINE.replace(b"}", b', "score": NaN}'),
        b'{"id": "a", "text": "#ff0000\\u0000"}\n',
    ],
)
def test_line_ends_marks_and_what_programs_write_do_no_harm(tmp_path, content):
    (tmp_path / "in.jsonl").write_bytes(content)
    link_file(tmp_path / "in.jsonl", tmp_path / "out.jsonl", ENCODERS, None)
    [line] = map(json.loads, (tmp_path / "out.jsonl").read_text("utf-8").splitlines())
    assert (line["id"], [m["text"] for m in line["mentions"]]) == ("a", ["#ff0000"])


@pytest.mark.parametrize(
    ("line", "told"),
    [
        (b'{"text": "K\xf6ln"}', r"line 2: byte 12 is 0xf6, which is no UTF-8"),
        (LINE.strip().decode().encode("utf-16"), r"line 2: byte 1 is 0xff"),
        (b'{"text": "a', r"line 2: Unterminated string starting at character 10: it is no JSON"),
        (b'{"text": "a\x00"}', r"line 2: Invalid control character at character 12"),
        (b"[" * 100_000, r"line 2: .* too many brackets"),
        (b'{"text": NaN}', r"line 2: it has no text in the field 'text': None"),
    ],
    ids=lambda value: ascii(value)[:20],
)
def test_what_is_no_document_is_named(tmp_path, line, told):
    (tmp_path / "in.jsonl").write_bytes(LINE + line + b"\n" + LINE)
    with pytest.raises(OmnimodalError, match=rf"in\.jsonl, {told}"):
        link_file(tmp_path / "in.jsonl", tmp_path / "out.jsonl", ENCODERS, None)
    assert names(tmp_path) == ["in.jsonl"]


def test_ids_and_names_of_files_may_be_no_unicode(tmp_path):
    source = tmp_path / os.fsdecode(b"K\xf6ln.jsonl")
    source.write_text('{"id": "\\ud800", "text": "#ff0000"}\n{\n')
    link_file(source, tmp_path / "out.jsonl", ENCODERS, None, skip_errors=True)
    one, two = map(json.loads, (tmp_path / "out.jsonl").read_text("utf-8").splitlines())
    assert one["id"] == "\ud800"
    assert two["error"].startswith(f"{source}, line 2: ")


def test_a_link_is_followed_and_a_pipe_is_not_replaced(tmp_path):
    (tmp_path / "in.jsonl").write_bytes(LINE)
    (tmp_path / "far").mkdir()
    (tmp_path / "out.jsonl").symlink_to(tmp_path / "far" / "out.jsonl")
    link_file(tmp_path / "in.jsonl", tmp_path / "out.jsonl", ENCODERS, None)
    assert (tmp_path / "out.jsonl").is_symlink()
    assert names(tmp_path / "far") == ["out.jsonl"]
    os.mkfifo(tmp_path / "pipe")
    for target, told in ((tmp_path / "pipe", "a device or a pipe"), (tmp_path / "in.jsonl" / "x", "not a folder")):
        with pytest.raises(OmnimodalError, match=told):
            link_file(tmp_path / "in.jsonl", target, ENCODERS, None)
    with pytest.raises(OmnimodalError, match="is a folder: name a file of texts"):
        link_file(tmp_path / "far", tmp_path / "out.jsonl", ENCODERS, None)
    assert names(tmp_path) == ["far", "in.jsonl", "out.jsonl", "pipe"]


def test_two_do_not_write_one_file(tmp_path):
    (tmp_path / "in.jsonl").write_bytes(LINE)

    def meanwhile(end, counts):
        with pytest.raises(OmnimodalError, match=r"out\.jsonl is being written by another process"):
            link_file(tmp_path / "in.jsonl", tmp_path / "out.jsonl", ENCODERS, None)

    link_file(tmp_path / "in.jsonl", tmp_path / "out.jsonl", ENCODERS, None, advanced=meanwhile)
    assert len((tmp_path / "out.jsonl").read_bytes().splitlines()) == 1
    assert names(tmp_path) == ["in.jsonl", "out.jsonl"]


def test_what_was_found_before_an_error_in_the_first_texts_is_kept(tmp_path):
    (tmp_path / "in.jsonl").write_bytes(LINE.replace(b"}", b', "on": "2024-01-01"}') + LINE + b"{\n")
    with pytest.raises(OmnimodalError, match=r"line 3: .*; what was done before is kept in .*\.partial"):
        link_file(tmp_path / "in.jsonl", tmp_path / "out.jsonl", ENCODERS, None, reference_field="on")
    [partial] = tmp_path.glob(".out.jsonl.*.partial")
    assert [json.loads(line)["line"] for line in partial.read_bytes().splitlines()] == [1]


def test_what_is_left_of_a_run_and_damaged_is_named(tmp_path):
    (tmp_path / "in.jsonl").write_bytes(LINE)

    def stop(end, counts):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        link_file(tmp_path / "in.jsonl", tmp_path / "out.jsonl", ENCODERS, None, advanced=stop)
    [partial] = tmp_path.glob(".out.jsonl.*.partial")
    link_file(tmp_path / "in.jsonl", tmp_path / "out", ENCODERS, None)  # whose name that one only begins with
    assert partial.exists()
    partial.write_bytes(b"\0" * 100 + b"\n")  # as some file systems leave it when the power fails
    with pytest.raises(OmnimodalError, match=r"\.partial is damaged: remove it"):
        link_file(tmp_path / "in.jsonl", tmp_path / "out.jsonl", ENCODERS, None)


# the command


def omnimodal(*arguments, stdin=b"", code=0):
    done = subprocess.run([sys.executable, "-m", "omnimodal", *map(str, arguments)], capture_output=True, input=stdin)
    assert done.returncode == code, done.stderr
    assert b"Traceback" not in done.stderr
    return done


def test_link_reads_and_writes_pipes_as_they_are(tmp_path):
    os.mkfifo(tmp_path / "in")
    os.mkfifo(tmp_path / "out")
    read = []
    helpers = [
        threading.Thread(target=lambda: (tmp_path / "in").write_bytes(b'{"text": "In 1976"}\n'), daemon=True),
        threading.Thread(target=lambda: read.append((tmp_path / "out").read_bytes()), daemon=True),
    ]
    for helper in helpers:
        helper.start()  # they wait for ever where the command opens neither
    omnimodal("link", tmp_path / "in", "--out", tmp_path / "out")
    for helper in helpers:
        helper.join()
    [mention] = json.loads(read[0])["mentions"]
    assert mention["text"] == "1976"
    assert names(tmp_path) == ["in", "out"]
    assert all((tmp_path / name).is_fifo() for name in ("in", "out"))


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("link", "none.jsonl"), "Error: none.jsonl: No such file or directory"),
        (("link", ""), "is a folder: name a file of texts"),
        (("embed", "x", "-m", "tiny", "-o", "file/x.npy"), "what is above it is a file, not a folder"),
        (("embed", "-m", "tiny"), "Error: Standard input: byte 2 is 0xf6, which is no UTF-8"),
        (("inspect", "-", "-m", "tiny"), "Error: Standard input: byte 2 is 0xf6"),
        (("annotate", "none.jsonl", "-o", "x"), "'none.jsonl' does not exist"),
        (("annotate", "file", "-o", "x", "--batch", "0"), "--batch"),
    ],
)
def test_what_cannot_be_is_one_clear_line_and_leaves_nothing(tmp_path, monkeypatch, arguments, told):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").touch()
    code = 2 if arguments[0] == "annotate" else 1
    assert told in " ".join(omnimodal(*arguments, stdin=b"K\xf6ln", code=code).stderr.decode().split())
    assert names(tmp_path) == ["file"]


def test_a_closed_stream_is_told():
    command = f"exec {sys.executable} -m omnimodal link - <&-"
    done = subprocess.run(["sh", "-c", command], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (1, "Error: Standard input is closed: name a file, or leave it open\n")


def test_embed_takes_what_a_new_line_ends_for_a_line_and_makes_folders(tmp_path):
    given = "\ufeffa\x0bb\u2028c\r\n\r\nd".encode()
    omnimodal("embed", "-m", "tiny", "-o", tmp_path / "new" / "v.npy", stdin=given)
    assert np.load(tmp_path / "new" / "v.npy").shape == (2, 64)
    assert names(tmp_path / "new") == ["v.npy"]


def test_a_command_that_is_ended_tidies_up(tmp_path):
    """As by a batch system whose time is over."""
    command = [sys.executable, "-m", "omnimodal", "link", "-", "--out", str(tmp_path / "out.jsonl")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stderr=subprocess.PIPE) as run:
        run.stdin.write(b'{"text": "In 1976"}\n' * 33)
        run.stdin.flush()
        while not names(tmp_path) and run.poll() is None:
            time.sleep(0.05)
        run.send_signal(signal.SIGTERM)
        run.stdin.close()
        assert run.wait() == 128 + signal.SIGTERM, run.stderr.read()
    assert names(tmp_path) == []


def test_a_line_of_half_a_megabyte_is_read_as_any():
    text = "#ff0000 and then some. " * 20_000
    counts = Linking(ENCODERS, None).lines([json.dumps({"text": text}).encode()], io.BytesIO())
    assert counts.mentions == 20_000
