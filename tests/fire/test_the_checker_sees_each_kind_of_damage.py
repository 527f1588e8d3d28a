"""The checker on evidence made by hand: nothing to say about what is right, and the right word for each damage."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from tests.fire.checker.evidence import Applied, Evidence, Logged, Mail
from tests.fire.checker.findings import examine
from tests.fire.checker.intents import Intent

ADA, ADDRESS, STARTER = "ada", "ada@example.org", "small-programs"
WELCOME = Mail(to=ADDRESS, subject="Welcome", message_id="<1@codezest>")


def logged(source: str, position: int, fact: str, **data: str) -> Logged:
    return Logged(
        source=source, position=position, id=f"{source}-{position}", type=f"{source}.{fact}.v1", key=ADA, data=data
    )


def everything_right() -> Evidence:
    """Ada registered, verified her address and handed in two solutions."""
    auth = [logged("auth", 1, "user-created"), logged("auth", 2, "email-verified")]
    learning = [logged("learning", 1, "enrolled", course_id=STARTER)] + [
        logged("learning", n + 1, "assignment-submitted", submission_id=f"submission-{n}") for n in (1, 2)
    ]
    feed: list[dict[str, Any]] = [
        {"id": e.id, "user_id": ADA, "source": e.source, "position": e.position} for e in auth + learning
    ]
    message = {"event_id": "auth-1", "user_id": ADA, "template": "welcome", "message_id": WELCOME.message_id}
    kinds = [("registration", ""), ("verification", ""), ("submission", "key-1"), ("submission", "key-2")]
    return Evidence(
        intents=[
            Intent(n=n, kind=kind, person=ADDRESS, subject=subject, sends=1, accepted=True)
            for n, (kind, subject) in enumerate(kinds, start=1)
        ],
        before=set(),
        logs={"auth": auth, "learning": learning, "payments": []},
        rows={
            "activity.feed_entry": feed,
            **{
                table: [{"user_id": ADA}]
                for table in ("activity.person", "learning.learner", "payments.verified_person")
            },
            **{
                table: []
                for table in ("learning.entitlement", "learning.completion", "payments.payment", "auth.session_family")
            },
            "learning.enrolment": [{"user_id": ADA, "course_id": STARTER}],
            "learning.submission": [
                {"id": f"submission-{n}", "user_id": ADA, "idempotency_key": f"key-{n}"} for n in (1, 2)
            ],
            "notifications.message": [{**message, "state": "sent"}],
            "auth.user_account": [{"id": ADA, "email": ADDRESS, "verified": True}],
        },
        applied=[Applied(n=n, table="activity.feed_entry", row=row) for n, row in enumerate(feed)],
        starter=STARTER,
        mails=[WELCOME],
        feeds={ADA: [str(row["id"]) for row in reversed(feed)]},
    )


def test_what_is_right_is_left_alone() -> None:
    assert examine(everything_right()).kinds == set()


def lose_a_feed_entry(evidence: Evidence) -> None:
    del evidence.rows["activity.feed_entry"][3]


def lose_a_mail(evidence: Evidence) -> None:
    evidence.mails.clear()


def lose_an_accepted_solution(evidence: Evidence) -> None:
    del evidence.rows["learning.submission"][1], evidence.logs["learning"][2]


def lose_the_event_of_a_solution(evidence: Evidence) -> None:
    del evidence.logs["learning"][2]


def apply_again_what_is_there(evidence: Evidence) -> None:
    evidence.applied.append(replace(evidence.applied[3], n=99))


def log_a_solution_twice(evidence: Evidence) -> None:
    evidence.logs["learning"].append(replace(evidence.logs["learning"][2], position=4, id="learning-4"))


def show_an_entry_twice(evidence: Evidence) -> None:
    evidence.feeds[ADA].append(evidence.feeds[ADA][-1])


def feed_what_never_happened(evidence: Evidence) -> None:
    evidence.rows["activity.feed_entry"].append({"id": "x", "user_id": ADA, "source": "auth", "position": 9})


def feed_it_from_another_place(evidence: Evidence) -> None:
    evidence.rows["activity.feed_entry"][4]["position"] = 9


def log_what_nobody_sent(evidence: Evidence) -> None:
    evidence.intents.pop()


def apply_in_another_order(evidence: Evidence) -> None:
    evidence.applied[3:5] = reversed(evidence.applied[3:5])


def log_in_another_order_than_it_was_done(evidence: Evidence) -> None:
    evidence.intents[2:4] = reversed(evidence.intents[2:4])


def leave_a_gap_in_a_log(evidence: Evidence) -> None:
    evidence.logs["auth"][1] = replace(evidence.logs["auth"][1], position=3)


def show_the_older_above_the_newer(evidence: Evidence) -> None:
    evidence.feeds[ADA].reverse()


def send_it_again_under_another_name(evidence: Evidence) -> None:
    evidence.mails.append(replace(WELCOME, message_id="<2@codezest>"))


def leave_an_event_parked(evidence: Evidence) -> None:
    evidence.unrest.append("activity/learning/2 is parked")


@pytest.mark.parametrize(
    ("damage", "kind"),
    [
        (lose_a_feed_entry, "lost"),
        (lose_a_mail, "lost"),
        (lose_an_accepted_solution, "lost"),
        (lose_the_event_of_a_solution, "lost"),
        (apply_again_what_is_there, "doubled"),
        (log_a_solution_twice, "doubled"),
        (show_an_entry_twice, "doubled"),
        (feed_what_never_happened, "phantom"),
        (feed_it_from_another_place, "phantom"),
        (log_what_nobody_sent, "phantom"),
        (apply_in_another_order, "disordered"),
        (log_in_another_order_than_it_was_done, "disordered"),
        (leave_a_gap_in_a_log, "disordered"),
        (show_the_older_above_the_newer, "disordered"),
        (send_it_again_under_another_name, "renamed"),
        (leave_an_event_parked, "unsettled"),
    ],
)
def test_damage_is_called_by_its_name(damage: Callable[[Evidence], None], kind: str) -> None:
    evidence = everything_right()
    damage(evidence)
    assert kind in examine(evidence).kinds


def test_a_second_copy_of_a_mail_under_the_same_name_is_fine() -> None:
    evidence = everything_right()
    evidence.mails.append(WELCOME)
    assert examine(evidence).kinds == set()


def test_what_was_never_answered_may_have_happened_or_not() -> None:
    evidence = everything_right()
    evidence.intents[-1].accepted = False
    assert examine(evidence).kinds == set()
    lose_the_event_of_a_solution(evidence)
    del evidence.rows["learning.submission"][1], evidence.rows["activity.feed_entry"][4], evidence.applied[4]
    evidence.feeds[ADA].remove("learning-3")
    assert examine(evidence).kinds == set()
