"""Makes `.venv` from requirements.txt. Runs on a bare Python ≥ 3.11, before anything is installed.

A stamp in `.venv` says what was installed, so that a second start needs no network. An install that was cut short
leaves no stamp and is simply done again.
"""

import hashlib
import importlib.util
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
STAMP = VENV / "installed"
REQUIREMENTS = ROOT / "requirements.txt"
HINT_NO_VENV = """This Python cannot make a virtual environment. On Debian or Ubuntu, once:
    apt-get install python3-venv
or name another Python ≥ 3.11: make PYTHON=/path/to/python3.12"""


def wanted() -> str:
    """What the stamp must say: the pins, the Python, and the place (scripts carry their folder's path)."""
    pins = hashlib.sha256(REQUIREMENTS.read_bytes()).hexdigest()
    return f"{pins} python{sys.version_info[0]}.{sys.version_info[1]} {VENV}\n"


def venv_is_usable() -> bool:
    """Whether `.venv` holds a Python of this minor version, with pip."""
    check = "import sys, pip; print(sys.version_info[:2])"
    try:
        answer = subprocess.run([PYTHON, "-c", check], capture_output=True, text=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError):
        return False
    return answer.strip() == str(sys.version_info[:2])


def install() -> None:
    """Brings `.venv` in step with requirements.txt, or explains in plain words why it cannot."""
    if sys.version_info < (3, 11):
        sys.exit("Python 3.11 or later is needed. Name one: make PYTHON=python3.12")
    if STAMP.is_file() and STAMP.read_text() == wanted() and PYTHON.exists():
        return
    STAMP.unlink(missing_ok=True)
    if not venv_is_usable():
        if importlib.util.find_spec("ensurepip") is None or importlib.util.find_spec("venv") is None:
            sys.exit(HINT_NO_VENV)
        print("Making .venv …", flush=True)
        if subprocess.run([sys.executable, "-m", "venv", "--clear", VENV]).returncode:
            sys.exit(HINT_NO_VENV)
    print("Installing the pinned dependencies …", flush=True)
    pip: list[str | Path] = [PYTHON, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input"]
    pip += ["--require-hashes", "-r", REQUIREMENTS]
    if subprocess.run(pip).returncode:
        sys.exit("The dependencies could not be installed (see above). Once they are, no network is needed.")
    STAMP.write_text(wanted())


if __name__ == "__main__":
    install()
