"""Finds a Chromium or Chrome for the browser journeys; on Debian as root installs one, with a Chinese font.

Best is Chromium's headless shell: the same engine without windows and profiles takes half the time for a page.
"""

import os
import shutil
import subprocess
from pathlib import Path

_SHELL = "chromium-headless-shell"
_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "microsoft-edge")
_MAC = ("Google Chrome.app/Contents/MacOS/Google Chrome", "Chromium.app/Contents/MacOS/Chromium")
_APT = ["apt-get", "-qq", "-o", "DPkg::Lock::Timeout=120", "-o", "Acquire::Retries=0"]


def find_chromium(*, with_window: bool = False) -> str | None:
    """The browser's path: CHROMIUM if set, otherwise the first one found; the headless shell shows no window."""
    if given := os.environ.get("CHROMIUM"):
        return given
    names = _NAMES if with_window else (_SHELL, *_NAMES)
    places = [shutil.which(name) for name in names] + [f"/Applications/{name}" for name in _MAC]
    return next((place for place in places if place and Path(place).exists()), None)


def has_chinese_font() -> bool:
    """Whether pages would show Chinese characters; without fontconfig nobody knows, and there is none."""
    if not shutil.which("fc-list"):
        return False
    return bool(subprocess.run(["fc-list", ":lang=zh"], capture_output=True).stdout.strip())


def provide_chromium() -> None:
    """Installs what is missing where that can be done unasked: on Debian, as root."""
    found = find_chromium()
    missing = [] if os.environ.get("CHROMIUM") or shutil.which(_SHELL) else [_SHELL]
    missing += [] if has_chinese_font() else ["fonts-noto-cjk"]
    if not missing or os.geteuid() != 0 or not shutil.which("apt-get") or not Path("/etc/debian_version").exists():
        return
    print(f"Installing {' and '.join(missing)} for the browser tests …", flush=True)
    env = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}

    def apt(*words: str) -> bool:
        return subprocess.run([*_APT, *words], env=env, stdout=subprocess.DEVNULL).returncode == 0

    apt("update")
    without_shell = ["chromium" if name == _SHELL else name for name in missing if name != _SHELL or not found]
    if not any(apt("install", "-y", "--no-install-recommends", *names) for names in (missing, without_shell)):
        print("apt-get failed; the browser tests will say what they miss.", flush=True)
