"""Django's models over learning's tables."""

from django.db import models


class Course(models.Model):
    """A course."""

    id = models.UUIDField(primary_key=True)
    slug = models.TextField()
    title = models.TextField()
    summary = models.TextField()
    language = models.TextField()
    published_at = models.DateTimeField(null=True)
    archived_at = models.DateTimeField(null=True)

    class Meta:
        db_table, managed = "course", False

    def __str__(self) -> str:
        return str(self.slug)


class Module(models.Model):
    """A chapter."""

    id = models.UUIDField(primary_key=True)
    archived_at = models.DateTimeField(null=True)

    class Meta:
        db_table, managed = "module", False

    def __str__(self) -> str:
        return str(self.id)


class Lesson(models.Model):
    """A lesson."""

    id = models.UUIDField(primary_key=True)
    course = models.ForeignKey(Course, models.DO_NOTHING)
    module = models.ForeignKey(Module, models.DO_NOTHING)
    minutes = models.IntegerField()
    archived_at = models.DateTimeField(null=True)

    class Meta:
        db_table, managed = "lesson", False

    def __str__(self) -> str:
        return str(self.id)
