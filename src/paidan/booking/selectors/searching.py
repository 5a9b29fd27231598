"""Finding bookings by what people remember of them: Chinese, pinyin, its first letters, English, numbers."""

from __future__ import annotations

from django.db.models import Q, QuerySet

from paidan.booking.access import is_own_face
from paidan.booking.models import Booking, BookingVisit
from paidan.catalog.selectors import versions_called
from paidan.customers.access import may_see_unmasked
from paidan.customers.models import Address, Customer
from paidan.customers.phones import phone_normalized
from paidan.kernel.actors import Actor
from paidan.kernel.refs import read_ref

LONGEST = 80
MOST_WORDS = 6


def words_found(actor: Actor, bookings: QuerySet[Booking], text: str) -> QuerySet[Booking]:
    """The bookings in which every word is found; all of them for a text without words.

    A word is a reference of a booking or a visit, a whole phone number, or part of a name (also in pinyin), of the
    service's name (also in pinyin or its first letters), of the district or of what the customer wrote. The address
    is only searched for readers who may see it: a mask that can be guessed letter by letter is none.
    """
    whole = text.replace("\0", "").strip()[:LONGEST]
    if phone_normalized(whole):  # a number may be written with spaces
        return bookings.filter(_word(actor, whole))
    for word in whole.split()[:MOST_WORDS]:
        bookings = bookings.filter(_word(actor, word))
    return bookings


def _word(actor: Actor, word: str) -> Q:
    """One pass over the bookings; what else is asked stands in sub-queries that are answered once."""
    people = Customer.objects.filter(Q(name__icontains=word) | Q(name_key__contains=word.lower()))
    condition = Q(contact_name__icontains=word) | Q(description__icontains=word)
    condition |= Q(customer__in=people.values("pk")) | Q(address__in=_addresses(actor, word).values("pk"))
    condition |= Q(item_version__in=versions_called(word))
    ref, phone = read_ref(word), phone_normalized(word)
    if ref:
        condition |= Q(ref=ref) | Q(pk__in=BookingVisit.objects.filter(visit__ref=ref).values("booking"))
    if phone:
        condition |= Q(contact_phone=phone) | Q(customer__in=Customer.objects.filter(phone=phone).values("pk"))
    return condition


def _addresses(actor: Actor, word: str) -> QuerySet[Address]:
    where = Q(district__icontains=word)
    if is_own_face(actor) or may_see_unmasked(actor):
        where |= Q(text__icontains=word) | Q(door__icontains=word)
    return Address.objects.filter(where)
