import { noise } from '@chainsafe/libp2p-noise'
import { yamux } from '@chainsafe/libp2p-yamux'
import { tcp } from '@libp2p/tcp'
import { expect } from 'aegir/chai'
import { createLibp2p } from 'libp2p'
import { encode } from 'uint8-varint'
import { concat } from 'uint8arrays/concat'
import { ack, ACK_PROTOCOL, AckStatus } from '../../../protocols/ack/index.ts'
import { encodeRequest } from '../../../protocols/ack/messages.ts'
import { eventually } from '../../eventually.ts'
import { acknowledgement, ARBITER, bytes, claim, complaint, evidence, KEYS, recovery } from './fixtures.ts'
import type { AckInit, AckService } from '../../../protocols/ack/index.ts'
import type { Libp2p, Stream } from '@libp2p/interface'

describe('acknowledgements over TCP', () => {
  let server: Libp2p<{ ack: AckService }>
  let client: Libp2p<{ ack: AckService }>

  async function node (init: AckInit = {}): Promise<Libp2p<{ ack: AckService }>> {
    return createLibp2p({
      addresses: { listen: ['/ip4/127.0.0.1/tcp/0'] },
      transports: [tcp()],
      connectionEncrypters: [noise()],
      streamMuxers: [yamux()],
      services: { ack: ack(init) }
    })
  }

  beforeEach(async () => {
    [server, client] = await Promise.all([node({ keys: KEYS, arbiter: ARBITER, disputesPerMinute: 100 }), node()])
    await client.dial(server.getMultiaddrs())
  })

  afterEach(async () => {
    await Promise.all([server.stop(), client.stop()])
  })

  const streams = (): Stream[] => [...client.getConnections(), ...server.getConnections()]
    .flatMap(({ streams }) => streams.filter(({ protocol }) => protocol === ACK_PROTOCOL))

  it('should carry every conversation, and leave no stream behind', async () => {
    const exchange = await client.services.ack.openExchange(server.getMultiaddrs())
    const released = await Promise.all(Array.from({ length: 100 }, async (_, i) => exchange.present(acknowledgement(i + 1))))
    expect(released.map(({ first }) => first)).to.deep.equal(Array.from({ length: 100 }, (_, i) => i + 1))

    const long = evidence(65_536, { blocks: bytes(3 * 65_536) })
    expect((await client.services.ack.recover(server.peerId, recovery(65_536, { session: long }))).keys).to.have.lengthOf(16 * 1024)
    expect((await client.services.ack.complain(server.peerId, complaint(65_536, { session: long }))).key).to.have.lengthOf(32)
    expect((await client.services.ack.complain(server.peerId, complaint(2, { position: 2, hashes: bytes(32) }))).block).to.have.lengthOf(4 * 1024 * 1024)

    const claims = await client.services.ack.openClaims(server.peerId)
    expect((await claims.claim(bytes(9), new Array(64).fill(claim(65_536, { session: long })))).verdicts).to.have.lengthOf(64)
    expect((await claims.claim(bytes(9), [claim(3)])).verdicts[0].outcome).to.equal('audit')
    expect((await claims.audit(bytes(32, 1), bytes(96))).verdicts[0].outcome).to.equal('settled')

    await Promise.all([exchange.close(), claims.close()])
    await eventually(() => streams().length === 0)
  })

  it('should refuse the largest message before it is there', async () => {
    server.services.ack.arbiter = undefined
    const refused = client.services.ack.complain(server.peerId, complaint(65_536))
    await expect(refused).to.eventually.be.rejected.with.property('status', AckStatus.ACK_WRONG_SERVER)
    await eventually(() => streams().length === 0)
  })

  it('should drop one that asks and does not read, and go on', async () => {
    await server.stop()
    server = await node({ keys: { acknowledge: async ({ count }) => ({ first: 1, keys: bytes(16 * 1024), window: count }) }, timeout: 1_000 })
    const stream = await (await client.dial(server.getMultiaddrs())).newStream(ACK_PROTOCOL)
    const request = encodeRequest({ acknowledgement: acknowledgement(512) })
    const framed = concat([encode(request.byteLength), request])
    const ended = new Promise<void>(resolve => { stream.addEventListener('close', () => { resolve() }) })
    stream.pause()

    // 16 KiB each fill the window of the stream; then the service waits for it to drain, and no further than its deadline
    const timer = setInterval(() => {
      try {
        stream.send(framed)
      } catch {
        clearInterval(timer)
      }
    }, 5)
    await ended

    const exchange = await client.services.ack.openExchange(server.peerId)
    expect((await exchange.present(acknowledgement(512))).keys).to.have.lengthOf(16 * 1024)
    await exchange.close()
  })
})
