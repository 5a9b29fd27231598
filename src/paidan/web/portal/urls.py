"""The portal's URLs: by reference for who is logged in, by token for the holder of a link."""

from __future__ import annotations

from django.urls import include, path

from paidan.web.portal import book, changing, conversing, home, orders, photos, plans, review

app_name = "portal"

BOOKING_PAGES = (
    ("", "", orders.booking),
    ("acknowledge/", "-acknowledge", orders.booking_acknowledge),
    ("reschedule/", "-reschedule", changing.booking_reschedule_page),
    ("cancel/", "-cancel", changing.booking_cancel_page),
    ("sign-off/", "-sign-off", orders.booking_sign_off),
    ("answer/", "-answer", orders.booking_reply),
    ("calendar.ics", "-calendar", orders.booking_calendar_file),
    ("compensation/", "-compensation", changing.booking_compensation),
    ("conversation/", "-conversation", conversing.booking_conversation),
)

urlpatterns = [
    path("", include("paidan.web.portal.auth.urls")),
    path("", home.home, name="home"),
    path("home/bookings/", home.home_live, name="home-live"),
    path("book/<slug:item>/", book.book, name="book"),
    path("book/<slug:item>/photos/<str:ref>/", photos.draft_photo, name="draft-photo"),
    path("bookings/", orders.bookings, name="bookings"),
    path("bookings.<slug:ending>", orders.bookings_export, name="bookings-export"),
    path("bookings/totals/", orders.totals, name="totals"),
    *(path(f"bookings/<str:ref>/{end}", view, name=f"booking{name}") for end, name, view in BOOKING_PAGES),
    *(path(f"l/<str:token>/{end}", view, name=f"booking-link{name}") for end, name, view in BOOKING_PAGES),
    path("bookings/<str:ref>/repeat/", plans.plan_new_page, name="plan-new"),
    path("plans/<str:ref>/", plans.plan_page, name="plan"),
    path("p/<str:token>/", plans.plan_page, name="plan-link"),
    path("l/<str:token>/review/<str:ref>/", review.review, name="booking-link-review"),
    path("r/<str:token>/", review.review, name="review-link"),
    path("visits/<str:ref>/review/", review.review, name="review"),
]
