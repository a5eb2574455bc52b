"""aria2 as a BitTorrent client.

aria2.py seed|leech <options as JSON>
"""
import json
import os
import resource
import sys
import urllib.request

from measured import hold_interrupts, now, report, start, sync, tell, until_interrupted


def client(options, folder, *more):
    return start(
        'aria2c', '--no-conf', '--quiet', f'--dir={folder}', '--enable-dht=false', '--enable-dht6=false', '--bt-enable-lpd=false',
        '--disable-ipv6', '--file-allocation=none', '--bt-max-peers=0', '--seed-ratio=0', '--bt-tracker-connect-timeout=5',
        f"--listen-port={options['port']}", f"--interface={options['host']}", '--follow-torrent=false',
        *more, f"--torrent-file={options['torrent']}")


def rpc(port, method):
    request = {'jsonrpc': '2.0', 'id': '1', 'method': f'aria2.{method}', 'params': []}

    with urllib.request.urlopen(f'http://127.0.0.1:{port}/jsonrpc', json.dumps(request).encode()) as response:
        return json.load(response)['result']


def seed(options):
    hold_interrupts()
    aria2 = client(
        options, os.path.dirname(options['source']), '--bt-seed-unverified', '--check-integrity=false',
        '--enable-rpc', f"--rpc-listen-port={options['controlPort']}")
    tell(address='')
    until_interrupted()
    uploaded = sum(int(download['uploadLength']) for download in rpc(options['controlPort'], 'tellActive'))
    aria2.terminate()
    aria2.wait()
    tell(uploaded=uploaded)


def leech(options):
    hold_interrupts()
    folder = os.path.dirname(options['out'])
    # it tells who asks by running a program
    fifo = os.path.join(folder, 'done')
    hook = os.path.join(folder, 'on-complete')
    os.mkfifo(fifo)

    with open(hook, 'w') as script:
        script.write(f'#!/bin/sh\necho done > {fifo}\n')

    os.chmod(hook, 0o700)
    begin = now()
    aria2 = client(options, folder, f'--on-bt-download-complete={hook}')

    with open(fifo) as done:
        done.read()

    sync(options['out'])
    elapsed = now() - begin
    tell(elapsed=elapsed, whole=elapsed)

    if options['stay']:
        until_interrupted()

    aria2.terminate()
    aria2.wait()


role, text = sys.argv[1:]
{'seed': seed, 'leech': leech}[role](json.loads(text))
report(resource.RUSAGE_CHILDREN)
