/* eslint-disable no-loop-func -- the variables are set anew before each test */
/**
 * Recipients of mode proof that break one rule each, at a provider that keeps them all. Each test ends with what both sides
 * had of it: blocks sealed and sent, keys released, blocks on the provider's receipts, blocks credited for them.
 */
import { join } from 'node:path'
import { generateKeyPair } from '@libp2p/crypto/keys'
import { expect } from 'aegir/chai'
import { equals } from 'uint8arrays/equals'
import { AckStatus } from '../../protocols/ack/index.ts'
import { BlockStatus } from '../../protocols/block/index.ts'
import { signer } from '../../src/exchange/index.ts'
import { Mode } from '../../src/object/index.ts'
import { listReceipts } from '../../src/receipts/index.ts'
import { signTicket } from '../../src/ticket/index.ts'
import { eventually } from '../eventually.ts'
import { BLOCK, Stage } from '../node/fixtures/stage.ts'
import { TestHandler } from '../protocols/block/fixture.ts'
import { Hand } from './fixtures/hand-recipient.ts'
import { withHome } from './fixtures/hostile.ts'
import type { HandSession } from './fixtures/hand-recipient.ts'
import type { StagedNode } from '../node/fixtures/stage.ts'

const BLOCKS = 64
const LENGTH = BLOCKS * BLOCK - 99

/** Of one session, counted in blocks. */
interface Account {
  /** Sealed, and sent */
  sent: number
  /** Released */
  keys: number
  /** On the provider's receipt */
  receipt: number
  /** In the server's ledger */
  credited: number
}

describe('adversaries: recipients of mode proof', function () {
  this.timeout(30_000)

  // the same nodes for all of them, but for the recipient
  const stage = new Stage()
  let server: StagedNode
  let provider: StagedNode
  let link: string
  let bytes: Uint8Array
  let bystander: Hand
  let cheat: Hand

  before(async () => {
    server = await stage.node({ auditRate: 1 })
    provider = await stage.node({ claimInterval: 2 ** 31 - 1 })
    ;({ link, bytes } = await stage.publish(server, LENGTH, { mode: 'proof', encryption: 'none' }))
    await provider.services.mssl.get(link, { to: provider.folder })
    bystander = await newcomer()
  })

  after(async () => {
    await stage.clear()
  })

  beforeEach(async () => {
    cheat = await newcomer()
  })

  // dozens of nodes in one process, each of which looks after its connections with all others, lose some
  afterEach(async () => {
    await cheat.node.stop()
  })

  async function newcomer (): Promise<Hand> {
    return Hand.of(await stage.node(), server, link, LENGTH)
  }

  /** Time in which the provider could have sent more, and did for another. */
  async function meanwhile (): Promise<void> {
    const other = await bystander.session(provider)
    await other.exchangeHonestly(6)
    other.expectTruth(bytes)
    await other.close()
  }

  /** The provider knows that it is over. */
  async function gone ({ node }: Hand, at = provider): Promise<void> {
    await eventually(() => at.services.mssl.recipients().every(({ peer }) => !peer.equals(node.peerId)))
  }

  function receiptOf (session: HandSession): number {
    return provider.services.mssl.receipts().find(receipt => equals(receipt.session, session.id))?.blocks ?? 0
  }

  /** After all is claimed. Whatever was unlocked is what was published, and no balance is wrong. */
  async function account (session: HandSession): Promise<Account> {
    let { failures } = await provider.services.mssl.claim()

    // a busy machine may have the server answer too late
    for (let attempt = 1; attempt < 4 && failures.length > 0; attempt++) {
      ({ failures } = await provider.services.mssl.claim())
    }

    expect(failures).to.be.empty()
    expect(server.services.mssl.ledger.check().problems).to.be.empty()
    session.expectTruth(bytes)

    return {
      sent: session.sealed.length,
      keys: session.keys.size,
      receipt: receiptOf(session),
      credited: server.services.mssl.ledger.settled(session.id)?.credited ?? 0
    }
  }

  /** It is refused, and the session of blocks is over. */
  async function isFalse (session: HandSession, presented: Promise<unknown>): Promise<void> {
    await expect(presented).to.eventually.be.rejected.with.property('status', AckStatus.ACK_FALSE)
    expect(await session.over.promise).to.have.property('status', BlockStatus.BLOCK_UNACKNOWLEDGED)
  }

  it('gets one block and no key who never acknowledges, and after three such sessions nothing', async () => {
    for (let round = 0; round < 3; round++) {
      const session = await cheat.session(provider)
      expect(session.window).to.equal(1)
      session.ask(20)
      await session.came(1)
      await meanwhile()
      expect(await account(session)).to.deep.equal({ sent: 1, keys: 0, receipt: 0, credited: 0 })
      await session.close()
      await gone(cheat)
    }

    await expect(cheat.session(provider)).to.eventually.be.rejected.with.property('status', BlockStatus.BLOCK_BUSY)
    // nobody else suffers
    await meanwhile()
  })

  it('gets what it paid for, and one window, who earns a window of 16 and leaves', async () => {
    const session = await cheat.session(provider)
    await session.exchangeHonestly(15)
    session.ask(40)
    await session.came(31)
    await meanwhile()
    await session.close()
    await gone(cheat)

    // 16 unpaid: no more than it paid before, and one; without keys they are noise
    expect(await account(session)).to.deep.equal({ sent: 31, keys: 15, receipt: 15, credited: 15 })
    expect((await cheat.session(provider)).window).to.equal(1)
  })

  it('keeps the window that it earned who leaves with all paid', async () => {
    const session = await cheat.session(provider)
    await session.exchangeHonestly(7)
    await session.close()
    await gone(cheat)
    expect((await cheat.session(provider)).window).to.equal(8)
    expect(await account(session)).to.deep.equal({ sent: 7, keys: 7, receipt: 7, credited: 7 })
  })

  it('shares one earned window among its sessions who opens several', async () => {
    const first = await cheat.session(provider)
    await first.exchangeHonestly(7)
    await first.close()
    await gone(cheat)
    const second = await cheat.session(provider)
    // takes the place of the second, which has the window
    const third = await cheat.session(provider)
    expect([second.window, third.window]).to.deep.equal([8, 1])
    expect(await second.over.promise).to.have.property('status', BlockStatus.BLOCK_OK)
  })

  it('costs a window and no more who stops reading', async () => {
    const session = await cheat.session(provider)
    await session.exchangeHonestly(3)
    session.pause()
    session.ask(40)
    await eventually(() => sentTo(cheat) >= 7 * BLOCK)
    await meanwhile()

    // 4 are on their way, and unpaid
    expect(sentTo(cheat)).to.equal(7 * BLOCK)
    expect(await account(session)).to.deep.equal({ sent: 3, keys: 3, receipt: 3, credited: 3 })
    await session.close()
  })

  function sentTo ({ node }: Hand): number {
    return provider.services.mssl.recipients().find(({ peer }) => peer.equals(node.peerId))?.sent ?? 0
  }

  it('gets no key before its acknowledgement is in the provider\'s database', async () => {
    const session = await cheat.session(provider)
    const stored: number[] = []

    for (const count of [1, 2, 4, 8, 16]) {
      session.ask(count)
      await session.came(2 * count - 1)
      await session.present(session.sign(session.sealed.length))
      // as another process sees it
      const receipts = await withHome(provider, listReceipts)
      stored.push(receipts.find(receipt => equals(receipt.session, session.id))?.blocks ?? 0)
      expect(session.keys.size).to.equal(stored.at(-1))
    }

    expect(stored).to.deep.equal([1, 3, 7, 15, 31])
    expect(await account(session)).to.deep.equal({ sent: 31, keys: 31, receipt: 31, credited: 31 })
  })

  describe('that sign what is false', () => {
    const invented = { index: 63, bytes: new Uint8Array(BLOCK) }

    /** What is signed in place of three blocks, after four of which the first was paid. */
    const lies: Record<string, (session: HandSession) => ReturnType<HandSession['sign']> | Promise<ReturnType<HandSession['sign']>>> = {
      'more blocks than were sent': session => session.sign(4, { sealed: [...session.sealed, invented] }),
      'a number that no session reaches': session => session.sign(3, { count: 65_536 }),
      'the blocks in another order': session => session.sign(3, { sealed: [0, 2, 1].map(at => session.sealed[at]) }),
      'other blocks': session => session.sign(3, { sealed: session.sealed.map(({ bytes }, at) => ({ index: 10 + at, bytes })) }),
      'other ciphertexts': session => session.sign(3, { sealed: session.sealed.map(({ index }) => ({ index, bytes: invented.bytes })) }),
      'a wrong chain of indices': session => session.sign(3, { indices: new Uint8Array(32).fill(1) }),
      'a wrong chain of entries': session => session.sign(3, { entries: new Uint8Array(32).fill(1) }),
      'the right chains of a smaller number': session => ({ ...session.sign(2), count: 3 }),
      'the right number with the last signature': session => ({ ...session.sign(3), signature: session.sign(1).signature }),
      'with a foreign key': async session => session.sign(3, { signer: signer(await generateKeyPair('Ed25519')) }),
      'as a claim is signed': session => ({ ...session.sign(3), signature: cheat.signer.claim(session.sign(3)) })
    }

    for (const [what, lie] of Object.entries(lies)) {
      it(`are left at once: ${what}`, async () => {
        const session = await cheat.session(provider)
        await session.exchangeHonestly(1)
        session.ask(20)
        await session.came(3)
        await isFalse(session, session.present(await lie(session)))

        // two blocks were sent for nothing; what was paid stays paid
        expect(await account(session)).to.deep.equal({ sent: 3, keys: 1, receipt: 1, credited: 1 })
        await gone(cheat)
        expect((await cheat.session(provider)).window).to.equal(1)
      })
    }

    it('at first get nothing at all', async () => {
      const session = await cheat.session(provider)
      session.ask(20)
      await session.came(1)
      await isFalse(session, session.present(session.sign(2, { sealed: [...session.sealed, invented] })))
      // nor for the truth, too late
      session.conversation = await cheat.acks.openExchange(provider.peerId)
      await expect(session.present(session.sign(1))).to.eventually.be.rejected.with.property('status', AckStatus.ACK_NOT_FOUND)
      expect(await account(session)).to.deep.equal({ sent: 1, keys: 0, receipt: 0, credited: 0 })
    })
  })

  it('gets keys for what it acknowledges who acknowledges too little', async () => {
    const session = await cheat.session(provider)
    await session.exchangeHonestly(3)
    session.ask(20)
    await session.came(7)
    const { window } = await session.present(session.sign(5))
    expect(window).to.equal(6)
    // 2 were unpaid, so 4 more
    await session.came(11)
    await meanwhile()
    await session.close()
    await gone(cheat)

    // 6 unpaid
    expect(await account(session)).to.deep.equal({ sent: 11, keys: 5, receipt: 5, credited: 5 })
    expect((await cheat.session(provider)).window).to.equal(1)
  })

  it('is left who takes back what it acknowledged', async () => {
    const session = await cheat.session(provider)
    await session.exchangeHonestly(3)
    await isFalse(session, session.present(session.sign(2)))
    // the receipt stays
    expect(await account(session)).to.deep.equal({ sent: 3, keys: 3, receipt: 3, credited: 3 })
  })

  it('is left whose acknowledgements come in the wrong order', async () => {
    const session = await cheat.session(provider)
    await session.exchangeHonestly(3)
    session.ask(3)
    await session.came(6)
    const answers = [6, 5, 4].map(async count => session.present(session.sign(count)))
    await answers[0]
    await isFalse(session, answers[1])
    await expect(answers[2]).to.eventually.be.rejected()
    expect(await account(session)).to.deep.equal({ sent: 6, keys: 6, receipt: 6, credited: 6 })
  })

  it('gets the same keys, and its provider no more credit, who presents the same twice', async () => {
    const session = await cheat.session(provider)
    await session.exchangeHonestly(3)
    session.ask(4)
    await session.came(7)
    const paid = session.sign(7)
    const first = await session.present(paid)
    expect(await session.present(paid)).to.deep.equal(first)
    expect(first).to.have.property('first', 4)
    expect(await account(session)).to.deep.equal({ sent: 7, keys: 7, receipt: 7, credited: 7 })

    // after the session, from the receipt
    await session.close()
    await gone(cheat)
    session.keys.clear()
    expect(await session.present(paid)).to.deep.include({ first: 1, window: 0 })
    expect(await account(session)).to.deep.equal({ sent: 7, keys: 7, receipt: 7, credited: 7 })
  })

  it('pays nobody with an acknowledgement for another provider', async () => {
    const [here, there] = [await cheat.session(provider), await cheat.session(server)]

    for (const session of [here, there]) {
      session.ask(1)
      await session.came(1)
    }

    // as it is, it names a session that is not the provider's
    const acks = await cheat.acks.openExchange(provider.peerId)
    await expect(acks.present(there.sign(1))).to.eventually.be.rejected.with.property('status', AckStatus.ACK_NOT_FOUND)
    // under the name of the right one, it is of other ciphertext
    await isFalse(here, here.present(here.sign(1, { sealed: there.sealed })))
    expect(await account(here)).to.deep.equal({ sent: 1, keys: 0, receipt: 0, credited: 0 })

    // where it belongs it is as good as ever
    await there.present(there.sign(1))
    await there.close()
    await gone(cheat, server)
    await server.services.mssl.claim()
    there.expectTruth(bytes)
    expect(there.keys.size).to.equal(1)
    expect(server.services.mssl.ledger.settled(there.id)?.credited).to.equal(1)
  })

  it('gets no keys of a session of somebody else, and does it no harm', async () => {
    const victim = await newcomer()
    const session = await victim.session(provider)
    await session.exchangeHonestly(3)
    session.ask(4)
    await session.came(7)

    for (const stolen of [session.sign(3), session.sign(7), session.sign(7, { signer: cheat.signer })]) {
      const conversation = await cheat.acks.openExchange(provider.peerId)
      await expect(conversation.present(stolen)).to.eventually.be.rejected.with.property('status', AckStatus.ACK_NOT_FOUND)
    }

    await session.present(session.sign(7))
    await session.close()
    await gone(victim)
    const conversation = await cheat.acks.openExchange(provider.peerId)
    await expect(conversation.present(session.sign(7))).to.eventually.be.rejected.with.property('status', AckStatus.ACK_NOT_FOUND)
    expect(await account(session)).to.deep.equal({ sent: 7, keys: 7, receipt: 7, credited: 7 })
  })

  it('is cut off who renews its ticket within a session, and keeps what it paid for', async () => {
    const session = await cheat.session(provider)
    await session.exchangeHonestly(3)
    session.ask(20)
    await session.came(7)
    session.renew(cheat.open.ticket)
    expect(await session.over.promise).to.have.property('name', 'StreamResetError')

    // the acknowledgement of what was on its way is still good
    await gone(cheat)
    await session.present(session.sign(7))
    expect(await account(session)).to.deep.equal({ sent: 7, keys: 7, receipt: 7, credited: 7 })
  })

  describe('that ask in the wrong mode', () => {
    /** How the server and the provider answer; nothing leaves either. */
    async function answers (open: Partial<Hand['open']>): Promise<BlockStatus[]> {
      return Promise.all([server, provider].map(async node => {
        const handler = new TestHandler(cheat.shape)

        return cheat.blocks.openSession(node.getMultiaddrs(), { ...cheat.open, ...open }, handler).then(() => 'served', err => err.status)
      }))
    }

    async function ticket (mode: Mode, object = cheat.open.object): Promise<Uint8Array> {
      const { id } = provider.services.mssl.list().find(({ id }) => equals(id.bytes, object)) ?? { id: undefined as never }
      const issuer = await withHome(server, async home => home.privateKey('issuer'))

      return signTicket({ client: cheat.node.peerId, object: id, mode, standing: mode === Mode.PROOF ? 1 : undefined, notBefore: Date.now() - 1000, notAfter: Date.now() + 60_000 }, issuer)
    }

    it('get nothing without a nonce, or with one of another length', async () => {
      for (const nonce of [undefined, new Uint8Array(0), new Uint8Array(31), new Uint8Array(33)]) {
        expect(await answers({ nonce })).to.deep.equal([BlockStatus.BLOCK_MALFORMED, BlockStatus.BLOCK_MALFORMED])
      }
    })

    it('get nothing with a plain ticket for an object of mode proof', async () => {
      const plain = await ticket(Mode.PLAIN)

      for (const nonce of [undefined, new Uint8Array(32)]) {
        expect(await answers({ ticket: plain, nonce })).to.deep.equal([BlockStatus.BLOCK_MODE_UNSUPPORTED, BlockStatus.BLOCK_MODE_UNSUPPORTED])
      }
    })

    it('get nothing with a ticket of mode proof for a plain object', async () => {
      const plain = await stage.publish(server, 3 * BLOCK, { seed: 2 })
      await provider.services.mssl.get(plain.link, { to: join(provider.folder, 'plain.bin') })
      const proof = await ticket(Mode.PROOF, plain.id.bytes)

      for (const nonce of [undefined, new Uint8Array(32)]) {
        expect(await answers({ object: plain.id.bytes, ticket: proof, nonce })).to.deep.equal([BlockStatus.BLOCK_MODE_UNSUPPORTED, BlockStatus.BLOCK_MODE_UNSUPPORTED])
      }
    })
  })
})
