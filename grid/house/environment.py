"""Where a house keeps its things, its generated secrets, and the variables each kind of process may see."""

import base64
import hashlib
import json
import os
import secrets
import sys
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from urllib.parse import quote

ROOT = Path(__file__).resolve().parents[2]
ROOTS_FOLDER = Path("/var/lib/shouwang")
MARK = "SHOUWANG_HOUSE"  # set in every child's environment: proof that a process is ours
LONGEST_SOCKET_PATH = 103  # bytes; 107 on Linux, 103 on macOS
OWNER, APP, DATABASE = "shouwang_owner", "shouwang_app", "shouwang"
SERVER_VARIABLES = ("DATABASE_URL", "DATABASE_OWNER_URL", "BROKER_URL")


class HouseError(Exception):
    """The house cannot go on; the text tells the user why and what to do."""


class HouseBusy(HouseError):
    """A living supervisor holds this house."""


def private_folder(path: Path, uid: int | None = None, gid: int = -1) -> Path:
    """A folder that only its user (default: ours) may enter; refuses one that somebody else has put there."""
    user = os.geteuid() if uid is None else uid
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    found = path.lstat()
    if path.is_symlink() or found.st_uid not in (os.geteuid(), user):
        raise HouseError(f"{path} belongs to another user; remove it or set SHOUWANG_DATA_DIR to another folder.")
    if found.st_uid != user:
        os.chown(path, user, gid)
    path.chmod(0o700)
    return path


def write_whole(path: Path, text: str) -> None:
    """Writes a 0600 file that is either the old one or the new one, whenever the power goes."""
    draft = path.with_name(path.name + ".new")
    with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)


@dataclass(frozen=True)
class Home:
    """The folder of one house. Root's houses stand under /var/lib/shouwang, named from a digest of the data folder."""

    data_dir: Path
    throwaway: bool = False  # test servers: fast, and made anew rather than repaired

    @classmethod
    def at(cls, name: str = "", *, throwaway: bool = False) -> "Home":
        """The house in SHOUWANG_DATA_DIR (default: `var/` of the checkout), or the one called `name` inside it."""
        base = Path(os.environ.get("SHOUWANG_DATA_DIR") or ROOT / "var").absolute()
        return cls(base / name if name else base, throwaway=throwaway)

    @cached_property
    def digest(self) -> str:
        return hashlib.sha256(str(self.data_dir.resolve()).encode()).hexdigest()[:12]

    @cached_property
    def path(self) -> Path:
        """The folder itself; made on first use."""
        if os.geteuid() != 0:
            self.data_dir.mkdir(parents=True, exist_ok=True)
            return self.data_dir
        path = ROOTS_FOLDER / self.digest
        for folder in (ROOTS_FOLDER, path):  # the database's user passes through, and reads nothing
            folder.mkdir(parents=True, exist_ok=True)
            folder.chmod(0o711)
        (path / "belongs-to").write_text(f"{self.data_dir}\n")
        return path

    def socket_folder(self, server: str, socket_name: str) -> Path:
        """Where a server's socket goes: beside its data, or in a short folder where that path would be too long."""
        folder = self.path / server / "run"
        if len(os.fsencode(folder / socket_name)) > LONGEST_SOCKET_PATH:
            folder = Path(f"/tmp/shouwang-{os.geteuid()}-{self.digest}-{server}")
        return folder

    @cached_property
    def secrets(self) -> dict[str, str]:
        """Passwords and keys, generated once into a 0600 file. Whoever loses it loses the ID numbers."""
        file = self.path / "secrets.json"
        if not file.exists():
            made = {name: secrets.token_urlsafe(24) for name in ("postgres", OWNER, APP)}
            made["SECRET_KEY"] = secrets.token_urlsafe(48)
            made["ID_ENCRYPTION_KEYS"] = "k1:" + base64.b64encode(secrets.token_bytes(32)).decode()
            made["ID_DIGEST_KEY"] = base64.b64encode(secrets.token_bytes(32)).decode()
            write_whole(file, json.dumps(made, indent=1))
        return dict(json.loads(file.read_text()))

    def database_url(self, role: str) -> str:
        folder = quote(str(self.socket_folder("postgres", ".s.PGSQL.5432.lock")))
        return f"postgresql://{role}:{self.secrets[role]}@/{folder}/{DATABASE}"

    def broker_url(self) -> str:
        return f"redis+socket://{self.socket_folder('valkey', 'valkey.sock')}/valkey.sock"


def external(name: str) -> bool:
    """Whether the user's own server stands behind this variable."""
    return bool(os.environ.get(name))


def variables(home: Home, kind: str) -> dict[str, str]:
    """The environment of a portal process, **without** the owner's URL. `kind` is the default of SHOUWANG_ENV."""
    if external("DATABASE_URL") != external("DATABASE_OWNER_URL"):
        raise HouseError("Set both DATABASE_URL (app role) and DATABASE_OWNER_URL (owner), or neither.")
    given = dict(os.environ)
    given.pop("DATABASE_OWNER_URL", None)
    defaults = {
        "SHOUWANG_ENV": kind,
        "DATABASE_URL": home.database_url(APP),
        "BROKER_URL": home.broker_url(),
        **{name: home.secrets[name] for name in ("SECRET_KEY", "ID_ENCRYPTION_KEYS", "ID_DIGEST_KEY")},
    }
    always = {
        "SHOUWANG_DATA_DIR": str(home.path),
        "DJANGO_SETTINGS_MODULE": "grid.settings",
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
        "PYTHONUNBUFFERED": "1",
        MARK: str(home.path),
    }
    return {**given, **{name: given.get(name) or value for name, value in defaults.items()}, **always}


def owner_variables(home: Home, kind: str) -> dict[str, str]:
    """The same for the owner's commands: migrations, the demo street, tests."""
    url = os.environ.get("DATABASE_OWNER_URL") or home.database_url(OWNER)
    return {**variables(home, kind), "DATABASE_OWNER_URL": url}
