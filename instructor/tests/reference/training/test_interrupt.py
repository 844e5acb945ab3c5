import signal
import threading

import pytest

from cs231n_rnn.training.interrupt import Interrupt


def ctrl_c():
    signal.raise_signal(signal.SIGINT)


@pytest.fixture(autouse=True)
def usual_ctrl_c():
    old = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, old)


def test_the_first_ctrl_c_only_asks():
    with Interrupt() as interrupt:
        assert not interrupt.asked
        ctrl_c()
        assert interrupt.asked


def test_the_second_ctrl_c_raises_at_once():
    with Interrupt():
        ctrl_c()
        with pytest.raises(KeyboardInterrupt):
            ctrl_c()


def test_no_ctrl_c_raises_within_the_shield():
    with Interrupt() as interrupt:
        with interrupt.shield():
            ctrl_c()
            ctrl_c()
        assert interrupt.asked
        with pytest.raises(KeyboardInterrupt):
            ctrl_c()


def test_the_old_handler_is_back_afterwards():
    interrupt = Interrupt()
    with interrupt:
        assert signal.getsignal(signal.SIGINT) is not signal.default_int_handler
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    with pytest.raises(ZeroDivisionError), interrupt:
        raise ZeroDivisionError
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_entering_again_forgets_what_was_asked():
    interrupt = Interrupt()
    with interrupt:
        ctrl_c()
    with interrupt:
        assert not interrupt.asked


def test_an_ignored_ctrl_c_stays_ignored():
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with Interrupt() as interrupt:
        ctrl_c()
        assert not interrupt.asked
    assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN


def test_it_changes_nothing_outside_the_main_thread():
    handlers = []

    def run():
        with Interrupt():
            handlers.append(signal.getsignal(signal.SIGINT))

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    assert handlers == [signal.default_int_handler]
