"""What people change of their own account."""

from datetime import datetime
from uuid import UUID

from services.auth.domain.users import ProfileEdit, Uow, UserGone


async def edit_profile(uow: Uow, edit: ProfileEdit, *, user_id: UUID, version: int) -> None:
    """Change one's own profile. Stale unless `version` is the present one, UserGone."""
    async with uow:
        user = await uow.users.get_locked(user_id)
        if user is None:
            raise UserGone
        if updated := user.edit(edit, version=version):
            uow.act_as(user_id)
            uow.emit(updated)


async def request_verification(uow: Uow, *, user_id: UUID, at: datetime) -> None:
    """Have the mail with the verification link sent again. AlreadyVerified, TooSoon, UserGone."""
    async with uow:
        user = await uow.users.get_locked(user_id)
        if user is None:
            raise UserGone
        uow.act_as(user_id)
        uow.emit(user.ask_for_verification(at=at))
