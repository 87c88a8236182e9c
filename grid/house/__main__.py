"""The commands behind the Makefile: python -m grid.house run | test | bench | check | manage | demo-reset."""

import argparse
import hashlib
import os
import signal
import socket
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from grid.house.chromium import provide_chromium
from grid.house.environment import ROOT, Home, HouseBusy, HouseError, external, owner_variables, variables
from grid.house.postgres import Postgres
from grid.house.processes import end_with_parent
from grid.house.supervisor import Service, Stopped, Supervisor
from grid.house.valkey import valkey_is_ready, valkey_service
from grid.management.catalogue import compile_catalogue

_READY_WITHIN = 90.0  # seconds
_OUR_MIGRATIONS = ("--include-apps", "grid", "residents", "quarantine", "--ignore-initial-migrations", "--quiet", "ok")
Env = dict[str, str]


def start_servers(supervisor: Supervisor) -> None:
    """The embedded servers, except where the environment names the user's own."""
    home = supervisor.home
    if not external("DATABASE_URL"):
        supervisor.say("Starting PostgreSQL …")
        Postgres(home).start(supervisor)
    if not external("BROKER_URL"):
        supervisor.say("Starting Valkey …")
        supervisor.start(valkey_service(home))
        deadline = time.monotonic() + 30
        while not valkey_is_ready(home):
            if time.monotonic() > deadline:
                raise HouseError(f"Valkey does not start:\n{supervisor.tail('valkey')}")
            supervisor.look_after()
            supervisor.pause(0.05)


def prepare(supervisor: Supervisor, owner: Env) -> None:
    """Words, tables, the demo street of an empty database, static files."""
    supervisor.manage("compile_messages", env=owner)
    supervisor.say("Migrating …")
    supervisor.manage("migrate", "--database", "owner", "--verbosity", "0", env=owner)
    supervisor.manage("build_demo", "--if-empty", env=owner)
    supervisor.manage("collectstatic", "--noinput", "--verbosity", "0", env=owner)


def portal_services(home: Home, env: Env, address: tuple[str, int]) -> list[Service]:
    """Worker, scheduler and web server, in the order of their start; none of them knows the owner."""
    python = [sys.executable, "-m"]
    celery = [*python, "celery", "-A", "grid.celery"]
    web = [*python, "gunicorn", "grid.wsgi", "--bind", f"{address[0]}:{address[1]}", "--no-control-socket"]
    web += ["--worker-class", "gthread", "--workers", "2", "--threads", "4", "--timeout", "60"]
    web += ["--worker-tmp-dir", "/dev/shm"] if os.access("/dev/shm", os.W_OK) else []
    work = ["worker", "--concurrency", "2", "--without-gossip", "--without-mingle", "--loglevel", "INFO"]
    beat = ["beat", "--schedule", str(home.path / "beat-schedule"), "--pidfile=", "--loglevel", "INFO"]
    return [
        Service("web", web, {**env, "DATABASE_POOL": "true"}, patience=35),
        Service("beat", celery + beat, env, patience=10),
        Service("worker", celery + work, env, patience=60),
    ]


def wait_until_ready(supervisor: Supervisor, url: str) -> None:
    """Polls /readyz; raises HouseError with its last answer when the portal does not come."""
    answer = "no answer"
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    deadline = time.monotonic() + _READY_WITHIN
    while time.monotonic() < deadline:
        try:
            with opener.open(f"{url}/readyz", timeout=5):
                return
        except urllib.error.HTTPError as error:
            answer = f"{error.code} {error.read(2000).decode(errors='replace')}"
        except OSError as error:
            answer = str(error)
        supervisor.look_after()
        supervisor.pause(0.2)
    raise HouseError(f"The portal is not ready: {answer}\n{supervisor.tail('web')}\nLogs: {supervisor.logs}")


def refuse_taken_port(address: tuple[str, int]) -> None:
    """Raises HouseError when somebody else listens there."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(address)
        except OSError as error:
            text = f"{address[0]}:{address[1]} cannot be used ({error.strerror})."
            raise HouseError(f"{text} Choose another port: PORT=8001 make run") from None


def run(args: argparse.Namespace) -> int:
    """The whole portal, until Ctrl-C or SIGTERM."""
    if args.end_with_parent:
        end_with_parent(signal.SIGTERM, os.getppid())
    home = Home.at()
    address = (os.environ.get("BIND") or "127.0.0.1", int(os.environ.get("PORT") or 8000))
    url = f"http://{'127.0.0.1' if address[0] == '0.0.0.0' else address[0]}:{address[1]}"
    env, owner = variables(home, "development"), owner_variables(home, "development")
    with Supervisor(home) as supervisor:
        refuse_taken_port(address)
        start_servers(supervisor)
        prepare(supervisor, owner)
        supervisor.say("Starting worker, scheduler and web server …")
        for service in portal_services(home, env, address):
            supervisor.start(service)
        wait_until_ready(supervisor, url)
        supervisor.say(f"\n守望 Shouwang answers at {url}\nData and logs: {home.path}\n")
        supervisor.run([sys.executable, "manage.py", "demo_logins"], env)
        supervisor.say("\nCtrl-C stops everything.")
        supervisor.watch()
        supervisor.say("Stopping …")
    print("Stopped.", flush=True)
    return 0


@contextmanager
def free_house(name: str, *, throwaway: bool = True) -> Iterator[Supervisor]:
    """A supervisor in the first free house of this name: two test runs at once each get their own."""
    for number in range(1, 10):
        home = Home.at(name if number == 1 else f"{name}-{number}", throwaway=throwaway)
        with ExitStack() as stack:
            try:
                supervisor = stack.enter_context(Supervisor(home, say=lambda text: None))
            except HouseBusy:
                continue
            yield supervisor
            return
    raise HouseError(f"Nine runs of «{name}» are busy already.")


def test(args: argparse.Namespace) -> int:
    """Every test, on servers of its own."""
    with free_house("test") as supervisor:
        if "not browser" not in args.words:
            provide_chromium()
        start_servers(supervisor)
        env = owner_variables(supervisor.home, "test")
        compile_catalogue()
        collect_static(supervisor, env)
        return supervisor.run([sys.executable, "-m", "pytest", *_processes(args.words), *args.words], env)


def collect_static(supervisor: Supervisor, env: Env) -> None:
    """The static files as they are served. Packing them takes seconds: what lies there of the same tree is kept."""
    sources = [file for file in sorted((ROOT / "static").rglob("*")) if file.is_file()]
    digest = hashlib.sha256()
    for file in [*sources, ROOT / "requirements.txt", ROOT / "grid" / "settings.py"]:
        digest.update(f"{file} {file.stat().st_size}\n".encode() + file.read_bytes())
    stamp, manifest = supervisor.home.path / "static.stamp", supervisor.home.path / "static" / "staticfiles.json"
    if not (stamp.is_file() and stamp.read_text() == digest.hexdigest() and manifest.is_file()):
        supervisor.manage("collectstatic", "--noinput", "--clear", "--verbosity", "0", env=env)
        stamp.write_text(digest.hexdigest())


def _processes(words: Sequence[str]) -> list[str]:
    """The whole suite runs on every core, a file at a time; a part that is named runs in one process.

    In the order of the folders: the slow journeys of the browser begin early, so that no core waits for one at the end.
    """
    if any((ROOT / word.partition("::")[0]).exists() for word in words):
        return []
    return ["-n", str(min(os.cpu_count() or 1, 4)), "--dist", "loadfile", "--no-loadscope-reorder"]


def bench(args: argparse.Namespace) -> int:
    """The scripts of tests/bench (all, or those named), on servers with the durable settings of `make run`."""
    scripts = sorted(path.stem for path in (ROOT / "tests" / "bench").glob("[a-z]*.py"))
    failed = []
    with free_house("bench", throwaway=False) as supervisor:
        start_servers(supervisor)
        env = owner_variables(supervisor.home, "test")
        supervisor.manage("compile_messages", env=env)
        supervisor.manage("migrate", "--database", "owner", "--verbosity", "0", env=env)
        supervisor.manage("collectstatic", "--noinput", "--verbosity", "0", env=env)
        for script in args.words or scripts:
            print(f"\n== {script}", flush=True)
            if supervisor.run([sys.executable, "-m", f"tests.bench.{script}"], env):
                failed.append(script)
    return report(failed)


def check(args: argparse.Namespace) -> int:
    """Everything that can be judged without running a page."""
    with free_house("test") as supervisor:
        start_servers(supervisor)
        env = owner_variables(supervisor.home, "test")
        production = {**variables(supervisor.home, "test"), "SHOUWANG_ENV": "production", "ALLOWED_HOSTS": "example.cn"}
        python: list[str | Path] = [sys.executable]
        manage = [*python, "manage.py"]
        steps: dict[str, tuple[Sequence[str | Path], Env]] = {
            "ruff": ([*python, "-m", "ruff", "check", "."], env),
            "format": ([*python, "-m", "ruff", "format", "--check", "."], env),
            "types": ([*python, "-m", "mypy"], env),
            "imports": ([Path(sys.executable).parent / "lint-imports"], env),
            "templates": ([*python, "-m", "djlint", "--lint", "--quiet", "templates"], env),
            "migrations in step": ([*manage, "makemigrations", "--check", "--dry-run"], env),
            "migrations safe": ([*manage, "lintmigrations", *_OUR_MIGRATIONS], {**env, "SHOUWANG_LINT": "true"}),
            "translations": ([*manage, "check_translations"], env),
            "deployment": ([*manage, "check", "--deploy", "--fail-level", "WARNING"], production),
        }
        failed = []
        for name, (argv, variables_) in steps.items():
            print(f"\n== {name}", flush=True)
            if supervisor.run(argv, variables_):
                failed.append(name)
    return report(failed)


def report(failed: list[str]) -> int:
    """Says what failed; the exit status."""
    print(f"\nFailed: {', '.join(failed)}" if failed else "\nAll good.", flush=True)
    return 1 if failed else 0


def manage(args: argparse.Namespace) -> int:
    """One `manage.py` command as the owner, beside a running portal or on servers started for it."""
    home = Home.at()
    owner = owner_variables(home, "development")
    argv: list[str | Path] = [sys.executable, "manage.py", *args.words]
    try:
        with Supervisor(home) as supervisor:
            start_servers(supervisor)
            supervisor.manage("migrate", "--database", "owner", "--verbosity", "0", env=owner)
            return supervisor.run(argv, owner)
    except HouseBusy:
        os.execve(sys.executable, [os.fspath(part) for part in argv], owner)


def demo_reset(args: argparse.Namespace) -> int:
    """A fresh demo street."""
    args.words = ["build_demo", "--reset"]
    return manage(args)


def main() -> int:
    """Reads the command line; a HouseError becomes a plain message."""
    parser = argparse.ArgumentParser(prog="python -m grid.house")
    parser.add_argument("--end-with-parent", action="store_true", help="stop when the starting process is killed")
    commands = {"run": run, "test": test, "bench": bench, "check": check, "manage": manage, "demo-reset": demo_reset}
    parser.add_argument("command", choices=commands)
    parser.add_argument("words", nargs=argparse.REMAINDER, help="passed on (after --)")
    args = parser.parse_args()
    args.words = args.words[1:] if args.words[:1] == ["--"] else args.words
    os.chdir(ROOT)
    try:
        return commands[args.command](args)
    except HouseError as error:
        print(f"\n{error}", file=sys.stderr, flush=True)
        return 1
    except Stopped:
        print("Stopped.", flush=True)
        return 130


if __name__ == "__main__":
    sys.exit(main())
