/** UnixFS over Bitswap, between nodes that have nothing else: no DHT, no gateways. */
import { createReadStream } from 'node:fs'
import { join } from 'node:path'
import { noise } from '@chainsafe/libp2p-noise'
import { yamux } from '@chainsafe/libp2p-yamux'
import { withBitswap } from '@helia/bitswap'
import { withLibp2pLight } from '@helia/libp2p'
import { unixfs } from '@helia/unixfs'
import { identify } from '@libp2p/identify'
import { tcp } from '@libp2p/tcp'
import { multiaddr } from '@multiformats/multiaddr'
import { FsBlockstore } from 'blockstore-fs'
import { createHeliaLight } from 'helia'
import { CID } from 'multiformats/cid'
import { countSent, end, interrupted, retry, tell, write } from './end.js'

const sent = countSent()
await end({ publish, seed, leech })

async function publish ({ source, store }) {
  const helia = createHeliaLight({ blockstore: new FsBlockstore(store) })
  await helia.start()
  tell({ id: String(await unixfs(helia).addByteStream(createReadStream(source))) })
  await helia.stop()
}

async function seed ({ store, host, port }) {
  await start(store, host, port)
  tell({ address: address(host, port) })
  await interrupted()
  tell({ uploaded: sent() })
  process.exit()
}

async function leech ({ id, out, folder, host, port, seeder, others, stay }) {
  const begin = performance.now()
  const helia = await start(join(folder, 'blocks'), host, port)

  await Promise.all([seeder, ...others.map(port => address(host, port))].map(async address => {
    await retry(async () => helia.libp2p.dial(multiaddr(address)))
  }))
  const firstAt = await write(out, unixfs(helia).cat(CID.parse(id)))
  tell({ elapsed: performance.now() - begin, firstAt })

  if (stay) {
    await interrupted()
  }

  process.exit()
}

async function start (store, host, port) {
  const helia = withBitswap(withLibp2pLight(createHeliaLight({ blockstore: new FsBlockstore(store) }), {
    addresses: { listen: [address(host, port)] },
    transports: [tcp()],
    connectionEncrypters: [noise()],
    streamMuxers: [yamux()],
    services: { identify: identify() }
  }))
  await helia.start()

  return helia
}

function address (host, port) {
  return `/ip4/${host}/tcp/${port}`
}
