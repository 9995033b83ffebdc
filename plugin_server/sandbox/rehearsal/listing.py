"""What Kit's app store and its dashboard demand of an app's fields, and of where its URLs lead.

Nothing is requested that these fields do not name.
"""

import socket
import ssl
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from urllib.parse import urlsplit

from plugin_server.blocking import before_blocking
from plugin_server.config.hosts import is_loopback, why_not_public
from plugin_server.findings.finding import Finding
from plugin_server.sandbox.dashboard.icons import check_icon, is_icon, picture_size, read_icon
from plugin_server.sandbox.rehearsal.check import (
    LISTING,
    Flaw,
    Flaws,
    Skipped,
    fail,
    flaws_of,
    group_of,
    note,
    warn,
)
from plugin_server.sandbox.rehearsal.sources import (
    BLOCKS,
    COMPONENTS,
    CONFIGURATION,
    DETAILS,
    OAUTH_PAGE,
    REVIEW,
)
from plugin_server.sandbox.rehearsal.subject import Subject
from plugin_server.sandbox.rehearsal.tested_plugin import TestedPlugin
from plugin_server.settings.checker import check as check_settings
from plugin_server.settings.rules import Context
from plugin_server.web.kit_fields import APP_DETAILS

# Days in which a certificate should not expire, and seconds to connect.
_SOON, _CONNECTING = 14, 10
_LARGEST_ICON, _WIDEST_ICON = 1_000_000, 1_000
_LONGEST_NAME, _LONGEST_PHRASE = 2, 80


def _unpublished(subject: Subject, message: str, advice: str = "") -> Flaw:
    """Return a flaw that keeps an app from being listed: not serious while it is on this machine."""
    if subject.is_local:
        return warn(f"Before you publish: {message}", advice=advice)
    return fail(message, advice=advice)


def _text(name: str, *, required: bool = True) -> Callable[[Subject], Flaws]:
    field = APP_DETAILS[name]

    def run(subject: Subject) -> Iterator[Flaw]:
        value: str = getattr(subject.app, name)
        if not value.strip():
            if required:
                yield _unpublished(subject, f"{field.label} is empty")
            return
        yield note(f"{len(value):,} characters")
        if field.longest and len(value) > field.longest:
            message = f"{field.label} has {len(value):,} characters, {field.longest:,} at most are accepted"
            yield fail(message)

    return run


def _plugin_texts(tested: TestedPlugin) -> Iterator[Flaw]:
    plugin = tested.plugin
    if not plugin.name.strip():
        yield fail("The name is empty")
    elif len(plugin.name.split()) > _LONGEST_NAME:
        yield warn(f"The name has {len(plugin.name.split())} words: {plugin.name}")
    if not plugin.description.strip():
        yield fail("The description is empty")
    elif len(plugin.description) > _LONGEST_PHRASE:
        yield warn(f"The description has {len(plugin.description)} characters")


def _icon(tested: TestedPlugin) -> Iterator[Flaw]:
    url = tested.plugin.logo_url
    if not url:
        yield _unpublished(tested.subject, "There is no icon")
        return
    if is_icon(url):
        yield from map(fail, check_icon(url))
        return
    call = tested.subject.caller.send("GET", url)
    if not call.ok:
        yield fail(f"The icon's URL: {call.came}", call)
        return
    for problem in read_icon(call.response_body)[1]:
        yield fail(problem, call)


def _app_icon(subject: Subject) -> Iterator[Flaw]:
    url = subject.app.icon_url
    if not url:
        yield _unpublished(subject, "The app has no icon")
        return
    call = subject.caller.send("GET", url)
    if not call.ok:
        yield fail(f"The icon's URL: {call.came}", call)
        return
    size = picture_size(call.response_body)
    if len(call.response_body) > _LARGEST_ICON:
        yield fail(f"The icon has {len(call.response_body):,} bytes", call)
    if size is None:
        yield fail("The icon is not a PNG, GIF or JPEG", call)
    elif size[0] != size[1] or max(size) > _WIDEST_ICON:
        yield fail(f"The icon has {size[0]} by {size[1]} pixels", call)


def _settings_json(tested: TestedPlugin) -> Iterator[Flaw]:
    text = tested.plugin.settings_json.removeprefix("\ufeff")
    report = check_settings(text, Context(loopback=tested.subject.is_local))
    yield from flaws_of(map(_placed, report.findings), None)
    if report.published:
        first = _placed(report.published[0])
        message = f"The older schema in Kit's reference refuses {len(report.published)} more: {first.message}"
        yield note(message)


def _placed(finding: Finding) -> Finding:
    message = f"line {finding.place.line}, {finding.place}: {finding.message}"
    return Finding(finding.code, finding.severity, finding.place, message, finding.advice)


def _public(subject: Subject) -> Iterator[Flaw]:
    for name, url in subject.urls.items():
        parts = urlsplit(url)
        if parts.scheme != "https":
            yield _unpublished(subject, f"{name} is not https: {url}")
        elif reason := why_not_public(parts.hostname or ""):
            yield _unpublished(subject, f"{name} {reason}: {url}")


def _certificates(subject: Subject) -> Iterator[Flaw]:
    places = {
        (parts.hostname or "", parts.port or 443)
        for parts in map(urlsplit, subject.urls.values())
        if parts.scheme == "https"
    }
    if not places:
        raise Skipped("No URL is https. Before you publish, all of them must be.")
    for host, port in sorted(places):
        try:
            expires = _expiry(host, port)
        except ssl.SSLCertVerificationError as error:
            yield fail(f"The certificate of {host} is refused: {error.verify_message}")
        except OSError as error:
            yield fail(f"No TLS connection to {host}:{port} ({type(error).__name__})")
        else:
            days = (expires - datetime.now(UTC)).days
            yield note(f"The certificate of {host} is good for {days} days")
            if days < _SOON:
                yield warn(f"The certificate of {host} expires in {days} days")


def _expiry(host: str, port: int) -> datetime:
    """Return when a certificate expires; raises OSError, SSLCertVerificationError if it is refused."""
    before_blocking()
    context = ssl.create_default_context()
    with (
        socket.create_connection((host, port), timeout=_CONNECTING) as connection,
        context.wrap_socket(connection, server_hostname=host) as secure,
    ):
        found = secure.getpeercert() or {}
    return datetime.fromtimestamp(ssl.cert_time_to_seconds(str(found["notAfter"])), UTC)


def _redirects(subject: Subject) -> Iterator[Flaw]:
    for name, url in subject.urls.items():
        if name.startswith(("Request URL", "request_url")):
            call = subject.caller.send("POST", url, json_body={})
        elif name in ("Token URL", "Refresh token URL", "Revoke URL"):
            call = subject.caller.oauth(url, {})
        else:
            continue
        if call.status is not None and 300 <= call.status < 400:
            yield fail(f"{name} redirects to {call.header('Location')}", call)
        elif call.status == 404:
            yield fail(f"{name}: nothing is there", call)
        elif call.status is None:
            yield fail(f"{name}: {call.problem}", call)


def _present(*names: str) -> Callable[[Subject], Flaws]:
    def run(subject: Subject) -> Iterator[Flaw]:
        for name in names:
            if not getattr(subject.app, name):
                yield _unpublished(subject, f"{APP_DETAILS[name].label} is empty")

    return run


def _pages(subject: Subject) -> Iterator[Flaw]:
    names = ("support_url", "help_url", "privacy_url", "app_settings_url")
    given = {name: getattr(subject.app, name) for name in names if getattr(subject.app, name)}
    if not given:
        raise Skipped("There are no such URLs.")
    for name, url in given.items():
        call = subject.caller.send("GET", url)
        if call.status is None or call.status >= 400:
            yield fail(f"{APP_DETAILS[name].label}: {call.came}", call)


def _ways_back(subject: Subject) -> Iterator[Flaw]:
    app = subject.app
    if app.redirect_after_install and not urlsplit(app.redirect_after_install).hostname:
        yield fail("Redirect URL after install is not an absolute URL")
    for domain in app.return_to_domains:
        if is_loopback(domain):
            yield _unpublished(subject, f"return_to domain {domain} means this machine only")
        elif "." not in domain:
            yield warn(f"return_to domain {domain} is not a domain of the internet")


_check = group_of(LISTING)
APP_CHECKS = (
    _check(
        "listing-name",
        "The app has a name of 50 characters at most",
        DETAILS,
        "Write its name in the app store.",
        _text("name"),
    ),
    _check(
        "listing-summary",
        "The app has a summary of 90 characters at most",
        DETAILS,
        "Say in one phrase what it does.",
        _text("summary"),
    ),
    _check(
        "listing-description",
        "The app has a description of 5,000 characters at most",
        DETAILS,
        "Say what creators can do with it.",
        _text("description"),
    ),
    _check(
        "listing-app-icon",
        "The app has a square icon",
        DETAILS,
        "Use a square of 1,000 by 1,000 pixels and 1 MB at most.",
        _app_icon,
    ),
    _check(
        "listing-support",
        "There is a support URL, a help article and a privacy policy",
        REVIEW,
        "Enter their URLs on the app's details page.",
        _present("support_url", "help_url", "privacy_url"),
    ),
    _check(
        "listing-pages",
        "These pages are there",
        REVIEW,
        "Publish the pages under the URLs that the dashboard has.",
        _pages,
    ),
    _check(
        "listing-public",
        "Every URL is https, on a host that Kit reaches",
        OAUTH_PAGE,
        "Use https URLs of a public host.",
        _public,
    ),
    _check(
        "listing-certificate",
        "Certificates are valid",
        OAUTH_PAGE,
        "Renew them before they expire, with all intermediate certificates.",
        _certificates,
    ),
    _check(
        "listing-redirects",
        "Endpoints respond under the URL in the dashboard",
        BLOCKS,
        "Enter the last URL, with the right host, scheme and slash: a POST does not survive a redirect.",
        _redirects,
    ),
    _check(
        "listing-ways-back",
        "Creators get back after the installation",
        DETAILS,
        "Enter absolute URLs, and domains of your own.",
        _ways_back,
    ),
)
PLUGIN_CHECKS = (
    _check(
        "listing-plugin-texts",
        "The plugin has a short name and a description",
        CONFIGURATION,
        "Write one or two words, and a short phrase.",
        _plugin_texts,
    ),
    _check(
        "listing-icon",
        "The plugin has an icon that Kit takes",
        CONFIGURATION,
        "Use a PNG, GIF or JPEG of 150 by 120 pixels, or a monochrome SVG.",
        _icon,
    ),
    _check(
        "listing-settings-json",
        "The settings JSON is valid",
        COMPONENTS,
        "Fix what `plugin-server settings check` reports.",
        _settings_json,
    ),
)
