"""The three kinds of address as Apprise services. Each keeps what it heard, because Apprise only says yes or no.

They are handed to Apprise as objects, never as addresses to be parsed: so no other of its hundred kinds, no file and no
plugin can be reached through what an administrator types.
"""

import json
import smtplib
import ssl
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

import requests
from apprise import Apprise, AppriseAsset, NotifyFormat
from apprise.plugins.base import NotifyBase
from apprise.plugins.email import NotifyEmail
from django.utils.translation import gettext as _
from urllib3.exceptions import MaxRetryError

from quarantine import outward
from quarantine.outward import Answer

_TIMEOUT = (4.0, 6.0)  # seconds to connect, and between two pieces of the answer
_MOST = 65_536  # bytes of an answer that are read
_ASSET = AppriseAsset(app_id="Shouwang", async_mode=False, http_redirects=False, plugin_paths=[])


def send(kind: str, facts: Mapping[str, Any], text: str) -> Answer:
    """Sends the text to an address of this kind; blocks. Raises KeyError for an unknown kind."""
    service = _KINDS[kind](facts)
    herald = Apprise(asset=_ASSET)
    herald.add(service)
    title = _("[Shouwang] Alerts") if kind == "email" else ""
    herald.notify(body=text, title=title, body_format=NotifyFormat.TEXT)
    heard: Answer = service.heard
    return heard


class _Posted(NotifyBase):
    """JSON, posted to the whole address that was pasted, its host included."""

    service_name = "JSON"
    secure_protocol = "shouwang"
    title_maxlen = 0
    request_rate_per_sec = 0

    def __init__(self, facts: Mapping[str, Any]) -> None:
        super().__init__(asset=_ASSET)
        self.facts, self.heard = facts, Answer(outward.GARBAGE)

    def url(self, *_args: Any, **_options: Any) -> str:
        """Apprise's own words for this service: without its address."""
        return "shouwang://"

    def send(self, body: str, title: str = "", **_options: Any) -> bool:
        """Posts it and keeps what was heard."""
        self.heard = self._post(self.payload(body))
        return self.heard.is_sent

    def payload(self, body: str) -> dict[str, Any]:
        """What is posted."""
        raise NotImplementedError

    def judge(self, content: bytes) -> Answer:
        """What an answer with a good status means."""
        raise NotImplementedError

    def _post(self, payload: dict[str, Any]) -> Answer:
        try:
            with requests.post(
                self.facts["url"], json=payload, timeout=_TIMEOUT, allow_redirects=False, stream=True
            ) as answer:
                if answer.is_redirect or 300 <= answer.status_code < 400:
                    return Answer(outward.ELSEWHERE, answer.status_code)
                if not 200 <= answer.status_code < 300:
                    return Answer(outward.TURNED_DOWN, answer.status_code)
                return self.judge(next(answer.iter_content(_MOST), b""))
        except requests.RequestException as fault:
            return _heard_of(fault)


def _heard_of(fault: requests.RequestException) -> Answer:
    if isinstance(fault, requests.Timeout):
        return Answer(outward.SILENT)
    if isinstance(fault, requests.exceptions.SSLError):
        return Answer(outward.UNTRUSTED)
    if isinstance(fault, requests.ConnectionError) and not isinstance(next(iter(fault.args), None), MaxRetryError):
        return Answer(outward.GARBAGE)  # it answered, and not as a web server does
    return Answer(outward.UNREACHABLE)


class Robot(_Posted):
    """A group robot of WeCom, at its own host or a private one. It says with a status of 200 that it did not send."""

    def payload(self, body: str) -> dict[str, Any]:
        """A plain text."""
        return {"msgtype": "text", "text": {"content": body}}

    def judge(self, content: bytes) -> Answer:
        """`errcode` 0 is sent; 45009 and others are not."""
        try:
            code = int(json.loads(content)["errcode"])
        except (ValueError, TypeError, KeyError):
            return Answer(outward.GARBAGE)
        return Answer(outward.SENT) if code == 0 else Answer(outward.TURNED_DOWN, code)


class Gateway(_Posted):
    """A text-message gateway: phones and text under the names it wants, and whatever else it needs."""

    def payload(self, body: str) -> dict[str, Any]:
        """The fixed fields, then the phones (a list) and the text."""
        facts = self.facts
        return {**facts["extra"], facts["phones_name"]: list(facts["phones"]), facts["text_name"]: body}

    def judge(self, content: bytes) -> Answer:
        """Sent, unless the answer lacks the words by which this gateway says so."""
        wanted = str(self.facts["good_words"])
        return Answer(outward.SENT) if wanted in content.decode(errors="replace") else Answer(outward.TURNED_DOWN, 200)


class Mail(NotifyEmail):
    """Mail to several people in one go: taken by the server for one of them, it is sent."""

    def __init__(self, facts: Mapping[str, Any]) -> None:
        first, *others = facts["to"]
        super().__init__(
            smtp_host=facts["server"], host=facts["server"], port=facts["port"], secure=facts["security"] != "insecure",
            secure_mode=facts["security"], from_addr=facts["sender"], targets=[first], cc=others, format="text",
            asset=_ASSET,
        )  # fmt: skip
        self.login = (facts["user"], facts["password"])  # Apprise would take a % in them for the code of a letter
        self.heard = Answer(outward.GARBAGE)

    def send(self, body: str, title: str = "", **_options: Any) -> bool:
        """Hands it in and keeps what was heard."""
        try:
            self.heard = self._hand_in(body, title)
        except smtplib.SMTPAuthenticationError as fault:
            self.heard = Answer(outward.LOCKED_OUT, fault.smtp_code)
        except smtplib.SMTPResponseException as fault:
            garbage = fault.smtp_code < 100  # what the library makes of a line without a number
            self.heard = Answer(outward.GARBAGE) if garbage else Answer(outward.TURNED_DOWN, fault.smtp_code)
        except smtplib.SMTPRecipientsRefused as fault:
            self.heard = Answer(outward.TURNED_DOWN, next(iter(fault.recipients.values()))[0])
        except smtplib.SMTPException:
            self.heard = Answer(outward.GARBAGE)
        except ssl.SSLError:
            self.heard = Answer(outward.UNTRUSTED)
        except TimeoutError:
            self.heard = Answer(outward.SILENT)
        except OSError:
            self.heard = Answer(outward.UNREACHABLE)
        return self.heard.is_sent

    def _hand_in(self, body: str, title: str) -> Answer:
        trusted, timeout = ssl.create_default_context(), _TIMEOUT[1]
        server: smtplib.SMTP
        if self.secure_mode == "ssl":
            server = smtplib.SMTP_SSL(self.smtp_host, self.port, timeout=timeout, context=trusted)
        else:
            server = smtplib.SMTP(self.smtp_host, self.port, timeout=timeout)
        try:
            if self.secure_mode == "starttls":
                server.starttls(context=trusted)
            if self.login[0]:
                server.login(*self.login)
            for message in self.prepare_emails(
                subject=title, body=body, notify_format=NotifyFormat.TEXT, from_addr=self.from_addr, to=self.targets,
                cc=self.cc, smtp_host=self.smtp_host, names=self.names,
            ):  # fmt: skip
                server.sendmail(self.from_addr[1], message.to_addrs, message.body)
            return Answer(outward.SENT)
        finally:  # a server that stumbles over the farewell has taken the mail all the same
            with suppress(OSError, smtplib.SMTPException):
                server.putcmd("quit")
            server.close()


_KINDS: dict[str, type[Any]] = {"wecom": Robot, "sms": Gateway, "email": Mail}
