"""Invitations travel as an SMS through the provider of notices, else as an e-mail."""

from __future__ import annotations

import structlog
from django.core.mail import send_mail
from django.utils.translation import gettext, override

from paidan.accounts.ports import Invitation
from paidan.notifications.ports import MessageNotSent, SmsMessage, sms_sender

log = structlog.get_logger(__name__)
TEMPLATE = "invitation"


class InvitationByMessage:
    """The sender of invitations."""

    def send(self, invitation: Invitation) -> None:
        """Send the link; what fails is logged without the link or the address."""
        with override(invitation.language):
            subject = gettext("Your account with Paidan")
            text = gettext("You were invited to Paidan. Please set your password within 7 days: %(link)s") % {
                "link": invitation.link
            }
        try:
            if invitation.phone:
                sms_sender().send(
                    SmsMessage(invitation.phone, text, TEMPLATE, {"link": invitation.link}, invitation.language)
                )
            else:
                send_mail(subject, text, None, [invitation.email])
        except (MessageNotSent, OSError) as error:
            log.warning("invitation_not_sent", reason=type(error).__name__)
