"""Two network namespaces and a link between them, with delay, loss and a rate, until SIGINT. Needs root.

link.py {"roundTrip": milliseconds, "loss": 0 to 1, "rate": bits per second}

By `tc netem` where the kernel has it. Otherwise each namespace has a TUN device, and this program carries packets from one to the
other: it draws who is lost, queues the others as a router does, and delivers them later.
"""
import collections
import fcntl
import json
import os
import random
import resource
import select
import signal
import struct
import subprocess
import sys
import time

from pathlib import Path

sys.path.append(str(Path(__file__).parent.parent / 'ends'))
from measured import report, tell

TUNSETIFF = 0x400454ca
IFF_TUN, IFF_NO_PI = 0x0001, 0x1000
MTU = 1500
SEED = 1
# packets read from one end before the other gets its turn
BATCH = 64
NAMES = [f'mssl-{os.getpid()}-{n}' for n in 'ab']
HOSTS = ['10.77.0.1', '10.77.0.2']
# interfaces have short names
DEVICES = ['mssl-a', 'mssl-b']


def ip(*words):
    subprocess.run(['ip', *words], check=True, stderr=subprocess.PIPE, text=True)


def configure(name, device, host):
    ip('link', 'set', device, 'netns', name)
    ip('-n', name, 'address', 'add', f'{host}/24', 'dev', device)
    ip('-n', name, 'link', 'set', device, 'mtu', str(MTU), 'up')
    ip('-n', name, 'link', 'set', 'lo', 'up')


class Netem:
    """The kernel's own."""
    kind = 'tc netem'

    def __init__(self, terms):
        ip('link', 'add', DEVICES[0], 'type', 'veth', 'peer', 'name', DEVICES[1])

        for name, device, host in zip(NAMES, DEVICES, HOSTS):
            configure(name, device, host)
            # what is under way counts as queued: half a round trip of it, beside the queue of a whole one
            limit = round(1.5 * terms['roundTrip'] / 1000 * terms['rate'] / 8 / MTU)
            subprocess.run(
                ['ip', 'netns', 'exec', name, 'tc', 'qdisc', 'add', 'dev', device, 'root', 'netem', 'limit', str(limit),
                 'delay', f"{terms['roundTrip'] / 2}ms", 'loss', f"{terms['loss'] * 100}%", 'rate', f"{round(terms['rate'])}bit"],
                check=True, stderr=subprocess.PIPE, text=True)

    def carry(self):
        signal.pause()

    def account(self):
        return {'carried': 0, 'lost': 0, 'overflowed': 0}

    @staticmethod
    def is_here():
        """Tried, because a module that is not loaded yet cannot be seen."""
        attempt = ['ip', 'netns', 'exec', NAMES[0], 'tc', 'qdisc', 'add', 'dev', 'lo', 'root', 'netem']

        return subprocess.run(attempt, capture_output=True).returncode == 0


class Way:
    """One direction."""

    def __init__(self, to, terms, generator):
        self.to = to
        self.loss = terms['loss']
        self.delay = terms['roundTrip'] / 2000
        # a queue of one bandwidth-delay product
        self.patience = terms['roundTrip'] / 1000
        self.per_byte = 8 / terms['rate']
        self.random = generator.random
        self.queue = collections.deque()
        self.free = 0
        self.carried = self.lost = self.overflowed = 0

    def accept(self, packet, now):
        free = max(self.free, now)

        if self.random() < self.loss:
            self.lost += 1
        elif free - now > self.patience:
            self.overflowed += 1
        else:
            self.free = free + len(packet) * self.per_byte
            self.queue.append((self.free + self.delay, packet))

    def deliver(self, now):
        while self.queue and self.queue[0][0] <= now:
            os.write(self.to, self.queue.popleft()[1])
            self.carried += 1


class Tunnels:
    """A program in the middle."""
    kind = 'a program between two TUN devices'

    def __init__(self, terms):
        a, b = [self.tunnel(device) for device in DEVICES]
        generator = random.Random(SEED)
        self.ways = {a: Way(b, terms, generator), b: Way(a, terms, generator)}

        for name, device, host in zip(NAMES, DEVICES, HOSTS):
            configure(name, device, host)

    def tunnel(self, device):
        tunnel = os.open('/dev/net/tun', os.O_RDWR | os.O_NONBLOCK)
        fcntl.ioctl(tunnel, TUNSETIFF, struct.pack('16sH', device.encode(), IFF_TUN | IFF_NO_PI))

        return tunnel

    def carry(self):
        poll = select.epoll()

        for tunnel in self.ways:
            poll.register(tunnel, select.EPOLLIN)

        while True:
            due = min((way.queue[0][0] for way in self.ways.values() if way.queue), default=None)
            ready = poll.poll(None if due is None else max(0, due - time.monotonic()))
            now = time.monotonic()

            for tunnel, _ in ready:
                for _ in range(BATCH):
                    try:
                        self.ways[tunnel].accept(os.read(tunnel, MTU), now)
                    except BlockingIOError:
                        break

            for way in self.ways.values():
                way.deliver(now)

    def account(self):
        return {what: sum(getattr(way, what) for way in self.ways.values()) for what in ('carried', 'lost', 'overflowed')}


def stop(*_):
    raise KeyboardInterrupt


signal.signal(signal.SIGTERM, stop)

try:
    for name in NAMES:
        ip('netns', 'add', name)

    terms = json.loads(sys.argv[1])
    link = (Netem if Netem.is_here() else Tunnels)(terms)
    tell(kind=link.kind, places=[{'host': host, 'within': ['ip', 'netns', 'exec', name]} for name, host in zip(NAMES, HOSTS)])

    try:
        link.carry()
    except KeyboardInterrupt:
        tell(**link.account())
except (OSError, subprocess.CalledProcessError) as error:
    tell(error=str(getattr(error, 'stderr', None) or error).strip())
finally:
    for name in NAMES:
        subprocess.run(['ip', 'netns', 'delete', name], capture_output=True)

report(resource.RUSAGE_SELF)
