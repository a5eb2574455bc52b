import { PYTHON } from '../../measured-process.ts'
import { ends, here, packageVersion, programVersion } from '../contender.ts'
import { writeTorrent } from '../torrent.ts'
import type { Contender } from '../contender.ts'

type Client = Pick<Contender, 'name' | 'title' | 'encrypts' | 'version' | 'seed' | 'leech'>

function bitTorrent (client: Client): Contender {
  return {
    ...client,
    verifies: 'each piece against its SHA-1 in the torrent',
    tracked: true,
    crowd: true,
    publish: async (source, store, announce) => ({ torrent: await writeTorrent(source, `${store}.torrent`, announce) })
  }
}

const webTorrent = async (): Promise<string> => packageVersion('webtorrent')
const libtorrent = async (): Promise<string> => programVersion(PYTHON, [here('ends/rasterbar.py'), 'version'], 'apt-get install python3-libtorrent')

export const contenders = [
  bitTorrent({ name: 'webtorrent', title: 'WebTorrent', encrypts: 'its handshake only', version: webTorrent, ...ends('ends/webtorrent.js', { hidden: true }) }),
  bitTorrent({ name: 'webtorrent-plain', title: 'WebTorrent, no encryption', encrypts: 'no', version: webTorrent, ...ends('ends/webtorrent.js', { hidden: false }) }),
  bitTorrent({ name: 'libtorrent', title: 'libtorrent (C++), no encryption', encrypts: 'no', version: libtorrent, ...ends('ends/rasterbar.py', { encrypted: false }) }),
  bitTorrent({ name: 'libtorrent-rc4', title: 'libtorrent (C++)', encrypts: 'RC4', version: libtorrent, ...ends('ends/rasterbar.py', { encrypted: true }) }),
  bitTorrent({
    name: 'aria2',
    title: 'aria2 (C++)',
    encrypts: 'its handshake only',
    version: async () => programVersion('aria2c', ['--version'], 'apt-get install aria2'),
    ...ends('ends/aria2.py')
  })
]
