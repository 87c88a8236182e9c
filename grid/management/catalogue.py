"""The catalogue of Chinese words: what the tree uses, what is translated, and whether the two are in step.

Babel alone does the work, so that no machine needs GNU gettext. English needs no catalogue: its words are the msgids.
"""

import io
import os
import re
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from babel.messages import Catalog, Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract_python
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.utils.translation import templatize

ROOT = Path(__file__).resolve().parents[2]
LOCALE = "zh_Hans"
FOLDER = ROOT / "locale" / LOCALE / "LC_MESSAGES"
PO, MO = FOLDER / "django.po", FOLDER / "django.mo"
APPS = ("grid", "residents", "quarantine")
KEYWORDS = {
    **DEFAULT_KEYWORDS,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext_lazy": (1, 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext_lazy": ((1, "c"), 2, 3),
}
HEADER = """msgid ""
msgstr ""
"Language: zh_Hans\\n"
"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Content-Transfer-Encoding: 8bit\\n"
"Plural-Forms: nplurals=1; plural=0;\\n"

"""
_PLACEHOLDER = re.compile(r"%\(\w+\)[a-z]|%[sd]|\{\w*\}")


def sources() -> Iterator[tuple[Path, str]]:
    """Every file with words for a reader, as Python that Babel can read."""
    for app in APPS:
        for file in sorted((ROOT / app).rglob("*.py")):
            if "migrations" not in file.parts:
                yield file, file.read_text(encoding="utf-8")
    for file in sorted((ROOT / "templates").rglob("*.html")):
        yield file, templatize(file.read_text(encoding="utf-8"), origin=str(file))


def used() -> Catalog:
    """What the tree uses, untranslated, each message with the files that use it."""
    catalog = Catalog(locale=LOCALE)
    for file, text in sources():
        found = extract_python(io.BytesIO(text.encode()), KEYWORDS, (), {"encoding": "utf-8"})
        for line, function, words, _comments in found:
            message_id, context = _message_of(str(function), words)
            if message_id:
                catalog.add(message_id, locations=[(str(file.relative_to(ROOT)), line)], context=context)
    return catalog


def _message_of(function: str, words: Any) -> tuple[Any, str | None]:
    """The msgid (with its plural) and the context that a call names; (None, None) where it names no literal text."""
    given = list(words) if isinstance(words, (list, tuple)) else [words]
    context = given.pop(0) if function.startswith(("pgettext", "npgettext")) else None
    plural = function.lstrip("np").startswith("gettext") and function.startswith(("ngettext", "npgettext"))
    message_id = tuple(given[:2]) if plural else (given[0] if given else None)
    complete = all(message_id) if isinstance(message_id, tuple) else bool(message_id)
    return (message_id, context) if complete else (None, None)


def stored() -> Catalog:
    """The translations as they stand."""
    return _read(PO) if PO.exists() else Catalog(locale=LOCALE)


def merged() -> Catalog:
    """The catalogue brought in step with the tree; translations stay."""
    known = {_identity(message): message.string for message in stored() if message.id and message.string}
    catalog = used()
    for message in catalog:
        if message.id:
            translation = known.get(_identity(message), "")
            message.string = (translation,) if message.pluralizable and isinstance(translation, str) else translation  # type: ignore[assignment]
    return catalog


def write(catalog: Catalog) -> None:
    """Writes the catalogue: sorted, without dates and line numbers, so that two branches merge."""
    text = io.BytesIO()
    write_po(text, catalog, width=0, no_location=True, omit_header=True, sort_output=True)
    _replace(PO, HEADER.encode() + text.getvalue().lstrip())


def compile_catalogue() -> int:
    """Writes the binary catalogue that runs; how many messages it holds."""
    catalog, binary = stored(), io.BytesIO()
    write_mo(binary, catalog)
    _replace(MO, binary.getvalue())
    return len(catalog)


def faults_of(catalog: Catalog) -> list[str]:
    """Every message without a translation, with other placeholders, or no longer used: one line each."""
    wanted = {_identity(message): message for message in used() if message.id}
    found = {_identity(message): message for message in catalog if message.id}
    faults = []
    for key, message in wanted.items():
        where = ", ".join(sorted({file for file, _line in message.locations}))
        translation = _text(found[key].string) if key in found else ""
        if not translation:
            faults.append(f"not translated: «{key[0]}» ({where})")
        elif placeholders(_text(message.id)) != placeholders(translation):
            faults.append(f"placeholders differ: «{key[0]}» and «{translation}» ({where})")
    faults += [f"no longer used: «{key[0]}»" for key in found if key not in wanted]
    return sorted(faults)


def placeholders(text: str) -> set[str]:
    """What the text leaves open, by name; word order may differ between languages."""
    return set(_PLACEHOLDER.findall(text))


def _identity(message: Message) -> tuple[object, str | None]:
    return (message.id if isinstance(message.id, str) else message.id[0], message.context)


def _text(words: object) -> str:
    """The text itself, of a plural the last form: Chinese has one."""
    return str(words[-1]) if isinstance(words, (list, tuple)) and words else str(words or "")


def _read(file: Path) -> Catalog:
    with file.open("rb") as stream:
        return read_po(stream, locale=LOCALE, charset="utf-8")


def _replace(file: Path, content: bytes) -> None:
    """Writes beside the file and puts it in place at once: a portal that starts meanwhile reads the old or the new."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=file.parent, delete=False) as draft:
        draft.write(content)
    os.chmod(draft.name, 0o644)
    os.replace(draft.name, file)
