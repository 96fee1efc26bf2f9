"""A server next door that fails on purpose: each request gets the next answer of its script."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Reply:
    """One answer; ``wait`` seconds pass before it."""

    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    wait: float = 0.0

    @classmethod
    def of(cls, data: Any, status: int = 200) -> Reply:
        """An answer in JSON."""
        return cls(status, json.dumps(data).encode(), {"Content-Type": "application/json"})


@dataclass
class Request:
    """One request as it came."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def data(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)


class Receiver:
    """Answers with the script in order, then with ``otherwise``."""

    def __init__(self) -> None:
        self.script: list[Reply] = []
        self.otherwise = Reply()
        self.requests: list[Request] = []
        self.lock = threading.Lock()
        self.url = ""

    def then(self, *replies: Reply) -> Receiver:
        """Add answers to the script."""
        self.script += replies
        return self

    def reply_to(self, request: Request) -> Reply:
        """Note the request, choose the answer."""
        with self.lock:
            self.requests.append(request)
            return self.script.pop(0) if self.script else self.otherwise


@contextmanager
def receiver() -> Iterator[Receiver]:
    """A receiver on a free port of this machine."""
    here = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            reply = here.reply_to(Request(self.command, self.path, dict(self.headers.items()), body))
            time.sleep(reply.wait)
            try:
                self.send_response(reply.status)
                for name, value in {"Content-Length": str(len(reply.body)), **reply.headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(reply.body)
            except OSError:
                return  # the sender lost patience

        do_GET = do_POST

        def log_message(self, *_args: Any) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    here.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield here
    finally:
        server.shutdown()
        server.server_close()


def closed_port() -> int:
    """A port where nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
