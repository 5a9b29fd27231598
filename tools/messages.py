"""Message catalogues without GNU gettext.

    python tools/messages.py update [FOLDER …]   bring the .po files up to date, keeping what is translated
    python tools/messages.py check               name every message that is missing, fuzzy or wrong
    python tools/messages.py compile             write the .mo files the program reads

A string belongs to the nearest folder above it that has a ``locale`` folder, or else to its app. Message
ids are English, so only the other languages have catalogues.
"""

from __future__ import annotations

import io
import re
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parents[1]
SOURCE = ROOT / "src"
LANGUAGES = ("zh_Hans",)
KEYWORDS: dict[str, tuple[int | tuple[int, str], ...] | None] = {
    "_": None,
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
    "npgettext_lazy": ((1, "c"), 2, 3),
}
HEADER = """\
msgid ""
msgstr ""
"Language: {language}\\n"
"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Content-Transfer-Encoding: 8bit\\n"
"Plural-Forms: nplurals=1; plural=0;\\n"

"""
_PLACEHOLDER = re.compile(r"%\(\w+\)|(?<!%)%[sdf]|\{\w*\}")

Key = tuple[str, str]  # context (empty for none) and singular message id


@dataclass(frozen=True, slots=True)
class Found:
    """A message in the sources."""

    context: str
    ids: tuple[str, ...]
    place: str

    @property
    def key(self) -> Key:
        return (self.context, self.ids[0])


def main(arguments: Sequence[str]) -> int:
    """Run one of the three commands."""
    command = arguments[0] if arguments else ""
    if command == "update":
        wanted = [Path(name).resolve() for name in arguments[1:]]
        for folder, messages in messages_by_folder(SOURCE).items():
            for language in LANGUAGES if not wanted or folder in wanted else ():
                catalogue_update(catalogue_path(folder, language), language, messages)
        return 0
    if command == "compile":
        for path in sorted(SOURCE.rglob("locale/*/LC_MESSAGES/*.po")):
            catalogue_compile(path)
        return 0
    if command == "check":
        faults = list(faults_in(SOURCE))
        for fault in faults:
            print(fault)
        return 1 if faults else 0
    print(__doc__)
    return 2


def messages_by_folder(source: Path) -> dict[Path, list[Found]]:
    """Every message of the sources, under the folder whose catalogue holds it."""
    found: dict[Path, list[Found]] = defaultdict(list)
    for path in sorted((*source.rglob("*.py"), *source.rglob("templates/**/*.*"))):
        for message in messages_in(path):
            found[folder_of(path, source)].append(message)
    return found


def messages_in(path: Path) -> Iterator[Found]:
    """The messages of one Python file or one Django template."""
    text = path.read_text()
    code = text if path.suffix == ".py" else template_as_python(text, str(path))
    for line, ids, _comments, context in extract("python", io.BytesIO(code.encode()), keywords=KEYWORDS):
        names = (ids,) if isinstance(ids, str) else tuple(ids)
        if names[0]:
            yield Found(context or "", names, f"{_shown(path)}:{line}")


def template_as_python(text: str, origin: str) -> str:
    """What Django itself turns a template into before extraction, without the indentation of its text."""
    from django.utils.translation.template import templatize

    return "\n".join(line.strip() for line in templatize(text, origin=origin).splitlines())


def folder_of(path: Path, source: Path) -> Path:
    """The nearest folder above ``path`` with a ``locale`` folder, or else the app it lies in."""
    above = [folder for folder in path.parents if folder.is_relative_to(source)]
    for sign in ("locale", "apps.py"):
        for folder in above:
            if (folder / sign).exists():
                return folder
    return source


def catalogue_path(folder: Path, language: str) -> Path:
    """Where a folder's catalogue lies."""
    return folder / "locale" / language / "LC_MESSAGES" / "django.po"


def catalogue_read(path: Path, language: str) -> Catalog:
    """The catalogue, empty if there is none yet."""
    if not path.exists():
        return Catalog(locale=language)
    with path.open("rb") as file:
        return read_po(file, locale=language)


def catalogue_update(path: Path, language: str, messages: Iterable[Found]) -> None:
    """Add what is new, keep what is translated, and move what is gone to the end as obsolete."""
    old = catalogue_read(path, language)
    known = {_key(message): message for message in (*old.obsolete.values(), *old) if message.id}
    new = Catalog(locale=language)
    for found in messages:
        _add(new, found, known.get(found.key))
    present = {_key(message) for message in new}
    for key, message in known.items():
        if key not in present and any(_strings(message)):
            new.obsolete[key] = message
    path.parent.mkdir(parents=True, exist_ok=True)
    buffer = io.BytesIO()
    write_po(buffer, new, width=100, no_location=True, omit_header=True, sort_output=True)
    path.write_text(HEADER.format(language=language) + buffer.getvalue().decode().strip() + "\n")


def catalogue_compile(path: Path) -> None:
    """Write the compiled catalogue beside its source."""
    catalogue = catalogue_read(path, path.parents[1].name)
    buffer = io.BytesIO()
    write_mo(buffer, catalogue)
    path.with_suffix(".mo").write_bytes(buffer.getvalue())


def faults_in(source: Path) -> Iterator[str]:
    """One line for each message that a reader would see untranslated or wrong."""
    translations: dict[tuple[str, Key], dict[str, str]] = defaultdict(dict)
    for folder, messages in messages_by_folder(source).items():
        for language in LANGUAGES:
            path = catalogue_path(folder, language)
            known = {_key(message): message for message in catalogue_read(path, language) if message.id}
            for found in {message.key: message for message in messages}.values():
                fault = fault_of(found, known.get(found.key))
                if fault:
                    yield f"{found.place}: {fault}: {found.ids[0]!r} ({_shown(path)})"
                else:
                    translations[language, found.key][_strings(known[found.key])[0]] = _shown(path)
    for (_language, key), variants in translations.items():
        if len(variants) > 1:
            shown = ", ".join(f"{text!r} in {place}" for text, place in sorted(variants.items()))
            yield f"{key[1]!r} is translated differently, but all catalogues are one: {shown}"


def fault_of(found: Found, message: Message | None) -> str:
    """What is wrong with a message's translation; empty when nothing is."""
    if message is None:
        return "missing"
    strings = _strings(message)
    if not strings or not all(strings):
        return "untranslated"
    if message.fuzzy:
        return "fuzzy"
    wanted = set(_PLACEHOLDER.findall(found.ids[-1]))
    if any(set(_PLACEHOLDER.findall(string)) != wanted for string in strings):
        return "placeholders differ"
    return ""


def _add(catalogue: Catalog, found: Found, before: Message | None) -> None:
    plural = len(found.ids) > 1
    string = before.string if before is not None else ""
    if plural and isinstance(string, str):
        string = (string,)
    elif not plural and not isinstance(string, str):
        string = string[0] if string else ""
    catalogue.add(
        found.ids if plural else found.ids[0],
        string,
        flags=[flag for flag in (before.flags if before else ()) if flag == "fuzzy"],
        user_comments=list(before.user_comments) if before else [],
        context=found.context or None,
    )


def _key(message: Message) -> Key:
    return (message.context or "", _singular(message))


def _singular(message: Message) -> str:
    return message.id if isinstance(message.id, str) else str(message.id[0])


def _strings(message: Message) -> list[str]:
    return [message.string] if isinstance(message.string, str) else list(message.string or ())


def _shown(path: Path) -> str:
    return str(path.relative_to(ROOT)) if path.is_relative_to(ROOT) else str(path)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
