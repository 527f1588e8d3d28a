"""A service as small as the contract with the supervisor allows; tests start it in the place of a real one."""

import os
import signal
import sys
from typing import Any

import httpx
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

SIDECAR = f"http://127.0.0.1:{os.environ['DAPR_HTTP_PORT']}/v1.0"
NAME = os.environ["CODEZEST_SERVICE"]
HEARD: list[str] = []


async def healthz(_: Request) -> Response:
    return JSONResponse({"status": "ok"})


async def who(request: Request) -> Response:
    """Who answered, and whether the sidecar's token came with the request."""
    token = request.headers.get("dapr-api-token")
    known = token == os.environ["APP_API_TOKEN"]
    return JSONResponse({"instance": os.environ["CODEZEST_INSTANCE"], "from_sidecar": known, "heard": HEARD})


async def sidecar(request: Request) -> Response:
    """Passes a call on to the sidecar with the token, and its answer back."""
    headers = {"dapr-api-token": os.environ["DAPR_API_TOKEN"]}
    path = request.query_params["path"]
    async with httpx.AsyncClient(timeout=10, headers=headers) as client:
        try:
            answer = await client.request(request.method, f"{SIDECAR}/{path}", content=await request.body())
        except httpx.TransportError as error:
            return Response(str(error), status_code=502)
    return Response(answer.content, status_code=answer.status_code, media_type=answer.headers.get("content-type"))


async def subscriptions(_: Request) -> Response:
    topic = os.environ.get("ECHO_TOPIC")
    routes = [{"pubsubname": "pubsub", "topic": topic, "route": "/bus/deliver"}] if topic else []
    return JSONResponse(routes)


async def deliver(request: Request) -> Response:
    event: dict[str, Any] = await request.json()
    HEARD.append(event["data"])
    return JSONResponse({})


async def end(_: Request) -> Response:
    """Dies as a program with a mistake would."""
    os.kill(os.getpid(), signal.SIGKILL)
    return Response()


app = Starlette(
    routes=[
        Route("/healthz", healthz),
        Route("/readyz", healthz),
        Route("/dapr/subscribe", subscriptions),
        Route("/bus/deliver", deliver, methods=["POST"]),
        Route("/bus/log", who),
        Route("/internal/v1/mail-recipients", who, methods=["GET", "POST"]),
        Route("/internal/v1/revocations", who, methods=["GET", "POST"]),
        Route(f"/api/{NAME}/who", who),
        Route(f"/api/{NAME}/end", end, methods=["POST"]),
        Route(f"/api/{NAME}/sidecar", sidecar, methods=["GET", "POST", "DELETE"]),
    ]
)


if __name__ == "__main__":
    if "--crash" in sys.argv:
        sys.exit("the echo was told to crash")
    uvicorn.run(app, host=os.environ["CODEZEST_HOST"], port=int(os.environ["CODEZEST_PORT"]), access_log=False)
