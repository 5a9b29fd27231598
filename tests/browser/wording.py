"""Words of the wrong language on a page: our own messages left in English, or Chinese that is no data."""

from __future__ import annotations

import re
from functools import lru_cache
from io import BytesIO
from pathlib import Path

from babel.messages.pofile import read_po
from playwright.sync_api import Page

from tests.browser.stack import Stack

SOURCE = Path(__file__).resolve().parents[2] / "src"
CHINESE = re.compile(r"[\u3400-\u9fff]+")
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|%[sd]|\{\w*\}")
NAMES = frozenset({"Paidan", "English", "中文", "简体中文"})
DATA = (
    "SELECT name FROM accounts_user UNION SELECT name FROM customers_customer"
    " UNION SELECT district || ' ' || text || ' ' || door || ' ' || label FROM customers_address"
    " UNION SELECT contact_name || ' ' || description || ' ' || special_requirements FROM booking_booking"
    " UNION SELECT text FROM reviews_review UNION SELECT data::text FROM visits_visitstep"
    " UNION SELECT data::text FROM booking_bookingstep"
)
TEXTS = """() => {
  const found = new Set();
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const parent = node.parentElement;
    if (!parent.closest("script, style, [hidden], [lang]:not(html)")) found.add(node.textContent);
  }
  for (const element of document.querySelectorAll("[aria-label], [placeholder], [title], [alt]"))
    for (const name of ["aria-label", "placeholder", "title", "alt"])
      if (element.hasAttribute(name)) found.add(element.getAttribute(name));
  found.add(document.title);
  return [...found].map((text) => text.replace(/\\s+/g, " ").trim()).filter(Boolean);
}"""


@lru_cache
def english_messages() -> re.Pattern[str]:
    """Everything we say, as it would read untranslated."""
    found: set[str] = set()
    for file in SOURCE.rglob("locale/zh_Hans/LC_MESSAGES/django.po"):
        for message in read_po(BytesIO(file.read_bytes())):
            msgid, msgstr = message.id, message.string
            for one in (msgid,) if isinstance(msgid, str) else msgid:
                if one and one not in (msgstr if isinstance(msgstr, tuple) else (msgstr,)):
                    found.add(one)
    return re.compile("|".join(f"(?:{_pattern(one)})" for one in sorted(found) if _is_telling(one)))


def _is_telling(message: str) -> bool:
    return bool(re.search(r"[A-Za-z]{2}", PLACEHOLDER.sub("", message)))


def _pattern(message: str) -> str:
    plain = " ".join(message.replace("%%", "%").split())
    return "(?:.+)".join(re.escape(part) for part in PLACEHOLDER.split(plain))


def misspoken(page: Page, stack: Stack, language: str) -> list[str]:
    """Texts, titles and labels of the page that are in the wrong language."""
    texts = [text for text in page.evaluate(TEXTS) if text not in NAMES]
    if language == "zh-hans":
        return [text for text in texts if english_messages().fullmatch(text)]
    data = data_of(stack)
    return [text for text in texts if any(run not in data for run in CHINESE.findall(text) if run not in NAMES)]


def data_of(stack: Stack) -> str:
    """What people of the city are called and have typed; it stays as it is."""
    return "\n".join(str(text) for (text,) in stack.rows(DATA))
