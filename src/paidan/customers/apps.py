from __future__ import annotations

from django.apps import AppConfig


class CustomersConfig(AppConfig):
    name = "paidan.customers"
    label = "customers"
