"""What a program in Python owes the benchmark: results as lines of JSON, and what was used on file descriptor 3."""
import ctypes
import json
import os
import resource
import signal
import subprocess
import time

PR_SET_PDEATHSIG = 1
libc = ctypes.CDLL(None)


def tell(**result):
    print(json.dumps(result), flush=True)


def now():
    """Milliseconds since the epoch."""
    return time.time() * 1000


def sync(path):
    file = os.open(path, os.O_RDONLY)
    os.fsync(file)
    os.close(file)


def until_interrupted():
    signal.sigwait({signal.SIGINT})


def hold_interrupts():
    """From now on SIGINT waits for `until_interrupted`, in this process and not in those that it starts."""
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})


def start(*command):
    """Starts a program that ends with this one, however that ends."""
    def prepare():
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
        libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)

    return subprocess.Popen(command, preexec_fn=prepare)


def report(who):
    """`who`: resource.RUSAGE_SELF, or RUSAGE_CHILDREN for programs that this one ran and waited for."""
    used = resource.getrusage(who)
    usage = {'cpu': used.ru_utime + used.ru_stime, 'peakMemory': used.ru_maxrss * 1024}
    os.write(3, json.dumps(usage).encode())
