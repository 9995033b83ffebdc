"""Settings JSON that is edited in the editor: in effect at once, saved on request, and undone.

Where a plugin's settings JSON came from a file, that file is edited; otherwise the dashboard's field.
"""

import json
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Lock
from typing import Any
from urllib.parse import urljoin

from plugin_server.resources.text_files import (
    CannotOpen,
    UnreadableText,
    read_text_file,
    replace_text_file,
)
from plugin_server.sandbox.records import Plugin
from plugin_server.settings.checker import Report, check
from plugin_server.settings.rules import Context


class NotSaved(Exception):
    """A settings JSON cannot be saved; the text says why."""


@dataclass
class _Edit:
    """One plugin's edit: ``text`` is in the editor, ``base`` what it started from, ``saved`` older."""

    base: str
    text: str
    in_effect: str | None
    saved: list[str]


class SettingsEdits:
    """What is edited, by plugin. Threads share it; it is lost when the sandbox stops."""

    def __init__(self, folders: tuple[Path, ...], files: tuple[tuple[str, Path], ...]) -> None:
        """Take where settings JSON comes from.

        Args:
            folders: of blocks of this server, ``<key>.json`` each.
            files: those of other plugins, by their keys.
        """
        self._folders, self._files = folders, dict(files)
        self._edits: dict[int, _Edit] = {}
        self._lock = Lock()

    def file_of(self, plugin: Plugin) -> Path | None:
        """Return the file of a plugin's settings JSON; ``None`` if it is only in the dashboard."""
        if plugin.key in self._files:
            return self._files[plugin.key]
        of_blocks = (folder / f"{plugin.key}.json" for folder in self._folders if plugin.key)
        return next((file for file in of_blocks if file.is_file()), None)

    def apply(self, plugin: Plugin) -> Plugin:
        """Return a plugin with the settings JSON that is in effect."""
        edit = self._edits.get(plugin.id)
        return replace(plugin, settings_json=edit.in_effect) if edit and edit.in_effect else plugin

    def text(self, plugin: Plugin) -> str:
        """Return the settings JSON as it is in the editor."""
        edit = self._edits.get(plugin.id)
        return edit.text if edit and edit.text != edit.base else self._stored(plugin)

    def is_edited(self, plugin: Plugin) -> bool:
        """Whether there is something to save."""
        return self.text(plugin) != self._stored(plugin)

    def can_undo(self, plugin: Plugin) -> bool:
        """Whether there is an earlier text to return to."""
        edit = self._edits.get(plugin.id)
        return self.is_edited(plugin) or bool(edit and edit.saved)

    def change(self, plugin: Plugin, text: str) -> Report:
        """Take what is in the editor now, which is in effect unless it has errors; return the findings."""
        report = self.check(plugin, text)
        with self._lock:
            stored = self._stored(plugin)
            if "\r\n" in stored:  # a browser's text has line feeds only
                text = text.replace("\r\n", "\n").replace("\n", "\r\n")
            edit = self._edits.setdefault(plugin.id, _Edit(stored, stored, None, []))
            if edit.text == edit.base:
                edit.base = stored
            edit.text = text
            if text == stored:
                edit.in_effect = None
            elif not report.errors:
                edit.in_effect = _absolute(report.definition, plugin.html_url)
        return report

    def check(self, plugin: Plugin, text: str) -> Report:
        """Return the findings of the checker in a plugin's settings JSON."""
        is_of_block = self.file_of(plugin) is not None and plugin.key not in self._files
        context = Context(block=plugin.key) if is_of_block else Context(loopback=True)
        return check(text.removeprefix("\ufeff"), context, published=False)

    def save(self, plugin: Plugin) -> Plugin:
        """Write what is in the editor to the file, if there is one, and return the plugin with it.

        Raises:
            NotSaved: it has errors, or the file was changed in the meantime or cannot be written.
        """
        with self._lock:
            edit = self._edits.get(plugin.id)
            if edit is None:
                raise NotSaved("There is nothing to save.")
            if self.check(plugin, edit.text).errors:
                raise NotSaved("It has errors: fix them first.")
            stored = self._stored(plugin)
            if stored != edit.base:
                raise NotSaved(
                    "It was changed by another program in the meantime: press Undo to see it."
                )
            self._write(plugin, edit.text)
            edit.saved.append(stored)
            edit.base = edit.text
            edit.in_effect = None
            return self._with(plugin, edit.text)

    def undo(self, plugin: Plugin) -> Plugin:
        """Drop what is not saved, or else return to what was there before it was saved last.

        Raises:
            NotSaved: the file cannot be written.
        """
        with self._lock:
            edit, stored = self._edits.get(plugin.id), self._stored(plugin)
            if edit is None:
                return plugin
            edit.in_effect = None
            if edit.text == stored and edit.saved:
                self._write(plugin, edit.saved[-1])
                stored = edit.saved.pop()
                if not self.check(plugin, stored).errors:
                    plugin = self._with(plugin, stored)
            edit.base = edit.text = stored
            return plugin

    def _stored(self, plugin: Plugin) -> str:
        file = self.file_of(plugin)
        if file is None:
            return plugin.settings_json
        try:
            return read_text_file(file)
        except (CannotOpen, UnreadableText):
            return plugin.settings_json

    def _write(self, plugin: Plugin, text: str) -> None:
        file = self.file_of(plugin)
        if file is None:
            return
        try:
            replace_text_file(file, text)
        except OSError as problem:
            raise NotSaved(f"{file.name} cannot be written: {problem.strerror}.") from problem

    def _with(self, plugin: Plugin, text: str) -> Plugin:
        definition = json.loads(text.removeprefix("\ufeff"))
        is_file = self.file_of(plugin) is not None
        shown = _absolute(definition, plugin.html_url) if is_file else text
        return replace(plugin, settings_json=shown)


def _absolute(definition: Any, url: str) -> str:
    """Return a settings JSON whose ``request_url``s are absolute: a block's own file has paths."""
    return json.dumps(_with_urls(definition, url), indent=2, ensure_ascii=False)


def _with_urls(value: Any, url: str) -> Any:
    if isinstance(value, list):
        return [_with_urls(each, url) for each in value]
    if not isinstance(value, dict):
        return value
    members = {name: _with_urls(each, url) for name, each in value.items()}
    if isinstance(given := members.get("request_url"), str):
        members["request_url"] = urljoin(url, given)
    return members
