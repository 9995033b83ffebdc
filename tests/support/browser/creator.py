"""What a creator does, in one word each: over HTTP, as a browser would."""

from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlencode

import httpx2
import pytest
from selectolax.lexbor import LexborHTMLParser
from support.servers.processes import Preview, Server


class Creator:
    """A creator with a browser: follows links and redirects, and submits forms."""

    def __init__(self, preview: Preview | Server) -> None:
        self.preview = preview
        self.browser = httpx2.Client(headers={"Accept": "text/html"}, timeout=20)

    def visit(self, url: str, *, stop_at: str | None = None) -> httpx2.Response:
        """Go to an address and on through its redirects, but not to one that starts ``stop_at``."""
        response = self.browser.get(url)
        return self._follow(response, stop_at)

    def press(
        self,
        response: httpx2.Response,
        testid: str,
        *,
        stop_at: str | None = None,
        **filled_in: str,
    ) -> httpx2.Response:
        """Press the link or button of a page, with some fields of its form filled in."""
        page = LexborHTMLParser(response.text)
        element = page.css_first(f'[data-testid="{testid}"]')
        assert element is not None, f"no {testid} in: {response.text}"
        if element.tag == "a":
            return self.visit(str(response.url.join(element.attributes["href"])), stop_at=stop_at)
        form = element
        while form.tag != "form":
            form = form.parent
        fields = {
            each.attributes["name"]: each.attributes.get("value") or ""
            for each in form.css("input[name]")
        }
        fields.update(filled_in)
        if element.attributes.get("name"):
            fields[element.attributes["name"]] = element.attributes.get("value") or ""
        target = response.url.join(form.attributes.get("action") or str(response.url))
        origin = f"{response.url.scheme}://{response.url.host}:{response.url.port}"
        headers = {"Origin": origin, "Sec-Fetch-Site": "same-origin"}
        return self._follow(self.browser.post(target, data=fields, headers=headers), stop_at)

    def install(self) -> httpx2.Response:
        """Install the app in the sandbox, again if need be; return the last page."""
        page = self.visit(f"{self.preview.sandbox}/apps/1")
        if 'data-testid="uninstall"' in page.text:
            page = self.press(page, "uninstall")
        page = self.press(page, "install")
        if 'data-testid="kit-approve"' in page.text:
            page = self.press(page, "kit-approve")
        return self.press(page, "allow")

    def authorize_url(self, **parameters: Any) -> str:
        """Return the address to which the real Kit sends the browser."""
        query = {
            "client_id": "sandbox-app",
            "response_type": "code",
            "redirect_uri": "https://app.kit.com/apps/install",
            **parameters,
        }
        return f"{self.preview.server}/oauth/authorize?{urlencode(query, doseq=True)}"

    def authorize(self, decision: str = "allow", **parameters: Any) -> httpx2.URL:
        """Go through authorize as if sent by the real Kit; return where the browser is sent back."""
        page = self.visit(self.authorize_url(**parameters), stop_at="https://app.kit.com")
        if 'data-testid="kit-approve"' in page.text:
            page = self.press(page, "kit-approve", stop_at="https://app.kit.com")
        if not page.is_redirect:
            page = self.press(page, decision, stop_at="https://app.kit.com")
        return httpx2.URL(page.headers["Location"])

    def tokens(self) -> dict[str, Any]:
        """Authorize and exchange the code as Kit does; return the token response."""
        response = httpx2.post(
            f"{self.preview.server}/oauth/token",
            json={
                "client_id": "sandbox-app",
                "client_secret": "sandbox-secret",
                "grant_type": "authorization_code",
                "code": self.authorize().params["code"],
                "redirect_uri": "https://app.kit.com/apps/install",
            },
        )
        assert response.status_code == 200, response.text
        return dict(response.json())

    def _follow(self, response: httpx2.Response, stop_at: str | None) -> httpx2.Response:
        for _ in range(20):
            if not response.is_redirect:
                return response
            target = str(response.url.join(response.headers["Location"]))
            if stop_at and target.startswith(stop_at):
                return response
            response = self.browser.get(target)
        raise AssertionError("too many redirects")


@pytest.fixture(scope="session")
def make_creator() -> Iterator[Callable[[Preview | Server], Creator]]:
    """A function that returns one more creator, each with a browser of its own."""
    made: list[Creator] = []

    def make(preview: Preview | Server) -> Creator:
        made.append(Creator(preview))
        return made[-1]

    yield make
    for each in made:
        each.browser.close()


@pytest.fixture
def creator(preview: Preview, make_creator: Callable[[Preview | Server], Creator]) -> Creator:
    return make_creator(preview)
