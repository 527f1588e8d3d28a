"""How the domain's entities lie in the tables."""

from sqlalchemy.orm import registry

from services.auth.domain.audit import AuditEntry
from services.auth.domain.failures import Failures
from services.auth.domain.links import OneTimeToken
from services.auth.domain.sessions import Session
from services.auth.domain.signing_keys import SigningKey
from services.auth.domain.users import User
from shared.db.auth import (
    audit_entry,
    one_time_token,
    session_family,
    sign_in_failures,
    signing_key,
    user_account,
)

mapped = registry()
mapped.map_imperatively(User, user_account)
mapped.map_imperatively(Session, session_family)
mapped.map_imperatively(OneTimeToken, one_time_token)
mapped.map_imperatively(Failures, sign_in_failures)
mapped.map_imperatively(AuditEntry, audit_entry)
mapped.map_imperatively(SigningKey, signing_key)
