"""Answers to an item's questions: read, judged, and kept with the words of the question (B3)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from paidan.booking.constants import ANSWER_LONGEST
from paidan.catalog.constants import QuestionKind
from paidan.catalog.models import ItemQuestion, ServiceItemVersion
from paidan.kernel.errors import Invalid
from paidan.kernel.plain_text import text_fault
from paidan.kernel.texts import Texts, localized, texts_of

YES, NO = "yes", "no"
_YES_NO = {YES: gettext_noop("Yes"), NO: gettext_noop("No")}
LONGEST_NUMBER = 9


@dataclass(frozen=True, slots=True)
class AnswerView:
    """A question about the work and what was answered, in the reader's language."""

    code: str
    question: str
    answer: str


class _NoAnswerError(Exception):
    """What was sent is no answer to the question; carries the sentence."""


def field_of(code: str) -> str:
    """The name of the form field that asks a question."""
    return f"q_{code}"


def answers_read(version: ServiceItemVersion, given: Mapping[str, str]) -> list[dict[str, Any]]:
    """The answers as they are kept: code, question and answer in both languages.

    Raises:
        Invalid: by the field of each question that is not answered as it asks.
    """
    kept: list[dict[str, Any]] = []
    faults: dict[str, str] = {}
    for question in version.questions.all():
        text = given.get(question.code, "").strip()
        try:
            answer = _answer(question, text)
        except _NoAnswerError as refusal:
            faults[field_of(question.code)] = str(refusal)
            continue
        if answer is not None:
            kept.append({"code": question.code, "question": question.text, "answer": answer})
    if faults:
        raise Invalid(fields=faults)
    return kept


def answers_again(data: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """The answers kept with a booking as they would be given again."""
    yes_no = {texts_of(words)["zh"]: code for code, words in _YES_NO.items()}
    return {one["code"]: yes_no.get(one["answer"]["zh"], one["answer"]["zh"]) for one in data}


def answer_views(data: Sequence[Mapping[str, Any]]) -> tuple[AnswerView, ...]:
    """The answers kept with a booking, in the reader's language."""
    return tuple(AnswerView(one["code"], localized(one["question"]), localized(one["answer"])) for one in data)


def _answer(question: ItemQuestion, text: str) -> Texts | None:
    fault = text_fault(text, longest=ANSWER_LONGEST, required=question.is_required)
    if fault:
        raise _NoAnswerError(fault)
    return _READERS[QuestionKind(question.kind)](question, text) if text else None


def _same(text: str) -> Texts:
    return {"zh": text, "en": text}


def _text(_question: ItemQuestion, text: str) -> Texts:
    return _same(text)


def _choice(question: ItemQuestion, text: str) -> Texts:
    """One of the list, by its number from 1 or by its words."""
    for number, choice in enumerate(question.choices, start=1):
        if text in {str(number), *choice.values()}:
            return dict(choice)
    raise _NoAnswerError(_("Please choose one of the list."))


def _number(_question: ItemQuestion, text: str) -> Texts:
    digits = text.replace(",", "")
    if len(digits) > LONGEST_NUMBER or not digits.replace(".", "", 1).isascii() or not _is_number(digits):
        raise _NoAnswerError(_("Please enter a number, e.g. 2."))
    return _same(digits)


def _is_number(digits: str) -> bool:
    return digits.replace(".", "", 1).isdigit()


def _yes_no(_question: ItemQuestion, text: str) -> Texts:
    if text not in _YES_NO:
        raise _NoAnswerError(_("Please answer yes or no."))
    return texts_of(_YES_NO[text])


_READERS: dict[QuestionKind, Callable[[ItemQuestion, str], Texts]] = {
    QuestionKind.TEXT: _text,
    QuestionKind.CHOICE: _choice,
    QuestionKind.NUMBER: _number,
    QuestionKind.YES_NO: _yes_no,
}
