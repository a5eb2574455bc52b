/** Is the specification of mode proof enough? The second implementation, and nodes of this project, exchange with each other. */
import { randomBytes } from 'node:crypto'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { expect } from 'aegir/chai'
import { createNode as createRealNode } from '../../src/index.ts'
import { authorize, createNode, multihashOf, openSession, until } from './client.ts'
import { Chains } from './exchange.ts'
import { sha256 } from './object.ts'
import { ask, Exchange } from './proof-client.ts'
import { ProofProvider } from './proof-provider.ts'
import { encode, field, Fields } from './protobuf.ts'
import { parseLink, same } from './records.ts'
import type { Grant } from './client.ts'
import type { Falsify } from './proof-provider.ts'
import type { MsslNode, NodeInit, PublishOptions } from '../../src/index.ts'
import type { Libp2p } from '@libp2p/interface'

const BLOCK_SIZE = 64 * 1024
const BLOCKS = 22
const COMBINATIONS = [['object-key', 'per-block'], ['none', 'super-block']] as const

// verdicts
const SETTLED = 0
const AUDIT = 1
const VOID = 2
const INVALID = 4

describe('conformance: a second implementation in mode proof', function () {
  this.timeout(60_000)

  const source = randomBytes((BLOCKS - 1) * BLOCK_SIZE + 12_345)
  const nodes: Array<{ stop (): Promise<void> | void }> = []
  const seed = randomBytes(32)
  let folder: string
  let second: Libp2p

  async function real (name: string, init: NodeInit = {}): Promise<MsslNode> {
    const node = await createRealNode({ home: join(folder, name), listen: ['/ip4/127.0.0.1/tcp/0'], ...init })
    nodes.push(node)

    return node
  }

  async function publish (server: MsslNode, options: PublishOptions = {}): Promise<string> {
    return (await server.services.mssl.publish(join(folder, 'source'), { blockSize: BLOCK_SIZE, mode: 'proof', ...options })).link
  }

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'mssl-conformance-'))
    await writeFile(join(folder, 'source'), source)
    second = await createNode(seed)
    nodes.push(second)
  })

  afterEach(async () => {
    await Promise.all(nodes.splice(0).map(async node => node.stop()))
    await rm(folder, { recursive: true, force: true })
  })

  describe('as a recipient', () => {
    it('fetches a whole object, with a window that grows', async () => {
      const link = await publish(await real('server'))
      const grant = await authorize(second, link)
      const exchange = await Exchange.open(second, seed, parseLink(link).server, grant)

      expect(Buffer.compare(await exchange.fetch(), source)).to.equal(0)
      expect(exchange.windows[0], 'of a stranger').to.equal(1)
      exchange.steps.forEach((blocks, i) => { expect(exchange.windows[i + 1] - exchange.windows[i]).to.equal(blocks) })
      await exchange.end()
      await exchange.close()

      // what was earned is remembered
      const next = await Exchange.open(second, seed, parseLink(link).server, grant)
      expect(next.windows).to.deep.equal([1 + BLOCKS])
      expect(Buffer.compare(await next.fetch(), source)).to.equal(0)
    })

    it('fetches a whole object by strict interlock, hashes in a super-block', async () => {
      const link = await publish(await real('server', { acknowledgementWindow: 1 }), { delivery: 'super-block', encryption: 'none' })
      const exchange = await Exchange.open(second, seed, parseLink(link).server, await authorize(second, link))

      expect(Buffer.compare(await exchange.fetch(), source)).to.equal(0)
      expect(exchange.steps).to.deep.equal(new Array(BLOCKS).fill(1))
      expect(exchange.windows).to.deep.equal(new Array(BLOCKS + 1).fill(1))
    })

    it('gets the same keys for the same acknowledgement, also when the session is over', async () => {
      const link = await publish(await real('server'))
      const exchange = await Exchange.open(second, seed, parseLink(link).server, await authorize(second, link))
      await exchange.request([3, 1, 4])
      await exchange.receive()
      await exchange.acknowledge()
      await exchange.receive()
      await exchange.receive()
      const acknowledgement = await exchange.acknowledge()
      const [again] = await exchange.present(acknowledgement)
      expect([again.number(1), again.number(4), again.bytes(5).byteLength, again.number(6)]).to.deep.equal([0, 2, 64, 4])

      await exchange.close()
      const [elsewhere] = await exchange.present(acknowledgement)
      expect(Buffer.compare(elsewhere.bytes(5), again.bytes(5)), 'over another stream').to.equal(0)
      expect(exchange.windows).to.deep.equal([1, 2, 4])

      await exchange.end()
      await eventuallyOver(exchange, acknowledgement)
      const [late] = await exchange.present(acknowledgement)
      expect(late.number(1)).to.equal(0)
      expect(late.number(4) + late.bytes(5).byteLength / 32, 'keys up to the count, earlier ones may come before').to.equal(4)
      expect(Buffer.compare(late.bytes(5).subarray(-64), again.bytes(5))).to.equal(0)
    })

    it('is told when its acknowledgement is false, and what that ends', async () => {
      const link = await publish(await real('server'))
      const exchange = await Exchange.open(second, seed, parseLink(link).server, await authorize(second, link))
      await exchange.request([0, 1, 2])
      await exchange.receive()
      exchange.chains.hashes[0] = sha256('something else')

      expect((await exchange.present(exchange.sign()))[0].number(1), 'FALSE').to.equal(3)
      expect(new Fields((await exchange.wire.message()).bytes(6)).number(1), 'UNACKNOWLEDGED').to.equal(11)
    })

    it('may acknowledge again before it has an answer', async () => {
      const link = await publish(await real('server'))
      const exchange = await Exchange.open(second, seed, parseLink(link).server, await authorize(second, link))
      await exchange.request([3, 1, 4])
      await exchange.receive()
      await exchange.acknowledge()
      await exchange.receive()
      const first = exchange.sign()
      await exchange.receive()
      const answers = await exchange.present(first, exchange.sign())

      expect(answers.map(keys => [keys.number(1), keys.number(4), keys.bytes(5).byteLength, keys.number(6)])).to.deep.equal([[0, 2, 32, 3], [0, 3, 32, 4]])
    })

    it('gets no block any more that it cancelled before there was room for it', async () => {
      const link = await publish(await real('server'))
      const exchange = await Exchange.open(second, seed, parseLink(link).server, await authorize(second, link))
      await exchange.request([3, 1, 4])
      await exchange.receive()
      await exchange.wire.send(field(3, Buffer.concat([field(1, 1), field(1, 4)])))
      await exchange.acknowledge()
      const refused = await until(exchange.wire, 5)

      expect([refused.number(2), refused.numbers(1)]).to.deep.equal([0, [1, 4]])
      expect(exchange.blocks[3]).to.deep.equal(source.subarray(3 * BLOCK_SIZE, 4 * BLOCK_SIZE))
    })

    it('gets the statuses that the specification names', async () => {
      const link = await publish(await real('server'))
      const client = await real('client')
      const { server } = parseLink(link)
      const grant = await authorize(second, link)
      const open = async (nonce?: Uint8Array): Promise<Fields> => (await openSession(second, server, grant, { nonce })).opened
      await second.dial(client.getMultiaddrs())

      expect((await open()).number(1), 'MALFORMED: no nonce').to.equal(1)
      expect((await open(randomBytes(31))).number(1), 'MALFORMED: nonce too short').to.equal(1)

      const exchange = await Exchange.open(second, seed, server, grant)
      const { chains, terms } = exchange
      await exchange.request([0, 1])
      await exchange.receive()
      const acknowledgement = exchange.sign()
      const [foreign, late] = [new Chains(randomBytes(32)), new Chains(chains.session)]
      const status = async (request: Uint8Array, answer: number, node = second, of = server): Promise<number> => (await ask(node, of, request, answer)).number(1)
      chains.indices.forEach((index, i) => [foreign, late].forEach(other => { other.add(index, chains.hashes[i]) }))
      late.add(1, chains.hashes[0])

      expect(await status(field(1, foreign.acknowledge(seed, 1)), 1), 'NOT_FOUND: no such session').to.equal(2)
      expect(await status(field(1, acknowledgement.subarray(0, -66)), 1), 'MALFORMED: no signature').to.equal(1)
      expect(await status(field(5, encode([1, chains.session])), 3), 'MALFORMED: entries that nobody asked for').to.equal(1)

      const evidence = chains.evidence(terms, acknowledgement)
      const complaint = (session: Uint8Array): Uint8Array => field(3, encode([1, session], [2, 1], [3, chains.session], [4, chains.hashes[0]]))
      const claims = (ticket: Uint8Array): Uint8Array => field(4, encode([1, ticket], [2, encode([1, evidence], [2, randomBytes(64)])]))
      const stranger = await createNode()
      nodes.push(stranger)
      await authorize(stranger, link)

      expect(await status(complaint(evidence), 2, stranger), 'TICKET_INVALID: another client\'s').to.equal(4)
      expect(await status(complaint(chains.evidence({ ...terms, providerNonce: terms.recipientNonce }, acknowledgement)), 2), 'FALSE: another session').to.equal(3)
      expect(await status(claims(grant.ticket), 3, second, client.peerId.toMultihash().bytes), 'WRONG_SERVER').to.equal(7)

      const [claimed] = (await ask(second, server, claims(grant.ticket), 3)).all(4).map(bytes => new Fields(bytes))
      expect(claimed.number(1), 'INVALID: a recipient claims').to.equal(4)
      expect(claimed.text(2)).to.not.equal('')

      expect(await status(field(1, late.acknowledge(seed, 2)), 1), 'FALSE: more than was sent').to.equal(3)
      await expect(Exchange.open(second, seed, server, { ...grant, ticket: grant.manifestEnvelope.subarray(0, 500) })).to.eventually.be.rejectedWith('status 3')
    })

    it('loses what it earned when it does not acknowledge, and gets it back when it does so late', async () => {
      const link = await publish(await real('server'))
      const grant = await authorize(second, link)
      const open = async (): Promise<Exchange> => Exchange.open(second, seed, parseLink(link).server, grant)
      const unpaid = async (window: number): Promise<Exchange> => {
        const exchange = await open()
        expect(exchange.windows).to.deep.equal([window])
        await exchange.request([1])
        await exchange.receive()
        await exchange.end()

        return exchange
      }

      const exchange = await open()
      await exchange.fetch()
      await exchange.end()
      const late = await unpaid(1 + BLOCKS)
      await unpaid(1)
      await late.acknowledge()
      await unpaid(2 + BLOCKS)
      await unpaid(1)
      await unpaid(1)
      await expect(open(), 'BUSY').to.eventually.be.rejectedWith('status 9')
    })

    it('may not renew its ticket within a session', async () => {
      const link = await publish(await real('server'))
      const grant = await authorize(second, link)
      const exchange = await Exchange.open(second, seed, parseLink(link).server, grant)
      await exchange.wire.send(field(5, encode([1, grant.ticket])))

      // what was on its way may come before: the first offers
      await expect(exchange.wire.message().then(async () => exchange.wire.message())).to.eventually.be.rejected()
    })

    ;[true, false].forEach(origin => {
      describe(`of ${origin ? 'the server' : 'another client'}`, () => {
        let server: Uint8Array
        let grant: Grant
        let exchange: Exchange

        /** Four blocks have come, two of them were acknowledged to the provider. */
        beforeEach(async () => {
          const node = await real('server')
          const link = await publish(node)
          const provider = origin ? node : await real('provider')
          server = parseLink(link).server
          grant = await authorize(second, link)

          if (!origin) {
            await provider.services.mssl.get(link, { to: join(folder, 'copy') })
            await second.dial(provider.getMultiaddrs())
          }

          exchange = await Exchange.open(second, seed, provider.peerId.toMultihash().bytes, grant)
          await exchange.request([21, 7, 0, 20])
          await exchange.receive()
          await exchange.acknowledge()
          await exchange.receive()
          await exchange.receive()
        })

        it('gets from the server the keys that a provider withholds', async () => {
          await exchange.end()
          const keys = await ask(second, server, exchange.recovery(2, exchange.sign()), 1)

          expect([keys.number(1), keys.text(2), keys.number(4), keys.bytes(5).byteLength, keys.number(6)]).to.deep.equal([0, '', 2, 64, 0])
          exchange.unlock(2, keys.bytes(5).subarray(0, 32))
          exchange.unlock(3, keys.bytes(5).subarray(32))
          expect(exchange.blocks[7]).to.deep.equal(source.subarray(7 * BLOCK_SIZE, 8 * BLOCK_SIZE))
        })

        it('gets key and path when the ciphertext that it complains of was right', async () => {
          const acknowledgement = await exchange.acknowledge()
          await exchange.end()
          const ruling = await ask(second, server, exchange.complaint(2, acknowledgement), 2)

          expect([ruling.number(1), ruling.text(2), ruling.bytes(4).byteLength, ruling.bytes(5).byteLength]).to.deep.equal([0, '', 32, 0])
          delete exchange.blocks[7]
          exchange.unlock(2, ruling.bytes(4), ruling.bytes(6))
          expect(exchange.blocks[7]).to.deep.equal(source.subarray(7 * BLOCK_SIZE, 8 * BLOCK_SIZE))
        })
      })
    })

    /** Waits until the provider has seen that the session is over. */
    async function eventuallyOver (exchange: Exchange, acknowledgement: Uint8Array): Promise<void> {
      while ((await exchange.present(acknowledgement))[0].number(6) !== 0) {
        await delay(20)
      }
    }
  })

  it('gets the block when it complains of false ciphertext, and no keys from there on', async () => {
    const server = await real('server')
    const link = await publish(server)
    const id = parseLink(link).server
    const grant = await authorize(second, link)
    const provider = new ProofProvider(second, seed, grant, source, (block, index) => index === 7 ? randomBytes(block.byteLength) : block)
    await provider.start()

    const thirdSeed = randomBytes(32)
    const third = await createNode(thirdSeed)
    nodes.push(third)
    const thirdGrant = await authorize(third, link)
    await third.dial(second.getMultiaddrs())
    const exchange = await Exchange.open(third, thirdSeed, multihashOf(second), thirdGrant)
    await exchange.request([3, 7, 4])
    await exchange.receive()
    await exchange.acknowledge()
    await exchange.receive()
    await exchange.receive()
    const acknowledgement = exchange.sign()
    await expect(exchange.acknowledge()).to.eventually.be.rejectedWith('block 7')

    const keys = await ask(third, id, exchange.recovery(1, acknowledgement), 1)
    expect([keys.number(1), keys.number(4), keys.bytes(5).byteLength], 'as far as it is true').to.deep.equal([0, 1, 32])
    expect((await ask(third, id, exchange.recovery(2, acknowledgement), 1)).number(1), 'FALSE').to.equal(3)

    const ruling = await ask(third, id, exchange.complaint(2, acknowledgement), 2)
    expect([ruling.number(1), ruling.bytes(4).byteLength, ruling.bytes(5).byteLength]).to.deep.equal([0, 0, BLOCK_SIZE])
    exchange.replace(2, ruling.bytes(5), ruling.bytes(6))
    expect(exchange.blocks[7]).to.deep.equal(source.subarray(7 * BLOCK_SIZE, 8 * BLOCK_SIZE))
    expect((await ask(third, id, exchange.recovery(3, acknowledgement), 1)).number(1), 'FALSE: from behind a false one').to.equal(3)

    const [claimed, audited] = await provider.claim(id)
    expect([claimed, audited].flatMap(outcomes)).to.deep.equal([[AUDIT, 0], [VOID, 0]])
  })

  describe('as a provider', () => {
    let server: MsslNode
    let link: string
    let grant: Grant
    let recipient: MsslNode

    /** The recipient has a ticket, and will hear of the provider. */
    async function prepare (options: PublishOptions, init?: NodeInit, falsify?: Falsify): Promise<ProofProvider> {
      server = await real('server', init)
      link = await publish(server, options)
      grant = await authorize(second, link)
      await Exchange.open(second, seed, parseLink(link).server, grant)

      const provider = new ProofProvider(second, seed, grant, source, falsify)
      await provider.start()
      await introduced(multihashOf(second))
      recipient = await real('recipient')
      await recipient.services.mssl.authorize(link)

      return provider
    }

    /** The server comes back, and the provider finds it. */
    async function comeBack (init: NodeInit): Promise<Uint8Array> {
      server = await real('server', init)
      await server.services.mssl.provide()
      await second.dial(server.getMultiaddrs())

      return server.peerId.toMultihash().bytes
    }

    COMBINATIONS.forEach(([encryption, delivery]) => {
      it(`gets credit for what it served while the server was away, and was audited for (encryption ${encryption}, delivery ${delivery})`, async () => {
        const provider = await prepare({ encryption, delivery })
        await server.stop()
        const { path, sources, bad } = await recipient.services.mssl.get(link, { to: join(folder, 'copy') })

        expect(Buffer.compare(await readFile(path), source)).to.equal(0)
        expect(sources.map(({ peer, bytes }) => [peer.toString(), bytes])).to.deep.equal([[second.peerId.toString(), source.byteLength]])
        expect(bad).to.equal(0)
        expect(provider.superBlocks).to.equal(delivery === 'super-block' ? 1 : 0)
        expect(provider.receipts.reduce((sum, { acknowledged }) => sum + acknowledged, 0)).to.equal(BLOCKS)

        const id = await comeBack({ auditRate: 1 })
        const [unfounded] = await provider.claim(id, new Uint8Array(100))
        expect(outcomes(unfounded), 'INVALID: no ticket of its own').to.deep.equal(provider.receipts.map(() => [INVALID, 0]))

        const [claimed, ...audited] = await provider.claim(id)
        const account = server.services.mssl.ledger.account(second.peerId)
        expect(outcomes(claimed)).to.deep.equal(provider.receipts.map(() => [AUDIT, 0]))
        expect(audited.flatMap(outcomes)).to.deep.equal(provider.receipts.map(({ acknowledged }) => [SETTLED, acknowledged]))
        expect(account).to.include({ served: BLOCKS, credited: BLOCKS, voided: 0 })
        expect(audited.at(-1)?.number(5)).to.equal(account?.balance)
        expect(audited.at(-1)?.number(6)).to.equal(account?.standing)

        // a provider that did not hear the verdict claims again
        const [again] = await provider.claim(id)
        expect(outcomes(again)).to.deep.equal(provider.receipts.map(({ acknowledged }) => [SETTLED, acknowledged]))
        expect(server.services.mssl.ledger.account(second.peerId)).to.deep.equal(account)
        expect(server.services.mssl.ledger.check()).to.deep.include({ holds: true, blocks: BLOCKS })
      })
    })

    it('is convicted by its own signature when it sent garbage', async () => {
      const provider = await prepare({}, { auditRate: 0, uploadLimit: BLOCKS * BLOCK_SIZE }, block => randomBytes(block.byteLength))
      const { path, bad } = await recipient.services.mssl.get(link, { to: join(folder, 'copy') })
      expect(Buffer.compare(await readFile(path), source)).to.equal(0)
      expect(bad).to.be.greaterThan(0)

      const [claimed, audited] = await provider.claim(server.peerId.toMultihash().bytes)
      expect(outcomes(claimed)).to.deep.equal([[AUDIT, 0]])
      expect(outcomes(audited)).to.deep.equal([[VOID, 0]])
      expect(server.services.mssl.ledger.account(second.peerId)).to.include({ served: 0, credited: 0 })
    })

    /** Waits until the server names a peer to those who ask for a ticket. */
    async function introduced (peer: Uint8Array): Promise<void> {
      const third = await createNode()
      nodes.push(third)

      while (!(await authorize(third, link)).hints.some(hint => same(hint, peer))) {
        await delay(100)
      }
    }
  })
})

/** Status, and how many blocks were credited, of each verdict. */
function outcomes (verdicts: Fields): Array<[status: number, credited: number]> {
  return verdicts.all(4).map(bytes => new Fields(bytes)).map(verdict => [verdict.number(1), verdict.number(3)])
}
