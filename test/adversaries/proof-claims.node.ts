/* eslint-disable no-loop-func -- the variables are set anew before each test */
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { defaultLogger } from '@libp2p/logger'
import { expect } from 'aegir/chai'
import { concat } from 'uint8arrays/concat'
import { MAX_CLAIMS, QUOTA_DISPUTES } from '../../protocols/ack/constants.ts'
import { AckStatus } from '../../protocols/ack/index.ts'
import { BLOCK_PROTOCOL } from '../../protocols/block/index.ts'
import { TicketService } from '../../protocols/ticket/ticket.ts'
import { encodeBlocks, escrowSecret, signer, ticketSerial } from '../../src/exchange/index.ts'
import { Holding } from '../../src/holding/index.ts'
import { AUDIT_DRAWS, AUDIT_RATE, CLAIM_DEADLINE, Docket, Judge, verifyEvidence } from '../../src/judge/index.ts'
import { DEFAULT_POLICY, SqlLedger } from '../../src/ledger/index.ts'
import { Geometry, MerkleTree, Mode, treeHash } from '../../src/object/index.ts'
import { openCertificate, signTicket } from '../../src/ticket/index.ts'
import { eventually } from '../eventually.ts'
import { memory } from '../ledger/fixtures.ts'
import { BLOCK, noise, Stage } from '../node/fixtures/stage.ts'
import { certificate, HOUR, key, NOW, object as objectOf, peer } from '../ticket/fixtures.ts'
import { around, restoreAll } from './fixtures/around.ts'
import {
  acknowledge, acksOf, booksOf, claimOf, complaintOf, honest, invented, party, recoveryOf, sessionOf, storedSession, submit, sweep, ticketAt
} from './fixtures/claims.ts'
import { componentsOf, introduce, withHome } from './fixtures/hostile.ts'
import type { Party } from './fixtures/claims.ts'
import type { Claim, Complaint, Verdict } from '../../protocols/ack/index.ts'
import type { NodeInit } from '../../src/node/create-node.ts'
import type { Published } from '../../src/node/mssl.ts'
import type { StagedNode } from '../node/fixtures/stage.ts'

const BLOCKS = 40
const { credit: CREDIT, discount: DISCOUNT, startingCredit: START } = DEFAULT_POLICY

const DAY = 24 * HOUR

/**
 * What each can lose by what others do, as the tests below state it in blocks and credit. B: blocks of the object.
 *
 * | what is done                                     | provider                    | recipient      | server                                  |
 * | ------------------------------------------------ | --------------------------- | -------------- | --------------------------------------- |
 * | a claim that is not true, or comes again         | -                           | -              | -                                       |
 * | a false entry, complained about                  | the liar's whole session    | time           | one block read                          |
 * | a false entry that nobody complains about        | the session, if it is drawn | -              | its credit, unless drawn: 1 in 64 times 1 - (1 - 1/n)^16 |
 * | two who collude, without a byte                  | -                           | -              | credit of B blocks per client, object and 30 days |
 * | a recipient that signs for a friend as well      | credit of blocks that the friend claims first | - | -                                    |
 * | a recipient that frames its provider             | -                           | it is convicted| one block read                          |
 * | a flood of disputes                              | -                           | -              | 30 block reads a minute for each client |
 *
 * Plaintext without an acknowledgement, a block credited twice, a balance that is wrong: never.
 */
describe('adversaries: claims in mode proof', function () {
  this.timeout(60_000)

  const stage = new Stage()
  const all = [...Array(BLOCKS).keys()]
  let server: StagedNode
  let object: Published & { bytes: Uint8Array }
  let nodes: Record<'alice' | 'bob' | 'carol', StagedNode>
  /** Alice receives, Bob provides, Carol is another client. */
  let alice: Party
  let bob: Party
  let carol: Party

  async function setUp (init: NodeInit = {}): Promise<void> {
    const [own, ...clients] = await Promise.all([init, {}, {}, {}].map(async init => stage.node({ claimInterval: 2 ** 31 - 1, ...init })))
    server = own
    nodes = { alice: clients[0], bob: clients[1], carol: clients[2] }
    object = await stage.publish(server, BLOCKS * BLOCK, { mode: 'proof', encryption: 'none' })
    ;[alice, bob, carol] = await Promise.all(clients.map(async client => party(client, object.link)))
  }

  function books (): ReturnType<typeof booksOf> {
    return booksOf(server, { alice, bob, carol, server })
  }

  /** Runs it, and says what each gained by it. */
  async function gains (work: () => Promise<unknown>): Promise<{ alice: number, bob: number, carol: number, server: number, blocks: number }> {
    const before = books()
    await work()
    const after = books()
    const gained = Object.fromEntries(Object.keys(after.credit).map(name => [name, after.credit[name] - before.credit[name]]))

    return { ...gained, blocks: after.blocks - before.blocks } as any
  }

  const NOTHING = { alice: 0, bob: 0, carol: 0, server: 0, blocks: 0 }
  const served = (blocks: number): typeof NOTHING => ({ ...NOTHING, alice: blocks * DISCOUNT, bob: blocks * CREDIT, blocks })

  function truth (init: { indices?: number[], name?: string, recipient?: Party, provider?: Party, hash?: typeof invented } = {}): ReturnType<typeof sessionOf> {
    return sessionOf({ provider: bob, recipient: alice, indices: all, hash: honest(object.bytes, BLOCK), ...init })
  }

  async function evidence (): Promise<Array<{ name: string, bytes: Uint8Array }>> {
    const folder = join(server.home, 'evidence')
    const names = await readdir(folder).catch(() => [])

    return Promise.all(names.map(async name => ({ name, bytes: await readFile(join(folder, name)) })))
  }

  afterEach(async () => {
    restoreAll()
    await stage.clear()
  })

  describe('a claim that is not true gains nobody anything', () => {
    beforeEach(async () => setUp({ auditRate: 0 }))

    interface False {
      /** Who presents which claim, showing which ticket */
      present (): Promise<{ by?: StagedNode, ticket?: Uint8Array, claim: Claim }>
      outcome?: Verdict['outcome']
      reason: RegExp
    }

    const claims: Record<string, False> = {
      'with a count one higher than was signed': {
        present: async () => {
          const whole = truth()
          const { session } = truth({ indices: all.slice(0, 30) })
          const more = { ...whole.session, acknowledgement: { ...whole.session.acknowledgement, signature: session.acknowledgement.signature } }

          return { claim: claimOf(bob, { session: more }) }
        },
        reason: /recipient has not signed/
      },
      'with a count and a list that are longer by one': {
        present: async () => {
          const { session } = truth({ indices: all.slice(0, 30) })

          return { claim: claimOf(bob, { session: { ...session, acknowledgement: { ...session.acknowledgement, count: 31 }, blocks: encodeBlocks(all.slice(0, 31)) } }) }
        },
        reason: /not the blocks that were acknowledged/
      },
      'with a list of other blocks': {
        present: async () => {
          const { session } = truth({ indices: all.slice(0, 20) })

          return { claim: claimOf(bob, { session: { ...session, blocks: truth({ indices: all.slice(20) }).session.blocks } }) }
        },
        reason: /not the blocks that were acknowledged/
      },
      'with a list of other blocks, and the chain of those': {
        present: async () => {
          const first = truth({ indices: all.slice(0, 20) })
          const { indices } = acknowledge(bob.signer, first.session.acknowledgement.session, Uint32Array.from(all.slice(20)), first.hashes)

          return { claim: claimOf(bob, { session: { ...first.session, blocks: truth({ indices: all.slice(20) }).session.blocks, acknowledgement: { ...first.session.acknowledgement, indices } } }) }
        },
        reason: /recipient has not signed/
      },
      'with blocks that the object does not have': {
        present: async () => ({ claim: claimOf(bob, sessionOf({ provider: bob, recipient: alice, indices: [0, BLOCKS] })) }),
        reason: /names one that the object does not have/
      },
      'that the provider signed for itself, in the recipient\'s name': {
        present: async () => ({ claim: claimOf(bob, truth({ recipient: { ...alice, signer: bob.signer } })) }),
        reason: /recipient has not signed/
      },
      'of another provider\'s session': {
        present: async () => ({ by: nodes.carol, ticket: carol.ticket, claim: claimOf(bob, truth()) }),
        reason: /another provider's/
      },
      'of another provider\'s session, with its own name in it': {
        present: async () => {
          const { session } = truth()

          return { by: nodes.carol, ticket: carol.ticket, claim: claimOf(carol, { session: { ...session, provider: carol.peerId.toMultihash().bytes } }) }
        },
        reason: /of another session/
      },
      'that somebody else signed': {
        present: async () => ({ claim: claimOf(carol, truth()) }),
        reason: /provider has not signed/
      },
      'with itself as the recipient': {
        present: async () => ({ claim: claimOf(bob, truth({ recipient: bob })) }),
        reason: /Nobody provides to itself/
      },
      'without a ticket': {
        present: async () => ({ ticket: new Uint8Array(), claim: claimOf(bob, truth()) }),
        reason: /.+/
      },
      'with the recipient\'s ticket for its own': {
        present: async () => ({ ticket: alice.ticket, claim: claimOf(bob, truth()) }),
        reason: /another client's/
      },
      'with a ticket for another object': {
        present: async () => {
          const other = await stage.publish(server, BLOCK, { mode: 'proof', seed: 2 })
          const { ticket } = await party(nodes.bob, other.link)

          return { ticket, claim: claimOf(bob, truth()) }
        },
        reason: /for another object/
      },
      'by a ticket that the server never gave': {
        present: async () => {
          const ticket = await signTicket({ client: alice.peerId, object: object.id, mode: Mode.PROOF, notBefore: Date.now(), notAfter: Date.now() + HOUR, standing: 1 }, componentsOf(nodes.bob).privateKey)

          return { claim: claimOf(bob, truth({ recipient: { ...alice, ticket } })) }
        },
        reason: /signed by another server/
      },
      'by a ticket of mode plain': {
        present: async () => {
          const notBefore = Date.now()
          const ticket = await withHome(server, async home => signTicket({ client: alice.peerId, object: object.id, notBefore, notAfter: notBefore + HOUR }, await home.privateKey('issuer')))

          return { claim: claimOf(bob, truth({ recipient: { ...alice, ticket } })) }
        },
        reason: /not one of mode proof/
      },
      'a week and an hour after the ticket\'s end': {
        present: async () => {
          const notAfter = Date.now() - CLAIM_DEADLINE - HOUR
          const ticket = await ticketAt(server, alice.peerId, object.link, { notBefore: notAfter - HOUR, notAfter })

          return { claim: claimOf(bob, truth({ recipient: { ...alice, ticket } })) }
        },
        outcome: 'expired',
        reason: /could be claimed until/
      }
    }

    for (const [what, { present, outcome = 'invalid', reason }] of Object.entries(claims)) {
      it(what, async () => {
        const { by = nodes.bob, ticket = bob.ticket, claim } = await present()
        const gained = await gains(async () => {
          const [verdict] = await submit(by, server, ticket, [claim])
          expect(verdict, verdict.reason).to.include({ outcome, credited: 0, amount: 0 })
          expect(verdict.reason).to.match(reason)
        })

        expect(gained).to.deep.equal(NOTHING)
        // nor does it stand in the way of the true one
        expect(await gains(async () => submit(nodes.bob, server, bob.ticket, [claimOf(bob, truth())]))).to.deep.equal(served(BLOCKS))
      })
    }

    it('and takes none of those beside it along', async () => {
      const good = truth({ indices: all.slice(0, 10), name: 'good' })
      const { session } = truth({ indices: all.slice(10, 20), name: 'bad' })
      const bad = claimOf(bob, { session: { ...session, blocks: good.session.blocks } })
      const gained = await gains(async () => {
        const verdicts = await submit(nodes.bob, server, bob.ticket, [bad, claimOf(bob, good), bad])
        expect(verdicts.map(({ outcome }) => outcome)).to.deep.equal(['invalid', 'settled', 'invalid'])
      })

      expect(gained).to.deep.equal(served(10))
    })

    it('is settled an hour before the deadline, long after the ticket\'s end', async () => {
      const notAfter = Date.now() - CLAIM_DEADLINE + HOUR
      const ticket = await ticketAt(server, alice.peerId, object.link, { notBefore: notAfter - HOUR, notAfter })

      expect(await gains(async () => submit(nodes.bob, server, bob.ticket, [claimOf(bob, truth({ recipient: { ...alice, ticket } }))]))).to.deep.equal(served(BLOCKS))
    })
  })

  describe('a claim that comes again', () => {
    it('is paid once: at once, in one message, in parts, after a restart of the server, by another provider', async () => {
      await setUp({ auditRate: 1 })
      const half = truth({ indices: all.slice(0, 20) })
      const whole = truth()
      const claim = claimOf(bob, whole)
      const settled = { outcome: 'settled', credited: BLOCKS, amount: BLOCKS * CREDIT }

      expect(await gains(async () => submit(nodes.bob, server, bob.ticket, [claimOf(bob, half)], half.hashes))).to.deep.equal(served(20))
      expect(await gains(async () => submit(nodes.bob, server, bob.ticket, [claim], whole.hashes))).to.deep.equal(served(20))

      expect(await gains(async () => {
        for (let again = 0; again < 3; again++) {
          const verdicts = await submit(nodes.bob, server, bob.ticket, [claim, claim, claim])
          verdicts.forEach(verdict => { expect(verdict).to.include(settled) })
        }
      })).to.deep.equal(NOTHING)

      const before = books()
      await server.stop()
      server = await stage.node({ home: server.home, auditRate: 1 })
      await server.services.mssl.provide()
      expect(books()).to.deep.equal(before)

      expect(await gains(async () => {
        expect((await submit(nodes.bob, server, bob.ticket, [claim]))[0]).to.include(settled)
        expect((await submit(nodes.bob, server, bob.ticket, [claimOf(bob, half)]))[0]).to.include({ outcome: 'settled' })
        expect((await submit(nodes.carol, server, carol.ticket, [claim]))[0]).to.include({ outcome: 'invalid', credited: 0 })
      })).to.deep.equal(NOTHING)
    })
  })

  it('a session that is paid in part by its claim and in part by its recipient\'s word is paid once', async () => {
    await setUp({ auditRate: 0 })
    // position by position: the first ten of the one session are the first ten of the other
    const parts = [10, 25, BLOCKS].map(count => truth({ indices: all.slice(0, count) }))
    const settled = { outcome: 'settled', credited: BLOCKS, amount: BLOCKS * CREDIT }

    expect(await gains(async () => submit(nodes.bob, server, bob.ticket, [claimOf(bob, parts[0])]))).to.deep.equal(served(10))
    expect(await gains(async () => {
      await acksOf(nodes.alice).recover(server.getMultiaddrs(), recoveryOf(parts[1]))
      await sweep(server, Date.now() + HOUR)
    })).to.deep.equal(served(15))
    expect(await gains(async () => expect((await submit(nodes.bob, server, bob.ticket, [claimOf(bob, parts[2])]))[0]).to.include(settled))).to.deep.equal(served(15))
    expect(await gains(async () => {
      await acksOf(nodes.alice).recover(server.getMultiaddrs(), recoveryOf(parts[2]))
      await sweep(server, Date.now() + 2 * HOUR)
      expect((await submit(nodes.bob, server, bob.ticket, [claimOf(bob, parts[2])]))[0]).to.include(settled)
    })).to.deep.equal(NOTHING)
  })

  describe('one false entry', () => {
    const COUNT = 4_096
    const FALSE = 2_718
    /** More entries than blocks: a session may carry a block again and again */
    const many = Array.from({ length: COUNT }, (_, at) => at % BLOCKS)

    it(`among ${COUNT} is found with certainty when it is complained about: the session is void, and the evidence stands by itself`, async () => {
      await setUp({ auditRate: 0 })
      const right = honest(object.bytes, BLOCK)
      const lie = sessionOf({ provider: bob, recipient: alice, indices: many, hash: (position, index, key) => position === FALSE ? invented(position) : right(position, index, key) })
      const earlier = truth({ indices: all.slice(0, 10), name: 'earlier' })
      expect(await gains(async () => submit(nodes.bob, server, bob.ticket, [claimOf(bob, earlier)]))).to.deep.equal(served(10))

      // what the recipient lost is time: it has the block from the server
      const ruling = await acksOf(nodes.alice).complain(server.getMultiaddrs(), complaintOf(lie, FALSE))
      const index = many[FALSE - 1]
      expect(ruling.block).to.equalBytes(object.bytes.subarray(index * BLOCK, (index + 1) * BLOCK))

      expect(await gains(async () => {
        const [verdict] = await submit(nodes.bob, server, bob.ticket, [claimOf(bob, lie)], lie.hashes)
        expect(verdict).to.include({ outcome: 'void', credited: 0, amount: 0 })
        const [again] = await submit(nodes.bob, server, bob.ticket, [claimOf(bob, lie)], lie.hashes)
        expect(again).to.include({ outcome: 'void', credited: 0, amount: 0 })
      })).to.deep.equal(NOTHING)

      const [{ name, bytes }, ...more] = await evidence()
      expect(more).to.be.empty()
      expect(name).to.match(/^false-entry-/)
      const finding = await verifyEvidence(bytes)
      expect(finding.accused.equals(bob.peerId)).to.be.true()
      expect(finding).to.deep.include({ kind: 'false-entry', count: COUNT, entry: { position: FALSE, index, name: 'object.bin' } })
    })

    it('is found after it was paid, too: what was paid is taken back with the complaint', async () => {
      await setUp({ auditRate: 0 })
      const right = honest(object.bytes, BLOCK)
      const lie = sessionOf({ provider: bob, recipient: alice, indices: all, hash: (position, index, key) => position === 7 ? invented(position) : right(position, index, key) })
      expect(await gains(async () => submit(nodes.bob, server, bob.ticket, [claimOf(bob, lie)]))).to.deep.equal(served(BLOCKS))

      expect(await gains(async () => acksOf(nodes.alice).complain(server.getMultiaddrs(), complaintOf(lie, 7))))
        .to.deep.equal({ ...NOTHING, bob: -BLOCKS * CREDIT, alice: -BLOCKS * DISCOUNT, blocks: -BLOCKS })
      expect(await gains(async () => {
        const [verdict] = await submit(nodes.bob, server, bob.ticket, [claimOf(bob, lie)], lie.hashes)
        expect(verdict).to.include({ outcome: 'void', credited: 0 })
      })).to.deep.equal(NOTHING)
      const [{ bytes }, ...more] = await evidence()
      expect(more).to.be.empty()
      expect((await verifyEvidence(bytes)).accused.equals(bob.peerId)).to.be.true()
    })

    const ENTRIES = 16
    const SESSIONS = 4_096

    it(`among ${ENTRIES} that nobody complains about is found with the probability rate x (1 - (1 - 1/n)^${AUDIT_DRAWS}), as drawn in ${SESSIONS} sessions`, async () => {
      const probability = AUDIT_RATE * (1 - (1 - 1 / ENTRIES) ** AUDIT_DRAWS)
      const { judge, provider, recipient, hash } = await judgeAlone(await stage.folder())
      let audited = 0
      let found = 0

      for (let first = 0; first < SESSIONS; first += MAX_CLAIMS) {
        const lies = Array.from({ length: MAX_CLAIMS }, (_, n) => sessionOf({
          provider,
          recipient,
          indices: Array.from({ length: ENTRIES }, (_, at) => at),
          name: first + n,
          hash: (position, index, key) => position === 1 + (first + n) % ENTRIES ? invented(position) : hash(position, index, key)
        }))
        const { verdicts } = await judge.claim(provider.ticket, lies.map(lie => claimOf(provider, lie)), provider.peerId)

        for (const [n, { outcome }] of verdicts.entries()) {
          if (outcome === 'audit') {
            const { session, hashes } = lies[n]
            audited++
            found += (await judge.audit(session.acknowledgement.session, hashes, provider.peerId)).verdicts[0].outcome === 'void' ? 1 : 0
          }
        }
      }

      // the same numbers each time: nothing that is drawn depends on the day
      expectDrawn(audited, SESSIONS, AUDIT_RATE)
      expectDrawn(found, SESSIONS, probability)
      expect(judge.offences(provider.peerId)).to.equal(found)
    })
  })

  describe('two colluders who never moved a byte', () => {
    it('get the credit of one object\'s blocks for each client and period, whatever they do, where nothing is audited', async () => {
      await setUp({ auditRate: 0 })
      const present = async (init: Partial<Parameters<typeof sessionOf>[0]>, by = nodes.bob, to = bob): Promise<Verdict> => {
        const [verdict] = await submit(by, server, to.ticket, [claimOf(to, sessionOf({ provider: to, recipient: alice, indices: all, ...init }))])
        expect(verdict.outcome, verdict.reason).to.equal('settled')

        return verdict
      }

      expect(await gains(async () => present({}))).to.deep.equal(served(BLOCKS))

      expect(await gains(async () => {
        for (let name = 0; name < 5; name++) {
          expect(await present({ name, indices: [...all, ...all] })).to.include({ credited: 0, amount: 0 })
        }
      }), 'more sessions').to.deep.equal(NOTHING)

      const tickets = new TicketService(componentsOf(nodes.alice))
      const { ticket } = await tickets.request(server.getMultiaddrs(), { object: object.id.bytes as Uint8Array<ArrayBuffer> })
      expect(ticket).to.not.equalBytes(alice.ticket)
      expect(await gains(async () => present({ recipient: { ...alice, ticket: ticket as Uint8Array } })), 'a renewed ticket').to.deep.equal(NOTHING)

      expect(await gains(async () => present({}, nodes.carol, carol)), 'another provider').to.deep.equal(NOTHING)

      expect(await gains(async () => {
        // the recipient's word alone pays as well, later
        await acksOf(nodes.alice).recover(server.getMultiaddrs(), recoveryOf(truth({ provider: carol, name: 'recovered' })))
        await sweep(server, Date.now() + HOUR)
      }), 'a recovery').to.deep.equal(NOTHING)

      const notAfter = Date.now() - 1
      const earlier = await ticketAt(server, alice.peerId, object.link, { notBefore: notAfter - 30 * DAY, notAfter })
      expect(await gains(async () => present({ recipient: { ...alice, ticket: earlier } })), 'another period').to.deep.equal(served(BLOCKS))
    })

    it('get nothing when a server that served the blocks itself has entered them, and take nothing but credit when they come first', async () => {
      await setUp({ auditRate: 0 })
      await nodes.alice.services.mssl.get(object.link, { to: nodes.alice.folder })
      await eventually(() => server.services.mssl.recipients().length === 0)

      expect(await gains(async () => server.services.mssl.claim())).to.deep.equal({ ...NOTHING, server: START + BLOCKS * CREDIT, blocks: BLOCKS })
      expect(await gains(async () => submit(nodes.bob, server, bob.ticket, [claimOf(bob, truth())]))).to.deep.equal(NOTHING)

      await nodes.carol.services.mssl.get(object.link, { to: nodes.carol.folder })
      await eventually(() => server.services.mssl.recipients().length === 0)
      expect(await gains(async () => submit(nodes.bob, server, bob.ticket, [claimOf(bob, truth({ recipient: carol }))])))
        .to.deep.equal({ ...NOTHING, carol: BLOCKS * DISCOUNT, bob: BLOCKS * CREDIT, blocks: BLOCKS })
      expect(await gains(async () => server.services.mssl.claim())).to.deep.equal(NOTHING)
    })

    it('can take the credit of an honest provider, when one of them is its recipient and they come first', async () => {
      await setUp({ auditRate: 0 })
      await submit(nodes.carol, server, carol.ticket, [claimOf(carol, sessionOf({ provider: carol, recipient: alice, indices: all }))])

      // Bob has served all blocks, and the recipient has signed that: it pays nothing, and leaves nothing in the books
      expect(await gains(async () => {
        expect((await submit(nodes.bob, server, bob.ticket, [claimOf(bob, truth())]))[0]).to.include({ outcome: 'settled', credited: 0, amount: 0 })
      })).to.deep.equal(NOTHING)
      expect(server.services.mssl.ledger.account(bob.peerId)).to.include({ sessions: 0, served: 0, credited: 0 })
    })

    it('get nothing by the recipient\'s word alone without the object, and with it the same and no more', async () => {
      await setUp({ auditRate: 1 })
      const recovered = async (init: Parameters<typeof truth>[0] & { hash?: typeof invented }): Promise<void> => {
        await acksOf(nodes.alice).recover(server.getMultiaddrs(), recoveryOf(truth(init)))
        await sweep(server, Date.now() + HOUR)
      }

      expect(await gains(async () => {
        await expect(recovered({ name: 'nothing', hash: invented })).to.eventually.be.rejected.with.property('status', AckStatus.ACK_FALSE)
        await sweep(server, Date.now() + HOUR)
      })).to.deep.equal(NOTHING)
      expect(await gains(async () => recovered({ name: '1' }))).to.deep.equal(served(BLOCKS))
      expect(await gains(async () => recovered({ name: '2' })), 'in another session').to.deep.equal(NOTHING)
      expect(await gains(async () => recovered({ name: '3', provider: carol })), 'for another provider').to.deep.equal(NOTHING)
    })

    it('get nothing where they are audited, and are convicted', async () => {
      await setUp({ auditRate: 1 })
      const lie = sessionOf({ provider: bob, recipient: alice, indices: all })

      expect(await gains(async () => {
        const [verdict] = await submit(nodes.bob, server, bob.ticket, [claimOf(bob, lie)], lie.hashes)
        expect(verdict).to.include({ outcome: 'void', credited: 0 })
      })).to.deep.equal(NOTHING)
      expect((await verifyEvidence((await evidence())[0].bytes)).accused.equals(bob.peerId)).to.be.true()
      expect(await offences(server)).to.deep.include.members([{ peer: bob.peerId.toString(), kind: 'false-entry' }])
    })

    it('get nothing by leaving the question for the entries open', async () => {
      await setUp({ auditRate: 1 })
      const lie = sessionOf({ provider: bob, recipient: alice, indices: all })

      expect(await gains(async () => {
        for (let again = 0; again < 3; again++) {
          expect((await submit(nodes.bob, server, bob.ticket, [claimOf(bob, lie)]))[0]).to.include({ outcome: 'audit', credited: 0, amount: 0 })
        }
      })).to.deep.equal(NOTHING)
    })
  })

  describe('a recipient that frames an honest provider', () => {
    /** Alice has got all from Bob; she signs once more, with a false entry among the first `count`, and complains about it. */
    async function frame (count: number): Promise<Complaint> {
      const { session, indices, hashes } = await storedSession(nodes.bob, alice.peerId)
      const list = indices.slice(0, count)
      const falsified = hashes.slice(0, 32 * count)
      falsified.set(invented(count), 32 * (count - 5))

      return complaintOf({
        session: { ...session, acknowledgement: acknowledge(alice.signer, session.acknowledgement.session, list, falsified), blocks: encodeBlocks(list) },
        indices: list,
        hashes: falsified
      }, count - 4)
    }

    beforeEach(async () => {
      await setUp({ auditRate: 0 })
      await nodes.bob.services.mssl.get(object.link, { to: nodes.bob.folder })
      await server.unhandle(BLOCK_PROTOCOL)
      await introduce(nodes.alice, object.link, nodes.bob)
      const { sources } = await nodes.alice.services.mssl.get(object.link, { to: nodes.alice.folder })
      expect(sources.filter(({ bytes }) => bytes > 0).map(({ peer }) => peer.toString())).to.deep.equal([bob.peerId.toString()])
      await eventually(() => nodes.bob.services.mssl.recipients().length === 0)
    })

    async function expectPaid (): Promise<void> {
      const gained = await gains(async () => {
        const { verdicts, failures } = await nodes.bob.services.mssl.claim()
        expect(failures).to.be.empty()
        verdicts.forEach(({ outcome, count, credited }) => { expect([outcome, credited]).to.deep.equal(['settled', count]) })
      })
      expect(gained).to.deep.equal(served(BLOCKS))
    }

    async function expectEquivocation (): Promise<void> {
      const [{ name, bytes }, ...more] = await evidence()
      expect(more).to.be.empty()
      expect(name).to.match(/^equivocation-/)
      const { kind, accused } = await verifyEvidence(bytes)
      expect(kind).to.equal('equivocation')
      expect(accused.equals(alice.peerId)).to.be.true()
      expect(await offences(server)).to.deep.equal([{ peer: alice.peerId.toString(), kind: 'equivocation' }])
    }

    it('before the claim: the provider is credited in full, and the recipient\'s contradiction is on file', async () => {
      const { count } = (await storedSession(nodes.bob, alice.peerId)).session.acknowledgement
      expect((await acksOf(nodes.alice).complain(server.getMultiaddrs(), await frame(count))).block).to.exist()
      await expectPaid()
      await expectEquivocation()
    })

    it('after the claim: is refused, loses nothing of the provider\'s, and is on file', async () => {
      const { count } = (await storedSession(nodes.bob, alice.peerId)).session.acknowledgement
      const complaint = await frame(count)
      await expectPaid()
      expect(await gains(async () => {
        await expect(acksOf(nodes.alice).complain(server.getMultiaddrs(), complaint)).to.eventually.be.rejected.with.property('status', AckStatus.ACK_FALSE)
      })).to.deep.equal(NOTHING)
      await expectEquivocation()
    })

    it('with another number of blocks: the provider is credited in full after an audit', async () => {
      const { count } = (await storedSession(nodes.bob, alice.peerId)).session.acknowledgement
      expect((await acksOf(nodes.alice).complain(server.getMultiaddrs(), await frame(count - 1))).block).to.exist()
      await expectPaid()
      expect(await evidence()).to.be.empty()
    })
  })

  it('a flood of complaints and recoveries costs the server a bounded number of blocks read, and others nothing', async () => {
    await setUp({ auditRate: 0 })
    const other = await stage.publish(server, BLOCKS * BLOCK, { mode: 'proof', seed: 3 })
    const ASKED = 60
    let reads = 0
    around(Holding.prototype, 'readPublished', (read, holding) => async (index, options) => {
      reads += holding.id.equals(object.id) ? 1 : 0

      return read(index, options)
    })
    const answers = new Map<string, number>()
    const count = (answer: string): void => { answers.set(answer, (answers.get(answer) ?? 0) + 1) }
    const flood = [nodes.alice, nodes.bob].flatMap((node, n) => Array.from({ length: 4 }, async (_, lane) => {
      const [recipient, provider] = n === 0 ? [alice, bob] : [bob, alice]

      for (let i = 0; i < ASKED / 4; i++) {
        const session = sessionOf({ provider, recipient, indices: all, name: `${lane} ${i}` })
        const asked = i % 3 === 0
          ? acksOf(node).recover(server.getMultiaddrs(), recoveryOf(session))
          : acksOf(node).complain(server.getMultiaddrs(), complaintOf(session, 1 + i))
        await asked.then(() => { count('answered') }, err => { count(err.status ?? err.name) })
      }
    }))
    const gained = await gains(async () => {
      const [{ path }] = await Promise.all([nodes.carol.services.mssl.get(other.link, { to: nodes.carol.folder }), ...flood])
      expect(await readFile(path)).to.equalBytes(other.bytes)
    })

    expect(gained).to.deep.equal(NOTHING)
    expect([...answers.values()].reduce((sum, answers) => sum + answers)).to.equal(2 * ASKED)
    expect([...answers.keys()]).to.have.members(['answered', AckStatus.ACK_FALSE, AckStatus.ACK_BUSY])
    expect(answers.get('answered')).to.be.within(1, 2 * QUOTA_DISPUTES)
    expect(reads).to.be.within(1, 2 * QUOTA_DISPUTES)

    // whoever comes after them is heard
    const session = truth({ recipient: carol })
    expect((await acksOf(nodes.carol).recover(server.getMultiaddrs(), recoveryOf(session))).keys).to.have.lengthOf(32 * BLOCKS)
  })
})

function expectDrawn (count: number, of: number, probability: number): void {
  const deviation = Math.sqrt(of * probability * (1 - probability))
  expect(count).to.be.within(of * probability - 3 * deviation, of * probability + 3 * deviation)
}

async function offences (server: StagedNode): Promise<Array<{ peer: string, kind: string }>> {
  return withHome(server, home => new Docket(home.database()).offences().map(({ peer, kind }) => ({ peer: peer.toString(), kind })))
}

/** A judge with keys, times and an object that are the same each time; the object's blocks have 64 bytes. */
async function judgeAlone (evidenceFolder: string): Promise<{ judge: Judge, provider: Party, recipient: Party, hash: ReturnType<typeof honest> }> {
  const SIZE = 64
  const root = new Uint8Array(32).fill(7)
  const id = objectOf(3)
  // which counts the blocks, and no more: real ones would take minutes
  const geometry = new Geometry(16 * BLOCK, BLOCK)
  const bytes = noise(16 * SIZE, 5)
  const tree = MerkleTree.fromLeaves(treeHash(0x12), concat(Array.from({ length: 16 }, (_, index) => treeHash(0x12).leaf(bytes.subarray(index * SIZE, (index + 1) * SIZE)))))
  const issuer = await key(1)
  const envelope = await certificate()
  const opened = await openCertificate(envelope, { ignoreValidity: true })
  const database = memory()
  const judge = new Judge({
    root,
    self: await peer(2),
    database,
    ledger: new SqlLedger(database, undefined, () => NOW),
    identity: async () => ({ key: issuer, certificate: opened }),
    object: () => ({
      manifest: { mode: Mode.PROOF },
      manifestEnvelope: new Uint8Array(),
      geometry,
      tree,
      readPublished: async index => bytes.slice(index * SIZE, (index + 1) * SIZE)
    }),
    evidenceFolder,
    logger: defaultLogger()
  }, { now: () => NOW })
  const [provider, recipient] = await Promise.all([3, 4].map(async (seed): Promise<Party> => {
    const peerId = await peer(seed)
    const serial = ticketSerial(root, peerId, id, NOW)

    return {
      peerId,
      signer: signer(await key(seed)),
      ticket: await signTicket({ client: peerId, object: id, mode: Mode.PROOF, serial, notBefore: NOW, notAfter: NOW + HOUR, standing: 1 }, issuer),
      escrowSecret: escrowSecret(root, peerId.toMultihash().bytes)
    }
  }))

  return { judge, provider, recipient, hash: honest(bytes, SIZE) }
}
