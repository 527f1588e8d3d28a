"""The one query of the HTTP benchmark: what the catalogue's list asks for, as its author would write it by hand."""

COURSES = """
select course.id, course.slug, course.title, course.summary, course.language, course.published_at,
    count(lesson.id) as lessons, coalesce(sum(lesson.minutes), 0) as minutes
from learning.course
left join (
    learning.lesson join learning.module
        on module.id = lesson.module_id and lesson.archived_at is null and module.archived_at is null
) on lesson.course_id = course.id
where course.published_at is not null and course.archived_at is null
group by course.id
order by course.title, course.id
limit 500
"""
