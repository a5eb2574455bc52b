import { defaultLogger } from '@libp2p/logger'
import { lpStream, pbStream, streamPair } from '@libp2p/utils'
import { expect } from 'aegir/chai'
import fc from 'fast-check'
import { stubInterface } from 'sinon-ts'
import { encode } from 'uint8-varint'
import { concat } from 'uint8arrays/concat'
import { MAX_ACKNOWLEDGEMENT_LENGTH, MAX_EXCHANGES_PER_PEER, MAX_JUDGED_PER_PEER, MAX_READ_AHEAD, MAX_REQUEST_LENGTH } from '../../../protocols/ack/constants.ts'
import { ack, AckRefusedError, AckStatus } from '../../../protocols/ack/index.ts'
import { AckRequest, AckResponse, ClaimStatus } from '../../../protocols/ack/pb/ack.ts'
import { eventually } from '../../eventually.ts'
import { peer } from '../../ticket/fixtures.ts'
import { acknowledgement, ARBITER, bytes, claim, complaint, evidence, KEYS, recovery } from './fixtures.ts'
import type { AckInit, AckService, ExchangeConversation, ReleasedKeys } from '../../../protocols/ack/index.ts'
import type { Connection, Metrics, PeerId, Stream, StreamHandler } from '@libp2p/interface'
import type { ConnectionManager, Registrar } from '@libp2p/interface-internal'

describe('acknowledgement service', () => {
  let counted: Record<string, number>
  let services: AckService[]

  beforeEach(() => {
    counted = {}
    services = []
  })

  afterEach(async () => {
    await Promise.all(services.map(async service => service.stop()))
  })

  interface Served { service: AckService, connect (peer?: PeerId): Promise<Stream>, handled: Array<Promise<void>> }

  /** A started service; `connect` opens a stream to its handler. */
  async function serve (init: AckInit = { keys: KEYS, arbiter: ARBITER }): Promise<Served> {
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
    const service = ack(init)({ registrar, connectionManager: stubInterface<ConnectionManager>(), logger: defaultLogger(), metrics })
    await service.start()
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

  /** A client of `connect`, or of whatever answers at the other end of its streams. */
  function client (connect: () => Promise<Stream>, init: AckInit = {}): AckService {
    const connectionManager = stubInterface<ConnectionManager>()
    connectionManager.openStream.callsFake(async () => connect())

    return ack(init)({ registrar: stubInterface<Registrar>(), connectionManager, logger: defaultLogger() })
  }

  async function ask (stream: Stream, request: unknown): Promise<AckResponse> {
    const pb = pbStream(stream)
    await pb.write(request as AckRequest, AckRequest)
    const response = await pb.read(AckResponse, { signal: AbortSignal.timeout(20_000) })
    await stream.close()

    return response
  }

  const statusOf = ({ keys, ruling, verdicts }: AckResponse): AckStatus | undefined => (keys ?? ruling ?? verdicts)?.status
  const ended = async (stream: Stream): Promise<string | undefined> => new Promise(resolve => {
    stream.addEventListener('close', event => { resolve(event.error?.name) })
  })

  describe('conversations', () => {
    it('should bring a recipient its keys, again and again', async () => {
      const { connect, handled } = await serve()
      const conversation = await client(connect).openExchange(await peer(2))

      for (const count of [1, 2, 5]) {
        expect(await conversation.present(acknowledgement(count))).to.deep.equal({ first: count, keys: bytes(32, count), window: 4 })
      }

      await conversation.close()
      await Promise.all(handled)
      expect(handled).to.have.lengthOf(1)
      expect(counted).to.deep.equal({ ACK_OK: 3 })
    })

    it('should answer pipelined acknowledgements in order, one at a time', async () => {
      const asked: number[] = []
      let answering = 0
      const { connect } = await serve({
        keys: {
          acknowledge: async ({ count }) => {
            expect(++answering).to.equal(1)
            asked.push(count)
            await new Promise(resolve => setTimeout(resolve, count % 3))
            answering--

            return { first: 1, keys: bytes(32 * count, count), window: 512 }
          }
        }
      })
      const conversation = await client(connect).openExchange(await peer(2))
      // more than may be unanswered at once
      const counts = Array.from({ length: 200 }, (_, i) => i + 1)
      const released = await Promise.all(counts.map(async count => conversation.present(acknowledgement(count))))

      expect(asked).to.deep.equal(counts)
      expect(released.map(({ keys }) => keys[0])).to.deep.equal(counts)
      await conversation.close()
    })

    it('should hand over who the channel says it is, and what was sent', async () => {
      const { connect } = await serve({
        keys: {
          acknowledge: async (given, recipient) => {
            expect(given).to.deep.equal(acknowledgement(65_536))
            expect(recipient.equals(await peer(3))).to.be.true()

            return KEYS.acknowledge(given, recipient, {})
          }
        }
      })
      const conversation = await client(connect).openExchange(await peer(2))
      expect((await conversation.present(acknowledgement(65_536))).first).to.equal(65_536)
      await conversation.close()
    })

    it('should go on over another stream when the first one was ended while nothing was said', async () => {
      const { connect, handled } = await serve({ keys: KEYS, timeout: 50 })
      const conversation = await client(connect).openExchange(await peer(2))
      await Promise.all(handled)

      expect((await conversation.present(acknowledgement(1))).first).to.equal(1)
      expect(handled).to.have.lengthOf(2)
      await conversation.close()
    })

    it('should recover keys, the largest session included', async () => {
      const { connect, handled } = await serve()
      const given = recovery(65_536, { first: 65_000, hashes: bytes(32 * 537), session: evidence(65_536, { blocks: bytes(3 * 65_536), ticket: bytes(1024) }) })
      const { first, keys } = await client(connect).recover(await peer(2), given)

      expect(first).to.equal(65_000)
      expect(keys).to.have.lengthOf(32 * 512)
      await Promise.all(handled)
      expect(counted).to.deep.equal({ ACK_OK: 1 })
    })

    it('should rule on complaints, the largest included', async () => {
      const { connect } = await serve()
      const one = await client(connect).complain(await peer(2), complaint(65_536))
      expect(one).to.deep.equal({ key: bytes(32), path: bytes(64) })

      const other = await client(connect).complain(await peer(2), complaint(9, { position: 3, hashes: bytes(32 * 7) }))
      expect(other).to.deep.equal({ block: bytes(4 * 1024 * 1024), path: bytes(640) })
    })

    it('should judge claims, and take the entries that it asked for', async () => {
      const { connect } = await serve()
      const conversation = await client(connect).openClaims(await peer(2))
      const verdicts = await conversation.claim(bytes(200), [claim(2), claim(3), claim(4)])

      expect(verdicts.verdicts.map(({ outcome, credited, amount }) => [outcome, credited, amount])).to.deep.equal([['settled', 2, 20], ['audit', 3, 30], ['settled', 4, 40]])
      expect(verdicts).to.include({ balance: 100, standing: 5 })
      expect(await conversation.audit(bytes(32, 1), bytes(96))).to.deep.equal({
        verdicts: [{ outcome: 'settled', reason: 'audited', credited: 3, amount: 1 }], balance: 101, standing: 6
      })
      await conversation.claim(bytes(0), [claim(1)])
      await conversation.close()
    })

    it('should part claims that do not fit into one message', async () => {
      const { connect } = await serve()
      const conversation = await client(connect).openClaims(await peer(2))
      const claims = Array.from({ length: 64 }, () => claim(65_536, { session: evidence(65_536, { blocks: bytes(3 * 65_536), ticket: bytes(1024) }) }))

      expect((await conversation.claim(bytes(1024), claims)).verdicts).to.have.lengthOf(64)
      expect(counted.ACK_OK).to.equal(4)
      await conversation.close()
    })
  })

  describe('refusals', () => {
    it('should say what this node does not do', async () => {
      const { connect } = await serve({})

      expect(statusOf(await ask(await connect(), { acknowledgement: acknowledgement(1) }))).to.equal(AckStatus.ACK_NOT_FOUND)
      expect((await ask(await connect(), { recovery: recovery(1) })).keys?.status).to.equal(AckStatus.ACK_WRONG_SERVER)
      expect((await ask(await connect(), { complaint: complaint(65_536) })).ruling?.status).to.equal(AckStatus.ACK_WRONG_SERVER)
      expect((await ask(await connect(), { claims: { ticket: bytes(0), claims: [claim(1)] } })).verdicts?.status).to.equal(AckStatus.ACK_WRONG_SERVER)
    })

    it('should carry a refusal to who asked, with when to try again', async () => {
      const refuse = async (): Promise<never> => { throw new AckRefusedError(AckStatus.ACK_FALSE, 'not\nyour chains', 3_000) }
      const { connect } = await serve({ keys: { acknowledge: refuse }, arbiter: { ...ARBITER, recover: refuse, complain: refuse, claim: refuse } })
      const service = client(connect)
      const server = await peer(2)
      const exchange = await service.openExchange(server)
      const claims = await service.openClaims(server)

      for (const asked of [exchange.present(acknowledgement(1)), service.recover(server, recovery(1)), service.complain(server, complaint(1)), claims.claim(bytes(0), [claim(1)])]) {
        const err = await asked.then(() => undefined, err => err)
        expect(err).to.be.instanceOf(AckRefusedError)
        expect(err).to.include({ name: 'AckRefusedError', status: AckStatus.ACK_FALSE, message: 'not your chains', retryAfter: 3_000 })
      }
    })

    it('should end a conversation with a refusal', async () => {
      const { connect, handled } = await serve({ keys: { acknowledge: async () => { throw new AckRefusedError(AckStatus.ACK_NOT_FOUND, '') } } })
      const conversation = await client(connect).openExchange(await peer(2))
      const presented = await Promise.allSettled([1, 2, 3].map(async count => conversation.present(acknowledgement(count))))
      await Promise.all(handled)

      expect(presented.map(({ status }) => status)).to.deep.equal(['rejected', 'rejected', 'rejected'])
      expect(counted).to.deep.equal({ ACK_NOT_FOUND: 1 })
    })

    it('should not tell what went wrong inside', async () => {
      const fail = async (): Promise<never> => { throw new Error('the secret is 42') }
      const { connect } = await serve({ keys: { acknowledge: fail }, arbiter: { recover: fail, complain: fail, claim: fail, audit: fail } })

      for (const request of [{ acknowledgement: acknowledgement(1) }, { recovery: recovery(1) }, { complaint: complaint(1) }, { claims: { ticket: bytes(0), claims: [claim(1)] } }]) {
        const { keys, ruling, verdicts } = await ask(await connect(), request)
        const refusal = keys ?? ruling ?? verdicts
        expect(refusal).to.include({ status: AckStatus.ACK_BUSY, retryAfter: 1_000 })
        expect(refusal?.reason).to.not.include('42')
      }
    })

    it('should call a message malformed whose fields have no valid length or number', async () => {
      const { connect } = await serve({ keys: KEYS, arbiter: ARBITER, disputesPerMinute: 1_000 })
      const acknowledgements = [
        acknowledgement(0), acknowledgement(65_537), acknowledgement(1, { session: bytes(31) }), acknowledgement(1, { session: bytes(0) }),
        acknowledgement(1, { indices: bytes(33) }), acknowledgement(1, { entries: bytes(0) }), acknowledgement(1, { signature: bytes(63) })
      ]
      const sessions: unknown[] = [
        undefined,
        evidence(1, { ticket: bytes(0) }), evidence(1, { ticket: bytes(1025) }), evidence(1, { provider: bytes(37) }), evidence(1, { provider: bytes(39) }),
        evidence(1, { recipientNonce: bytes(31) }), evidence(1, { providerNonce: bytes(33) }), evidence(2, { blocks: bytes(1) }), evidence(2, { blocks: bytes(7) }),
        { ...evidence(1), acknowledgement: undefined }, ...acknowledgements.map(acknowledgement => evidence(1, { acknowledgement }))
      ]
      const requests: unknown[] = [
        ...acknowledgements.map(acknowledgement => ({ acknowledgement })),
        ...sessions.flatMap(session => [{ recovery: { ...recovery(1), session } }, { complaint: { ...complaint(1), session } }, { claims: { ticket: bytes(0), claims: [{ session, signature: bytes(64) }] } }]),
        { recovery: recovery(2, { first: 0 }) }, { recovery: recovery(2, { first: 3 }) }, { recovery: recovery(2, { before: bytes(33) }) },
        { recovery: recovery(2, { hashes: bytes(32) }) }, { recovery: recovery(2, { first: 2 }) }, { recovery: recovery(2, { hashes: bytes(65) }) },
        { complaint: complaint(2, { position: 0 }) }, { complaint: complaint(2, { position: 3 }) }, { complaint: complaint(2, { before: bytes(31) }) },
        { complaint: complaint(2, { hashes: bytes(32) }) }, { complaint: complaint(2, { hashes: bytes(96) }) }, { complaint: complaint(2, { hashes: bytes(63) }) },
        { claims: { ticket: bytes(0), claims: [] } }, { claims: { ticket: bytes(1025), claims: [claim(1)] } }, { claims: { ticket: bytes(0), claims: [claim(1, { signature: bytes(65) })] } }
      ]

      for (const request of requests) {
        expect(statusOf(await ask(await connect(), request)), JSON.stringify(request).slice(0, 200)).to.equal(AckStatus.ACK_MALFORMED)
      }
    })

    it('should take entries only when it asked for them, and once', async () => {
      const { connect } = await serve()
      const entries = { session: bytes(32, 1), hashes: bytes(96) }
      expect((await ask(await connect(), { entries })).verdicts?.status).to.equal(AckStatus.ACK_MALFORMED)

      const cases = [entries, { ...entries, hashes: bytes(64) }, { ...entries, session: bytes(32, 2) }, { ...entries, hashes: bytes(95) }]

      for (const [at, second] of cases.entries()) {
        const pb = pbStream(await connect())
        await pb.write({ claims: { ticket: bytes(0), claims: [claim(3)] } } as unknown as AckRequest, AckRequest)
        expect((await pb.read(AckResponse)).verdicts?.verdicts[0].status).to.equal(ClaimStatus.CLAIM_AUDIT)

        if (at === 0) {
          await pb.write({ entries }, AckRequest)
          expect((await pb.read(AckResponse)).verdicts?.status).to.equal(AckStatus.ACK_OK)
        }

        await pb.write({ entries: second }, AckRequest)
        expect((await pb.read(AckResponse)).verdicts?.status).to.equal(AckStatus.ACK_MALFORMED)
      }
    })
  })

  describe('a peer that does not keep to the protocol', () => {
    async function expectAborted (send: (stream: Stream) => void | Promise<void>, init: AckInit = {}): Promise<void> {
      counted = {}
      const { connect, handled } = await serve({ keys: KEYS, arbiter: ARBITER, timeout: 200, ...init })
      const stream = await connect()
      const end = ended(stream)
      await send(stream)
      await Promise.all(handled)
      expect(await end).to.equal('StreamResetError')
      expect(counted.aborted).to.equal(1)
    }

    const message = (request: unknown): Uint8Array => AckRequest.encode(request as AckRequest)
    const framed = (request: unknown): Uint8Array => concat([encode(message(request).byteLength), message(request)])

    it('should lose its stream for what is no message', async () => {
      for (const garbage of [[0xff, 0xff, 0xff, 0xff, 1], [0], [0x80, 0], [3, 0x0a, 0x7f, 1], [2, 0x32, 0], [2, 0x08, 1], [5, 0x12, 3, 0x0b, 0x0b, 0x0b]]) {
        await expectAborted(stream => { stream.send(Uint8Array.from(garbage)) })
      }
    })

    it('should lose its stream for a message that is too large, before it is sent', async () => {
      await expectAborted(stream => { stream.send(concat([encode(MAX_ACKNOWLEDGEMENT_LENGTH + 1), Uint8Array.of(0x0a)])) })
      await expectAborted(stream => { stream.send(concat([encode(MAX_REQUEST_LENGTH + 1), Uint8Array.of(0x22)])) })
    })

    it('should lose its stream for groups within groups', async () => {
      await expectAborted(stream => { stream.send(concat([encode(1 << 20), Uint8Array.of(0x12), encode((1 << 20) - 4), bytes((1 << 20) - 4, 0x0b)])) })
    })

    it('should lose its stream for 65 claims at once', async () => {
      await expectAborted(stream => { stream.send(framed({ claims: { ticket: bytes(0), claims: new Array(65).fill(claim(1)) } })) })
    })

    it('should lose its stream for half a message, and for a message that changes its mind', async () => {
      await expectAborted(async stream => {
        stream.send(framed({ recovery: recovery(1) }).subarray(0, 99))
        await stream.close()
      })
      await expectAborted(stream => {
        const both = concat([message({ acknowledgement: acknowledgement(1) }), message({ recovery: { first: 1 } })])
        stream.send(concat([encode(both.byteLength), both]))
      })
    })

    it('should lose its stream for another conversation on the same one', async () => {
      const acknowledged = framed({ acknowledgement: acknowledgement(1) })
      await expectAborted(stream => { stream.send(concat([acknowledged, framed({ recovery: recovery(1) })])) })
      await expectAborted(stream => { stream.send(concat([framed({ claims: { ticket: bytes(0), claims: [claim(1)] } }), acknowledged])) })
    })

    it('should lose its stream for silence, and for slowness', async () => {
      await expectAborted(() => {})
      await expectAborted(async stream => {
        stream.send(concat([encode(200), Uint8Array.of(0x0a)]))
        const timer = setInterval(() => {
          try {
            stream.send(new Uint8Array([1]))
          } catch {
            clearInterval(timer)
          }
        }, 20)
      })
    })

    it('should lose its stream for asking further and further ahead', async () => {
      await expectAborted(async stream => {
        const one = framed({ acknowledgement: acknowledgement(1) })
        stream.send(concat(new Array(Math.ceil(MAX_READ_AHEAD / one.byteLength) + 3).fill(one)))
      }, { keys: { acknowledge: async () => new Promise(() => {}) }, timeout: 500 })
    })

    it('should lose its stream when the answer takes too long', async () => {
      await expectAborted(stream => { stream.send(framed({ recovery: recovery(1) })) }, { arbiter: { ...ARBITER, recover: async () => new Promise(() => {}) } })
    })

    it('should lose a stream that it does not close', async () => {
      const { connect } = await serve()
      const stream = await connect()
      const pb = pbStream(stream)
      await pb.write({ recovery: recovery(1) } as unknown as AckRequest, AckRequest)
      await pb.read(AckResponse)
      await eventually(() => stream.status === 'reset')
    })

    it('should not end anything but its stream, whatever it sends', async () => {
      const { connect, handled } = await serve({ keys: KEYS, arbiter: ARBITER, timeout: 500, disputesPerMinute: 1e9 })
      const good = await client(connect).openExchange(await peer(2))
      await good.present(acknowledgement(1))
      const mutated = fc.tuple(fc.constantFrom<unknown>({ acknowledgement: acknowledgement(1) }, { recovery: recovery(3) }, { complaint: complaint(2) }), fc.nat(), fc.integer({ min: 0, max: 255 }))
        .map(([request, at, value]) => {
          const bytes = framed(request)
          bytes[at % bytes.byteLength] = value
          return bytes
        })

      await fc.assert(fc.asyncProperty(fc.oneof(fc.uint8Array({ minLength: 1, maxLength: 300 }), mutated), async garbage => {
        const stream = await connect(await peer(4))
        stream.addEventListener('message', () => {})
        stream.send(garbage)
        await stream.close().catch(() => {})
        await Promise.all(handled.slice(1))
      }), { numRuns: 200 })

      // the very same conversation goes on
      expect((await good.present(acknowledgement(2))).first).to.equal(2)
      expect(handled).to.have.lengthOf(201)
      await good.close()
    })
  })

  describe('limits', () => {
    it('should answer a peer that disputes too often with how long to wait', async () => {
      const { connect } = await serve({ arbiter: ARBITER, disputesPerMinute: 2 })

      for (const [request, status] of [[{ recovery: recovery(1) }, 'ACK_OK'], [{ complaint: complaint(1) }, 'ACK_OK'], [{ recovery: recovery(1) }, 'ACK_BUSY']] as const) {
        expect(statusOf(await ask(await connect(), request))).to.equal(status)
      }

      expect((await ask(await connect(), { complaint: complaint(60_000) })).ruling?.retryAfter).to.be.within(1, 60_000)
      expect(statusOf(await ask(await connect(await peer(4)), { recovery: recovery(1) }))).to.equal(AckStatus.ACK_OK)
    })

    it('should answer a peer that claims too often with how long to wait', async () => {
      const { connect } = await serve()
      const conversation = await client(connect).openClaims(await peer(2))

      for (let i = 0; i < 120; i++) {
        await conversation.claim(bytes(0), [claim(1)])
      }

      await expect(conversation.claim(bytes(0), [claim(1)])).to.eventually.be.rejected.with.property('status', AckStatus.ACK_BUSY)
    })

    it('should bound the conversations of a peer, and free what has ended', async () => {
      const { connect } = await serve()
      const conversations: ExchangeConversation[] = []

      for (let i = 0; i < MAX_EXCHANGES_PER_PEER; i++) {
        const conversation = await client(connect).openExchange(await peer(2))
        await conversation.present(acknowledgement(1))
        conversations.push(conversation)
      }

      expect(statusOf(await ask(await connect(), { acknowledgement: acknowledgement(1) }))).to.equal(AckStatus.ACK_BUSY)
      expect(statusOf(await ask(await connect(await peer(4)), { acknowledgement: acknowledgement(1) }))).to.equal(AckStatus.ACK_OK)
      // what is for the server is counted apart
      expect(statusOf(await ask(await connect(), { recovery: recovery(1) }))).to.equal(AckStatus.ACK_OK)
      await Promise.all(conversations.map(async conversation => conversation.close()))
      expect(statusOf(await ask(await connect(), { acknowledgement: acknowledgement(1) }))).to.equal(AckStatus.ACK_OK)
    })

    it('should bound what is judged at once, of one peer, and long messages before they are read', async () => {
      const release = Promise.withResolvers<ReleasedKeys>()
      let recovering = 0
      const { connect } = await serve({
        arbiter: {
          ...ARBITER,
          recover: async () => {
            recovering++

            return release.promise
          }
        }
      })
      const waiting = Array.from({ length: MAX_JUDGED_PER_PEER }, async () => ask(await connect(), { recovery: recovery(1) }))
      await eventually(() => recovering === MAX_JUDGED_PER_PEER)
      expect(statusOf(await ask(await connect(), { recovery: recovery(1) }))).to.equal(AckStatus.ACK_BUSY)

      // 16 of other peers have begun a long message, and go no further
      for (let i = 0; i < 16; i++) {
        (await connect(await peer(10 + (i >> 2)))).send(concat([encode(MAX_REQUEST_LENGTH), Uint8Array.of(0x22)]))
      }

      expect(statusOf(await ask(await connect(await peer(30)), { complaint: complaint(60_000) }))).to.equal(AckStatus.ACK_BUSY)
      expect(statusOf(await ask(await connect(await peer(30)), { complaint: complaint(1) }))).to.equal(AckStatus.ACK_OK)
      release.resolve({ first: 1, keys: bytes(32), window: 0 })

      for (const asked of waiting) {
        expect(statusOf(await asked)).to.equal(AckStatus.ACK_OK)
      }
    })

    it('should end what is under way when it stops', async () => {
      const { service, connect, handled } = await serve({ keys: KEYS, arbiter: { ...ARBITER, recover: async () => new Promise(() => {}) } })
      const conversation = await client(connect).openExchange(await peer(2))
      await conversation.present(acknowledgement(1))
      const waiting = expect(client(connect).recover(await peer(2), recovery(1))).to.eventually.be.rejected()
      await eventually(() => handled.length === 2)
      await Promise.all([service.stop(), waiting])
      await Promise.all(handled)
    })
  })

  describe('a provider or server that does not keep to the protocol', () => {
    /** A client whose peer does this with each stream. */
    function answeredBy (respond: (stream: Stream) => void | Promise<void>, init: AckInit = {}): AckService {
      return client(async () => {
        const [outbound, inbound] = await streamPair({ delay: 0 })
        Promise.resolve(respond(inbound)).catch(() => {})

        return outbound
      }, init)
    }

    const answer = (response: unknown) => async (stream: Stream): Promise<void> => {
      const lp = lpStream(stream)
      await lp.read()
      await lp.write(AckResponse.encode(response as AckResponse))
    }
    const keys = (fields: object): unknown => ({ keys: { status: AckStatus.ACK_OK, first: 5, keys: bytes(64), window: 4, ...fields } })

    it('should not have its keys taken unless they are those asked for', async () => {
      const cases = [
        keys({ first: 4 }), keys({ first: 0 }), keys({ first: 6 }), keys({ keys: bytes(0) }), keys({ keys: bytes(63) }), keys({ window: 513 }),
        keys({ first: 6 - 512, keys: bytes(32 * 513) }), keys({ reason: 'x'.repeat(257) }), { ruling: { key: bytes(32) } }, {}
      ]

      for (const response of cases) {
        const conversation = await answeredBy(answer(response)).openExchange(await peer(2))
        await expect(conversation.present(acknowledgement(6)), JSON.stringify(response)).to.eventually.be.rejected.with.property('name', 'InvalidMessageError')
      }

      for (const response of [keys({ first: 4 }), keys({ first: 6, keys: bytes(32 * 6) }), keys({ keys: bytes(0) })]) {
        await expect(answeredBy(answer(response)).recover(await peer(2), recovery(6, { first: 5 }))).to.eventually.be.rejected.with.property('name', 'InvalidMessageError')
      }
    })

    it('should not have its ruling taken unless it is one', async () => {
      const cases = [
        { key: bytes(31) }, {}, { key: bytes(32), block: bytes(9) }, { block: bytes(4 * 1024 * 1024 + 1) }, { key: bytes(32), path: bytes(33) }, { key: bytes(32), path: bytes(32 * 21) }
      ]

      for (const ruling of cases) {
        await expect(answeredBy(answer({ ruling })).complain(await peer(2), complaint(1))).to.eventually.be.rejected.with.property('name', 'InvalidMessageError')
      }
    })

    it('should not have its verdicts taken unless there is one for each claim', async () => {
      const verdict = { status: ClaimStatus.CLAIM_SETTLED, reason: '', credited: 1, amount: 1 }

      for (const verdicts of [[], [verdict], [verdict, verdict, verdict], [verdict, { ...verdict, reason: 'x'.repeat(300) }]]) {
        const conversation = await answeredBy(answer({ verdicts: { verdicts } })).openClaims(await peer(2))
        await expect(conversation.claim(bytes(0), [claim(1), claim(2)])).to.eventually.be.rejected.with.property('name', 'InvalidMessageError')
      }
    })

    it('should be given up when it is silent, ends, resets, or sends an endless answer', async () => {
      const cases: Array<[(stream: Stream) => void | Promise<void>, string]> = [
        [() => {}, 'TimeoutError'],
        [async stream => stream.close(), 'StreamResetError'],
        [stream => { stream.abort(new Error('no')) }, 'StreamResetError'],
        [stream => { stream.send(Uint8Array.from([0xff, 0xff, 0xff, 0xff, 0xff])) }, 'InvalidMessageError'],
        [stream => { stream.send(concat([encode(65 * 1024), Uint8Array.of(0x0a)])) }, 'InvalidMessageError'],
        [stream => { stream.send(Uint8Array.from([2, 0x0a, 9])) }, 'InvalidMessageError']
      ]

      for (const [respond, name] of cases) {
        const service = answeredBy(async stream => {
          await lpStream(stream).read()
          await respond(stream)
        }, { keysTimeout: 100, timeout: 100 })
        const conversation = await service.openExchange(await peer(2))
        const presented = await Promise.allSettled([conversation.present(acknowledgement(1)), conversation.present(acknowledgement(2))])

        expect(presented.map(result => result.status === 'rejected' && result.reason.name), name).to.deep.equal([name, name])
        await expect(service.recover(await peer(2), recovery(1))).to.eventually.be.rejected.with.property('name', name)
      }
    })

    it('should not keep a caller that does not want to wait any longer', async () => {
      const service = answeredBy(() => {})
      const conversation = await service.openExchange(await peer(2))
      const reason = new Error('enough')
      const controller = new AbortController()
      const waiting = [
        conversation.present(acknowledgement(1), controller), service.recover(await peer(2), recovery(1), controller)
      ].map(async waiting => expect(waiting).to.eventually.be.rejected())
      setTimeout(() => { controller.abort(reason) }, 20)
      await Promise.all(waiting)
    })
  })
})
