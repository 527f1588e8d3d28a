"""The supervisor's API on a unix socket: the one way in which tests and other commands start and stop things."""

import os
from collections.abc import Callable, Mapping
from dataclasses import asdict

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tools.local.problem import Problem
from tools.local.status import Status, statuses
from tools.local.supervisor import Supervisor

LONGEST_WAIT = 600.0


class ControlApi:
    """Routes over one supervisor. `leave` ends the instance as Ctrl-C does."""

    def __init__(
        self, supervisor: Supervisor, *, ports: Mapping[str, int], public_url: str, leave: Callable[[], None]
    ) -> None:
        self._supervisor = supervisor
        self._ports = ports
        self._public_url = public_url
        self._leave = leave

    def app(self) -> Starlette:
        """The ASGI application."""
        return Starlette(
            routes=[
                Route("/status", self._status),
                Route("/ports", self._port_list),
                Route("/wait", self._wait, methods=["POST"]),
                Route("/down", self._down, methods=["POST"]),
                Route("/processes/{name}/{action}", self._act, methods=["POST"]),
            ],
            exception_handlers={Problem: _problem, KeyError: _unknown},
        )

    def status(self) -> Status:
        """The state of the instance now."""
        return Status(
            settled=self._supervisor.settled,
            supervisor=os.getpid(),
            public_url=self._public_url,
            processes=statuses(self._supervisor.processes.values()),
        )

    async def _status(self, _: Request) -> Response:
        return JSONResponse(asdict(self.status()))

    async def _port_list(self, _: Request) -> Response:
        return JSONResponse(dict(self._ports))

    async def _wait(self, request: Request) -> Response:
        within = min(float(request.query_params["within"]), LONGEST_WAIT)
        await self._supervisor.wait_ready(request.query_params.get("name"), within)
        return Response(status_code=204)

    async def _down(self, _: Request) -> Response:
        self._leave()
        return Response(status_code=202)

    async def _act(self, request: Request) -> Response:
        name, action = request.path_params["name"], request.path_params["action"]
        if action == "restart":
            await self._supervisor.restart(name)
            return Response(status_code=204)
        for process in self._supervisor.find(name):
            match action:
                case "start":
                    process.start()
                case "stop":
                    await process.stop()
                case "kill":
                    await process.die()
                case "freeze":
                    process.freeze()
                case "thaw":
                    process.thaw()
                case _:
                    raise KeyError(action)
        return Response(status_code=204)


async def _problem(_: Request, error: Exception) -> Response:
    problem = error if isinstance(error, Problem) else Problem(str(error), "")
    body = {"cause": problem.cause, "remedy": problem.remedy, "excerpt": problem.excerpt}
    return JSONResponse(body, status_code=409)


async def _unknown(_: Request, error: Exception) -> Response:
    cause = f"There is no process or action called {error.args[0]}."
    body = {"cause": cause, "remedy": "`python -m tools.local status` lists the processes.", "excerpt": []}
    return JSONResponse(body, status_code=404)
