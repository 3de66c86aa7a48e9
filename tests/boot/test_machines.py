"""The image on many machines: each reaches every milestone in order, runs hello, tells the truth about itself, and
switches off where it can. The quick rows run always, all of them with `./build.sh test boot all`."""

import pytest

from bad_firmware import BAD_FIRMWARE
from machines import FIRMWARE, GEOMETRIES, MEDIA, MEMORY, PROCESSORS

ROWS = [*MEDIA, *FIRMWARE, *PROCESSORS, *MEMORY, *GEOMETRIES, *BAD_FIRMWARE]
LEAST_ROWS = 60


def parameters():
    return [pytest.param(row, id=row.name, marks=[] if row.quick else [pytest.mark.long]) for row in ROWS]


def test_the_table_is_long_and_names_each_machine_once():
    assert len({row.name for row in ROWS}) == len(ROWS) >= LEAST_ROWS


@pytest.mark.parametrize("row", parameters())
def test_the_machine_boots_and_runs_hello(row):
    row.run()
