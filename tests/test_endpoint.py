"""An OpenAI-compatible server that annotates: asked again when it is busy, named where it fails, its key hidden."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
import traceback
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from omnimodal.errors import ModelError
from omnimodal.tagger.backend import Endpoint
from omnimodal.tagger.sample import read_samples


class Double(BaseHTTPRequestHandler):
    """Answers with the next of `script`: a status, or a text to wrap into a chat completion."""

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.seen.append((self.path, self.headers.get("Authorization"), body))
        step = self.server.script.pop(0) if self.server.script else '{"place": ["Lyon"]}'
        status, headers, data = 200, {}, b"busy"
        if isinstance(step, int):
            status, headers = step, {"Location": "/elsewhere"}
        elif isinstance(step, tuple):
            status, headers, *more = step
            data = more[0] if more else data
        elif isinstance(step, bytes):
            data = step
        else:
            data = json.dumps({"choices": [{"message": {"content": step}}]}).encode()
        self.send_response(status)
        for name, value in {"Content-Length": str(len(data)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *args):
        """Quiet."""


@pytest.fixture
def server():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Double)
    server.seen, server.script = [], []
    server.url = f"http://127.0.0.1:{server.server_address[1]}/v1"
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def test_an_endpoint_is_asked_and_asked_again_when_it_is_busy(server):
    server.script = [503, 429, '{"place": ["Bonn"]}']
    endpoint = Endpoint(server.url + "/", "m", key="secret", pause=0.001, parallel=1)
    assert endpoint.answer(["one", "two"], "\nText:") == ['{"place": ["Bonn"]}', '{"place": ["Lyon"]}']
    assert [path for path, *_ in server.seen] == ["/v1/chat/completions"] * 4
    assert {key for _, key, _ in server.seen} == {"Bearer secret"}
    body = server.seen[-1][2]
    assert body["messages"] == [{"role": "user", "content": "two"}]
    assert (body["model"], body["temperature"], body["stop"]) == ("m", 0, ["\nText:"])


@pytest.mark.parametrize(
    ("script", "told"),
    [
        ([401], "status 401: busy"),
        ([302], "status 302"),
        ([500, 500], "status 500"),
        ([b"no json"], "no chat completion"),
        ([b'{"choices": []}'], "no chat completion"),
    ],
)
def test_an_endpoint_that_fails_is_named_and_the_key_is_not(server, script, told):
    server.script = script
    with pytest.raises(ModelError, match=told) as error:
        Endpoint(server.url, "m", key="secret", retries=1, pause=0.001).answer(["one"], "\n")
    assert server.url in str(error.value)
    assert "secret" not in str(error.value)
    assert "/elsewhere" not in [path for path, *_ in server.seen]


def test_an_endpoint_that_is_not_there_is_named():
    with pytest.raises(ModelError, match=r"127\.0\.0\.1:9/.* gave no answer .*; tried 2 of 2 times"):
        Endpoint("http://127.0.0.1:9", "m", retries=1, pause=0.001).answer(["one"], "\n")
    for url in ("file:///etc/passwd", "localhost:8000", "http://", "http://x/v1?key=secret"):
        with pytest.raises(ModelError, match="An endpoint is a URL") as error:
            Endpoint(url, "m")
        assert "secret" not in str(error.value)
    with pytest.raises(ModelError, match="No passwords in a URL: http://x/v1 ") as error:
        Endpoint("http://me:secret@x/v1", "m")
    for key in ("sec\nret", "secrét"):
        with pytest.raises(ModelError, match="characters that none has") as error:
            Endpoint("http://x/v1", "m", key=key)
        assert "sec" not in str(error.value)


def http_date(seconds):
    return format_datetime(datetime.now(UTC) + timedelta(seconds=seconds), usegmt=True)


@pytest.mark.parametrize("asked", ["0", "0.01", "soon", "Wed, 01 Jan 2020 00:00:00 GMT"])
def test_a_server_that_limits_the_rate_is_asked_when_it_says(server, asked):
    server.script = [(429, {"Retry-After": asked})] * 2
    assert Endpoint(server.url, "m", pause=0.001).answer(["one"], "\n") == ['{"place": ["Lyon"]}']
    assert len(server.seen) == 3


def test_waiting_is_as_long_as_it_says_and_not_for_ever(server):
    waited = []

    class Waiting:
        wait = waited.append

    server.script = [(429, {"Retry-After": "7"}), (503, {"Retry-After": http_date(20)}), (429, {"Retry-After": "301"})]
    endpoint = Endpoint(server.url, "m", pause=0.001)
    with pytest.raises(ModelError, match=r"status 429.*it asks to wait 301 seconds; tried 3 of 5 times"):
        endpoint._answer("one", "\n", Waiting())
    assert waited[0] == 7
    assert 15 < waited[1] <= 20


def test_when_one_answer_fails_the_others_are_not_waited_for(server):
    server.script = [503, 401]
    start = time.monotonic()
    with pytest.raises(ModelError, match="status 401"):
        Endpoint(server.url, "m", pause=100, parallel=2).answer(["one", "two"], "\n")
    assert time.monotonic() - start < 60, "it would have waited for 100 seconds"


def test_the_key_stays_hidden_where_the_server_repeats_it(server):
    key = "-".join("abc")
    for step in ((401, {}, b"wrong key: a-b-c"), b"no json: a-b-c"):
        server.script = [step]
        with pytest.raises(ModelError, match=r"\(key\)") as error:
            Endpoint(server.url, "m", key=f" {key}\n").answer(["one"], "\n")
        assert server.seen[-1][1] == f"Bearer {key}"
        assert key not in "".join(traceback.format_exception(error.value))


def test_an_answer_in_parts_or_cut_off_is_dealt_with(server):
    parts = [{"type": "text", "text": '{"place": '}, {"type": "image"}, {"type": "text", "text": '["Rome"]}'}]
    server.script = [(200, {"Content-Length": "999"}, b"{"), parts]
    assert Endpoint(server.url, "m", pause=0.001).answer(["one"], "\n") == ['{"place": ["Rome"]}']


def test_the_command_asks_a_server_and_says_what_came_of_it(server, tmp_path):
    source, out = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    source.write_text('{"doc": "d0", "text": "In Lyon"}\n{"doc": "d1", "text": "In Bonn"}\n')
    command = [sys.executable, "-m", "omnimodal", "annotate", str(source), "-o", str(out)]
    command += ["--endpoint", server.url, "-m", "m", "--label", "place=where one can be", "--template", "cot"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "asked 2, parsed 2, unparsable 0, accepted 1, rejected 1" in done.stdout
    assert [len(s.spans) for s in read_samples(out)] == [1, 0]
    assert "place: where one can be" in server.seen[0][2]["messages"][0]["content"]
