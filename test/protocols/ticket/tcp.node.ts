import { noise } from '@chainsafe/libp2p-noise'
import { yamux } from '@chainsafe/libp2p-yamux'
import { tcp } from '@libp2p/tcp'
import { expect } from 'aegir/chai'
import { createLibp2p } from 'libp2p'
import { encode } from 'uint8-varint'
import { ticket, TICKET_PROTOCOL, TicketStatus } from '../../../protocols/ticket/index.ts'
import { verifyTicket, openCertificate } from '../../../src/ticket/index.ts'
import { eventually } from '../../eventually.ts'
import { createOrigin, Homes, published } from '../../server/fixtures.ts'
import type { TicketService, TicketServiceInit } from '../../../protocols/ticket/index.ts'
import type { Libp2p } from '@libp2p/interface'

describe('ticket over TCP', () => {
  const homes = new Homes()
  let server: Libp2p<{ ticket: TicketService }>
  let client: Libp2p<{ ticket: TicketService }>

  async function node (init: TicketServiceInit = {}): Promise<Libp2p<{ ticket: TicketService }>> {
    return createLibp2p({
      addresses: { listen: ['/ip4/127.0.0.1/tcp/0'] },
      transports: [tcp()],
      connectionEncrypters: [noise()],
      streamMuxers: [yamux()],
      services: { ticket: ticket(init) }
    })
  }

  beforeEach(async () => {
    [server, client] = await Promise.all([node(), node()])
  })

  afterEach(async () => {
    await Promise.all([server.stop(), client.stop()])
    await homes.clean()
  })

  it('should bring a client its ticket', async () => {
    const film = await published('film')
    server.services.ticket.authority = await createOrigin(await homes.open(), [film], {}, { self: server.peerId, addresses: () => server.getMultiaddrs() })

    const response = await client.services.ticket.request(server.getMultiaddrs(), { object: film.id.bytes as Uint8Array<ArrayBuffer> })
    const { publicKey, nodes } = await openCertificate(response.certificate)

    expect(nodes[0].equals(server.peerId)).to.be.true()
    await verifyTicket(response.ticket, { issuer: publicKey, client: client.peerId, object: film.id })
    expect(response.manifest).to.deep.equal(film.manifestEnvelope)

    // on the connection that is there already, and at any node
    expect((await client.services.ticket.request(server.peerId, {})).status).to.equal(TicketStatus.TICKET_OK)
    expect((await server.services.ticket.request(client.peerId, {})).status).to.equal(TicketStatus.TICKET_WRONG_SERVER)
  })

  it('should leave no stream behind', async () => {
    for (let i = 0; i < 40; i++) {
      await client.services.ticket.request(server.getMultiaddrs(), {})
    }

    await eventually(() => [...client.getConnections(), ...server.getConnections()]
      .every(({ streams }) => streams.every(({ protocol }) => protocol !== TICKET_PROTOCOL)))
  })

  it('should bring the largest answer there can be', async () => {
    const manifest = crypto.getRandomValues(new Uint8Array(65_536))
    const large = new Uint8Array(4 * 1024 * 1024).map((_, i) => manifest[i % 65_536])
    server.services.ticket.authority = { answer: async () => ({ manifest: large, revocations: new Uint8Array(1024 * 1024) }) }

    expect((await client.services.ticket.request(server.getMultiaddrs(), {})).manifest).to.deep.equal(large)
  })

  it('should drop slow, oversized and too many streams, and go on', async () => {
    await server.stop()
    server = await node({ timeout: 1_000 })
    const connection = await client.dial(server.getMultiaddrs())
    const send = async (bytes: Uint8Array): Promise<unknown> => {
      const stream = await connection.newStream(TICKET_PROTOCOL)
      const closed = new Promise(resolve => { stream.addEventListener('close', event => { resolve(event.error?.name) }) })
      stream.send(bytes)

      return closed
    }

    expect(await send(encode(1 << 20))).to.equal('StreamResetError')
    expect(await send(new Uint8Array([5, 1]))).to.equal('StreamResetError')

    const opened = await Promise.allSettled(Array.from({ length: 30 }, async () => send(new Uint8Array([5]))))
    expect(opened).to.have.lengthOf(30)
    expect((await client.services.ticket.request(server.peerId, {})).status).to.equal(TicketStatus.TICKET_WRONG_SERVER)
  })

  it('should fail in time when the server does not answer', async () => {
    server.services.ticket.authority = { answer: async () => new Promise(() => {}) }
    await expect(client.services.ticket.request(server.getMultiaddrs(), {}, { signal: AbortSignal.timeout(100) })).to.eventually.be.rejected()
  })
})
