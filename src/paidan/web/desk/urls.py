"""Pages of the desk."""

from __future__ import annotations

from django.urls import path

from paidan.web.desk import bookings, orders, partners, phone, territories, unmasking, views, worklist

app_name = "desk"
urlpatterns = [
    path("", views.visits, name="visits"),
    path("visits/<str:ref>/", views.visit, name="visit"),
    path("visits/<str:ref>/assign/", views.visit_assign, name="visit-assign"),
    path("visits/<str:ref>/release/", views.visit_release, name="visit-release"),
    path("phone/", phone.phone, name="phone"),
    path("phone/extension/", phone.extension, name="phone-extension"),
    path("phone/ringing/", phone.ringing, name="phone-ringing"),
    path("phone/calls/<str:ref>/", phone.call_answer, name="call-answer"),
    path("visits/<str:ref>/unmask/", unmasking.visit_unmask_page, name="visit-unmask"),
    path("decisions/", views.decisions, name="decisions"),
    path("bookings/", orders.bookings, name="bookings"),
    path("bookings.<slug:ending>", orders.bookings_export, name="bookings-export"),
    path("bookings/totals/", orders.totals, name="bookings-totals"),
    path("bookings/views/", orders.bookings_view_save, name="bookings-view-save"),
    path("bookings/views/<int:view>/delete/", orders.bookings_view_delete, name="bookings-view-delete"),
    path("bookings/<str:ref>/", bookings.booking, name="booking"),
    path("bookings/<str:ref>/unmask/", unmasking.booking_unmask_page, name="booking-unmask"),
    path("bookings/<str:ref>/decide/", bookings.booking_decide, name="booking-decide"),
    path("bookings/<str:ref>/call/", bookings.booking_call, name="booking-call"),
    path("bookings/<str:ref>/reschedule/", bookings.booking_reschedule, name="booking-reschedule"),
    path("bookings/<str:ref>/repeat/", bookings.booking_repeat, name="plan-new"),
    path("plans/<str:ref>/", bookings.plan, name="plan"),
    path("bookings/<str:ref>/refund/", bookings.booking_refund, name="booking-refund"),
    path("bookings/<str:ref>/cancel/", bookings.booking_cancel, name="booking-cancel"),
    path("partners/", partners.partners, name="partners"),
    path("partners/template.<slug:ending>", partners.partner_template, name="partner-template"),
    path("partners/orders.<slug:ending>", partners.partner_orders, name="partner-orders"),
    path("partners/imports/<str:ref>/", partners.partner_import, name="partner-import"),
    path("partners/imports/<str:ref>/rejected.<slug:ending>", partners.partner_rejected, name="partner-rejected"),
    path("territories/", territories.loads, name="territories"),
    path("bookings/<str:ref>/conversation/", bookings.booking_conversation, name="booking-conversation"),
    path("worklist/", worklist.worklist, name="worklist"),
    path("worklist/<str:ref>/claim/", worklist.work_claim, name="work-claim"),
    path("worklist/<str:ref>/snooze/", worklist.work_snooze, name="work-snooze"),
    path("worklist/<str:ref>/finish/", worklist.work_finish, name="work-finish"),
]
