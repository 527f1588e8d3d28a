"""Entities onto tables. Nothing is loaded that was not asked for; edits are counted in `version`."""

from sqlalchemy.orm import registry

from services.learning.domain.courses import Course, Module
from services.learning.domain.lessons import Assignment, Lesson
from shared.db import learning as tables

_registry = registry(metadata=tables.metadata)
_registry.map_imperatively(Course, tables.course, version_id_col=tables.course.c.version)
_registry.map_imperatively(Module, tables.module)
_registry.map_imperatively(Lesson, tables.lesson, version_id_col=tables.lesson.c.version)
_registry.map_imperatively(Assignment, tables.assignment)
