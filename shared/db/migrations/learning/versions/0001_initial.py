"""The first tables: the event path, courses, and what learners do in them."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql
revision = '0001'
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('course',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('slug', sa.Text(), nullable=False),
    sa.Column('title', sa.Text(), nullable=False),
    sa.Column('summary', sa.Text(), nullable=False),
    sa.Column('language', sa.Text(), nullable=False),
    sa.Column('author_id', sa.Uuid(), nullable=True),
    sa.Column('published_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('archived_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('changed_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.CheckConstraint("language ~ '^[a-z]{2,3}(-[A-Z]{2})?$'", name=op.f('ck_course_language')),
    sa.CheckConstraint("slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$' and length(slug) <= 60", name=op.f('ck_course_slug')),
    sa.CheckConstraint('length(summary) <= 400', name=op.f('ck_course_summary')),
    sa.CheckConstraint('length(title) between 1 and 120', name=op.f('ck_course_title')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_course')),
    sa.UniqueConstraint('slug', name=op.f('uq_course_slug')),
    schema='learning'
    )
    op.create_index(op.f('ix_course_author_id'), 'course', ['author_id'], unique=False, schema='learning')
    op.create_table('cursor',
    sa.Column('consumer', sa.Text(), nullable=False),
    sa.Column('source', sa.Text(), nullable=False),
    sa.Column('position', sa.BigInteger(), nullable=False),
    sa.Column('version', sa.BigInteger(), nullable=False),
    sa.Column('epoch', sa.Text(), nullable=True),
    sa.Column('types', postgresql.ARRAY(sa.Text()), nullable=False),
    sa.Column('tries', sa.SmallInteger(), nullable=False),
    sa.PrimaryKeyConstraint('consumer', 'source', name=op.f('pk_cursor')),
    schema='learning'
    )
    op.create_table('entitlement',
    sa.Column('user_id', sa.Uuid(), nullable=False),
    sa.Column('tier', sa.Text(), nullable=False),
    sa.Column('granted_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint("tier in ('free', 'pro')", name=op.f('ck_entitlement_tier')),
    sa.PrimaryKeyConstraint('user_id', name=op.f('pk_entitlement')),
    schema='learning'
    )
    op.create_table('head',
    sa.Column('one', sa.Boolean(), nullable=False),
    sa.Column('position', sa.BigInteger(), nullable=False),
    sa.Column('epoch', sa.Text(), nullable=False),
    sa.Column('epoch_start', sa.BigInteger(), nullable=False),
    sa.CheckConstraint('one', name=op.f('ck_head_single')),
    sa.PrimaryKeyConstraint('one', name=op.f('pk_head')),
    schema='learning'
    )
    op.create_table('learner',
    sa.Column('user_id', sa.Uuid(), nullable=False),
    sa.Column('joined_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('user_id', name=op.f('pk_learner')),
    schema='learning'
    )
    op.create_table('log',
    sa.Column('position', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('type', sa.Text(), nullable=False),
    sa.Column('key', sa.Text(), nullable=False),
    sa.Column('actor', sa.Uuid(), nullable=True),
    sa.Column('data', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('cause', sa.Uuid(), nullable=True),
    sa.Column('traceparent', sa.Text(), nullable=True),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('position', name=op.f('pk_log')),
    sa.UniqueConstraint('id', name=op.f('uq_log_id')),
    schema='learning'
    )
    op.create_table('outbox',
    sa.Column('seq', sa.BigInteger(), sa.Identity(always=False, cache=1), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('type', sa.Text(), nullable=False),
    sa.Column('key', sa.Text(), nullable=False),
    sa.Column('actor', sa.Uuid(), nullable=True),
    sa.Column('data', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('cause', sa.Uuid(), nullable=True),
    sa.Column('traceparent', sa.Text(), nullable=True),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('seq', name=op.f('pk_outbox')),
    sa.UniqueConstraint('id', name=op.f('uq_outbox_id')),
    schema='learning'
    )
    op.create_table('parked',
    sa.Column('consumer', sa.Text(), nullable=False),
    sa.Column('source', sa.Text(), nullable=False),
    sa.Column('position', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('key', sa.Text(), nullable=False),
    sa.Column('event', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('state', sa.Text(), nullable=False),
    sa.Column('tries', sa.SmallInteger(), nullable=False),
    sa.Column('next_try_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.CheckConstraint("state in ('retrying', 'waiting', 'dead')", name=op.f('ck_parked_state')),
    sa.PrimaryKeyConstraint('consumer', 'source', 'position', name=op.f('pk_parked')),
    schema='learning'
    )
    op.create_index(op.f('ix_parked_consumer_source_key_position'), 'parked', ['consumer', 'source', 'key', 'position'], unique=False, schema='learning')
    op.create_table('course_import',
    sa.Column('course_id', sa.Uuid(), nullable=False),
    sa.Column('content_hash', sa.Text(), nullable=False),
    sa.Column('course_version', sa.Integer(), nullable=False),
    sa.Column('imported_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['course_id'], ['learning.course.id'], name=op.f('fk_course_import_course_id')),
    sa.PrimaryKeyConstraint('course_id', name=op.f('pk_course_import')),
    schema='learning'
    )
    op.create_table('enrolment',
    sa.Column('user_id', sa.Uuid(), nullable=False),
    sa.Column('course_id', sa.Uuid(), nullable=False),
    sa.Column('enrolled_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['course_id'], ['learning.course.id'], name=op.f('fk_enrolment_course_id')),
    sa.PrimaryKeyConstraint('user_id', 'course_id', name=op.f('pk_enrolment')),
    schema='learning'
    )
    op.create_index(op.f('ix_enrolment_course_id'), 'enrolment', ['course_id'], unique=False, schema='learning')
    op.create_table('module',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('course_id', sa.Uuid(), nullable=False),
    sa.Column('slug', sa.Text(), nullable=False),
    sa.Column('title', sa.Text(), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('archived_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint("slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$' and length(slug) <= 60", name=op.f('ck_module_slug')),
    sa.CheckConstraint('length(title) between 1 and 120', name=op.f('ck_module_title')),
    sa.CheckConstraint('position >= 0', name=op.f('ck_module_position')),
    sa.ForeignKeyConstraint(['course_id'], ['learning.course.id'], name=op.f('fk_module_course_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_module')),
    sa.UniqueConstraint('course_id', 'slug', deferrable=True, initially='IMMEDIATE', name=op.f('uq_module_course_id_slug')),
    sa.UniqueConstraint('id', 'course_id', name=op.f('uq_module_id_course_id')),
    schema='learning'
    )
    op.create_table('lesson',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('course_id', sa.Uuid(), nullable=False),
    sa.Column('module_id', sa.Uuid(), nullable=False),
    sa.Column('slug', sa.Text(), nullable=False),
    sa.Column('title', sa.Text(), nullable=False),
    sa.Column('body', sa.Text(), nullable=False),
    sa.Column('access', sa.Text(), nullable=False),
    sa.Column('minutes', sa.Integer(), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('archived_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('changed_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.CheckConstraint("access in ('free', 'pro')", name=op.f('ck_lesson_access')),
    sa.CheckConstraint("slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$' and length(slug) <= 60", name=op.f('ck_lesson_slug')),
    sa.CheckConstraint('length(body) <= 200000', name=op.f('ck_lesson_body')),
    sa.CheckConstraint('length(title) between 1 and 120', name=op.f('ck_lesson_title')),
    sa.CheckConstraint('minutes between 1 and 240', name=op.f('ck_lesson_minutes')),
    sa.CheckConstraint('position >= 0', name=op.f('ck_lesson_position')),
    sa.ForeignKeyConstraint(['module_id', 'course_id'], ['learning.module.id', 'learning.module.course_id'], name=op.f('fk_lesson_module_id_course_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_lesson')),
    sa.UniqueConstraint('course_id', 'slug', deferrable=True, initially='IMMEDIATE', name=op.f('uq_lesson_course_id_slug')),
    sa.UniqueConstraint('id', 'course_id', name=op.f('uq_lesson_id_course_id')),
    schema='learning'
    )
    op.create_index(op.f('ix_lesson_module_id'), 'lesson', ['module_id'], unique=False, schema='learning')
    op.create_table('assignment',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('course_id', sa.Uuid(), nullable=False),
    sa.Column('lesson_id', sa.Uuid(), nullable=False),
    sa.Column('slug', sa.Text(), nullable=False),
    sa.Column('title', sa.Text(), nullable=False),
    sa.Column('prompt', sa.Text(), nullable=False),
    sa.Column('starter_file', sa.Text(), nullable=False),
    sa.Column('starter_code', sa.Text(), nullable=False),
    sa.Column('visible_tests', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('hidden_tests', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('points', sa.Integer(), nullable=False),
    sa.Column('archived_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint("slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$' and length(slug) <= 60", name=op.f('ck_assignment_slug')),
    sa.CheckConstraint('length(prompt) <= 50000', name=op.f('ck_assignment_prompt')),
    sa.CheckConstraint('length(starter_file) between 1 and 100', name=op.f('ck_assignment_starter_file')),
    sa.CheckConstraint('length(title) between 1 and 120', name=op.f('ck_assignment_title')),
    sa.CheckConstraint('points between 1 and 1000', name=op.f('ck_assignment_points')),
    sa.ForeignKeyConstraint(['lesson_id', 'course_id'], ['learning.lesson.id', 'learning.lesson.course_id'], name=op.f('fk_assignment_lesson_id_course_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_assignment')),
    sa.UniqueConstraint('course_id', 'slug', deferrable=True, initially='IMMEDIATE', name=op.f('uq_assignment_course_id_slug')),
    sa.UniqueConstraint('id', 'course_id', name=op.f('uq_assignment_id_course_id')),
    schema='learning'
    )
    op.create_index(op.f('ix_assignment_lesson_id'), 'assignment', ['lesson_id'], unique=True, schema='learning', postgresql_where=sa.text('archived_at IS NULL'))
    op.create_table('completion',
    sa.Column('user_id', sa.Uuid(), nullable=False),
    sa.Column('lesson_id', sa.Uuid(), nullable=False),
    sa.Column('course_id', sa.Uuid(), nullable=False),
    sa.Column('completed_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['lesson_id', 'course_id'], ['learning.lesson.id', 'learning.lesson.course_id'], name=op.f('fk_completion_lesson_id_course_id')),
    sa.ForeignKeyConstraint(['user_id', 'course_id'], ['learning.enrolment.user_id', 'learning.enrolment.course_id'], name=op.f('fk_completion_user_id_course_id')),
    sa.PrimaryKeyConstraint('user_id', 'lesson_id', name=op.f('pk_completion')),
    schema='learning'
    )
    op.create_index(op.f('ix_completion_lesson_id_course_id'), 'completion', ['lesson_id', 'course_id'], unique=False, schema='learning')
    op.create_index(op.f('ix_completion_user_id_course_id'), 'completion', ['user_id', 'course_id'], unique=False, schema='learning')
    op.create_table('submission',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('user_id', sa.Uuid(), nullable=False),
    sa.Column('course_id', sa.Uuid(), nullable=False),
    sa.Column('assignment_id', sa.Uuid(), nullable=False),
    sa.Column('code', sa.Text(), nullable=False),
    sa.Column('state', sa.Text(), nullable=False),
    sa.Column('idempotency_key', sa.Text(), nullable=False),
    sa.Column('request_hash', sa.LargeBinary(), nullable=False),
    sa.Column('submitted_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint("state in ('received')", name=op.f('ck_submission_state')),
    sa.CheckConstraint('length(idempotency_key) between 1 and 200', name=op.f('ck_submission_idempotency_key')),
    sa.CheckConstraint('octet_length(code) <= 65536', name=op.f('ck_submission_code')),
    sa.CheckConstraint('octet_length(request_hash) = 32', name=op.f('ck_submission_request_hash')),
    sa.ForeignKeyConstraint(['assignment_id', 'course_id'], ['learning.assignment.id', 'learning.assignment.course_id'], name=op.f('fk_submission_assignment_id_course_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_submission')),
    sa.UniqueConstraint('user_id', 'idempotency_key', name=op.f('uq_submission_user_id_idempotency_key')),
    schema='learning'
    )
    op.create_index(op.f('ix_submission_assignment_id_user_id'), 'submission', ['assignment_id', 'user_id'], unique=False, schema='learning')


def downgrade() -> None:
    op.drop_index(op.f('ix_submission_assignment_id_user_id'), table_name='submission', schema='learning')
    op.drop_table('submission', schema='learning')
    op.drop_index(op.f('ix_completion_user_id_course_id'), table_name='completion', schema='learning')
    op.drop_index(op.f('ix_completion_lesson_id_course_id'), table_name='completion', schema='learning')
    op.drop_table('completion', schema='learning')
    op.drop_index(op.f('ix_assignment_lesson_id'), table_name='assignment', schema='learning', postgresql_where=sa.text('archived_at IS NULL'))
    op.drop_table('assignment', schema='learning')
    op.drop_index(op.f('ix_lesson_module_id'), table_name='lesson', schema='learning')
    op.drop_table('lesson', schema='learning')
    op.drop_table('module', schema='learning')
    op.drop_index(op.f('ix_enrolment_course_id'), table_name='enrolment', schema='learning')
    op.drop_table('enrolment', schema='learning')
    op.drop_table('course_import', schema='learning')
    op.drop_index(op.f('ix_parked_consumer_source_key_position'), table_name='parked', schema='learning')
    op.drop_table('parked', schema='learning')
    op.drop_table('outbox', schema='learning')
    op.drop_table('log', schema='learning')
    op.drop_table('learner', schema='learning')
    op.drop_table('head', schema='learning')
    op.drop_table('entitlement', schema='learning')
    op.drop_table('cursor', schema='learning')
    op.drop_index(op.f('ix_course_author_id'), table_name='course', schema='learning')
    op.drop_table('course', schema='learning')
