"""Django REST framework: a serializer and a generic list view."""

from typing import Any

from django.db.models import Count, Q, QuerySet, Sum
from django.db.models.functions import Coalesce
from django.urls import path
from rest_framework import generics, serializers
from rest_framework.request import Request
from rest_framework.response import Response

from tools.bench.peers.django_site.models import Course


class CourseSerializer(serializers.ModelSerializer):
    """A course in the list."""

    lessons = serializers.IntegerField()
    minutes = serializers.IntegerField()

    class Meta:
        model = Course
        fields = ("id", "slug", "title", "summary", "language", "published_at", "lessons", "minutes")


class Courses(generics.ListAPIView):
    """The catalogue."""

    serializer_class = CourseSerializer

    def get_queryset(self) -> QuerySet[Course]:
        """Published courses with the sums over their lessons."""
        live = Q(lesson__archived_at=None, lesson__module__archived_at=None)
        return (
            Course.objects.filter(published_at__isnull=False, archived_at=None)
            .annotate(lessons=Count("lesson", filter=live), minutes=Coalesce(Sum("lesson__minutes", filter=live), 0))
            .order_by("title", "id")[:500]
        )

    def list(self, _request: Request, *_args: Any, **_kwargs: Any) -> Response:
        """The same page as everybody's; DRF's own paging would count the courses in a query more."""
        return Response({"items": self.get_serializer(self.get_queryset(), many=True).data, "next": None})


urlpatterns = [path("courses", Courses.as_view())]
