"""The public keys of access tokens. Outside /api: only sidecars of the platform's own services get here."""

from typing import Any

from fastapi import APIRouter, Depends

from services.auth.api.deps import Needs
from shared.http.access import public

router = APIRouter(include_in_schema=False)


@router.get("/.well-known/jwks.json", dependencies=[Depends(public)])
async def public_keys(needs: Needs) -> dict[str, Any]:
    """A JSON Web Key Set (RFC 7517)."""
    return needs.access_tokens.public_keys()
