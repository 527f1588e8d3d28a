"""Why somebody who may do a thing is refused all the same: by operation, the one problem that is none of the access rule's."""

OBSTACLES = {
    "POST /bus/redrive": "not-parked",
    "POST /bus/skip": "not-parked",
    "POST /email-verification": "link-not-valid",  # no sample is a link that was mailed
    "POST /password-resets/confirmation": "link-not-valid",
    "POST /sessions/refresh": "session-over",
    "PUT /users/{user_id}/roles": "own-account",  # of an admin; others' are changed
    "POST /users/{user_id}/suspend": "own-account",
    "POST /mail-recipients": "user-unknown",
    "POST /courses": "slug-taken",  # by whoever came first
    "POST /courses/{slug}/enrolment": "course-not-open",  # a draft, which admins see
    "POST /lessons/{lesson_id}/completion": "not-enrolled",
    "GET /subscription": "no-subscription",
    "POST /stripe/webhook": "webhook-refused",  # nobody here signs as Stripe
}
