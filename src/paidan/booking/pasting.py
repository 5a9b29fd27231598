"""Name, phone and address pasted in one piece, taken apart."""

from __future__ import annotations

import re
from dataclasses import dataclass

PASTE_LONGEST = 500
NAME_LONGEST = 20
_PHONE = re.compile(r"(?<!\d)(?:\+?86[\s-]?)?(1[3-9]\d[\s-]?\d{4}[\s-]?\d{4})(?!\d)")
_LABEL = re.compile(
    r"(?:收货人|收件人|联系人|客户|姓名|联系电话|手机号码?|手机|电话|所在地区|详细地址|收货地址|地址"
    r"|name|contact|phone|mobile|tel|address)\s*[:：]",
    re.IGNORECASE,
)
_BREAK = re.compile(r"[,，;；、|｜。\n\r\t]+|\s{2,}")
_PLACE = re.compile(
    r"[省市区县镇乡村路街巷弄里道]|大道|小区|花园|新村|家园|公寓|大厦|广场|苑|城|栋|幢|号楼|单元|室"
    r"|\b(?:road|street|avenue|lane|building|district)\b",
    re.IGNORECASE,
)
_DOOR = re.compile(
    r"(?:[0-9A-Za-z一二三四五六七八九十]+\s*(?:号楼|栋|幢|座|单元)"
    r"|(?<!\d)\d{1,3}\s*[-–]\s*\d{1,3}(?:\s*[-–]\s*\d{1,4})?\s*室?$|(?<!\d)\d{3,4}\s*室?$).*"
)
_TITLE = re.compile(r"(?:先生|女士|小姐|老师|师傅|太太|阿姨|叔叔)$")


@dataclass(frozen=True, slots=True)
class Pasted:
    """What a pasted text says; what it does not say is empty.

    Attributes:
        phone: eleven digits.
        address_text: street and estate.
        door: building, unit and door.
    """

    name: str = ""
    phone: str = ""
    address_text: str = ""
    door: str = ""


def taken_apart(text: str) -> Pasted:
    """Find the name, the mobile number and the address in what somebody pasted, in whatever order they stand."""
    rest = text.replace("\0", "")[:PASTE_LONGEST].strip()
    found = _PHONE.search(rest)
    phone = re.sub(r"\D", "", found.group(1)) if found else ""
    if found:
        rest = f"{rest[: found.start()]}\n{rest[found.end() :]}"
    parts = [part.strip() for part in _BREAK.split(_LABEL.sub("\n", rest)) if part.strip()]
    words = [word for part in parts for word in _words(part)]
    name = next((word for word in words if _is_name(word)), "")
    address = " ".join(word for word in words if word != name and any(letter.isalnum() for letter in word))
    street, door = _door_apart(address)
    return Pasted(name, phone, street, door)


def _words(part: str) -> list[str]:
    """A part stays whole unless its first or last word is a name beside an address."""
    words = part.split(" ")
    if len(words) > 1 and _PLACE.search(part):
        if _is_name(words[0]):
            return [words[0], " ".join(words[1:])]
        if _is_name(words[-1]):
            return [" ".join(words[:-1]), words[-1]]
    return [part]


def _is_name(word: str) -> bool:
    """Short, without digits, and no place; whoever is called 路 or 苑 says so by a title or a full name."""
    if not word or len(word) > NAME_LONGEST or any(letter.isdigit() for letter in word):
        return False
    if _TITLE.search(word):
        return len(word) <= 8
    is_chinese = all("\u4e00" <= letter <= "\u9fff" or letter == "·" for letter in word)
    if is_chinese:
        return 2 <= len(word) <= 4 and not _PLACE.search(word[1:])
    return bool(re.fullmatch(r"[A-Za-z][A-Za-z .'-]*", word)) and not _PLACE.search(word)


def _door_apart(address: str) -> tuple[str, str]:
    found = _DOOR.search(address)
    if found is None or not address[: found.start()].strip():
        return address, ""
    return address[: found.start()].strip(), found.group(0).strip()
