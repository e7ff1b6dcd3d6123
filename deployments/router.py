"""To which replica a call goes: Serve's own choice among those that answer."""

from __future__ import annotations

from ray.serve._private.request_router import PowerOfTwoChoicesRequestRouter
from ray.serve.request_router import PendingRequest, ReplicaID, RunningReplica

from app.responsive import Unanswered

UNANSWERED: Unanswered[str] = Unanswered()
"""What this process knows of replicas of all deployments, by their unique ids."""


class ResponsiveRouter(PowerOfTwoChoicesRequestRouter):
    """Leaves out replicas that took no call lately: Serve itself needs minutes to replace one that hangs, and until
    then every second call would go there."""

    def on_send_request(self, replica_id: ReplicaID) -> None:
        """A call goes to a replica."""
        super().on_send_request(replica_id)
        UNANSWERED.called(replica_id.unique_id)

    def on_new_queue_len_info(self, replica_id: ReplicaID, num_ongoing_requests: int) -> None:
        """A replica has taken a call or refused it, and said how many it has."""
        super().on_new_queue_len_info(replica_id, num_ongoing_requests)
        UNANSWERED.answered(replica_id.unique_id)

    async def choose_replicas(
        self, candidate_replicas: list[RunningReplica], pending_request: PendingRequest | None = None
    ) -> list[list[RunningReplica]]:
        """See ``RequestRouter``; all are chosen from where none answers."""
        ranks = await super().choose_replicas(candidate_replicas, pending_request)
        answering = [[replica for replica in rank if not _is_suspect(replica)] for rank in ranks]
        if any(answering):
            return [rank for rank in answering if rank]
        others = [replica for replica in candidate_replicas if not _is_suspect(replica)]
        return [others] if others else ranks


def _is_suspect(replica: RunningReplica) -> bool:
    return UNANSWERED.is_suspect(replica.replica_id.unique_id)
