"""Finds a Chromium or Chrome for the browser journeys; on Debian as root installs one, with a Chinese font."""

import os
import shutil
import subprocess
from pathlib import Path

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "microsoft-edge")
_MAC = ("Google Chrome.app/Contents/MacOS/Google Chrome", "Chromium.app/Contents/MacOS/Chromium")


def find_chromium() -> str | None:
    """The browser's path: CHROMIUM if set, otherwise the first one found."""
    if given := os.environ.get("CHROMIUM"):
        return given
    places = [shutil.which(name) for name in _NAMES] + [f"/Applications/{name}" for name in _MAC]
    return next((place for place in places if place and Path(place).exists()), None)


def has_chinese_font() -> bool:
    """Whether pages would show Chinese characters; without fontconfig nobody knows, and there is none."""
    if not shutil.which("fc-list"):
        return False
    return bool(subprocess.run(["fc-list", ":lang=zh"], capture_output=True).stdout.strip())


def provide_chromium() -> None:
    """Installs what is missing where that can be done unasked: on Debian, as root."""
    missing = [] if find_chromium() else ["chromium"]
    if not has_chinese_font():
        missing.append("fonts-noto-cjk")
    if not missing or os.geteuid() != 0 or not shutil.which("apt-get") or not Path("/etc/debian_version").exists():
        return
    print(f"Installing {' and '.join(missing)} for the browser tests …", flush=True)
    env = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for words in (["update"], ["install", "-y", "--no-install-recommends", *missing]):
        if subprocess.run(["apt-get", "-qq", *words], env=env, stdout=subprocess.DEVNULL).returncode:
            print("apt-get failed; the browser tests will say what they miss.", flush=True)
            return
