"""What we say, in English. Variables are those of ``wording.VARIABLES``."""

from __future__ import annotations

from paidan.notifications.constants import Template
from paidan.notifications.wording import Text

TEXTS: dict[Template, Text] = {
    Template.BOOKING_CONFIRMED: Text(
        title="Your booking is confirmed",
        body="{item} is confirmed for {window}. We will tell you who comes as soon as it is settled.",
        sms="{item} is confirmed for {window}. See, change or cancel: {link}",
    ),
    Template.BOOKING_CHECKED: Text(
        title="We are checking your booking",
        body="We have your booking of {item} for {window} and will confirm it shortly.",
    ),
    Template.BOOKING_INFO_NEEDED: Text(
        title="One more thing about your booking",
        body="We need a little more information before we can confirm {item}.",
        sms="We need a little more information about {item}. Please add it here: {link}",
    ),
    Template.BOOKING_REJECTED: Text(
        title="We cannot accept your booking",
        body="We are sorry: we cannot accept your booking of {item} for {window}.",
        sms="We are sorry: we cannot accept your booking of {item} for {window}. Details: {link}",
    ),
    Template.REMINDER_DAY_BEFORE: Text(
        title="We come tomorrow",
        body="{item} is promised for {window}. Please confirm that the time suits, or change or cancel it.",
        sms="{item} is promised for {window}. Please confirm, change or cancel here: {link}",
    ),
    Template.REMINDER_AGAIN: Text(
        title="Please confirm your time",
        body="We have not heard from you yet: does {window} suit you for {item}? Please confirm, change or cancel.",
        sms="We have not heard from you yet: does {window} suit you for {item}? Please answer here: {link}",
    ),
    Template.REMINDER_SOON: Text(
        title="Your visit is soon",
        body="{item} is promised for {window}. Please be at home and keep your phone at hand.",
        sms="{item} is promised for {window}. Please be at home and keep your phone at hand. Details: {link}",
    ),
    Template.VISIT_REMINDER: Text(
        title="Visit to keep in mind",
        body="{item}, {window}, {district}. If you cannot go, please tell the desk now.",
    ),
    Template.BOOKING_RESCHEDULED: Text(
        title="Your booking has moved",
        body="{item} is now on {window}.",
        sms="{item} is now on {window}. See your booking: {link}",
    ),
    Template.BOOKING_CANCELLED: Text(
        title="Your booking is cancelled",
        body="{item} on {window} is cancelled. Cancellation fee: {fee}.",
        sms="{item} on {window} is cancelled. Cancellation fee: {fee}.",
    ),
    Template.PLAN_DAY_OPEN: Text(
        title="Please choose another time",
        body="{item} on {window} of your recurring plan has no free time. Please choose one nearby, or leave it out.",
        sms="{item} on {window} of your recurring plan has no free time. Please choose another one: {link}",
    ),
    Template.MESSAGE_ANSWERED: Text(
        title="We have answered you",
        body="We have answered your message about {item}.",
        sms="We have answered your message about {item}. Read it here: {link}",
    ),
    Template.TECHNICIAN_ASSIGNED: Text(
        title="A technician has been chosen",
        body="{technician} (No. {staff_number}) was chosen for {item} and is about to confirm.",
    ),
    Template.TECHNICIAN_CONFIRMED: Text(
        title="Your technician is confirmed",
        body="{technician} (No. {staff_number}) will come on {window} for {item}.",
        sms="{technician} (No. {staff_number}) will come on {window} for {item}. Follow live: {link}",
    ),
    Template.TECHNICIAN_CHANGING: Text(
        title="We are finding another technician",
        body="Your technician cannot come. We are finding another one; the time stays {window}.",
        sms="We are finding another technician for {item}; the time stays {window}. Follow live: {link}",
    ),
    Template.ON_THE_WAY: Text(
        title="Your technician is on the way",
        body="{technician} (No. {staff_number}) is on the way to you. Please keep your phone at hand.",
        sms="{technician} (No. {staff_number}) is on the way. Please keep your phone at hand. Live: {link}",
    ),
    Template.ARRIVED: Text(
        title="Your technician has arrived",
        body="{technician} has arrived. Please check the staff number: {staff_number}.",
        sms="{technician} has arrived. Please check the staff number: {staff_number}.",
    ),
    Template.FINISHED: Text(
        title="Finished – please sign off",
        body="{technician} has finished {item}. Please check the work and sign off.",
        sms="{technician} has finished {item}. Please check the work and sign off: {link}",
    ),
    Template.NOT_DONE: Text(
        title="The work could not be done",
        body="We are sorry: {item} could not be done ({reason}). We will contact you about what comes next.",
        sms="We are sorry: {item} could not be done ({reason}). We will contact you. See: {link}",
    ),
    Template.REVIEW_INVITED: Text(
        title="How did we do?",
        body="Thank you for choosing us. Please take half a minute to rate {item} by {technician}.",
        sms="Thank you for choosing us. Please rate {item} in half a minute: {link}",
    ),
    Template.VISIT_NEW: Text(
        title="New visit for you",
        body="{item}, {window}, {district}. Please open it and accept soon.",
        sms="New visit: {item}, {window}, {district}. Please log in and accept.",
    ),
    Template.VISIT_LAPSED: Text(
        title="Visit taken back: no answer in time",
        body="{item} ({window}, {district}) was not accepted in time and goes to somebody else.",
    ),
    Template.VISIT_TAKEN_BACK: Text(
        title="Visit taken back",
        body="The dispatcher has taken back {item} ({window}, {district}). You need not go.",
        sms="Taken back: {item}, {window}, {district}. You need not go.",
    ),
    Template.VISIT_RESCHEDULED: Text(
        title="A visit has moved",
        body="{item} ({district}) was moved to {window}. Your assignment has ended; you need not go at the old time.",
        sms="Moved: {item} ({district}) is now on {window}. Your assignment has ended; do not go at the old time.",
    ),
    Template.VISIT_CANCELLED: Text(
        title="Visit cancelled",
        body="{item} ({window}, {district}) is cancelled. You need not go.",
        sms="Cancelled: {item}, {window}, {district}. You need not go.",
    ),
    Template.VISIT_SIGNED_OFF: Text(
        title="Signed off",
        body="{item} ({district}) is signed off. Your pay for it: {pay}.",
    ),
    Template.OFFER_OPENED: Text(
        title="A visit near you can be grabbed",
        body="{item}, {window}, {district}, pay {pay}. First come, first served.",
    ),
    Template.WORK_OPENED: Text(
        title="To do: {work}",
        body="{sentence} {about}",
    ),
}
REASONS: dict[str, str] = {
    "customer_absent": "nobody was at home",
    "no_access": "there was no access",
    "beyond_repair": "it is beyond repair",
    "customer_refused": "you decided against it",
}
OTHER_REASON = "something unforeseen on site"
LETTER = "Hello,\n\n{body}\n\n{link}\n\nPaidan (sent automatically, please do not reply)\n"
BETWEEN = ", "
