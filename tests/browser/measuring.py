"""What a page is held to, measured in the browser: axe, sizes, sideways scrolling, bytes over the wire."""

from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page

TAGS = ["wcag2a", "wcag2aa", "wcag21aa", "wcag2aaa"]
BASE_TEXT = {"a": 20, "a1": 24, "a2": 30}  # pixels
MAIN_TARGET, TARGET = 60, 48  # pixels high
SMALLEST_TEXT = 18
FIRST_VISIT, LATER_PAGE = 60 * 1024, 15 * 1024  # bytes over the wire, headers included
_ROUNDING = 0.6  # a box of 47.99 pixels is one of 48

_SIZES = """([mainTarget, target, smallest]) => {
  const words = (e) => (e.innerText || e.value || e.name || '').trim().slice(0, 30);
  const said = (e) => `${e.tagName.toLowerCase()}.${e.className} «${words(e)}»`;
  const shown = (e) => e.checkVisibility({ visibilityProperty: true, contentVisibilityAuto: true });
  const faults = [];
  const hasText = (e) => [...e.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim());
  const inText = (e) => e.matches('a') && getComputedStyle(e).display === 'inline' && hasText(e.parentElement);
  for (const e of document.querySelectorAll('a[href], button, summary, input:not([type=hidden]), select, textarea')) {
    const label = e.matches('[type=radio], [type=checkbox]') && e.closest('label');
    const box = (label || e).getBoundingClientRect();
    if (!shown(e) || box.width <= 1 || box.height <= 1 || box.right <= 0 || inText(e)) continue;
    const isMain = e.matches('main button:not(.second):not(.link), main a.button:not(.second)');
    const wanted = isMain ? mainTarget : target;
    if (box.height >= wanted && box.width >= target) continue;
    faults.push(`${said(e)} is ${box.width.toFixed(1)}×${box.height.toFixed(1)}`);
  }
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const small = new Set();
  while (walker.nextNode()) {
    const e = walker.currentNode.parentElement;
    if (!walker.currentNode.textContent.trim() || e.closest('script, noscript, svg') || !shown(e)) continue;
    if (parseFloat(getComputedStyle(e).fontSize) < smallest) small.add(said(e));
  }
  small.forEach((words) => faults.push(`text under ${smallest} px: ${words}`));
  return faults;
}"""
_AXE = """async (tags) => {
  const found = await axe.run({ runOnly: { type: 'tag', values: tags }, resultTypes: ['violations'] });
  const said = (fault, node) => `${fault.id}: ${node.target} ${node.html.slice(0, 160)} ${node.failureSummary}`;
  return found.violations.flatMap((fault) => fault.nodes.map((node) => said(fault, node).slice(0, 500)));
}"""
_WIDTHS = """() => [document.documentElement, document.body].map((e) => [e.scrollWidth, e.clientWidth])"""


def set_text_size(page: Page, size: str) -> None:
    """Shows the page as the switch would: the server writes this class on the root element."""
    page.evaluate("size => document.documentElement.className = `text-${size}`", size)


def axe_faults(page: Page) -> list[str]:
    """What axe objects to, AAA contrast included; asked for faults alone, because telling the rest takes longer."""
    if not page.evaluate("() => 'axe' in window"):
        page.evaluate(AXE_SCRIPT)
    found: list[str] = page.evaluate(_AXE, TAGS)
    return found


def size_faults(page: Page, size: str) -> list[str]:
    """Targets and text that are too small, and a page that scrolls sideways."""
    faults: list[str] = page.evaluate(_SIZES, [MAIN_TARGET - _ROUNDING, TARGET - _ROUNDING, SMALLEST_TEXT])
    base = page.evaluate("() => parseFloat(getComputedStyle(document.body).fontSize)")
    if base < BASE_TEXT[size]:
        faults.append(f"base text is {base} px")
    faults += [f"scrolls sideways: {wide} > {room}" for wide, room in page.evaluate(_WIDTHS) if wide > room]
    return faults


@dataclass
class Weights:
    """Bytes over the wire, headers included, by page: what the browser's network layer counted."""

    pages: list[tuple[str, int]] = field(default_factory=list)  # address, bytes
    parts: list[tuple[str, int]] = field(default_factory=list)  # what htmx fetched
    _bucket_of: dict[str, tuple[list[tuple[str, int]], int]] = field(default_factory=dict)
    _page_of: dict[str, int] = field(default_factory=dict)

    def watch(self, page: Page) -> None:
        """Counts everything that this page loads from now on."""
        session = page.context.new_cdp_session(page)
        session.on("Network.requestWillBeSent", self._sent)
        session.on("Network.loadingFinished", lambda event: self._add(event["requestId"], event["encodedDataLength"]))
        session.send("Network.enable")

    def too_heavy(self) -> list[str]:
        """What is heavier than a slow line bears, of a phone without anything in its cache that logged in.

        The first visit is the login and the page behind it, with every file they need; later pages find those cached.
        """
        behind_the_login = [address for address, _size in self.pages].index("/login/") + 1
        first, later = self.pages[:behind_the_login], self.pages[behind_the_login:] + self.parts
        faults = [f"{address} weighs {size}" for address, size in later if size > LATER_PAGE]
        if sum(size for _address, size in first) > FIRST_VISIT:
            faults.append(f"the first visit is too heavy: {first}")
        faults += [f"{address} was not weighed" for address, size in self.pages if size <= 0]
        return faults if len(later) > 1 else ["nothing was weighed"]

    def _sent(self, event: dict[str, Any]) -> None:
        key, address = event["requestId"], urlsplit(event["request"]["url"]).path
        if answer := event.get("redirectResponse"):
            self._add(key, answer["encodedDataLength"])
        elif event.get("type") in ("XHR", "Fetch"):
            self.parts.append((address, 0))
            self._bucket_of[key] = (self.parts, len(self.parts) - 1)
        else:
            if event["loaderId"] not in self._page_of:
                self.pages.append((address, 0))
                self._page_of[event["loaderId"]] = len(self.pages) - 1
            self._bucket_of[key] = (self.pages, self._page_of[event["loaderId"]])

    def _add(self, key: str, size: float) -> None:
        if key in self._bucket_of:
            bucket, index = self._bucket_of[key]
            bucket[index] = (bucket[index][0], bucket[index][1] + int(size))
