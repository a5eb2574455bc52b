import { cp, mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { generateKeyPair } from '@libp2p/crypto/keys'
import { expect } from 'aegir/chai'
import { BlockStatus } from '../../protocols/block/index.ts'
import { objectId } from '../../src/object/index.ts'
import { createCertificate, signTicket } from '../../src/ticket/index.ts'
import { eventually } from '../eventually.ts'
import { BLOCK, collect, Stage } from '../node/fixtures/stage.ts'
import { TestHandler } from '../protocols/block/fixture.ts'
import { access, event, grantOf, introduce, recipient, withHome, withOrigin } from './fixtures/hostile.ts'
import type { BlockService, RecipientShape } from '../../protocols/block/index.ts'
import type { StagedNode } from '../node/fixtures/stage.ts'
import type { PrivateKey } from '@libp2p/interface'
import type { CID } from 'multiformats/cid'

const MINUTE = 60_000
const BLOCKS = 40

const shape: RecipientShape = { blockCount: BLOCKS, hashLength: 32, blockLength: () => BLOCK, siblingCount: () => 0 }

describe('adversaries: tickets', function () {
  this.timeout(30_000)

  const stage = new Stage()
  const { now } = Date

  afterEach(async () => {
    Date.now = now
    await stage.clear()
  })

  describe('that are not good', () => {
    // the same nodes for all of them
    const stage = new Stage()
    let server: StagedNode
    let provider: StagedNode
    let stranger: StagedNode
    let blocks: BlockService
    let issuer: PrivateKey
    let certificate: Uint8Array
    let object: CID

    before(async () => {
      server = await stage.node()
      provider = await stage.node({ revocationInterval: 600 })
      stranger = await stage.node()
      const { link, id } = await stage.publish(server, BLOCKS * BLOCK)
      object = id
      await provider.services.mssl.get(link, { to: provider.folder })
      blocks = await recipient(stranger)
      issuer = await withHome(server, async home => home.privateKey('issuer'))
      certificate = await withOrigin(server, async origin => (await origin.certificate()).envelope)
    })

    after(async () => {
      await stage.clear()
    })

    async function ticket (changes: Partial<Parameters<typeof signTicket>[0]> = {}, key = issuer): Promise<Uint8Array> {
      return signTicket({ client: stranger.peerId, object, notBefore: Date.now() - 1000, notAfter: Date.now() + MINUTE, ...changes }, key)
    }

    /** How the opening is answered by a server, and by a client that provides; nothing has left either. */
    async function answers (open: { ticket: Uint8Array, certificate?: Uint8Array }): Promise<string[]> {
      return Promise.all([server, provider].map(async node => {
        const handler = new TestHandler(shape)

        try {
          const session = await blocks.openSession(node.getMultiaddrs(), {
            object: object.bytes as Uint8Array<ArrayBuffer>,
            certificate: (open.certificate ?? certificate) as Uint8Array<ArrayBuffer>,
            ticket: open.ticket as Uint8Array<ArrayBuffer>,
            have: new Uint8Array(0)
          }, handler)
          session.request([{ index: 3, levels: 0 }])
          await eventually(() => handler.blocks.has(3))
          await session.close()

          return 'served'
        } catch (err: any) {
          expect(handler.blocks.size).to.equal(0)
          expect(node.services.mssl.recipients()).to.be.empty()

          return err.status ?? err.message
        }
      }))
    }

    const invalid: Record<string, () => Promise<Uint8Array>> = {
      'none at all': async () => new Uint8Array(0),
      garbage: async () => new Uint8Array(200).fill(9),
      'one cut short': async () => (await ticket()).subarray(0, -3),
      'one with a byte changed': async () => {
        const bytes = await ticket()
        bytes[bytes.byteLength - 70] ^= 1

        return bytes
      },
      'one of another client': async () => ticket({ client: provider.peerId }),
      'one for another object': async () => ticket({ object: objectId(Uint8Array.of(1)) }),
      'one of another server': async () => ticket({}, await generateKeyPair('Ed25519')),
      'one that the stranger signed': async () => withHome(stranger, async home => ticket({}, await home.privateKey('identity'))),
      'one that is not valid yet': async () => ticket({ notBefore: Date.now() + 3 * MINUTE, notAfter: Date.now() + 4 * MINUTE }),
      'one that allows nothing': async () => ticket({ rate: 0 })
    }

    for (const [what, make] of Object.entries(invalid)) {
      it(`refuses ${what}`, async () => {
        expect(await answers({ ticket: await make() })).to.deep.equal([BlockStatus.BLOCK_TICKET_INVALID, BlockStatus.BLOCK_TICKET_INVALID])
      })
    }

    it('refuses one that has ended', async () => {
      expect(await answers({ ticket: await ticket({ notBefore: Date.now() - 10 * MINUTE, notAfter: Date.now() - 3 * MINUTE }) }))
        .to.deep.equal([BlockStatus.BLOCK_TICKET_EXPIRED, BlockStatus.BLOCK_TICKET_EXPIRED])
    })

    it('tolerates clocks that differ by less than two minutes', async () => {
      expect(await answers({ ticket: await ticket() })).to.deep.equal(['served', 'served'])
      expect(await answers({ ticket: await ticket({ notBefore: Date.now() + MINUTE, notAfter: Date.now() + 2 * MINUTE }) })).to.deep.equal(['served', 'served'])
      expect(await answers({ ticket: await ticket({ notBefore: Date.now() - 9 * MINUTE, notAfter: Date.now() - MINUTE }) })).to.deep.equal(['served', 'served'])
    })

    it('refuses a good one with a certificate that is none, or another server\'s', async () => {
      expect(await answers({ ticket: await ticket(), certificate: new Uint8Array(100) })).to.deep.equal([BlockStatus.BLOCK_MALFORMED, BlockStatus.BLOCK_MALFORMED])
      const envelope = await createCertificate({ name: 'test', nodes: [server.peerId], addresses: [], notBefore: Date.now() - 1000, notAfter: Date.now() + MINUTE }, await generateKeyPair('Ed25519'))
      expect(await answers({ ticket: await ticket(), certificate: envelope })).to.deep.equal([BlockStatus.BLOCK_SERVER_CONFLICT, BlockStatus.BLOCK_SERVER_CONFLICT])
    })

    it('refuses one that was revoked, the provider as soon as it has looked', async () => {
      await access(server, 'revoke', stranger.peerId)
      const old = await ticket()

      for (let seen: string[] = []; seen.join() !== 'BLOCK_TICKET_REVOKED,BLOCK_TICKET_REVOKED';) {
        seen = await answers({ ticket: old })
        await delay(50)
      }
    })
  })

  it('end at peers, in the middle of a session, when they are revoked', async () => {
    const server = await stage.node({ policy: { kind: 'callback' }, authorize: ({ client: peer }) => peer.equals(provider.peerId) || { rate: 10 * BLOCK } })
    const provider = await stage.node({ revocationInterval: 600 })
    const client = await stage.node()
    const { link, id } = await stage.publish(server, BLOCKS * BLOCK)
    await Promise.all([
      provider.services.mssl.get(link, { to: provider.folder }),
      client.services.mssl.authorize(link)
    ])
    const { ticket } = await grantOf(client, link)
    const certificate = await withOrigin(server, async origin => (await origin.certificate()).envelope)
    const blocks = await recipient(client)
    const handler = new TestHandler(shape)
    const session = await blocks.openSession(provider.getMultiaddrs(), {
      object: id.bytes as Uint8Array<ArrayBuffer>,
      certificate: certificate as Uint8Array<ArrayBuffer>,
      ticket: ticket as Uint8Array<ArrayBuffer>,
      have: new Uint8Array(0)
    }, handler)
    session.request(Array.from({ length: BLOCKS }, (_, index) => ({ index, levels: 0 })))
    await eventually(() => handler.blocks.size > 0)
    await access(server, 'revoke', client.peerId)

    expect(await handler.over.promise).to.have.property('status', BlockStatus.BLOCK_TICKET_REVOKED)
    expect(handler.blocks.size).to.be.below(BLOCKS)
  })

  it('that are revoked end a download, with the reason that the server gives', async () => {
    const server = await stage.node({ policy: { kind: 'callback' }, authorize: () => ({ rate: 10 * BLOCK }) })
    const client = await stage.node()
    const { link } = await stage.publish(server, 200 * BLOCK)
    const got = client.services.mssl.get(link, { to: client.folder }).then(() => undefined, err => err)
    await event(server.services.mssl, 'recipient:join')
    await access(server, 'revoke', client.peerId)
    const err = await got

    expect(err).to.have.property('name', 'RefusedError')
    expect(err.message).to.match(/revoked/)
  })

  it('are renewed in the background of a long transfer', async () => {
    let issued = 0
    const server = await stage.node({ ticketLifetime: 1_000, policy: { kind: 'callback' }, authorize: () => { issued++; return { rate: 20 * BLOCK } } })
    const client = await stage.node()
    const { link, bytes } = await stage.publish(server, 60 * BLOCK)
    let sessions = 0
    server.services.mssl.addEventListener('recipient:join', () => { sessions++ })
    const { path, elapsed } = await client.services.mssl.get(link, { to: client.folder })

    expect(await readFile(path)).to.equalBytes(bytes)
    // one at half of the life of each, later on a machine that is busy
    expect(issued).to.be.within(2, Math.ceil(elapsed / 400) + 1)
    expect(sessions).to.equal(1)
  })

  it('that ended while nobody renewed them are renewed in the middle of a transfer', async () => {
    let ahead = 0
    let issued = 0
    Date.now = () => now() + ahead
    const server = await stage.node({ policy: { kind: 'callback' }, authorize: () => { issued++; return { rate: 20 * BLOCK } } })
    const client = await stage.node()
    const { link, bytes } = await stage.publish(server, 40 * BLOCK)
    const got = client.services.mssl.get(link, { to: client.folder })
    await event(server.services.mssl, 'recipient:join')
    // both sleep for two hours, like a laptop
    ahead = 120 * MINUTE
    const { path, fetched } = await got

    expect(issued).to.be.within(2, 4)
    expect(await readFile(path)).to.equalBytes(bytes)
    expect(fetched).to.equal(bytes.byteLength)
  })

  it('hold what the callback narrowed them to, at peers too', async () => {
    let narrow = false
    const server = await stage.node({ policy: { kind: 'callback' }, authorize: () => !narrow || { range: { first: 10, count: 20 }, rate: 40 * BLOCK } })
    const [provider, client] = await stage.nodes(2)
    const { link, bytes, id } = await stage.publish(server, BLOCKS * BLOCK)
    await provider.services.mssl.get(link, { to: provider.folder })
    narrow = true
    await introduce(client, link, provider)

    const began = Date.now()
    expect(await collect(client.services.mssl.read(link, { offset: 10 * BLOCK, length: 20 * BLOCK }))).to.equalBytes(bytes.subarray(10 * BLOCK, 30 * BLOCK))
    // from two providers at once
    expect(Date.now() - began).to.be.above(200)

    const { ticket } = await grantOf(client, link)
    const certificate = await withOrigin(server, async origin => (await origin.certificate()).envelope)
    const blocks = await recipient(client)

    for (const node of [server, provider]) {
      const handler = new TestHandler(shape)
      const session = await blocks.openSession(node.getMultiaddrs(), {
        object: id.bytes as Uint8Array<ArrayBuffer>,
        certificate: certificate as Uint8Array<ArrayBuffer>,
        ticket: ticket as Uint8Array<ArrayBuffer>,
        have: new Uint8Array(0)
      }, handler)
      const began = Date.now()
      session.request([9, ...Array.from({ length: 20 }, (_, i) => 10 + i), 30].map(index => ({ index, levels: 0 })))
      await eventually(() => handler.blocks.size + handler.refusals.length === 22)
      expect(Date.now() - began).to.be.above(400)
      expect(handler.blocks.size).to.equal(20)
      expect(handler.refusals.flatMap(({ indices, status }) => indices.map(index => [index, status]))).to.deep.equal([
        [9, BlockStatus.BLOCK_TICKET_INVALID], [30, BlockStatus.BLOCK_TICKET_INVALID]
      ])
      await session.close()
    }
  })

  it('for what they allow are no use for the rest', async () => {
    const server = await stage.node({ policy: { kind: 'callback' }, authorize: () => ({ range: { first: 10, count: 20 } }) })
    const client = await stage.node()
    const { link } = await stage.publish(server, BLOCKS * BLOCK)
    await expect(client.services.mssl.get(link, { to: client.folder })).to.eventually.be.rejectedWith(/blocks 10 to 29/).with.property('name', 'RefusedError')
    await expect(collect(client.services.mssl.read(link, { offset: 0, length: 10 }))).to.eventually.be.rejected.with.property('name', 'RefusedError')
  })

  it('of a server that shows different certificates to different clients keep them apart, with evidence at both', async () => {
    const policy = { policy: { kind: 'callback' as const }, authorize: () => ({ rate: 40 * BLOCK }) }
    const server = await stage.node(policy)
    const { link, bytes, id } = await stage.publish(server, BLOCKS * BLOCK)
    const first = await stage.node()
    await first.services.mssl.get(link, { to: first.folder })

    // the same key hands over to two others, one after the other
    await server.stop()
    const before = await copyHome(server)
    await withOrigin(server, async origin => origin.rotate())
    const one = await stage.node({ home: server.home, ...policy })
    await one.services.mssl.provide()
    await first.services.mssl.authorize(await one.services.mssl.link(id))
    await one.stop()
    await before.restore()
    await withOrigin(server, async origin => origin.rotate())
    const other = await stage.node({ home: server.home, ...policy })
    await other.services.mssl.provide()

    const second = await stage.node()
    const conflicts = Promise.all([first, second].map(async node => event(node.services.mssl, 'server:conflict')))
    const twisted = await other.services.mssl.link(id)
    await introduce(second, twisted, first)
    const { path, sources } = await second.services.mssl.get(twisted, { to: second.folder })
    expect(await readFile(path)).to.equalBytes(bytes)
    expect(sources.map(({ peer }) => peer.toString())).to.deep.equal([server.peerId.toString()])

    for (const { detail } of await conflicts) {
      expect((await readFile(detail.evidence)).byteLength).to.be.above(100)
    }

    for (const node of [first, second]) {
      expect(await readdir(join(node.home, 'conflicts'))).to.have.lengthOf(1)
    }
  })
})

async function copyHome ({ home }: StagedNode): Promise<{ restore (): Promise<void> }> {
  const copy = await mkdtemp(`${home}-copy-`)
  await cp(home, copy, { recursive: true })

  return {
    restore: async () => {
      await rm(home, { recursive: true })
      await cp(copy, home, { recursive: true })
    }
  }
}
