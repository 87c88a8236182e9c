"""Texts leave for real servers on this machine: robots, gateways and mail, good ones and every bad one."""

import email
import logging
from email.header import decode_header, make_header
from typing import Any

import pytest

from quarantine import outward
from quarantine.outward import Answer, Letter
from tests.quarantine import local_servers as servers
from tests.quarantine.local_servers import Post, Robot, gateway_facts, mail_facts, robot_facts, serving

TEXT = "【守望】海棠一网格：3件事等人处理，其中急2件。请打开守望-提醒。"
KEY = "9f3a-robot-7c21"


def send(kind: str, facts: dict[str, Any], within: float = outward.WITHIN) -> Answer:
    """What became of the text."""
    [(_letter, answer)] = outward.send_all([Letter(1, kind, facts, TEXT)], within=within)
    return answer


@pytest.fixture
def robot():
    with serving(Robot()) as server:
        yield server


@pytest.fixture
def post():
    with serving(Post()) as server:
        yield server


def test_a_robot_gets_the_text_at_the_host_that_was_pasted(robot: Robot) -> None:
    assert send("wecom", robot_facts(robot)).is_sent
    assert robot.got == [{"msgtype": "text", "text": {"content": TEXT}}]
    assert robot.paths == [f"/cgi-bin/webhook/send?key={KEY}"]


def test_a_gateway_gets_phones_and_text_under_its_own_names(robot: Robot) -> None:
    assert send("sms", gateway_facts(robot)).is_sent
    assert robot.got == [{"template": "T1", "mobiles": ["19900001001", "19900001002"], "words": TEXT}]


def test_mail_is_one_letter_to_all(post: Post) -> None:
    assert send("email", mail_facts(post.port, user="li%41", password="100%25")).is_sent
    [letter] = [email.message_from_bytes(data) for data in post.got]
    assert letter.get_payload(decode=True).decode().strip() == TEXT
    assert "守望" in str(make_header(decode_header(letter["Subject"]))) or "Shouwang" in letter["Subject"]
    told = " ".join(post.commands)
    assert "lead@example.cn" in told and "deputy@example.cn" in told and "shouwang@example.cn" in told


@pytest.mark.parametrize(
    ("manner", "answer"),
    [
        (servers.LIMITED, Answer(outward.TURNED_DOWN, 45009)),
        (servers.BROKEN, Answer(outward.TURNED_DOWN, 500)),
        (servers.REDIRECT, Answer(outward.ELSEWHERE, 302)),
        (servers.GARBAGE, Answer(outward.GARBAGE)),
        ("a page instead of JSON", Answer(outward.GARBAGE)),
    ],
)
def test_a_robot_that_does_not_take_it(robot: Robot, manner: str, answer: Answer) -> None:
    with serving(Robot()) as elsewhere:
        robot.manner, robot.elsewhere = manner, elsewhere.url
        assert send("wecom", robot_facts(robot)) == answer
        assert len(robot.got) == 1 and elsewhere.got == []  # nobody is followed to another host


@pytest.mark.parametrize("words, sent", [('"errcode":0', True), ("queued", False)])
def test_a_gateway_may_have_words_for_sent(robot: Robot, words: str, sent: bool) -> None:
    assert send("sms", gateway_facts(robot, good_words=words)).is_sent is sent


@pytest.mark.parametrize(
    ("manner", "answer"),
    [
        (servers.LIMITED, Answer(outward.LOCKED_OUT, 535)),
        (servers.BROKEN, Answer(outward.TURNED_DOWN, 550)),
        (servers.GARBAGE, Answer(outward.GARBAGE)),
    ],
)
def test_a_mail_server_that_does_not_take_it(post: Post, manner: str, answer: Answer) -> None:
    post.manner = manner
    assert send("email", mail_facts(post.port, user="shouwang", password="wrong")) == answer


def test_nobody_listens() -> None:
    port = servers.refused_port()
    assert send("wecom", {"url": f"http://127.0.0.1:{port}/"}) == Answer(outward.UNREACHABLE)
    assert send("email", mail_facts(port)) == Answer(outward.UNREACHABLE)


def test_a_server_without_the_encryption_that_was_chosen_gets_nothing(robot: Robot, post: Post) -> None:
    assert send("wecom", {"url": robot.url.replace("http:", "https:")}) == Answer(outward.UNTRUSTED)
    assert not send("email", mail_facts(post.port, security="starttls")).is_sent
    assert robot.got == [] and post.got == []


def test_slow_servers_are_given_up_together_and_do_not_hold_up_the_good_one(robot: Robot) -> None:
    with serving(Robot(servers.SILENT)) as slow, serving(Post(servers.SILENT)) as mail:
        letters = [
            Letter(1, "wecom", robot_facts(slow), TEXT),
            Letter(2, "email", mail_facts(mail.port), TEXT),
            Letter(3, "wecom", robot_facts(robot), TEXT),
        ]
        answers = [(letter.key, answer.word) for letter, answer in outward.send_all(letters, within=0.3)]
    assert answers == [(3, "sent"), (1, "silent"), (2, "silent")]


def test_a_server_that_hangs_holds_one_thread_however_often_it_is_tried() -> None:
    with serving(Robot(servers.SILENT)) as slow:
        for _try in range(3):
            assert send("wecom", robot_facts(slow), within=0.1) == Answer(outward.SILENT)
        assert len(slow.got) <= 1


@pytest.mark.parametrize("url", ["file:///etc/hostname", "ftp://127.0.0.1/", "json://127.0.0.1/", "http://"])
def test_no_other_kind_of_address_is_opened(url: str) -> None:
    assert send("wecom", {"url": url}) == Answer(outward.UNREACHABLE)


def test_neither_address_nor_text_is_logged(robot: Robot, post: Post, capfd) -> None:
    said: list[str] = []
    handler = logging.Handler()
    handler.emit = lambda record: said.append(record.getMessage())  # type: ignore[method-assign]
    logging.getLogger().addHandler(handler)
    try:
        for manner in (servers.GOOD, servers.BROKEN, servers.GARBAGE):
            robot.manner = post.manner = manner
            send("wecom", robot_facts(robot))
            send("email", mail_facts(post.port))
        send("wecom", {"url": f"http://127.0.0.1:{servers.refused_port()}/?key={KEY}"})
    finally:
        logging.getLogger().removeHandler(handler)
    told = "\n".join(said) + "".join(capfd.readouterr())
    assert KEY not in told and "守望" not in told and "example.cn" not in told and "127.0.0.1" not in told
