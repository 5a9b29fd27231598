"""Exceptions: about references, with facts that hold no words of a customer."""

from __future__ import annotations

from paidan.accounts.personal_data import PersonalPart

PART = PersonalPart(
    app="worklist", exempt={"worklist.WorkItem": "Names the member of the house who settled it by number only."}
)
