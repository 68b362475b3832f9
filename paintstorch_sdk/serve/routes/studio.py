"""The studio's page: a folder of files, nothing made at run time."""

from pathlib import Path

from fastapi import FastAPI
from starlette.responses import FileResponse, Response
from starlette.staticfiles import StaticFiles

PAGE = Path(__file__).parent.parent / "studio"


class Files(StaticFiles):
    """Files that a browser asks for again each time, so that an update is never half an update."""

    def file_response(self, *args: object, **kwargs: object) -> Response:
        response = super().file_response(*args, **kwargs)  # type: ignore[arg-type]
        response.headers["Cache-Control"] = "no-cache"
        return response


def mount(app: FastAPI) -> None:
    """Serve the page at / and its files below /studio/."""

    async def page() -> Response:
        return FileResponse(PAGE / "index.html", headers={"Cache-Control": "no-cache"})

    async def icon() -> Response:
        return FileResponse(PAGE / "icon.svg", media_type="image/svg+xml", headers={"Cache-Control": "max-age=86400"})

    app.add_api_route("/", page, include_in_schema=False)
    app.add_api_route("/favicon.ico", icon, include_in_schema=False)
    app.mount("/studio", Files(directory=PAGE), name="studio")
