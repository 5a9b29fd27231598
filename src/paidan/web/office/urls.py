"""Pages of the office."""

from __future__ import annotations

from django.urls import path

from paidan.web.office import people, providers, roles, views
from paidan.web.office.fees import fee_table_page, fees_page
from paidan.web.office.rules import review_rule_set_page, review_rules_page
from paidan.web.office.settings import settings_page

app_name = "office"
urlpatterns = [
    path("", views.dashboard, name="dashboard"),
    path("figures/<slug:code>/", views.figure, name="figure"),
    path("audit/", views.audit, name="audit"),
    path("fees/", fees_page, name="fees"),
    path("fees/<int:number>/", fee_table_page, name="fee-table"),
    path("review-rules/", review_rules_page, name="review-rules"),
    path("review-rules/<int:number>/", review_rule_set_page, name="review-rule-set"),
    path("settings/", settings_page, name="settings"),
    path("log-in/", providers.providers, name="providers"),
    path("log-in/<slug:code>/", providers.provider, name="provider"),
    path("log-in/<slug:code>/test/", providers.provider_test, name="provider-test"),
    path("people/", people.people, name="people"),
    path("people/invite/", people.invite, name="person-invite"),
    path("people/<int:user_id>/", people.person, name="person"),
    path("people/<int:user_id>/role/", people.person_role, name="person-role"),
    path("people/<int:user_id>/active/", people.person_active, name="person-active"),
    path("people/<int:user_id>/territories/", people.person_territories, name="person-territories"),
    path("people/<int:user_id>/sessions-end/", people.person_sessions_end, name="person-sessions-end"),
    path("people/<int:user_id>/second-factor/", people.person_second_factor_reset, name="person-second-factor"),
    path("people/<int:user_id>/invite/", people.person_invite_again, name="person-invite-again"),
    path("roles/", roles.roles, name="roles"),
]
