"""The table of relations, R1 to R35, and the false friends beside them."""

from tests.proofs.relations import flow_maps, friends, meanflow, predictions
from tests.proofs.relations.relation import Relation

_PARTS = (meanflow.RELATIONS, flow_maps.RELATIONS, predictions.RELATIONS)
RELATIONS = tuple(sorted((r for part in _PARTS for r in part), key=lambda r: int(r.number[1:])))
FRIENDS = friends.RELATIONS

__all__ = ["FRIENDS", "RELATIONS", "Relation"]
