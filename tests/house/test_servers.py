"""The embedded servers outlive what kills them: no lost data, no strays, no second supervisor on the same folder."""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from grid.house.environment import ROOT, SERVER_VARIABLES, Home
from grid.house.postgres import Postgres
from grid.house.processes import Register, started

# A small house: the two servers, then a line with their pids, then it keeps them until it is stopped.
SMALL_HOUSE = """
import sys
from pathlib import Path
from grid.house.__main__ import start_servers
from grid.house.environment import Home, HouseError
from grid.house.supervisor import Supervisor
try:
    with Supervisor(Home(Path(sys.argv[1]), throwaway=True), say=lambda text: None) as supervisor:
        start_servers(supervisor)
        print("up", *[service.process.pid for service in supervisor.services], flush=True)
        supervisor.watch()
except HouseError as error:
    sys.exit(str(error))
"""


class SmallHouse:
    """Starts and stops houses on one folder."""

    def __init__(self, home: Home) -> None:
        self.home = home
        self.running: list[subprocess.Popen[str]] = []

    def launch(self) -> subprocess.Popen[str]:
        env = {name: value for name, value in os.environ.items() if name not in SERVER_VARIABLES}
        argv = [sys.executable, "-c", SMALL_HOUSE, str(self.home.data_dir)]
        pipe = subprocess.PIPE
        house = subprocess.Popen(argv, cwd=ROOT, env=env, stdout=pipe, stderr=pipe, text=True, start_new_session=True)
        self.running.append(house)
        return house

    def up(self) -> tuple[subprocess.Popen[str], list[int]]:
        """A house that answers: its supervisor and the pids of PostgreSQL and Valkey."""
        house = self.launch()
        assert house.stdout is not None and house.stderr is not None
        word, *pids = (house.stdout.readline() or house.stderr.read()).split()
        assert word == "up", pids
        return house, [int(pid) for pid in pids]

    def stop(self, house: subprocess.Popen[str]) -> None:
        house.send_signal(signal.SIGTERM)
        assert house.wait(30) == 0

    def ask(self, statement: str) -> object:
        with Postgres(self.home).connect("shouwang") as connection:
            connection.execute("SET synchronous_commit = on")  # test clusters wait for no disk
            cursor = connection.execute(statement)  # type: ignore[arg-type]
            row = cursor.fetchone() if cursor.description else None
            return row[0] if row else None

    def close(self) -> None:
        for house in self.running:
            if house.poll() is None:
                house.kill()
            house.communicate()
        register = Register(self.home.path)
        register.take()  # ends what is left
        register.release()


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    """One folder for the whole file: making a cluster is what takes long."""
    home = Home(tmp_path_factory.mktemp("house"), throwaway=True)
    yield home
    shutil.rmtree(home.path)


@pytest.fixture
def small_house(home: Home) -> Iterator[SmallHouse]:
    house = SmallHouse(home)
    yield house
    house.close()


def alive(pids: list[int]) -> list[int]:
    return [pid for pid in pids if started(pid)]


def test_data_outlives_a_clean_stop_and_nothing_is_left_running(small_house: SmallHouse) -> None:
    house, pids = small_house.up()
    small_house.ask("CREATE TABLE kept AS SELECT 41 AS value")
    small_house.stop(house)
    assert not alive(pids)
    assert not (small_house.home.path / "processes.json").exists()
    house, pids = small_house.up()
    assert small_house.ask("SELECT value FROM kept") == 41
    small_house.stop(house)


def test_data_outlives_kill_9_of_everything_at_once(small_house: SmallHouse) -> None:
    house, pids = small_house.up()
    small_house.ask("CREATE TABLE kept_again AS SELECT 41 AS value")
    for pid in (house.pid, *pids):
        os.kill(pid, signal.SIGKILL)
    house.wait(10)
    house, again = small_house.up()
    assert small_house.ask("SELECT value FROM kept_again") == 41
    assert not alive(pids) and len(alive(again)) == 2
    small_house.stop(house)


def test_killing_the_supervisor_leaves_no_strays_for_the_next_start(small_house: SmallHouse) -> None:
    house, pids = small_house.up()
    house.kill()
    house.wait(10)
    house, again = small_house.up()
    assert not alive(pids) and len(alive(again)) == 2
    small_house.stop(house)


def test_a_server_that_dies_is_started_again(small_house: SmallHouse) -> None:
    house, (postgres, _valkey) = small_house.up()
    os.kill(postgres, signal.SIGKILL)
    for _attempt in range(3000):  # each attempt is a connection; no waiting by the clock
        try:
            assert small_house.ask("SELECT 1") == 1
            break
        except psycopg.OperationalError:
            os.sched_yield()
    else:
        pytest.fail("PostgreSQL did not come back")
    small_house.stop(house)


def test_a_second_start_says_so_and_harms_nothing(small_house: SmallHouse) -> None:
    house, pids = small_house.up()
    second = small_house.launch()
    _out, error = second.communicate(timeout=30)
    assert second.returncode == 1
    assert f"already running (process {house.pid}" in error
    assert alive(pids) == pids and small_house.ask("SELECT 1") == 1
    small_house.stop(house)


def test_stale_files_that_name_a_stranger_do_not_block_the_start(small_house: SmallHouse) -> None:
    house, pids = small_house.up()
    pid_file = small_house.home.path / "postgres" / "data" / "postmaster.pid"
    words = pid_file.read_text()
    small_house.stop(house)
    # The numbers were given to somebody else since: to us, who must survive the next start.
    pid_file.write_text(words.replace(str(pids[0]), str(os.getpid()), 1))
    (small_house.home.path / "processes.json").write_text(f'[{{"pid": {os.getpid()}, "started": "1", "command": "x"}}]')
    house, _pids = small_house.up()
    small_house.stop(house)


def test_a_first_start_killed_half_way_is_begun_again(small_house: SmallHouse) -> None:
    folder = small_house.home.path / "postgres"
    shutil.rmtree(folder)
    (folder / "data.new").mkdir(parents=True)
    (folder / "data.new" / "PG_VERSION").write_text("18\n")
    house, _pids = small_house.up()
    assert small_house.ask("SELECT 1") == 1
    small_house.stop(house)


def test_secrets_and_sockets_are_ours_alone(small_house: SmallHouse) -> None:
    house, _pids = small_house.up()
    home = small_house.home
    assert (home.path / "secrets.json").stat().st_mode & 0o777 == 0o600
    for folder in (home.path / "postgres" / "data", home.socket_folder("postgres", ".s.PGSQL.5432.lock")):
        assert folder.stat().st_mode & 0o777 == 0o700
    assert home.socket_folder("valkey", "valkey.sock").stat().st_mode & 0o777 == 0o700
    assert small_house.ask("SHOW listen_addresses") == ""
    small_house.stop(house)


@pytest.mark.skipif(os.geteuid() == 0, reason="root's houses never stand in the checkout")
def test_a_deep_folder_gets_a_short_socket_path(tmp_path: Path) -> None:
    home = Home(tmp_path / ("deep-" * 12) / ("deeper-" * 8))
    for server, name in (("postgres", ".s.PGSQL.5432.lock"), ("valkey", "valkey.sock")):
        assert len(str(home.socket_folder(server, name) / name)) <= 103
