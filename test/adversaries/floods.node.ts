import { readFile } from 'node:fs/promises'
import { expect } from 'aegir/chai'
import { BLOCK_PROTOCOL } from '../../protocols/block/index.ts'
import { MAX_CONCURRENT_PER_PEER, PROTOCOL as TICKET_PROTOCOL, QUOTA_REQUESTS, REQUEST_TIMEOUT } from '../../protocols/ticket/constants.ts'
import { TicketStatus } from '../../protocols/ticket/index.ts'
import { TicketService } from '../../protocols/ticket/ticket.ts'
import { eventually } from '../eventually.ts'
import { BLOCK, Stage } from '../node/fixtures/stage.ts'
import { blockStreams, frame, fromRecipient, TestHandler } from '../protocols/block/fixture.ts'
import { componentsOf, grantOf, recipient, withOrigin } from './fixtures/hostile.ts'
import type { Published } from '../../src/node/mssl.ts'
import type { StagedNode } from '../node/fixtures/stage.ts'
import type { Stream } from '@libp2p/interface'

const MiB = 1024 * 1024

describe('adversaries: floods', function () {
  this.timeout(40_000)

  const stage = new Stage()
  let server: StagedNode
  let object: Published & { bytes: Uint8Array }

  beforeEach(async () => {
    server = await stage.node()
    object = await stage.publish(server, 40 * BLOCK)
  })

  afterEach(async () => {
    await stage.clear()
  })

  /** Somebody honest is served as ever: nothing has to be timed out for that. */
  async function expectService (): Promise<void> {
    const client = await stage.node()
    const began = Date.now()
    const { path } = await client.services.mssl.get(object.link, { to: client.folder })
    expect(await readFile(path)).to.equalBytes(object.bytes)
    expect(Date.now() - began).to.be.below(REQUEST_TIMEOUT)
  }

  it('of ticket requests are answered up to the quota, and nobody else notices', async () => {
    const flooder = await stage.node()
    const tickets = new TicketService(componentsOf(flooder))
    const statuses = new Map<string, number>()
    await flooder.dial(server.getMultiaddrs())

    const flood = Array.from({ length: 8 }, async () => {
      for (let i = 0; i < 60; i++) {
        const status = await tickets.request(server.peerId, { object: object.id.bytes as Uint8Array<ArrayBuffer> }).then(({ status }) => status, () => 'reset')
        statuses.set(status, (statuses.get(status) ?? 0) + 1)
      }
    })
    await expectService()
    await Promise.all(flood)

    expect(statuses.get(TicketStatus.TICKET_OK)).to.be.within(MAX_CONCURRENT_PER_PEER, QUOTA_REQUESTS)
    expect(statuses.get(TicketStatus.TICKET_BUSY)).to.be.above(100)
    expect([...statuses.values()].reduce((sum, count) => sum + count, 0)).to.equal(480)
    await expectService()
  })

  it('of lengths that never end cost nothing', async () => {
    const flooder = await stage.node()
    await flooder.dial(server.getMultiaddrs())
    const before = process.memoryUsage().rss

    for (const protocol of [TICKET_PROTOCOL, BLOCK_PROTOCOL]) {
      for (let i = 0; i < 12; i++) {
        const stream = await flooder.dialProtocol(server.peerId, protocol)
        const gone = new Promise<void>(resolve => { stream.addEventListener('close', () => { resolve() }, { once: true }) })
        stream.send(new Uint8Array(200_000).fill(0xff))
        await gone
        expect(stream.status).to.equal('reset')
      }
    }

    expect(process.memoryUsage().rss - before).to.be.below(64 * MiB)
    await expectService()
  })

  it('of messages that are malformed, oversized or cut short end their streams and nothing else', async () => {
    const flooder = await stage.node()
    await flooder.dial(server.getMultiaddrs())
    const message = fromRecipient({ open: { object: object.id.bytes as Uint8Array<ArrayBuffer>, certificate: new Uint8Array(9), ticket: new Uint8Array(9), have: new Uint8Array(0) } })
    const bad = [
      frame(new Uint8Array(60).fill(0xff)),
      frame(Uint8Array.of(0x0a, 0x7f)),
      Uint8Array.of(0x81, 0x80, 0x80, 0x04),
      message.subarray(0, -4),
      Uint8Array.of(0),
      new Uint8Array(0)
    ]

    for (const protocol of [TICKET_PROTOCOL, BLOCK_PROTOCOL]) {
      for (const bytes of bad) {
        const stream = await flooder.dialProtocol(server.peerId, protocol)
        bytes.byteLength > 0 && stream.send(bytes)
        await stream.close()
        await eventually(() => stream.status !== 'open')
      }
    }

    await eventually(() => streamsOf(server, flooder).length === 0)
    await expectService()
  })

  it('of streams that trickle are over in time, and delay nobody', async () => {
    const flooder = await stage.node()
    await flooder.dial(server.getMultiaddrs())
    const streams: Stream[] = []

    for (const [protocol, count] of [[TICKET_PROTOCOL, 16], [BLOCK_PROTOCOL, 40]] as Array<[string, number]>) {
      for (let i = 0; i < count; i++) {
        // one byte less than the length says, one at a time
        const stream = await flooder.dialProtocol(server.peerId, protocol)
        stream.send(Uint8Array.of(100))
        streams.push(stream)
      }
    }

    const timer = setInterval(() => {
      streams.filter(({ status }) => status === 'open').forEach(stream => { stream.send(Uint8Array.of(10)) })
    }, 500)

    try {
      await expectService()
      await eventually(() => streams.every(({ status }) => status !== 'open'))
    } finally {
      clearInterval(timer)
    }

    await eventually(() => streamsOf(server, flooder).length === 0)
    await expectService()
  })

  it('of recipients who ask for much and read nothing hold a bounded memory, and stop nobody', async () => {
    const large = await stage.publish(server, 96 * MiB, { blockSize: MiB, seed: 2, encryption: 'none' })
    const greedy = await stage.nodes(6)
    const certificate = await withOrigin(server, async origin => (await origin.certificate()).envelope)
    const before = process.memoryUsage().rss

    await Promise.all(greedy.map(async node => {
      await node.services.mssl.authorize(large.link)
      const { ticket } = await grantOf(node, large.link)
      const blocks = await recipient(node)
      const handler = new TestHandler({ blockCount: 96, hashLength: 32, blockLength: () => MiB, siblingCount: () => 0 })
      const session = await blocks.openSession(server.getMultiaddrs(), {
        object: large.id.bytes as Uint8Array<ArrayBuffer>,
        certificate: certificate as Uint8Array<ArrayBuffer>,
        ticket: ticket as Uint8Array<ArrayBuffer>,
        have: new Uint8Array(0)
      }, handler)
      session.pause()
      session.request(Array.from({ length: 96 }, (_, index) => ({ index, levels: 0 })))
    }))

    let most = 0
    const timer = setInterval(() => {
      most = Math.max(most, blockStreams(server).reduce((sum, { writeBufferLength }) => sum + writeBufferLength, 0))
    }, 20)

    try {
      await expectService()
    } finally {
      clearInterval(timer)
    }

    // the server's budget for blocks on their way, and one receive window of each recipient in this same process
    expect(most).to.be.below(33 * MiB)
    expect(process.memoryUsage().rss - before).to.be.below((32 + 6 * 17 + 64) * MiB)
  })
})

function streamsOf (node: StagedNode, other: StagedNode): Stream[] {
  return node.getConnections(other.peerId).flatMap(({ streams }) => streams).filter(({ protocol }) => protocol.startsWith('/mssl/') && !protocol.includes('kad'))
}
