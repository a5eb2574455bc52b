import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { noise } from '@chainsafe/libp2p-noise'
import { yamux } from '@chainsafe/libp2p-yamux'
import { identify } from '@libp2p/identify'
import { kadDHT, passthroughMapper } from '@libp2p/kad-dht'
import { ping } from '@libp2p/ping'
import { tcp } from '@libp2p/tcp'
import { expect } from 'aegir/chai'
import { createLibp2p } from 'libp2p'
import { mssl } from '../../src/index.ts'
import { BLOCK, Stage } from './fixtures/stage.ts'
import type { Mssl } from '../../src/index.ts'
import type { Libp2p } from '@libp2p/interface'
import type { Ping } from '@libp2p/ping'

describe('node: in a libp2p app', function () {
  this.timeout(30_000)

  const stage = new Stage()
  let folder: string
  let app: Libp2p<{ mssl: Mssl, ping: Ping }>

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'mssl-app-'))
    // as the app has it, defaults and all, with a protocol of its own
    app = await createLibp2p({
      addresses: { listen: ['/ip4/127.0.0.1/tcp/0'] },
      transports: [tcp()],
      connectionEncrypters: [noise()],
      streamMuxers: [yamux()],
      services: {
        identify: identify(),
        ping: ping(),
        dht: kadDHT({ protocol: '/app/kad/1.0.0', clientMode: false, peerInfoMapper: passthroughMapper, allowQueryWithZeroPeers: true }),
        mssl: mssl({ home: join(folder, 'home') })
      }
    })
    await app.handle('/app/echo/1.0.0', stream => {
      stream.addEventListener('message', ({ data }) => { stream.send(data) })
    })
  })

  afterEach(async () => {
    await app.stop()
    await stage.clear()
    await rm(folder, { recursive: true, force: true })
  })

  it('serves and gets beside the services of the app, whose identity it uses', async () => {
    const node = await stage.node()
    const { path, bytes } = await stage.file(100 * BLOCK)
    const { link } = await app.services.mssl.publish(path, { blockSize: BLOCK })
    const theirs = await stage.publish(node, 100 * BLOCK, { seed: 2, name: 'theirs.bin' })
    const connection = await node.dial(app.getMultiaddrs())
    expect(connection.remotePeer.equals(app.peerId)).to.be.true()

    const [out, back] = await Promise.all([
      node.services.mssl.get(link, { to: node.folder }),
      app.services.mssl.get(theirs.link, { to: folder }),
      app.services.ping.ping(node.peerId)
    ])
    expect(await readFile(out.path)).to.equalBytes(bytes)
    expect(await readFile(back.path)).to.equalBytes(theirs.bytes)

    const stream = await node.dialProtocol(app.peerId, '/app/echo/1.0.0')
    const echo = new Promise<Uint8Array>(resolve => { stream.addEventListener('message', ({ data }) => { resolve(data.subarray()) }) })
    stream.send(Uint8Array.of(1, 2, 3))
    expect(await echo).to.equalBytes(Uint8Array.of(1, 2, 3))
    await stream.close()
  })

  it('takes its handlers back when it stops', async () => {
    expect(app.getProtocols()).to.include.members(['/mssl/ticket/1.0.0', '/mssl/block/1.0.0'])
    await app.stop()
    expect(app.getProtocols().filter(protocol => protocol.startsWith('/mssl/'))).to.be.empty()
  })
})
