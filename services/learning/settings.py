"""Settings of the learning service."""

from pathlib import Path

from pydantic import Field

from shared.settings import ServiceSettings


class Settings(ServiceSettings):
    """What differs between installations. The environment variables begin with CODEZEST_."""

    service: str = "learning"
    starter_course: str = Field(
        default="small-programs", description="Slug of the course that every new learner joins; empty: none"
    )
    courses_folder: Path = Field(
        default=Path(__file__).parent / "courses", description="Courses that are imported at start"
    )
