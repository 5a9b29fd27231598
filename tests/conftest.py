"""What every test starts from."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from tests.browser.stack import Stack, started

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "paidan.config.settings")


@pytest.fixture(autouse=True)
def _nothing_remembered() -> None:
    """What a process remembers for a moment, or a thread since its last request, would outlive a test."""
    from django.conf import settings
    from django.utils.translation import activate

    from paidan.dispatch.policies import policy_forget

    policy_forget()
    activate(settings.LANGUAGE_CODE)


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """The demo city as ``paidan up --demo`` runs it; its tests share a group, so that one run starts one."""
    with started(tmp_path_factory.mktemp("city")) as running:
        yield running
