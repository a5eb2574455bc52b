"""libtorrent, the library of qBittorrent and Deluge, by its own binding.

rasterbar.py version | seed|leech <options as JSON>
"""
import json
import os
import resource
import sys

import libtorrent

from measured import hold_interrupts, now, report, sync, tell, until_interrupted

PLAIN, RC4 = 1, 2
WAIT = 1000


def session(options):
    alerts = libtorrent.alert.category_t
    policy = libtorrent.enc_policy

    return libtorrent.session({
        'listen_interfaces': f"{options['host']}:{options['port']}",
        'enable_dht': False, 'enable_lsd': False, 'enable_upnp': False, 'enable_natpmp': False,
        # TCP, as the others: µTP gives way to everything, on loopback to itself
        'enable_outgoing_utp': False, 'enable_incoming_utp': False,
        # all of a crowd is on one machine
        'allow_multiple_connections_per_ip': True,
        'validate_https_trackers': False, 'ssrf_mitigation': False,
        'alert_mask': alerts.status_notification | alerts.error_notification | alerts.piece_progress_notification | alerts.tracker_notification,
        'out_enc_policy': int(policy.forced if options['encrypted'] else policy.disabled),
        'in_enc_policy': int(policy.forced if options['encrypted'] else policy.disabled),
        'allowed_enc_level': RC4 if options['encrypted'] else PLAIN
    })


def add(session, options, folder, flags=0):
    terms = libtorrent.add_torrent_params()
    terms.ti = libtorrent.torrent_info(options['torrent'])
    terms.save_path = folder
    terms.flags = libtorrent.torrent_flags.update_subscribe | flags
    return session.add_torrent(terms)


def alerts(session):
    while True:
        session.wait_for_alert(WAIT)
        yield from session.pop_alerts()


def seed(options):
    hold_interrupts()
    client = session(options)
    torrent = add(client, options, os.path.dirname(options['source']), libtorrent.torrent_flags.seed_mode)
    tell(address='')
    until_interrupted()
    tell(uploaded=torrent.status().total_payload_upload)


def leech(options):
    hold_interrupts()
    begin = now()
    client = session(options)
    torrent = add(client, options, os.path.dirname(options['out']))
    first = None

    for alert in alerts(client):
        if first is None and isinstance(alert, libtorrent.piece_finished_alert):
            first = now()
        elif isinstance(alert, libtorrent.torrent_finished_alert):
            break

    # all of it is verified now, and this answers when it is written as well
    torrent.flush_cache()
    next(alert for alert in alerts(client) if isinstance(alert, libtorrent.cache_flushed_alert))
    sync(options['out'])
    tell(elapsed=now() - begin, firstAt=first)

    if options['stay']:
        until_interrupted()


if sys.argv[1] == 'version':
    print(libtorrent.__version__)
else:
    role, text = sys.argv[1:]
    {'seed': seed, 'leech': leech}[role](json.loads(text))
    report(resource.RUSAGE_SELF)
