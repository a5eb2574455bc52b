import { defaultLogger } from '@libp2p/logger'
import { lpStream, pbStream, streamPair } from '@libp2p/utils'
import { expect } from 'aegir/chai'
import fc from 'fast-check'
import { stubInterface } from 'sinon-ts'
import { encode } from 'uint8-varint'
import { concat } from 'uint8arrays/concat'
import { MAX_REQUEST_LENGTH } from '../../../protocols/ticket/constants.ts'
import { ticket, TicketRequest, TicketResponse, TicketStatus } from '../../../protocols/ticket/index.ts'
import { eventually } from '../../eventually.ts'
import { peer } from '../../ticket/fixtures.ts'
import type { TicketAuthority, TicketService, TicketServiceInit } from '../../../protocols/ticket/index.ts'
import type { Connection, Metrics, PeerId, Stream, StreamHandler } from '@libp2p/interface'
import type { ConnectionManager, Registrar } from '@libp2p/interface-internal'

type Fields = Partial<TicketResponse>

describe('ticket service', () => {
  let counted: Record<string, number>
  let services: TicketService[]

  beforeEach(() => {
    counted = {}
    services = []
  })

  afterEach(async () => {
    await Promise.all(services.map(async service => service.stop?.()))
  })

  /** A started service; `connect` opens a stream to its handler. */
  async function serve (init: TicketServiceInit = {}): Promise<{ service: TicketService, connect (peer?: PeerId): Promise<Stream>, handled: Array<Promise<void>> }> {
    let handler: StreamHandler | undefined
    const registrar = stubInterface<Registrar>()
    registrar.handle.callsFake(async (_: unknown, registered: any) => { handler = registered })
    const metrics = stubInterface<Metrics>()
    metrics.registerCounterGroup.returns({
      increment: (values: Record<string, unknown>) => {
        for (const status of Object.keys(values)) {
          counted[status] = (counted[status] ?? 0) + 1
        }
      },
      reset: () => {}
    } as any)
    const service = ticket(init)({ registrar, connectionManager: stubInterface<ConnectionManager>(), logger: defaultLogger(), metrics })
    await service.start?.()
    services.push(service)

    const handled: Array<Promise<void>> = []

    return {
      service,
      handled,
      connect: async (remotePeer) => {
        const [outbound, inbound] = await streamPair({ delay: 0 })
        handled.push(Promise.resolve(handler?.(inbound, stubInterface<Connection>({ remotePeer: remotePeer ?? await peer(3) }))))

        return outbound
      }
    }
  }

  async function ask (stream: Stream, request: Partial<TicketRequest> = {}): Promise<TicketResponse> {
    const pb = pbStream(stream)
    await pb.write(request, { encode: TicketRequest.encode }, {})
    await stream.close()

    return pb.read(TicketResponse, { signal: AbortSignal.timeout(20_000) })
  }

  const always = (response: Fields): TicketAuthority => ({ answer: async () => response })

  it('should hand a request and who sent it to the authority', async () => {
    const asked: unknown[] = []
    const { connect, handled } = await serve({
      authority: {
        answer: async (request, client) => {
          asked.push(request.token, client.toString())

          return { status: TicketStatus.TICKET_OK, ticket: new Uint8Array([1, 2]) }
        }
      }
    })
    const response = await ask(await connect(), { token: 'secret' })
    await Promise.all(handled)

    expect(response).to.deep.include({ status: TicketStatus.TICKET_OK, ticket: new Uint8Array([1, 2]), hints: [] })
    expect(asked).to.deep.equal(['secret', (await peer(3)).toString()])
    expect(counted).to.deep.equal({ TICKET_OK: 1 })
  })

  it('should say that it is no server when it has no authority', async () => {
    const { connect } = await serve()
    expect((await ask(await connect())).status).to.equal(TicketStatus.TICKET_WRONG_SERVER)
  })

  it('should call a request malformed whose fields have no valid length', async () => {
    const { connect } = await serve({ authority: always({}) })
    const bytes = (length: number): Uint8Array<ArrayBuffer> => new Uint8Array(length)

    for (const request of [{ object: bytes(35) }, { object: bytes(0) }, { fingerprint: bytes(31) }, { token: 'a', jwt: 'b' }, { token: 'ä'.repeat(8_193) },
      { purchase: { maxPrice: 1, first: 0, count: 0 } }, { statement: { before: 0, limit: 0 } }, { statement: { before: 0, limit: 257 } }]) {
      expect((await ask(await connect(), request)).status).to.equal(TicketStatus.TICKET_MALFORMED)
    }
  })

  it('should not tell what went wrong inside', async () => {
    const { connect } = await serve({ authority: { answer: async () => { throw new Error('the secret is 42') } } })
    const response = await ask(await connect())

    expect(response.status).to.equal(TicketStatus.TICKET_BUSY)
    expect(response.retryAfter).to.be.greaterThan(0)
    expect(response.reason).to.not.include('42')
  })

  it('should cut a reason off rather than break the protocol', async () => {
    const { connect } = await serve({ authority: always({ reason: '€'.repeat(9_999) }) })
    expect((await ask(await connect())).reason).to.have.lengthOf(128)
  })

  describe('a peer that does not keep to the protocol', () => {
    async function expectAborted (send: (stream: Stream) => void | Promise<void>, init: TicketServiceInit = {}): Promise<void> {
      const { connect, handled } = await serve({ authority: always({}), timeout: 200, ...init })
      const stream = await connect()
      const ended = new Promise<Error | undefined>(resolve => { stream.addEventListener('close', event => { resolve(event.error) }) })
      await send(stream)
      await Promise.all(handled)
      expect((await ended)?.name).to.equal('StreamResetError')
      expect(counted).to.deep.equal({ aborted: 1 })
    }

    it('should lose its stream for garbage', async () => {
      await expectAborted(async stream => { await lpStream(stream).write(new Uint8Array([0xff, 0xff, 0xff])) })
    })

    it('should lose its stream for a message that is too large, before it is sent', async () => {
      await expectAborted(stream => { stream.send(encode(MAX_REQUEST_LENGTH + 1)) })
    })

    it('should lose its stream for an endless length', async () => {
      const began = Date.now()
      await expectAborted(stream => { stream.send(new Uint8Array(20).fill(0xff)) }, { timeout: 10_000 })
      expect(Date.now() - began).to.be.below(10_000)
    })

    it('should lose its stream for half a message', async () => {
      await expectAborted(async stream => {
        stream.send(concat([encode(100), new Uint8Array(50)]))
        await stream.close()
      })
    })

    it('should lose its stream for no message', async () => {
      await expectAborted(async stream => stream.close())
    })

    it('should lose its stream for silence', async () => {
      await expectAborted(() => {})
    })

    it('should lose its stream for slowness', async () => {
      await expectAborted(async stream => {
        stream.send(encode(100))
        const timer = setInterval(() => {
          try {
            stream.send(new Uint8Array([1]))
          } catch {
            clearInterval(timer)
          }
        }, 20)
      })
    })

    it('should lose a stream that it does not close', async () => {
      const { connect, handled } = await serve({ authority: always({}), timeout: 200 })
      const stream = await connect()
      const pb = pbStream(stream)
      await pb.write({}, { encode: TicketRequest.encode })
      await pb.read(TicketResponse)
      await Promise.all(handled)
      await eventually(() => stream.status === 'reset')
    })

    it('should not end anything but its stream, whatever it sends', async () => {
      const { connect, handled } = await serve({ authority: always({}), timeout: 500, requestsPerMinute: 1e9 })

      await fc.assert(fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), async garbage => {
        const stream = await connect()
        stream.send(garbage.byteLength === 0 ? new Uint8Array(1) : garbage)
        await stream.close().catch(() => {})
        await Promise.all(handled)
      }), { seed: 6, numRuns: 100 })

      expect((await ask(await connect())).status).to.equal(TicketStatus.TICKET_OK)
    })
  })

  describe('limits', () => {
    it('should answer a peer that asks too often with how long to wait', async () => {
      const { connect } = await serve({ authority: always({}), requestsPerMinute: 2 })

      for (const status of [TicketStatus.TICKET_OK, TicketStatus.TICKET_OK, TicketStatus.TICKET_BUSY]) {
        expect((await ask(await connect())).status).to.equal(status)
      }

      expect((await ask(await connect())).retryAfter).to.be.within(50_000, 60_000)
      expect((await ask(await connect(await peer(4)))).status).to.equal(TicketStatus.TICKET_OK)
    })

    it('should bound what is answered at once, of one peer and of all', async () => {
      const release = Promise.withResolvers<Fields>()
      let asked = 0
      const { connect, handled } = await serve({ authority: { answer: async () => { asked++; return release.promise } }, maxConcurrent: 3, maxConcurrentPerPeer: 2 })
      const waiting = [await connect(), await connect(), await connect(await peer(4))].map(async stream => ask(stream))
      await eventually(() => asked === 3)

      expect((await ask(await connect())).status).to.equal(TicketStatus.TICKET_BUSY)
      expect(await ask(await connect(await peer(5)))).to.include({ status: TicketStatus.TICKET_BUSY, retryAfter: 1_000 })

      release.resolve({})
      expect((await Promise.all(waiting)).map(({ status }) => status)).to.deep.equal(new Array(3).fill(TicketStatus.TICKET_OK))
      await Promise.all(handled)
      expect((await ask(await connect())).status).to.equal(TicketStatus.TICKET_OK)
    })

    it('should not wait for an authority for ever', async () => {
      const { connect, handled } = await serve({ authority: { answer: async () => new Promise(() => {}) }, timeout: 100, maxConcurrent: 1 })
      await expect(ask(await connect())).to.eventually.be.rejected()
      await Promise.all(handled)
      expect(counted).to.deep.equal({ aborted: 1 })
    })
  })

  it('should end what is under way when it stops', async () => {
    const asked = Promise.withResolvers<void>()
    const { service, connect } = await serve({ authority: { answer: async () => { asked.resolve(); return new Promise(() => {}) } } })
    const waiting = ask(await connect())
    await asked.promise
    await Promise.all([service.stop?.(), expect(waiting).to.eventually.be.rejected()])
  })

  describe('request', () => {
    /** A client whose peer answers with `respond`. */
    async function request (respond: (stream: Stream) => void | Promise<void>, init: TicketServiceInit = {}): Promise<TicketResponse> {
      const connectionManager = stubInterface<ConnectionManager>()
      connectionManager.openStream.callsFake(async () => {
        const [outbound, inbound] = await streamPair({ delay: 0 })
        // the answer may be larger than what fits before the client reads
        Promise.resolve(respond(inbound)).catch(() => {})

        return outbound
      })

      return ticket(init)({ registrar: stubInterface<Registrar>(), connectionManager, logger: defaultLogger() }).request(await peer(2), {})
    }

    const answer = (fields: Fields) => async (stream: Stream): Promise<void> => {
      await lpStream(stream).write(TicketResponse.encode(fields))
      await stream.close()
    }

    it('should return the answer', async () => {
      expect(await request(answer({ status: TicketStatus.TICKET_REFUSED, reason: 'no' }))).to.include({ status: TicketStatus.TICKET_REFUSED, reason: 'no' })
    })

    const LARGEST = Number.MAX_SAFE_INTEGER
    const book = { serial: new Uint8Array(16), object: new Uint8Array(36), first: 0, count: 1, price: 1, redeemed: 0, bond: 0, redeemUntil: 1 }
    const movement = { id: 1, time: 1, kind: 'deposit', amount: -1, counterpart: 'world', memo: '' }
    const statement = { unit: 'cent', balance: 0, reserved: 0, earned: 0, spent: 0, books: [book], movements: [movement] }

    it('should take a statement', async () => {
      expect((await request(answer({ statement }))).statement).to.deep.equal(statement)
    })

    it('should refuse an answer whose fields have no valid length', async () => {
      const bytes = (length: number): Uint8Array<ArrayBuffer> => new Uint8Array(length)
      const cases: Fields[] = [
        { certificate: bytes(16 * 1024 + 1) },
        { ticket: bytes(1025) },
        { revocations: bytes(1024 * 1024 + 1) },
        { manifest: bytes(4 * 1024 * 1024 + 1) },
        { reason: 'x'.repeat(513) },
        { secrets: { objectKey: bytes(31), swarmSecret: bytes(32) } },
        { secrets: { objectKey: bytes(32), swarmSecret: bytes(0) } },
        { hints: [{ id: bytes(0), addresses: [] }] },
        { hints: [{ id: bytes(65), addresses: [] }] },
        { hints: [{ id: bytes(38), addresses: [bytes(513)] }] },
        { hints: new Array(17).fill({ id: bytes(38), addresses: [] }) },
        { hints: [{ id: bytes(38), addresses: new Array(9).fill(bytes(1)) }] },
        { statement: { ...statement, unit: '' } },
        { statement: { ...statement, unit: 'x'.repeat(17) } },
        { statement: { ...statement, books: new Array(257).fill(book) } },
        { statement: { ...statement, books: [{ ...book, serial: bytes(15) }] } },
        { statement: { ...statement, books: [{ ...book, object: bytes(35) }] } },
        { statement: { ...statement, movements: new Array(257).fill(movement) } },
        { statement: { ...statement, movements: [{ ...movement, kind: 'x'.repeat(33) }] } },
        { statement: { ...statement, movements: [{ ...movement, counterpart: 'x'.repeat(129) }] } },
        { statement: { ...statement, movements: [{ ...movement, memo: '€'.repeat(267) }] } }
      ]

      for (const fields of cases) {
        await expect(request(answer(fields)), Object.keys(fields)[0]).to.eventually.be.rejected.with.property('name', 'TicketProtocolError')
      }
    })

    it('should refuse what is no answer', async () => {
      const cases: Array<(stream: Stream) => void | Promise<void>> = [
        async stream => lpStream(stream).write(new Uint8Array([0xff, 0xff])),
        stream => { stream.send(encode(6 * 1024 * 1024)) },
        async stream => {
          stream.send(concat([encode(100), new Uint8Array(50)]))
          await stream.close()
        },
        async stream => stream.close(),
        // a status that does not exist
        async stream => lpStream(stream).write(new Uint8Array([8, 99]))
      ]

      for (const respond of cases) {
        await expect(request(respond)).to.eventually.be.rejected.with.property('name', 'TicketProtocolError')
      }
    })

    it('should not wait for ever', async () => {
      await expect(request(() => {}, { timeout: 50 })).to.eventually.be.rejected.with.property('name', 'TimeoutError')
    })

    it('should refuse numbers that no double holds', async () => {
      // 2^53 as a varint
      const tooLarge = [0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x10]

      for (const tag of [0x08, 0x10, 0x18]) {
        // quote: price, bond, balance
        await expect(request(async stream => {
          await lpStream(stream).write(new Uint8Array([0x52, 9, tag, ...tooLarge]))
          await stream.close()
        })).to.eventually.be.rejected.with.property('name', 'TicketProtocolError')
      }

      // statement: a movement of -2^53
      await expect(request(async stream => {
        await lpStream(stream).write(new Uint8Array([0x5a, 14, 0x0a, 1, 0x63, 0x3a, 9, 0x20, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x1f]))
        await stream.close()
      })).to.eventually.be.rejected.with.property('name', 'TicketProtocolError')
      await request(async stream => {
        await lpStream(stream).write(new Uint8Array([0x52, 2, 0x08, 1]))
        await stream.close()
      })
    })

    it('should take the largest answer there can be', async () => {
      const bytes = (length: number): Uint8Array<ArrayBuffer> => new Uint8Array(length)
      const manifest = bytes(4 * 1024 * 1024)
      const response = await request(answer({
        reason: 'x'.repeat(512),
        certificate: bytes(16 * 1024),
        manifest,
        ticket: bytes(1024),
        revocations: bytes(1024 * 1024),
        secrets: { objectKey: bytes(32), swarmSecret: bytes(32), escrowSecret: bytes(32) },
        hints: new Array(16).fill({ id: bytes(64), addresses: new Array(8).fill(bytes(512)) }),
        quote: { price: LARGEST, bond: LARGEST, balance: LARGEST },
        statement: {
          unit: 'x'.repeat(16),
          balance: LARGEST,
          reserved: LARGEST,
          earned: LARGEST,
          spent: LARGEST,
          books: new Array(256).fill({ ...book, first: 2 ** 32 - 1, count: 2 ** 32 - 1, price: LARGEST, redeemed: LARGEST, bond: LARGEST, redeemUntil: LARGEST }),
          movements: new Array(256).fill({ id: LARGEST, time: LARGEST, kind: 'x'.repeat(32), amount: -LARGEST, counterpart: 'x'.repeat(128), memo: '€'.repeat(266) })
        }
      }))

      expect(response.manifest).to.have.lengthOf(manifest.byteLength)
      expect(response.statement?.books).to.have.lengthOf(256)
      expect(response.statement?.movements[255].amount).to.equal(-LARGEST)
    })
  })
})
