"""Pasted name, phone and address are taken apart in the orders and forms in which people send them."""

from __future__ import annotations

import pytest

from paidan.booking.pasting import Pasted, taken_apart

STREET = "云湖区晴湖路8号晴湖苑"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (f"陈晓梅 13912345678 {STREET}3栋2单元502", Pasted("陈晓梅", "13912345678", STREET, "3栋2单元502")),
        (f"{STREET}3栋2单元502，陈晓梅，139 1234 5678", Pasted("陈晓梅", "13912345678", STREET, "3栋2单元502")),
        (f"13912345678\n{STREET}3号楼101室\n王先生", Pasted("王先生", "13912345678", STREET, "3号楼101室")),
        (
            f"收货人：李雷\n电话：+86 139-1234-5678\n地址：{STREET} 12-3-501",
            Pasted("李雷", "13912345678", STREET, "12-3-501"),
        ),
        (f"路遥,13912345678,{STREET}", Pasted("路遥", "13912345678", STREET, "")),
        ("Anna Li, 13912345678, 8 Lake Road", Pasted("Anna Li", "13912345678", "8 Lake Road", "")),
        ("13912345678", Pasted(phone="13912345678")),
        (STREET, Pasted(address_text=STREET)),
        ("139123456789", Pasted(address_text="139123456789")),
        ("", Pasted()),
        ("a\0b", Pasted(name="ab")),
    ],
)
def test_name_phone_and_address_are_found(text: str, found: Pasted) -> None:
    assert taken_apart(text) == found


def test_a_text_without_end_is_cut() -> None:
    assert len(taken_apart("路" * 1_000_000).address_text) <= 500
