/** With the implementation of libp2p's own packages, which puts TLS on a stream of JavaScript. */
import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { generateKeyPair } from '@libp2p/crypto/keys'
import { identify } from '@libp2p/identify'
import { kadDHT, passthroughMapper } from '@libp2p/kad-dht'
import { defaultLogger } from '@libp2p/logger'
import { peerIdFromPrivateKey } from '@libp2p/peer-id'
import { ping } from '@libp2p/ping'
import { tls as upstreamTls } from '@libp2p/tls'
import { expect } from 'aegir/chai'
import { createLibp2p } from 'libp2p'
import { DHT_PROTOCOL, mssl } from '../../../src/index.ts'
import { tls } from '../../../src/node/tls/index.ts'
import { transport } from '../../../src/node/transport.ts'
import { eventually } from '../../eventually.ts'
import { BLOCK, Stage } from '../fixtures/stage.ts'
import { TcpStage } from './fixtures/tcp-stage.ts'
import type { Mssl } from '../../../src/index.ts'
import type { ConnectionEncrypter, Libp2p, MessageStream, PeerId, StreamMuxerFactory } from '@libp2p/interface'

const MIB = 1024 * 1024
const MUXER = { protocol: '/muxer/1.0.0' } as unknown as StreamMuxerFactory

interface End {
  encrypter: ConnectionEncrypter
  peerId: PeerId
}

async function end (create: typeof tls | typeof upstreamTls): Promise<End> {
  const privateKey = await generateKeyPair('Ed25519')
  const upgrader: any = { getStreamMuxers: () => new Map([[MUXER.protocol, MUXER]]) }

  return { encrypter: create()({ privateKey, upgrader, logger: defaultLogger() }), peerId: peerIdFromPrivateKey(privateKey) }
}

describe('tls: with the implementation of @libp2p/tls', function () {
  this.timeout(30_000)

  const tcpStage = new TcpStage()

  afterEach(() => { tcpStage.clear() })

  for (const [what, listening, dialling] of [
    ['that dials', tls, upstreamTls],
    ['that is dialled', upstreamTls, tls]
  ] as const) {
    describe(what, () => {
      let listener: End
      let dialler: End

      beforeEach(async () => {
        listener = await end(listening)
        dialler = await end(dialling)
      })

      it('knows who is there, carries what is sent both ways, and closes', async () => {
        const { inbound, outbound } = await tcpStage.pair()
        const [server, client] = await Promise.all([
          listener.encrypter.secureInbound(inbound),
          dialler.encrypter.secureOutbound(outbound, { remotePeer: listener.peerId })
        ])

        expect(server.remotePeer.equals(dialler.peerId)).to.be.true()
        expect(client.remotePeer.equals(listener.peerId)).to.be.true()
        expect(server.streamMuxer).to.equal(MUXER)
        expect(client.streamMuxer).to.equal(MUXER)

        const received = { server: digest(server.connection), client: digest(client.connection) }
        const [up, down] = await Promise.all([send(client.connection, 8), send(server.connection, 8)])
        await eventually(() => received.server.length === 8 * MIB && received.client.length === 8 * MIB)
        expect(received.server.hash.digest()).to.equalBytes(up)
        expect(received.client.hash.digest()).to.equalBytes(down)

        await client.connection.close({ signal: AbortSignal.timeout(5_000) })
        await eventually(() => server.connection.status === 'closed' && inbound.status === 'closed' && outbound.status === 'closed')
        expect(client.connection.status).to.equal('closed')
      })

      it('is refused when it is another peer than the one that was dialled', async () => {
        const { inbound, outbound } = await tcpStage.pair()
        const [server, client] = await Promise.allSettled([
          // theirs waits for its deadline, which libp2p sets, when the connection ends
          listener.encrypter.secureInbound(inbound, { signal: AbortSignal.timeout(2_000) }),
          dialler.encrypter.secureOutbound(outbound, { remotePeer: dialler.peerId })
        ])

        expect(client).to.have.nested.property('reason.name', 'UnexpectedPeerError')
        // TLS 1.3: the server may have seen a good end of the handshake before
        await eventually(() => server.status === 'rejected' || server.value.connection.status !== 'open')
        await eventually(() => inbound.status !== 'open' && outbound.status !== 'open')
      })
    })
  }

  describe('in an application', () => {
    const stage = new Stage()
    let folder: string
    let app: Libp2p<{ mssl: Mssl }>

    beforeEach(async () => {
      folder = await mkdtemp(join(tmpdir(), 'mssl-app-'))
      app = await createLibp2p({
        addresses: { listen: ['/ip4/127.0.0.1/tcp/0'] },
        ...transport(),
        connectionEncrypters: [upstreamTls()],
        services: {
          identify: identify(),
          ping: ping(),
          dht: kadDHT({ protocol: DHT_PROTOCOL, clientMode: false, peerInfoMapper: passthroughMapper, allowQueryWithZeroPeers: true }),
          mssl: mssl({ home: join(folder, 'home') })
        }
      })
    })

    afterEach(async () => {
      await app.stop()
      await stage.clear()
      await rm(folder, { recursive: true, force: true })
    })

    it('gets what a node has, and gives what it has', async () => {
      const node = await stage.node()
      const theirs = await stage.publish(node, 100 * BLOCK)
      const got = await app.services.mssl.get(theirs.link, { to: folder })
      expect(await readFile(got.path)).to.equalBytes(theirs.bytes)

      const { path, bytes } = await stage.file(100 * BLOCK, { seed: 2, name: 'ours.bin' })
      const { link } = await app.services.mssl.publish(path, { blockSize: BLOCK })
      const given = await node.services.mssl.get(link, { to: node.folder })
      expect(await readFile(given.path)).to.equalBytes(bytes)
      expect(app.getConnections().map(({ encryption }) => encryption)).to.include('/tls/1.0.0').and.to.not.include('/noise')
    })
  })
})

/** Random bytes, as fast as the other end takes them; their hash. */
async function send (connection: MessageStream, mebibytes: number): Promise<Uint8Array> {
  const hash = createHash('sha256')

  for (let i = 0; i < mebibytes; i++) {
    const bytes = randomBytes(MIB)
    hash.update(bytes)

    if (!connection.send(bytes)) {
      await once(connection, 'drain')
    }
  }

  return hash.digest()
}

function digest (connection: MessageStream): { length: number, hash: ReturnType<typeof createHash> } {
  const received = { length: 0, hash: createHash('sha256') }

  connection.addEventListener('message', ({ data }) => {
    received.hash.update(data.subarray())
    received.length += data.byteLength
  })

  return received
}
