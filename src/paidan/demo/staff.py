"""The demo city's office: who watches, dispatches and answers the phone."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from django.contrib.auth.hashers import make_password

from paidan.accounts.constants import RoleCode
from paidan.accounts.models import User
from paidan.accounts.services import role_of
from paidan.demo.credentials import password_of
from paidan.demo.identity import STAFF_PHONES, person_name, phone_number
from paidan.workforce.models import Territory, TerritoryScope

MAIL_DOMAIN = "yunchuan.invalid"


@dataclass(frozen=True, slots=True)
class Post:
    """A desk in the office; ``scopes`` are the territories a dispatcher watches."""

    login: str
    role: RoleCode
    scopes: tuple[str, ...] = ()


_ALL = ("yunhu", "xiqiao", "langang", "qinglan", "luzhu", "wangshu")
POSTS = (
    Post("admin", RoleCode.ADMINISTRATOR),
    Post("manager", RoleCode.MANAGER),
    Post("manager2", RoleCode.MANAGER),
    Post("dispatcher", RoleCode.DISPATCHER, _ALL[:2]),
    Post("dispatcher2", RoleCode.DISPATCHER, _ALL[2:4]),
    Post("dispatcher3", RoleCode.DISPATCHER, _ALL[4:]),
    Post("night", RoleCode.DISPATCHER, _ALL),
    Post("service", RoleCode.CUSTOMER_SERVICE),
    Post("service2", RoleCode.CUSTOMER_SERVICE),
    Post("service3", RoleCode.CUSTOMER_SERVICE),
    Post("service4", RoleCode.CUSTOMER_SERVICE),
    Post("service5", RoleCode.CUSTOMER_SERVICE),
)


def staff_hire(rng: Random) -> None:
    """Give every desk a person, and every dispatcher their territories."""
    passwords = {role: make_password(password_of(role)) for role in {post.role for post in POSTS}}
    users = [
        User(
            phone=phone_number(STAFF_PHONES, number),
            phone_verified=True,
            email=f"{post.login}@{MAIL_DOMAIN}",
            name=person_name(rng),
            role=role_of(post.role),
            password=passwords[post.role],
            is_staff=post.role is RoleCode.ADMINISTRATOR,
            is_superuser=post.role is RoleCode.ADMINISTRATOR,
        )
        for number, post in enumerate(POSTS, start=1)
    ]
    User.objects.bulk_create(users)
    territories = {territory.code: territory for territory in Territory.objects.all()}
    TerritoryScope.objects.bulk_create(
        TerritoryScope(user=user, territory=territories[code])
        for post, user in zip(POSTS, users, strict=True)
        for code in post.scopes
    )
