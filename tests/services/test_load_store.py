"""Records of loads on disk."""

from pathlib import Path

from lollma_gui.core.load_record import DeviceRecord, LoadRecord
from lollma_gui.services.database import Database
from lollma_gui.services.load_store import LoadStore


def record(number: int) -> LoadRecord:
    device = DeviceRecord("GPU-1", "RTX", 10, 3, 11, 15)
    return LoadRecord(f"/m{number}.gguf", float(number), "arithmetic", (device,))


def test_records_are_kept_in_order_and_the_oldest_go(tmp_path: Path) -> None:
    database = Database(tmp_path / "lollma.sqlite")
    store = LoadStore(database)
    assert store.all() == []
    for number in range(210):
        store.add(record(number))
    assert [r.loaded_at for r in store.all()] == [float(n) for n in range(10, 210)]
    database.close()
    again = Database(tmp_path / "lollma.sqlite")
    assert LoadStore(again).all()[-1] == record(209)
    LoadStore(again).forget()
    assert LoadStore(again).all() == []
    again.close()


def test_a_record_that_cannot_be_read_does_not_hide_the_others(tmp_path: Path) -> None:
    database = Database(tmp_path / "lollma.sqlite")
    store = LoadStore(database)
    store.add(record(1))
    with database.write() as connection:
        connection.execute("INSERT INTO loads (loaded_at, record) VALUES (2, 'half a rec')")
    store.add(record(3))
    assert store.all() == [record(1), record(3)]
    database.close()
