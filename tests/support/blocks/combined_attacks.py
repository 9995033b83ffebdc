"""Puts many payloads in every place, several of them in each request.

To render and judge a block takes a hundred times as long as to read the request, and most places have
nothing to do with each other. So a payload is put in each place by itself only until the content of the
block is known. Then a block is rendered that has one payload in each setting and each part of the account,
and another in which each payload is one place further, and so on, like the rows of a Latin square. If such
a block is refused, fails, or does not show everything, its places are tried one by one: a failure names
the payload and the place.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from itertools import zip_longest
from math import inf
from zlib import crc32

from support.blocks import attacks
from support.blocks.attack_requests import NO_STYLES, Request, combined, judged, revealing
from support.blocks.attacks import EVERYWHERE, Case, Failure
from support.blocks.served import BLOCKS

from plugin_server.blocks.base import Block
from plugin_server.examples.block_examples import examples


@dataclass
class Report:
    """What came of a payload: the number of places that it was put in, and all failures."""

    payload: str
    places: int = 0
    failures: list[Failure] = field(default_factory=list)


def attack(
    payloads: Sequence[str], blocks: Iterable[Block] = BLOCKS, *, is_timed: bool = False
) -> list[Report]:
    """Put payloads in every place; return what came of each, in their order.

    Payloads of one direction and of as many lines share prepared blocks, which saves half of the time.

    Args:
        payloads: any texts.
        blocks: in which they are put, besides rich text.
        is_timed: too much CPU time is a failure, too; tests do without it, because a machine may be slow.
    """
    reports = [Report(payload) for payload in payloads]
    attempts = _Attempts(is_timed=is_timed)
    for report in reports:
        for case in attacks.of_rich_text(report.payload):
            report.places += 1
            attempts.alone(report, case)
    for block in blocks:
        attempts.at_block(block, reports)
    return reports


def warm_up() -> None:
    """Do what a new process has to do once, such as compiling templates."""
    for block in BLOCKS:
        for example in examples(block):
            example.render(NO_STYLES)
    attack(["a word"])


@dataclass
class _Pending:
    """A case that leads to a block which has not been rendered before.

    Attributes:
        report: of the payload.
        case: it.
        request: of the case.
        texts: what the payload adds to the block.
        key: equal for cases that lead to the same block.
    """

    report: Report
    case: Case
    request: Request
    texts: frozenset[str]
    key: int


# The blocks that were fine, or are pending. There are some hundred for a payload.
_seen: set[int] = set()
_MAX_SEEN = 100_000


class _Attempts:
    def __init__(self, *, is_timed: bool) -> None:
        self._is_timed = is_timed

    def alone(self, report: Report, case: Case) -> bool:
        """Try a case by itself; return whether nothing is wrong."""
        found = [*attacks.problems(case, self._limit(report))]
        report.failures += [Failure(case.block, case.field, reason) for reason in found]
        return not found

    def at_block(self, block: Block, reports: Sequence[Report]) -> None:
        """Try all cases of a block."""
        columns: dict[str, list[_Pending]] = {}
        for report in reports:
            pending: dict[str, list[_Pending]] = {}
            for case in attacks.of_block(block, report.payload):
                report.places += 1
                if found := self._pending(report, case):
                    pending.setdefault(case.place, []).append(found)
            self._one_by_one(pending.pop("", []))
            if everywhere := pending.pop(EVERYWHERE, []):
                requests = [each.request for each in everywhere]
                self._together(everywhere, combined(requests, requests[0].base))
            for place, each in pending.items():
                columns.setdefault(place, []).extend(each)
        layouts = revealing(block)
        turned = (column[n:] + column[:n] for n, column in enumerate(columns.values()))
        for row in zip_longest(*turned):
            cases = [each for each in row if each]
            turn = crc32(ascii(cases[0].report.payload).encode())
            layout = layouts[turn % len(layouts)]
            self._together(cases, combined([each.request for each in cases], layout))

    def _pending(self, report: Report, case: Case) -> _Pending | None:
        """Return what has yet to be rendered; anything else is tried at once."""
        request = case.request
        if request is None:
            self.alone(report, case)
            return None
        taken, content, _ = attacks.timed(replace(case, run=request.content))
        if content is None or taken > self._limit(report):
            self.alone(report, case)
            return None
        key = hash(content.key)  # the content itself may be large
        if key in _seen:
            return None
        if len(_seen) >= _MAX_SEEN:
            _seen.clear()
        _seen.add(key)
        return _Pending(report, case, request, request.added(content), key)

    def _together(self, pending: Sequence[_Pending], request: Request) -> None:
        """Try cases by one request; one by one those that it does not show, or all if it fails."""
        first = pending[0]
        content = attacks.timed(replace(first.case, run=request.content))[1]
        rest = [each for each in pending if content is None or not each.texts <= content.texts]
        if len(rest) < len(pending):
            taken, html, found = attacks.timed(replace(first.case, run=content.html))
            if html is not None:
                found += judged(request.block, html, first.report.payload)
            if found or taken > min(self._limit(each.report) for each in pending):
                rest = [*pending]
        else:
            found = []
        if self._one_by_one(rest) and found:
            # Only together do they fail.
            fields = " with ".join(
                f"{each.case.field} ({ascii(each.report.payload)[:40]})" for each in pending
            )
            first.report.failures += [Failure(first.case.block, fields, why) for why in found]
            _seen.difference_update(each.key for each in pending)

    def _one_by_one(self, pending: Sequence[_Pending]) -> bool:
        """Try each by itself; return whether nothing is wrong."""
        are_fine = True
        for each in pending:
            if not self.alone(each.report, each.case):
                are_fine = False
                # Other payloads that lead to it are to be reported, too.
                _seen.discard(each.key)
        return are_fine

    def _limit(self, report: Report) -> float:
        return attacks.limit(report.payload) if self._is_timed else inf
