"""Message catalogues: what is found, kept, refused and compiled."""

from __future__ import annotations

import gettext
from pathlib import Path

import pytest

from tools import messages
from tools.messages import catalogue_compile, catalogue_path, catalogue_update, faults_in, messages_by_folder

PYTHON = """
from django.utils.translation import gettext_lazy as _, ngettext, pgettext

LABEL = _("Pending")
HELP = _(
    "A long sentence "
    "in two parts"
)

def text(number: int) -> str:
    return ngettext("%(number)d visit", "%(number)d visits", number) % {"number": number} + pgettext("verb", "Open")
"""
TEMPLATE = """
{% load i18n %}
  <h1 title="{% translate "Your day" %}">{{ _("Today") }}</h1>
    {% blocktranslate trimmed with name=technician.name %}
      {{ name }} is
      on the way
    {% endblocktranslate %}
  {% blocktranslate count counter=stops %}{{ counter }} stop{% plural %}{{ counter }} stops{% endblocktranslate %}
  {% button label=_("Don't wait") %} it's "quoted" text
"""


@pytest.fixture
def source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two apps below one source folder; the second has a face with a catalogue of its own."""
    monkeypatch.setattr(messages, "ROOT", tmp_path)
    visits = tmp_path / "src" / "visits"
    crew = tmp_path / "src" / "web" / "crew"
    for folder in (visits, crew / "templates" / "crew"):
        folder.mkdir(parents=True)
    (visits / "apps.py").touch()
    (crew / "locale").mkdir()
    (visits / "constants.py").write_text(PYTHON)
    (crew / "templates" / "crew" / "day.html").write_text(TEMPLATE)
    return tmp_path / "src"


def translate(source: Path, folder: str, translations: dict[str, str]) -> Path:
    """Bring a catalogue up to date and fill it."""
    path = catalogue_path(source / folder, "zh_Hans")
    catalogue_update(path, "zh_Hans", messages_by_folder(source)[source / folder])
    text = path.read_text()
    for name, translation in translations.items():
        for empty in ('msgstr ""', 'msgstr[0] ""'):
            text = text.replace(f'msgid "{name}"\n{empty}', f'msgid "{name}"\n{empty[:-1]}{translation}"')
            plural = f'msgid "{name}"\nmsgid_plural "{name}s"\n{empty}'
            text = text.replace(plural, f'{plural[:-1]}{translation}"')
    path.write_text(text)
    return path


def test_messages_of_code_and_templates_are_found_under_the_nearest_folder(source: Path) -> None:
    found = messages_by_folder(source)

    assert {(message.context, message.ids) for message in found[source / "visits"]} == {
        ("", ("Pending",)),
        ("", ("A long sentence in two parts",)),
        ("", ("%(number)d visit", "%(number)d visits")),
        ("verb", ("Open",)),
    }
    assert {message.ids for message in found[source / "web" / "crew"]} == {
        ("Your day",),
        ("Today",),
        ("%(name)s is on the way",),
        ("%(counter)s stop", "%(counter)s stops"),
        ("Don't wait",),
    }


def test_a_fault_is_named_for_every_message_a_reader_would_miss(source: Path) -> None:
    translate(source, "visits", {"Pending": "待派单", "%(number)d visit": "%(count)d 次上门"})

    faults = [fault for fault in faults_in(source) if "constants.py" in fault]

    assert sorted(fault.split(": ")[1] + " " + fault.split(": ", 2)[2].split(" (")[0] for fault in faults) == [
        "placeholders differ '%(number)d visit'",
        "untranslated 'A long sentence in two parts'",
        "untranslated 'Open'",
    ]
    assert any("day.html:3: missing: 'Your day'" in fault for fault in faults_in(source))


def test_an_update_keeps_translations_and_sets_aside_what_is_gone(source: Path) -> None:
    path = translate(source, "visits", {"Pending": "待派单"})
    (source / "visits" / "constants.py").write_text('LABEL = _("Done")\n')

    catalogue_update(path, "zh_Hans", messages_by_folder(source)[source / "visits"])
    once = path.read_text()
    catalogue_update(path, "zh_Hans", messages_by_folder(source)[source / "visits"])

    assert 'msgid "Done"\nmsgstr ""' in once
    assert '#~ msgid "Pending"\n#~ msgstr "待派单"' in once
    assert path.read_text() == once

    (source / "visits" / "constants.py").write_text('LABEL = _("Pending")\n')
    catalogue_update(path, "zh_Hans", messages_by_folder(source)[source / "visits"])
    assert 'msgid "Pending"\nmsgstr "待派单"' in path.read_text()


def test_one_message_has_one_translation_in_all_catalogues(source: Path) -> None:
    (source / "visits" / "constants.py").write_text('LABEL = _("Today")\n')
    translate(source, "visits", {"Today": "今日"})
    translate(source, "web/crew", {"Today": "今天"})

    faults = [fault for fault in faults_in(source) if "differently" in fault]

    assert len(faults) == 1
    assert "'Today'" in faults[0]
    assert "今日" in faults[0]


def test_a_compiled_catalogue_is_read_by_gettext(source: Path) -> None:
    path = translate(source, "visits", {"Pending": "待派单", "%(number)d visit": "%(number)d 次上门"})

    catalogue_compile(path)

    with path.with_suffix(".mo").open("rb") as file:
        catalogue = gettext.GNUTranslations(file)
    assert catalogue.gettext("Pending") == "待派单"
    assert catalogue.ngettext("%(number)d visit", "%(number)d visits", 5) == "%(number)d 次上门"
