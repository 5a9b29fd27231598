"""Invented names, numbers and references, drawn from a seeded generator."""

from __future__ import annotations

from random import Random

from paidan.kernel.refs import ALPHABET, LENGTH

_SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡"
_GIVEN_FIRST = "建国志文海晓明丽秀春玉俊家德永立思雨子浩欣佳梦若景凯振广庆"
_GIVEN_SECOND = "华强军平伟芳兰英杰勇涛超辉燕萍琴霞宁鑫博宇轩涵怡琪妍彬峰鹏林"

STAFF_PHONES = 1
TECHNICIAN_PHONES = 2
CUSTOMER_PHONES = 3


def seeded(seed: int | str, purpose: str) -> Random:
    """A generator of its own for each purpose, so that a change in one does not move the others."""
    return Random(f"{seed} {purpose}")  # noqa: S311 -- invented people, not secrets


def person_name(rng: Random) -> str:
    """A surname and a given name of one or two characters."""
    given = rng.choice(_GIVEN_FIRST) + rng.choice(_GIVEN_SECOND)
    return rng.choice(_SURNAMES) + (given if rng.random() < 0.8 else given[1])


def phone_number(kind: int, number: int) -> str:
    """A number in E.164 that reaches nobody: the 154 range is not given out to subscribers."""
    return f"+86154{kind:02d}{number:06d}"


def reference(rng: Random, letter: str) -> str:
    """A public reference from the seeded generator, so that the same seed makes the same city."""
    return letter + "".join(rng.choice(ALPHABET) for _ in range(LENGTH))
