"""Runs a template that is known to fail, beyond its first mistakes, to find all that is wrong with it.

Missing names and ``None`` print nothing here, and each is noted with its line.
"""

import sys
from collections.abc import Callable, Iterator
from types import FrameType
from typing import Any, NoReturn

from jinja2 import Environment, Undefined, nodes
from jinja2.compiler import CodeGenerator, Frame
from jinja2.debug import get_template_locals
from typing_extensions import override

from plugin_server.findings.finding import NOWHERE, Finding, error
from plugin_server.rendering.jinja_environment import MissingName, PrintedNone, finalize
from plugin_server.rendering.template_errors import TemplateFrame, explain_template_error
from plugin_server.rendering.template_places import place_in_template
from plugin_server.rendering.template_trace import TemplateLine, TracedHtml, compiled_templates


class LenientRun:
    """One run of a template.

    Attributes:
        mistakes: what was noted, with its places.
        html: what the template printed; ``None`` if something else stopped it.
    """

    def __init__(self, environment: Environment, run: Callable[[Environment], str]) -> None:
        """Run a template.

        Args:
            environment: whose loader, filters and functions are used.
            run: returns what a template prints in an environment.
        """
        self._environment = environment
        self.mistakes: list[Finding] = []
        lenient = environment.overlay(undefined=_undefined(self._note), finalize=self._finalize)
        lenient.code_generator_class = _Generator
        self.html: TracedHtml | None = None
        try:
            self.html = TracedHtml(lenient, run, compiled_templates(environment, is_lenient=True))
        except Exception:  # noqa: BLE001 - what a missing value leads to may be anything
            self.html = None

    def _finalize(self, value: object) -> object:
        if value is None:
            self._note(PrintedNone())
            return ""
        return finalize(value)

    def _note(self, mistake: BaseException) -> None:
        """Note a mistake at the line that the template is running."""
        running = [*_running(sys._getframe())][::-1]
        frames = [TemplateFrame(line.file, line.line, names) for line, names in running]
        explained = explain_template_error(mistake, frames)
        if explained is None:
            return
        code, message, advice = explained
        lines = [line for line, _ in running]
        found = place_in_template(error(code, NOWHERE, message, advice), lines, self._environment)
        if found not in self.mistakes:
            self.mistakes.append(found)


class _Generator(CodeGenerator):
    """Has each run print a constant ``None``, and note it: others are printed by the compiled code."""

    @override
    def _output_child_to_const(
        self, node: nodes.Expr, frame: Frame, finalize: CodeGenerator._FinalizeInfo
    ) -> str:
        if node.as_const(frame.eval_ctx) is None:
            raise nodes.Impossible
        return super()._output_child_to_const(node, frame, finalize)


def _running(frame: FrameType | None) -> Iterator[tuple[TemplateLine, dict[str, Any]]]:
    """Yield the lines of templates that are running, with their variables, from the innermost."""
    while frame:
        # Compiled templates have it, and Jinja's own debugger looks for it, too.
        if template := frame.f_globals.get("__jinja_template__"):
            line = template.get_corresponding_lineno(frame.f_lineno)
            # A template that is not from a file is called "<template>".
            file = "" if template.filename == "<template>" else template.filename or ""
            yield TemplateLine(template.name, file, line), get_template_locals(frame.f_locals)
        frame = frame.f_back


def _undefined(note: Callable[[BaseException], None]) -> type[Undefined]:
    """Return the type of missing values, which prints nothing and notes each use."""

    class Missing(Undefined):
        __slots__ = ()

        def _noted(self, *_: object, **__: object) -> Any:
            hint = self._undefined_message
            note(MissingName(hint, self._undefined_name or "", self._undefined_obj))
            return self

        def _printed(self) -> str:
            self._noted()
            return ""

        def _iterated(self) -> Iterator[NoReturn]:
            self._noted()
            return iter(())

        def _tested(self) -> bool:
            self._noted()
            return False

        def _attribute(self, name: str) -> Any:
            if name.startswith("__") or name == "jinja_pass_arg":
                raise AttributeError(name)
            return self._noted()

        __str__ = __html__ = _printed
        __iter__ = _iterated
        __bool__ = _tested
        __getattr__ = _attribute
        __getitem__ = __call__ = _noted

    return Missing
