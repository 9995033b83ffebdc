"""The process that renders one Liquid template for several readers, and exits.

It is started by ``processes`` with the path of this file, its limits and the paths of packages, and imports
nothing of this server. It reads ``{"template", "traced", "contexts", "mark"}`` as JSON from its standard
input: ``traced`` is the template with marks of its own. It writes ``{"problem"}`` or ``{"results": [{"html",
"traced"} or {"problem"}, …]}`` to its standard output, one result for each context; what prints nothing is
marked in ``traced``.

Templates of any plugin run here, with all of Liquid. Before the request is read, the process gives up what
they do not need: it cannot open a file or a connection, nor start a process, and its memory and its time are
limited. The server's own engines need no process: what they render is bounded before.
"""

import json
import resource
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import wraps
from typing import Any, TextIO

if __name__ == "__main__":
    sys.path[:] = sys.argv[2:]

# Imports that need the path (E402).
from liquid import BoundTemplate, Environment, Node, RenderContext  # noqa: E402
from liquid.builtin.output import OutputNode  # noqa: E402
from liquid.builtin.tags.capture_tag import CaptureNode  # noqa: E402
from liquid.exceptions import LiquidError  # noqa: E402
from liquid.stringify import to_liquid_string  # noqa: E402
from liquid.token import TOKEN_OUTPUT  # noqa: E402

# What is loaded with the first use of it, which is too late afterwards.
_WARM_UP = (
    "{{ 'now' | date: '%d %B %Y' }}{{ '2026-10-08' | date: '%s' }}{{ 'a' | url_encode | upcase }}"
    "{{ 'b' | base64_encode | escape }}{{ '1.5' | times: 2 | round }}"
)


class _Marking:
    """Writes a mark where an output prints nothing, but not into variables, which are compared."""

    def __init__(self) -> None:
        self.mark = ""
        self.capturing = 0

    def add_to(self, environment: Environment) -> None:
        """Let ``{{ }}``, ``echo`` and ``capture`` of an environment know of the marks."""
        marking = self

        class Marked(OutputNode):
            def render_to_output(self, context: RenderContext, buffer: TextIO) -> int:
                text = to_liquid_string(self.expression.evaluate(context), context.autoescape)
                if marking.mark and not marking.capturing and not text.strip():
                    text += marking.mark.format(self.token.start_index)
                return buffer.write(text)

        class Captured(CaptureNode):
            def render_to_output(self, context: RenderContext, buffer: TextIO) -> int:
                marking.capturing += 1
                try:
                    return super().render_to_output(context, buffer)
                finally:
                    marking.capturing -= 1

        nodes = {TOKEN_OUTPUT: Marked, "echo": Marked, "capture": Captured}
        for name, node in nodes.items():
            # Each of these tags has it; their base class, which is declared, does not.
            environment.tags[name].node_class = node  # type: ignore[attr-defined]


def make_environment(limits: Mapping[str, int], marking: _Marking) -> Environment:
    """Return Liquid without files, whose loops, output and variables are limited."""

    class Limited(Environment):
        loop_iteration_limit = limits["loops"]
        output_stream_limit = limits["output"]
        local_namespace_limit = limits["variables"]

    environment = Limited()
    marking.add_to(environment)
    for each in environment.tags.values():
        setattr(each, "get_node", _placed(each.get_node))  # noqa: B010 - a method, to mypy
    return environment


def _placed(parse: Callable[[Any], Node]) -> Callable[[Any], Node]:
    """Return a tag's parser whose errors know where their tag starts: some of the library's do not."""

    @wraps(parse)
    def parse_and_place(stream: Any) -> Node:
        start, name = stream.current.start_index, stream.current.value
        try:
            return parse(stream)
        except LiquidError as error:
            if not hasattr(error, "tag"):
                # An attribute of ours, for ``_problem``.
                error.tag = name, start  # type: ignore[attr-defined]
            raise

    return parse_and_place


def respond(request: Mapping[str, Any], limits: Mapping[str, int]) -> dict[str, Any]:
    """Return the response to a request; see the module."""
    marking = _Marking()
    environment = make_environment(limits, marking)
    try:
        template = environment.from_string(request["template"])
        traced = environment.from_string(request["traced"])
    except Exception as error:  # noqa: BLE001 - reported, whatever the library raises for anybody's template
        return {"problem": _problem(error)}

    def result(context: Mapping[str, Any]) -> dict[str, Any]:
        try:
            marking.mark = ""
            html = template.render(context)
            marking.mark = request["mark"]
            return {"html": html, "traced": _traced(traced, context)}
        except Exception as error:  # noqa: BLE001 - reported, whatever a filter raises
            return {"problem": _problem(error)}

    return {"results": [result(context) for context in request["contexts"]]}


def _traced(template: BoundTemplate, context: Mapping[str, Any]) -> str | None:
    """Return the HTML with marks; ``None`` where these are too much for a limit."""
    try:
        return template.render(context)
    except LiquidError:
        return None


def _problem(error: Exception) -> dict[str, Any]:
    token = getattr(error, "token", None)
    name, start = getattr(error, "tag", ("", -1))
    at = token.start_index if token is not None else -1
    text = error.args[0] if isinstance(error, LiquidError) and error.args else ""
    causes = [error, *filter(None, (error.__cause__, error.__context__))]
    return {
        "kind": type(error).__name__,
        "causes": [type(each).__name__ for each in causes],
        "text": str(text),
        "tag": str(name),
        "at": at if at >= 0 else start,
        "is_at_tag": at < 0,
    }


def give_up_rights(limits: Mapping[str, int]) -> None:
    """Limit this process for good: files, connections, processes, memory and time."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    seconds = int(used.ru_utime + used.ru_stime) + 1 + limits["seconds"]
    lowered = {
        "RLIMIT_CPU": seconds,
        "RLIMIT_AS": limits["memory"],
        "RLIMIT_NPROC": 0,
        "RLIMIT_FSIZE": 0,
        "RLIMIT_CORE": 0,
        # No descriptor can be opened any more: neither a file nor a socket.
        "RLIMIT_NOFILE": 0,
    }
    for name, limit in lowered.items():
        # Not every system has each of them, or lets it be this low; the others remain.
        with suppress(AttributeError, ValueError, OSError):
            resource.setrlimit(getattr(resource, name), (limit, limit))


def main() -> None:
    """Respond to the request on the standard input."""
    limits = json.loads(sys.argv[1])
    make_environment(limits, _Marking()).from_string(_WARM_UP).render()
    give_up_rights(limits)
    request = sys.stdin.buffer.read()
    if request:  # otherwise this spare process was not needed
        json.dump(respond(json.loads(request), limits), sys.stdout)
        sys.stdout.write("\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
