"""A stand-in for the Hugging Face hub: repositories in memory, behind the calls that huggingface_hub makes."""

import base64
import hashlib
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote, urlsplit

TOKEN = "hf_standin"


class Hub:
    """Repositories: name -> commits, each name -> bytes; the last commit is main's. And the paths that were asked."""

    def __init__(self) -> None:
        self.repositories: dict[str, dict[str, dict[str, bytes]]] = {}
        self.asked: list[str] = []

    def commit(self, repository: str, files: dict[str, bytes]) -> str:
        """Add a commit and tell its name."""
        commits = self.repositories.setdefault(repository, {})
        commit = hashlib.sha1(f"{repository}{len(commits)}".encode()).hexdigest()
        commits[commit] = files
        return commit

    def find(self, repository: str, revision: str) -> str | None:
        """The commit of a revision."""
        commits = self.repositories.get(repository, {})
        return next(reversed(commits), None) if revision == "main" else revision if revision in commits else None


@contextmanager
def serving(hub: Hub) -> Iterator[str]:
    """Serve the hub on this machine.

    Yields:
        Its address.
    """

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *arguments: object) -> None:
            pass

        def answer(self, body: object, status: int = 200, **headers: str) -> None:
            data = body if isinstance(body, bytes) else json.dumps(body).encode()
            self.send_response(status)
            for name, value in {"Content-Length": str(len(data)), **headers}.items():
                self.send_header(name.replace("_", "-"), value)
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(data)

        def missing(self, code: str) -> None:
            self.answer({"error": code}, 404, X_Error_Code=code, X_Error_Message=code)

        def do_GET(self) -> None:
            parts = unquote(urlsplit(self.path).path).strip("/").split("/")
            hub.asked.append("/".join(parts))
            api = parts[:2] == ["api", "models"]
            owner, name, _, revision, *rest = [*parts[2 * api :], *[""] * 4]
            repository = f"{owner}/{name}"
            if repository not in hub.repositories:
                return self.missing("RepoNotFound")
            commit = hub.find(repository, revision or "main")
            if commit is None:
                return self.missing("RevisionNotFound")
            files = hub.repositories[repository][commit]
            if api:
                return self.answer(
                    {"id": repository, "sha": commit, "siblings": [{"rfilename": k} for k in files], "private": False}
                )
            path = "/".join(part for part in rest if part)
            if path not in files:
                return self.missing("EntryNotFound")
            return self.answer(files[path], ETag=f'"{git_name(files[path])}"', X_Repo_Commit=commit)

        do_HEAD = do_GET  # noqa: N815  the name that http.server looks for

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            hub.asked.append(self.path.strip("/"))
            if self.headers.get("Authorization") != f"Bearer {TOKEN}":
                return self.answer({"error": "Invalid credentials in Authorization header"}, 401)
            if self.path == "/api/repos/create":
                asked = json.loads(body)
                repository = f"{asked.get('organization')}/{asked['name']}"
                hub.repositories.setdefault(repository, {})
                return self.answer({"url": f"/{repository}", "id": repository})
            if self.path == "/api/validate-yaml":
                return self.answer({"errors": [], "warnings": []})
            parts = self.path.strip("/").split("/")
            repository, verb = "/".join(parts[2:4]), parts[4]
            if verb == "preupload":
                asked = [{"path": f["path"], "uploadMode": "regular"} for f in json.loads(body)["files"]]
                return self.answer({"files": [entry | {"shouldIgnore": False} for entry in asked]})
            lines = [json.loads(line) for line in body.splitlines()]
            files = {
                line["value"]["path"]: base64.b64decode(line["value"]["content"])
                for line in lines
                if line["key"] == "file"
            }
            commit = hub.commit(repository, files)
            return self.answer({"commitUrl": f"/{repository}/commit/{commit}", "commitOid": commit, "success": True})

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            thread.join()


def git_name(content: bytes) -> str:
    """What git calls a blob."""
    return hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()
