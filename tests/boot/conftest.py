"""Boots the machines of the table ahead of their tests, two at a time."""

import concurrent.futures

import pytest

TOGETHER = 2


@pytest.fixture(scope="session")
def runs(request):
    """A result to come for each machine whose test was chosen: {name: future}."""
    tests = [item for item in request.session.items if "runs" in getattr(item, "fixturenames", ())]
    chosen = [item.callspec.params["row"] for item in tests]
    pool = concurrent.futures.ThreadPoolExecutor(TOGETHER)
    yield {row.name: pool.submit(row.run) for row in chosen}
    pool.shutdown(wait=True, cancel_futures=True)
