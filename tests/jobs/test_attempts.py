"""What one attempt means for the delivery, and for whether Teams fails."""

from datetime import UTC, datetime

import pytest

from bot.domain import settling
from bot.domain.failing import Try
from bot.jobs.attempts import as_evidence, ended, told
from bot.transports.outgoing import Failed, FailedReason, Gone, GoneReason, Sent, Throttled
from bot.transports.ways import Told

AT = datetime(2026, 3, 2, 8, tzinfo=UTC)


@pytest.mark.parametrize(
    ("outcome", "means", "tells"),
    [
        (Sent(id="1"), settling.Sent(activity="1"), Try.SENT),
        (Sent(id="1" * 600), settling.Sent(activity=None), Try.SENT),
        (Throttled(until=AT, own=True), None, None),
        (Throttled(until=AT, named=True), settling.Throttled(until=AT), Try.THROTTLED),
        (Throttled(until=AT), settling.Throttled(until=None), Try.THROTTLED),
        (Throttled(until=AT, faulty=True), settling.Throttled(until=None), Try.FAILED),
        (Gone(reason=GoneReason.NO_ACTIVITY), settling.Vanished(), Try.GONE),
        (Gone(reason=GoneReason.BLOCKED), settling.Gone(reason="blocked"), Try.GONE),
        (Failed(reason=FailedReason.ANSWER_LOST), settling.Lost(), Try.FAILED),
        (
            Failed(reason=FailedReason.SERVICE_ERROR, said="500 Oops\x00 of somebody's"),
            settling.Failed(reason="service_error: 500 Oops"),
            Try.FAILED,
        ),
        (Failed(reason=FailedReason.UNREACHABLE), settling.Failed(reason="unreachable: "), Try.FAILED),
        (Failed(reason=FailedReason.NOT_SERVED), settling.Failed(reason="not_served: ", final=True), None),
        (Failed(reason=FailedReason.BAD_REQUEST), settling.Failed(reason="bad_request: ", final=True), Try.FAILED),
    ],
)
def test_each_outcome_has_its_meaning(outcome, means, tells):
    assert ended(outcome) == means
    assert as_evidence(outcome) is tells


def test_a_way_that_did_not_take_it_is_tried_again():
    assert told(Told(name="ops", ok=True, address=1)) == settling.Sent()
    assert told(Told(name="ops", ok=False, reason="no answer")) == settling.Failed(reason="no answer")
