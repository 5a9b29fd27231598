"""The product's settings with a route table of our own."""

from paidan.config.settings import *  # noqa: F403  a variant of all of them

ROOT_URLCONF = "bench.control.urls"
