"""Work from any thread runs on the owner's thread."""

import threading

from pytestqt.qtbot import QtBot

from lollma_gui.qt.owner_thread import OwnerThread


def test_posted_work_runs_on_the_owners_thread_in_order(qtbot: QtBot) -> None:
    owner = OwnerThread()
    done: list[tuple[int, threading.Thread]] = []

    def post_all() -> None:
        for i in range(50):
            owner.post(lambda i=i: done.append((i, threading.current_thread())))

    thread = threading.Thread(target=post_all)
    thread.start()
    qtbot.waitUntil(lambda: len(done) == 50)
    thread.join()
    assert [i for i, _ in done] == list(range(50))
    assert {where for _, where in done} == {threading.main_thread()}


def test_later_work_is_dropped_when_the_owner_is_gone(qtbot: QtBot) -> None:
    owner, other = OwnerThread(), OwnerThread()
    done: list[str] = []
    owner.later(0.05, lambda: done.append("gone"))
    other.later(0.1, lambda: done.append("there"))
    owner.deleteLater()
    del owner
    qtbot.waitUntil(lambda: "there" in done)
    assert done == ["there"]
