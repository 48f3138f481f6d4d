import multiprocessing
from concurrent.futures import ThreadPoolExecutor

from service.store.ids import new_id


def test_ids_sort_in_the_order_they_were_made() -> None:
    ids = [new_id() for _ in range(5000)]

    assert ids == sorted(ids)


def test_threads_never_get_the_same_id() -> None:
    with ThreadPoolExecutor(8) as threads:
        ids = list(threads.map(lambda _: new_id(), range(5000)))

    assert len(set(ids)) == len(ids)


def _send_ids(pipe: "multiprocessing.connection.Connection[list[str], None]") -> None:
    pipe.send([new_id() for _ in range(3)])


def test_a_forked_process_does_not_go_on_from_its_parents_last_id() -> None:
    before = new_id()
    ours, theirs = multiprocessing.Pipe()
    child = multiprocessing.get_context("fork").Process(target=_send_ids, args=(theirs,))
    child.start()
    made_here = [new_id() for _ in range(3)]
    made_there = ours.recv()
    child.join()

    assert len({before, *made_here, *made_there}) == 7


def test_an_id_is_26_characters() -> None:
    assert len(new_id()) == 26
