import { TypedEventEmitter } from '@libp2p/interface'
import { defaultLogger } from '@libp2p/logger'
import { expect } from 'aegir/chai'
import { Availability, BlockStatus, RefusedError } from '../../protocols/block/index.ts'
import { CLOCK_TOLERANCE } from '../../protocols/ticket/constants.ts'
import { Mode } from '../../protocols/ticket/pb/records.ts'
import { Bitfield } from '../../src/object/bitfield.ts'
import { Geometry } from '../../src/object/block-geometry.ts'
import { treeHash } from '../../src/object/hashes.ts'
import { MerkleTree } from '../../src/object/merkle.ts'
import { MAX_RECIPIENTS_MEANWHILE } from '../../src/swarm/constants.ts'
import { SwarmProvision } from '../../src/swarm/provision.ts'
import { openCertificate, signRotation } from '../../src/ticket/certificate.ts'
import { openRevocations, signRevocations } from '../../src/ticket/revocation.ts'
import { signTicket } from '../../src/ticket/ticket.ts'
import { eventually } from '../eventually.ts'
import { certificate, HOUR, key, object, peer } from '../ticket/fixtures.ts'
import type { Admission, BlockRange, Open, ProviderSession } from '../../protocols/block/index.ts'
import type { Certificates, ExchangeTerms, Provided, ProvidedEvents, SwarmProvisionComponents } from '../../src/swarm/provision.ts'
import type { OpenedCertificate, RevocationList } from '../../src/ticket/index.ts'
import type { PeerId } from '@libp2p/interface'

const BLOCKS = 10

class TestHolding extends TypedEventEmitter<ProvidedEvents> implements Provided {
  id = object(1)
  manifest = { mode: Mode.PLAIN } as unknown as Provided['manifest']
  geometry = new Geometry(BLOCKS * 65536, 65536)
  tree = MerkleTree.fromLeaves(treeHash(0x12), new Uint8Array(BLOCKS * 32))
  have = new Bitfield(BLOCKS)
  complete = true
  issuer: Uint8Array
  role: 'origin' | 'client' = 'client'

  constructor (issuer: Uint8Array) {
    super()
    this.issuer = issuer
    this.have.setRange(0, BLOCKS)
  }

  async readPublished (): Promise<Uint8Array> {
    return new Uint8Array(65536)
  }

  superBlock (): Uint8Array {
    return this.tree.leaves()
  }
}

class TestSession implements ProviderSession {
  recipient: PeerId
  outstanding = 0
  announced: BlockRange[] = []
  closed?: BlockStatus

  constructor (recipient: PeerId) {
    this.recipient = recipient
  }

  announce (ranges: BlockRange[]): void {
    this.announced.push(...ranges)
  }

  close (status: BlockStatus): void {
    this.closed = status
  }
}

describe('swarm provision', () => {
  const now = Date.now()
  let ours: OpenedCertificate
  let holding: TestHolding
  let revocations: RevocationList | undefined
  let considered: number
  let seen: PeerId[]
  let provision: SwarmProvision
  let components: SwarmProvisionComponents
  let recipient: PeerId
  let open: Open

  async function ticket (changes: Partial<Parameters<typeof signTicket>[0]> = {}, issuer = 1): Promise<Uint8Array> {
    return signTicket({ client: recipient, object: holding.id, notBefore: now - HOUR, notAfter: now + HOUR, ...changes }, await key(issuer))
  }

  async function status (changes: Partial<Open>, by = recipient): Promise<BlockStatus | undefined> {
    return provision.admit({ ...open, ...changes }, by, {}).then(() => undefined, err => {
      expect(err.name).to.equal('RefusedError')
      return err.status
    })
  }

  beforeEach(async () => {
    ours = await openCertificate(await certificate({ notBefore: now - HOUR, notAfter: now + HOUR }))
    holding = new TestHolding(ours.fingerprint)
    recipient = await peer(7)
    revocations = undefined
    considered = 0
    seen = []
    const certificates: Certificates = {
      trusted: () => ours,
      consider: async (envelope, options) => {
        considered++
        const theirs = await openCertificate(envelope)

        if (!theirs.fingerprints.some(fingerprint => fingerprint.join() === options?.fingerprint?.join())) {
          throw Object.assign(new Error('changed'), { name: 'ServerChangedError' })
        }

        return theirs
      }
    }
    components = {
      holding: id => id.equals(holding.id) ? holding : undefined,
      certificates,
      revocations: () => revocations,
      peers: () => [{ id: Uint8Array.of(1), addresses: [] }],
      recipientSeen: (id, peer) => { seen.push(peer) },
      logger: defaultLogger()
    }
    provision = new SwarmProvision(components)
    open = { object: holding.id.bytes, certificate: ours.envelope, ticket: await ticket(), have: new Uint8Array(0) }
  })

  async function admit (changes: Partial<Open> = {}): Promise<{ admission: Admission, session: TestSession }> {
    const admission = await provision.admit({ ...open, ...changes }, recipient, {})
    const session = new TestSession(recipient)
    admission.attach?.(session)

    return { admission, session }
  }

  it('admits a good ticket', async () => {
    const { admission } = await admit()

    expect(admission.availability).to.equal(Availability.ALL)
    expect(admission.shape.blockCount).to.equal(BLOCKS)
    expect(admission.peers).to.have.lengthOf(1)
    expect(admission.certificate).to.equal(undefined)
    expect(admission.permits(3)).to.equal(BlockStatus.BLOCK_OK)
    expect(admission.path(0, 1)).to.have.lengthOf(32)
    expect(await admission.superBlock?.()).to.have.lengthOf(BLOCKS * 32)
    expect(seen).to.have.lengthOf(1)
    expect(considered).to.equal(0)
  })

  it('refuses what is not right, in order, and never tells why in detail', async () => {
    expect(await status({ object: Uint8Array.of(1, 2) })).to.equal(BlockStatus.BLOCK_MALFORMED)
    expect(await status({ object: object(2).bytes, ticket: new Uint8Array(0) })).to.equal(BlockStatus.BLOCK_NOT_FOUND)
    expect(await status({ have: new Uint8Array(3) })).to.equal(BlockStatus.BLOCK_MALFORMED)
    expect(await status({ have: Uint8Array.of(0, 0xff) })).to.equal(BlockStatus.BLOCK_MALFORMED)
    expect(await status({ certificate: Uint8Array.of(1) })).to.equal(BlockStatus.BLOCK_MALFORMED)
    expect(await status({ ticket: Uint8Array.of(1) })).to.equal(BlockStatus.BLOCK_TICKET_INVALID)
    expect(await status({ ticket: await ticket({}, 5) })).to.equal(BlockStatus.BLOCK_TICKET_INVALID)
    expect(await status({ ticket: await ticket({ object: object(9) }) })).to.equal(BlockStatus.BLOCK_TICKET_INVALID)
    expect(await status({}, await peer(8))).to.equal(BlockStatus.BLOCK_TICKET_INVALID)
    expect(await status({ ticket: await ticket({ notBefore: now + HOUR, notAfter: now + 2 * HOUR }) })).to.equal(BlockStatus.BLOCK_TICKET_INVALID)
    expect(await status({ ticket: await ticket({ notAfter: now - HOUR / 2 }) })).to.equal(BlockStatus.BLOCK_TICKET_EXPIRED)
    expect(await status({ ticket: await ticket({ rate: 0 }).catch(() => new Uint8Array(0)) })).to.equal(BlockStatus.BLOCK_TICKET_INVALID)
    expect(seen).to.be.empty()
  })

  it('tells a conflict of certificates, with its own', async () => {
    const foreign = await certificate({ notBefore: now - HOUR, notAfter: now + HOUR }, 3)
    const err = await provision.admit({ ...open, certificate: foreign }, recipient, {}).then(() => undefined, err => err)

    expect(err.status).to.equal(BlockStatus.BLOCK_SERVER_CONFLICT)
    expect(err.certificate).to.equalBytes(ours.envelope)
  })

  it('hands out its certificate when it is the newer one', async () => {
    const { admission } = await admit({ certificate: await certificate({ notBefore: now - 2 * HOUR, notAfter: now + HOUR }) })

    expect(admission.certificate).to.equalBytes(ours.envelope)
    expect(considered).to.equal(1)
  })

  it('refuses a mode that it does not know', async () => {
    holding.manifest = { mode: 1 } as unknown as Provided['manifest']
    expect(await status({})).to.equal(BlockStatus.BLOCK_MODE_UNSUPPORTED)
  })

  describe('mode proof', () => {
    let begun: ExchangeTerms[]
    let ended: number

    beforeEach(async () => {
      begun = []
      ended = 0
      holding.manifest = { mode: Mode.PROOF } as unknown as Provided['manifest']
      components.exchange = (id, terms) => {
        begun.push(terms)

        return {
          nonce: new Uint8Array(32),
          window: 1,
          room: 1,
          waitForRoom: async () => {},
          seal: (_, bytes) => ({ position: 1, bytes }),
          end: () => { ended++ }
        }
      }
      open = { ...open, ticket: await ticket({ mode: Mode.PROOF, standing: 7 }), nonce: new Uint8Array(32).fill(4) }
    })

    it('begins an exchange, and ends it with the session', async () => {
      const { admission } = await admit()
      const [{ serial, onFault, ...terms }] = begun

      expect(terms).to.deep.equal({ ticket: open.ticket, notAfter: now + HOUR, recipient, recipientNonce: open.nonce })
      expect(serial).to.have.lengthOf(16)
      expect(admission.weight).to.equal(7)
      expect(admission.exchange?.window).to.equal(1)
      expect(ended).to.equal(0)
      admission.released()
      expect(ended).to.equal(1)
    })

    it('gives blocks of a coin book twice, and 64 more', async () => {
      const book = { fee: 500, bond: 10, redeemUntil: now + 2 * HOUR }
      holding.manifest = { mode: Mode.PURCHASE } as unknown as Provided['manifest']
      const { admission } = await admit({ ticket: await ticket({ mode: Mode.PURCHASE, book }) })
      await admit({ ticket: await ticket({ mode: Mode.PURCHASE, book, range: { first: 2, count: 3 } }) })

      expect(begun.map(({ most, redeemUntil }) => [most, redeemUntil])).to.deep.equal([[2 * BLOCKS + 64, now + 2 * HOUR], [70, now + 2 * HOUR]])
      expect(admission.weight).to.equal(1)
      expect(await status({})).to.equal(BlockStatus.BLOCK_MODE_UNSUPPORTED)
    })

    it('refuses what is no opening of one', async () => {
      expect(await status({ nonce: undefined })).to.equal(BlockStatus.BLOCK_MALFORMED)
      expect(await status({ ticket: await ticket() })).to.equal(BlockStatus.BLOCK_MODE_UNSUPPORTED)
      components.exchange = () => { throw new RefusedError(BlockStatus.BLOCK_BUSY) }
      expect(await status({})).to.equal(BlockStatus.BLOCK_BUSY)
      components.exchange = undefined
      expect(await status({})).to.equal(BlockStatus.BLOCK_MODE_UNSUPPORTED)
      holding.manifest = { mode: Mode.PLAIN } as unknown as Provided['manifest']
      expect(await status({})).to.equal(BlockStatus.BLOCK_MODE_UNSUPPORTED)
      expect(begun).to.be.empty()
    })

    it('ends the session of whoever breaks the rules of the exchange', async () => {
      const { session } = await admit()
      begun[0].onFault(new RefusedError(BlockStatus.BLOCK_UNACKNOWLEDGED))
      expect(session.closed).to.equal(BlockStatus.BLOCK_UNACKNOWLEDGED)
    })

    it('reads a block against the tree before it answers for it', async () => {
      const zeros = new Uint8Array(65536)
      const { hash } = holding.tree
      const leaves = new Uint8Array(BLOCKS * 32)

      for (let index = 0; index < BLOCKS - 1; index++) {
        leaves.set(hash.leaf(zeros), 32 * index)
      }

      holding.tree = MerkleTree.fromLeaves(hash, leaves)
      const { admission, session } = await admit()

      expect(await admission.readBlock(0, {})).to.have.lengthOf(65536)
      expect(session.closed).to.equal(undefined)
      // the leaf of the last block is another
      await expect(admission.readBlock(BLOCKS - 1, {})).to.eventually.be.rejected()
      expect(session.closed).to.equal(BlockStatus.BLOCK_STOPPING)
      expect(await status({})).to.equal(BlockStatus.BLOCK_NOT_FOUND)
    })
  })

  it('permits by range, possession and time', async () => {
    const { admission } = await admit({ ticket: await ticket({ range: { first: 2, count: 3 }, rate: 1000 }) })
    holding.have.clear(3)

    expect([1, 2, 3, 4, 5].map(index => admission.permits(index))).to.deep.equal([
      BlockStatus.BLOCK_TICKET_INVALID,
      BlockStatus.BLOCK_OK,
      BlockStatus.BLOCK_NOT_FOUND,
      BlockStatus.BLOCK_OK,
      BlockStatus.BLOCK_TICKET_INVALID
    ])
    expect(admission.rate).to.equal(1000)
    await admission.renew(await ticket(), {})
    expect(admission.permits(1)).to.equal(BlockStatus.BLOCK_OK)
    expect(admission.rate).to.equal(undefined)
    await expect(admission.renew(await ticket({}, 5), {})).to.eventually.be.rejected().with.property('status', BlockStatus.BLOCK_TICKET_INVALID)
  })

  it('lets a ticket end in the middle of a session', async () => {
    // within the tolerance of clocks now, beyond it soon
    const end = Date.now() + 500
    const { admission, session } = await admit({ ticket: await ticket({ notAfter: end - CLOCK_TOLERANCE }) })
    expect(admission.permits(1)).to.equal(BlockStatus.BLOCK_OK)
    await eventually(() => Date.now() > end)

    expect(admission.permits(1)).to.equal(BlockStatus.BLOCK_TICKET_EXPIRED)
    provision.recheck()
    expect(session.closed).to.equal(BlockStatus.BLOCK_TICKET_EXPIRED)
  })

  it('ends sessions that a new revocation list hits, and no others', async () => {
    const first = await admit()
    recipient = await peer(8)
    const second = await admit({ ticket: await ticket() })
    revocations = await openRevocations(
      await signRevocations({ epoch: 1, issued: now, entries: [{ client: recipient, before: now }] }, await key(1)),
      { issuer: ours.publicKey }
    )
    provision.recheck()

    expect(first.session.closed).to.equal(undefined)
    expect(second.session.closed).to.equal(BlockStatus.BLOCK_TICKET_REVOKED)
    expect(second.admission.permits(1)).to.equal(BlockStatus.BLOCK_TICKET_REVOKED)
    expect(await status({ ticket: await ticket() })).to.equal(BlockStatus.BLOCK_TICKET_REVOKED)
    second.admission.released()
    provision.recheck()
  })

  it('ends sessions whose ticket a former key of the server has signed', async () => {
    const { admission, session } = await admit()
    provision.recheck()
    expect(session.closed).to.equal(undefined)

    const rotation = await signRotation(await key(1), (await key(2)).publicKey, 1)
    ours = await openCertificate(await certificate({ notBefore: now, notAfter: now + HOUR, rotations: [rotation] }, 2))
    provision.recheck()

    expect(session.closed).to.equal(BlockStatus.BLOCK_TICKET_INVALID)
    expect(admission.permits(1)).to.equal(BlockStatus.BLOCK_TICKET_INVALID)
    expect(await status({ ticket: await ticket({}, 2), certificate: ours.envelope })).to.equal(undefined)
  })

  it('announces what a client gets while it downloads', async () => {
    holding.complete = false
    holding.have = new Bitfield(BLOCKS)
    const { admission, session } = await admit()
    expect(admission.availability).to.equal(Availability.SOME)
    expect(admission.have).to.equalBytes(new Uint8Array(2))
    holding.dispatchEvent(new CustomEvent('have', { detail: [{ first: 3, count: 2 }] }))
    expect(session.announced).to.deep.equal([{ first: 3, count: 2 }])

    admission.released()
    holding.dispatchEvent(new CustomEvent('have', { detail: [{ first: 5, count: 2 }] }))
    expect(session.announced).to.have.lengthOf(1)
    expect(holding.listenerCount('changed')).to.equal(0)
  })

  it('stops serving a source that changed', async () => {
    const { session } = await admit()
    holding.dispatchEvent(new Event('changed'))

    expect(session.closed).to.equal(BlockStatus.BLOCK_STOPPING)
    expect(await status({})).to.equal(BlockStatus.BLOCK_NOT_FOUND)
  })

  it('offers different blocks of an origin to different recipients', async () => {
    holding.role = 'origin'
    const a = await admit({ have: Uint8Array.of(0b11, 0) })
    recipient = await peer(8)
    const b = await admit({ ticket: await ticket() })

    expect(a.admission.availability).to.equal(Availability.OFFERS)
    expect(a.session.announced).to.deep.equal([{ first: 2, count: 2 }])
    expect(b.session.announced).to.deep.equal([{ first: 4, count: 2 }])
    b.admission.requested?.([4, 5])
    b.admission.requested?.([6, 7])
    expect(b.session.announced).to.deep.equal([{ first: 4, count: 2 }, { first: 6, count: 2 }, { first: 8, count: 2 }])
    // one more is due, and none is left: until the other leaves, with what it had and what it was offered
    a.admission.released()
    expect(b.session.announced.slice(3)).to.deep.equal([{ first: 0, count: 2 }])
    b.admission.released()
  })

  it('lets requests for a block of an origin yield that was sent to somebody, and of no other node', async () => {
    const a = await admit()
    await a.admission.readBlock(3, {})
    expect(a.admission.yields?.(3)).to.be.false()
    a.admission.released()

    holding.role = 'origin'
    const b = await admit()
    recipient = await peer(8)
    const c = await admit({ ticket: await ticket() })
    expect(c.admission.yields?.(3)).to.be.false()
    await b.admission.readBlock(3, {})
    expect([2, 3, 4].map(index => c.admission.yields?.(index))).to.deep.equal([false, true, false])
    // whoever asks: it has been sent
    expect(b.admission.yields?.(3)).to.be.true()

    // those who were there know of no others when all of them have left
    b.admission.released()
    expect(c.admission.yields?.(3)).to.be.true()
    c.admission.released()
    const d = await admit({ ticket: await ticket() })
    expect(d.admission.yields?.(3)).to.be.false()
    d.admission.released()
  })

  describe('while this node fetches the object itself', () => {
    let fetches: boolean | undefined
    let providers: PeerId[]
    let turnedAway: PeerId[]
    let places: Admission[]

    /** Somebody else comes with a good ticket. Returns what it is answered. */
    async function come (seed: number): Promise<BlockStatus | undefined> {
      recipient = await peer(seed)
      const admission = await provision.admit({ ...open, ticket: await ticket() }, recipient, {}).catch(err => {
        expect(err.name).to.equal('RefusedError')

        return err.status as BlockStatus
      })

      if (typeof admission === 'object') {
        places.push(admission)
      }

      return typeof admission === 'object' ? undefined : admission
    }

    beforeEach(async () => {
      fetches = true
      providers = []
      turnedAway = []
      places = []
      components.fetchesFrom = (id, peer) => {
        expect(id.equals(holding.id)).to.be.true()

        return fetches == null ? undefined : providers.some(provider => provider.equals(peer))
      }
      components.recipientTurnedAway = (id, peer) => {
        expect(id.equals(holding.id)).to.be.true()
        turnedAway.push(peer)
      }

      for (let i = 0; i < MAX_RECIPIENTS_MEANWHILE; i++) {
        expect(await come(100 + i)).to.equal(undefined)
      }
    })

    it('serves twenty, turns away the next and tells of it', async () => {
      expect(places).to.have.lengthOf(20)
      expect(await come(50)).to.equal(BlockStatus.BLOCK_BUSY)
      expect(turnedAway).to.deep.equal([recipient])
      expect(seen).to.have.lengthOf(20)
      expect(provision.recipients()).to.have.lengthOf(20)

      // nobody is turned away without a ticket, and so becomes known
      expect(await status({ ticket: await ticket({}, 5) }, await peer(51))).to.equal(BlockStatus.BLOCK_TICKET_INVALID)
      expect(turnedAway).to.have.lengthOf(1)

      // one leaves
      places[3].released()
      expect(await come(50)).to.equal(undefined)
      expect(await come(51)).to.equal(BlockStatus.BLOCK_BUSY)
    })

    it('serves beyond them whom it fetches from', async () => {
      providers.push(await peer(50))
      expect(await come(50)).to.equal(undefined)
      expect(await come(51)).to.equal(BlockStatus.BLOCK_BUSY)
    })

    it('serves all when it has all of it', async () => {
      fetches = undefined
      expect(await come(50)).to.equal(undefined)
      expect(turnedAway).to.be.empty()
    })

    it('serves those whom it serves in further sessions, which take no further places', async () => {
      expect(await come(100)).to.equal(undefined)
      places[19].released()

      for (let i = 0; i < 5; i++) {
        expect(await come(100)).to.equal(undefined)
      }

      expect(await come(50)).to.equal(undefined)
      expect(await come(51)).to.equal(BlockStatus.BLOCK_BUSY)
    })
  })
})
