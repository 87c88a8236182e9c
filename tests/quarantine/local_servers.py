"""Servers on 127.0.0.1 that take what the portal sends outward: a robot or gateway by HTTP, and mail by SMTP.

Each keeps what it got and answers as its `manner` says, so that slow, broken and hostile ones are real ones too.
"""

import json
import socket
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

GOOD = "good"
LIMITED = "limited"  # WeCom's way to say no: status 200 and a number
BROKEN = "broken"  # status 500
REDIRECT = "redirect"
GARBAGE = "garbage"
SILENT = "silent"  # takes the connection and says nothing
DRIBBLE = "dribble"  # a byte now and then, without end


class _Web(BaseHTTPRequestHandler):
    server: "Robot"

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.server.hear(self.path, json.loads(body))
        manner = self.server.manner
        if manner in (SILENT, DRIBBLE):
            self.server.released.wait(30)
        elif manner == GARBAGE:
            self.wfile.write(b"\x00\x01 not a web server\r\n\r\n")
        elif manner == REDIRECT:
            self.send_response(302)
            self.send_header("Location", self.server.elsewhere)
            self.end_headers()
        else:
            self._answer(manner)

    def _answer(self, manner: str) -> None:
        words = {GOOD: '{"errcode":0,"errmsg":"ok"}', LIMITED: '{"errcode":45009,"errmsg":"api freq out of limit"}'}
        self.send_response(500 if manner == BROKEN else 200)
        self.end_headers()
        self.wfile.write(words.get(manner, "<html>").encode())

    def log_message(self, *_words: object) -> None:
        """Says nothing."""


class Robot(ThreadingHTTPServer):
    """A web server that plays a group robot or a gateway."""

    daemon_threads = True

    def __init__(self, manner: str = GOOD, port: int = 0) -> None:
        super().__init__(("127.0.0.1", port), _Web)
        self.manner, self.elsewhere, self.released = manner, "", threading.Event()
        self.got: list[dict[str, Any]] = []
        self.paths: list[str] = []
        self._lock = threading.Lock()

    def hear(self, path: str, body: dict[str, Any]) -> None:
        """Keeps one post."""
        with self._lock:
            self.got.append(body)
            self.paths.append(path)

    @property
    def texts(self) -> list[str]:
        """The texts of what came for a robot."""
        with self._lock:
            return [body["text"]["content"] for body in self.got]

    @property
    def url(self) -> str:
        """A webhook address as it is pasted."""
        return f"http://127.0.0.1:{self.server_address[1]}/cgi-bin/webhook/send?key=9f3a-robot-7c21"


class _Smtp(socketserver.StreamRequestHandler):
    server: "Post"

    def handle(self) -> None:
        if self.server.manner == SILENT:
            self.server.released.wait(30)
            return
        self._say("\x00\x01 what" if self.server.manner == GARBAGE else "220 local")
        while line := self.rfile.readline().decode().strip():
            verb = line.split()[0].upper()
            if verb == "DATA":
                self._say("354 go on")
                self._take()
                self._say("550 no" if self.server.manner == BROKEN else "250 taken")
            elif verb == "QUIT":
                return
            elif verb == "EHLO":
                self._say("250-local\r\n250 AUTH PLAIN")
            elif verb == "AUTH":
                self._say("235 in" if self.server.manner != LIMITED else "535 wrong")
            else:
                self.server.commands.append(line)
                self._say("250 ok")

    def _take(self) -> None:
        lines = []
        while (line := self.rfile.readline()) not in (b".\r\n", b""):
            lines.append(line)
        self.server.got.append(b"".join(lines))

    def _say(self, words: str) -> None:
        self.wfile.write(f"{words}\r\n".encode())


class Post(socketserver.ThreadingTCPServer):
    """A mail server that takes everything."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, manner: str = GOOD) -> None:
        super().__init__(("127.0.0.1", 0), _Smtp)
        self.manner, self.released = manner, threading.Event()
        self.got: list[bytes] = []
        self.commands: list[str] = []

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self.server_address[1])


@contextmanager
def serving(server: Any) -> Iterator[Any]:
    """The server answers inside."""
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.released.set()
        server.shutdown()
        server.server_close()
        thread.join(5)


def refused_port() -> int:
    """A port where nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def robot_facts(server: Robot) -> dict[str, Any]:
    """The facts of a robot at this server."""
    return {"url": server.url}


def gateway_facts(server: Robot, **facts: Any) -> dict[str, Any]:
    """The facts of a gateway at this server."""
    start = {
        "url": server.url,
        "phones": ["19900001001", "19900001002"],
        "phones_name": "mobiles",
        "text_name": "words",
    }
    return {**start, "extra": {"template": "T1"}, "good_words": "", **facts}


def mail_facts(port: int, **facts: Any) -> dict[str, Any]:
    """The facts of mail at this port."""
    people = {"to": ["lead@example.cn", "deputy@example.cn"], "sender": "shouwang@example.cn"}
    return {**people, "server": "127.0.0.1", "port": port, "security": "insecure", "user": "", "password": "", **facts}
