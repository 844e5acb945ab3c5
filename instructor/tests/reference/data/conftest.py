"""A web server on loopback, with every fault that a network has, and an empty datasets folder."""

import http.server
import threading

import pytest


class Site:
    """What the server has, the faults it is to have, and what it was asked for."""

    def __init__(self, base):
        self.base, self.path = base, "/archive.zip"
        self.content, self.headers, self.ranges = b"", {"ETag": '"1"'}, True
        self.stop_after = None  # bytes, then the connection ends
        self.asked = []  # Range, If-Range, bytes sent, noted before each answer

    @property
    def url(self):
        return self.base + self.path

    def answer(self, handler):
        wanted = handler.headers["Range"]
        begin, status = 0, 200
        fresh = handler.headers["If-Range"] in self.headers.values()
        if wanted and self.ranges and fresh:
            begin, status = int(wanted.removeprefix("bytes=").removesuffix("-")), 206
        if begin >= len(self.content):
            begin, status = len(self.content), 416
        body = self.content[begin:]
        handler.send_response(status)
        handler.send_header("Content-Length", str(len(body)))
        if status == 206:
            last = len(self.content) - 1
            handler.send_header("Content-Range", f"bytes {begin}-{last}/{last + 1}")
        for name, value in self.headers.items():
            handler.send_header(name, value)
        handler.end_headers()
        sent = body[: self.stop_after]
        self.asked.append((wanted, handler.headers["If-Range"], len(sent)))
        handler.wfile.write(sent)


@pytest.fixture
def site(monkeypatch):
    monkeypatch.setenv("no_proxy", "127.0.0.1")

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            served.answer(self)

        def log_message(self, *args):
            pass

    with http.server.HTTPServer(("127.0.0.1", 0), Handler) as server:
        served = Site(f"http://127.0.0.1:{server.server_port}")
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield served
        server.shutdown()


@pytest.fixture
def datasets(tmp_path, monkeypatch):
    folder = tmp_path / "data sets é"
    monkeypatch.setenv("CS231N_RNN_DATASETS", str(folder))
    for variable in ("COCO_CAPTIONING_URL", "FILM_REVIEWS_URL"):
        monkeypatch.delenv(variable, raising=False)
    return folder
