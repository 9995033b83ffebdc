"""Labels have few values, whatever is requested."""

import pytest

from plugin_server.observe import metrics


@pytest.mark.parametrize(
    ("path", "resource"),
    [
        ("/v4/account", "account"),
        ("/v4/account/creator_profile", "account/creator_profile"),
        ("/v4/posts", "posts"),
        ("/v4/posts/12", "posts/{id}"),
        ("/v4/broadcasts/12/stats", "broadcasts/{id}/stats"),
        ("/v4/forms/12/subscribers", "forms/{id}/subscribers"),
    ],
)
def test_a_resource_is_named_without_ids(path: str, resource: str) -> None:
    assert metrics.resource_of(path) == resource


def test_no_label_could_hold_an_id() -> None:
    labels = {
        label
        for family in metrics.REGISTRY.collect()
        for sample in family.samples
        for label in sample.labels
    }
    assert labels & {"account", "installation", "request_id", "path"} == set()
