"""The table of what can be derived: every point is written or refused, and what is, is proved."""

from __future__ import annotations

from fmdsl.graph.build import objective_graph, sampler_graph
from fmdsl.proofs.derive import NotDerived
from fmdsl.proofs.derive.derivation import proved, write
from fmdsl.proofs.derive.formed import law_of
from fmdsl.proofs.derive.laws import LAWS, known
from fmdsl.proofs.derive.table import points, rows
from fmdsl.semantics.elaborate import elaborate_spec
from fmdsl.syntax.reader import read_text


def test_every_point_of_the_table_is_written_or_refused_with_words():
    written, refused = 0, list[NotDerived]()
    for name in LAWS:
        for choice in points(law_of(known(name)[1])):
            try:
                written += bool(write(choice, "any").text)
            except NotDerived as stop:
                refused.append(stop)
    assert written > 200 and len(refused) > 600
    assert all(stop.reason and stop.remedy for stop in refused)


def test_what_is_written_is_proved_and_builds():
    """A seventh of the table; `derive` proves each that is asked for before it is shown."""
    found = [row for name in LAWS for row in rows(law_of(known(name)[1]))]
    for i, row in enumerate(found[::7]):
        done = proved(row.written, "c" * (i % 2))
        kinds = {v.kind for v in done.report.verdicts}
        assert kinds <= {"proved", "holds if"}, (row.words, done.report.headline)
        spec = elaborate_spec(read_text(done.text))
        assert all(objective_graph(spec, o).nodes for o in spec.objectives)
        assert sampler_graph(spec).nodes
