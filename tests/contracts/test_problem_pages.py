"""Every problem that anybody can be answered with has a page, and each error class a type of its own."""

import re
from http import HTTPStatus

import pytest
from starlette.exceptions import HTTPException

from services.payments.domain.checkouts import CheckoutInProgress
from shared.errors import DomainError, RequestInProgress
from shared.http import problems
from tools.contracts.documents import documents
from tools.contracts.problem_pages import error_classes

DOCUMENTS = documents()
SLUG = re.compile(r"[a-z]+(-[a-z]+)*")
SHARED = {CheckoutInProgress: RequestInProgress}  # the same to a client, whichever service says it


def page_of(slug: str) -> str:
    return DOCUMENTS[f"docs/problems/{slug}.md"]


@pytest.mark.parametrize("error", error_classes(), ids=lambda error: f"{error.__module__}.{error.__name__}")
def test_every_error_has_a_type_of_its_own_or_shares_one_on_purpose(error: type[DomainError]) -> None:
    assert SLUG.fullmatch(error.slug)
    if error in SHARED:
        assert error.slug == SHARED[error].slug
    else:
        others = [other for other in error_classes() if other is not error and other not in SHARED]
        assert error.slug not in {other.slug for other in others}
        assert "slug" in vars(error)


@pytest.mark.parametrize("error", error_classes(), ids=lambda error: f"{error.__module__}.{error.__name__}")
def test_every_error_has_a_page_with_its_type_status_meaning_and_remedy(error: type[DomainError]) -> None:
    page = page_of(error.slug)
    assert f"| type | `https://codezest.dev/problems/{error.slug}` |" in page
    assert f"| status | {problems.status_of(error).value} " in page
    assert (error.__doc__ or "no meaning").split("\n")[0].split(". ")[0] in page
    assert error.remedy in page


@pytest.mark.parametrize("status", [status for status in HTTPStatus if status >= HTTPStatus.BAD_REQUEST])
def test_whatever_the_framework_answers_has_a_page(status: HTTPStatus) -> None:
    answer = problems.of_http(HTTPException(status))
    assert answer.status_code == status
    assert page_of(problems.slug_of(status))
    assert f"{problems.TYPES}{problems.slug_of(status)}".encode() in bytes(answer.body)


def test_a_request_that_was_cut_has_a_page() -> None:
    assert problems.TIMED_OUT.remedy in page_of(problems.TIMED_OUT.slug)


def test_a_page_names_the_routes_that_answer_with_it() -> None:
    assert "- `POST /api/payments/v1/checkouts`" in page_of("email-not-verified")
    assert "- `POST /api/learning/v1/assignments/{assignment_id}/submissions`" in page_of("idempotency-key-reused")
    assert "| answered by | `learning`, `payments` |" in page_of("request-in-progress")


def test_a_route_documents_all_its_errors_of_one_status() -> None:
    described = problems.responses(RequestInProgress, CheckoutInProgress)[409]
    assert described["description"].count(" / ") == 1
