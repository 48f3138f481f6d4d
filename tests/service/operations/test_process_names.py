import subprocess
import sys

from service.operations.process_names import is_gone, own_name

SAY_NAME = "from service.operations.process_names import own_name; print(own_name(), flush=True); input()"


def test_a_process_is_there_until_it_ends_even_if_nobody_has_asked_for_its_end() -> None:
    assert not is_gone(own_name())
    with subprocess.Popen(
        [sys.executable, "-c", SAY_NAME], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        name = process.stdout.readline().strip()
        assert not is_gone(name)
        process.kill()
        process.stdout.read()
        # A zombie now, or nothing: either way it does no work any more.
        while not is_gone(name):
            pass
    assert is_gone(name)


def test_another_process_with_the_same_number_is_another() -> None:
    place, number, began = own_name().rsplit("/", 2)
    assert is_gone(f"{place}/{number}/{int(began) - 1}")


def test_of_processes_elsewhere_nothing_is_known() -> None:
    assert not is_gone("another-machine/1/2/3")
