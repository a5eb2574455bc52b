import { DatabaseSync } from 'node:sqlite'
import { expect } from 'aegir/chai'
import { Docket } from '../../src/judge/index.ts'
import { Geometry } from '../../src/object/index.ts'
import { object, peer } from '../ticket/fixtures.ts'
import type { Acknowledgement, SessionEvidence } from '../../protocols/ack/index.ts'
import type { Recorded } from '../../src/judge/index.ts'
import type { PeerId } from '@libp2p/interface'

describe('docket', () => {
  let docket: Docket
  let recipient: PeerId

  beforeEach(async () => {
    docket = new Docket(new DatabaseSync(':memory:'))
    recipient = await peer(3)
  })

  function session (n: number): Uint8Array {
    const id = Buffer.alloc(32)
    id.writeUInt32BE(n)

    return id
  }

  const acknowledgement = (n: number): Acknowledgement => ({
    session: session(n), count: 1, indices: new Uint8Array(32), entries: new Uint8Array(32), signature: new Uint8Array(64)
  })

  it('keeps the latest disputes of each recipient', async () => {
    docket.mark(session(0), 1, { recipient: await peer(4), now: 0, expires: 1 })

    for (let n = 1; n <= 1_030; n++) {
      docket.mark(session(n), 1, { recipient, now: n, expires: 1 })
      docket.remember(acknowledgement(n), { recipient, now: n, expires: 1 })
    }

    for (let n = 0; n <= 1_030; n++) {
      expect(docket.marks(session(n)), `${n}`).to.have.lengthOf(n === 0 || n > 6 ? 1 : 0)
      expect(docket.remembered(session(n), 1) != null, `${n}`).to.equal(n > 6)
    }
  })

  it('keeps 16 marks of a session', () => {
    for (let position = 1; position <= 20; position++) {
      docket.mark(session(1), position, { recipient, now: 0, expires: 1 })
    }

    expect(docket.marks(session(1))).to.have.lengthOf(16)
    docket.resolve(session(1), 10)
    expect(docket.marks(session(1))).to.deep.equal([11, 12, 13, 14, 15, 16])
  })

  it('drops no acknowledgement by which a provider was paid for those of disputes', () => {
    docket.paid([{ ...acknowledgement(0), claim: new Uint8Array(64), recipient, expires: 1 }], 0)

    for (let n = 1; n <= 1_030; n++) {
      docket.remember(acknowledgement(n), { recipient, now: n, expires: 1 })
    }

    expect(docket.remembered(session(0), 1)).to.be.ok()
  })

  it('finds the shortest claim of so many blocks', () => {
    const paid = (count: number): void => { docket.paid([{ ...acknowledgement(1), count, claim: new Uint8Array(64).fill(count), recipient, expires: 1 }], 0) }
    ;[9, 5, 7].forEach(paid)
    docket.remember({ ...acknowledgement(1), count: 6 }, { recipient, now: 0, expires: 1 })

    expect([[1, 10], [6, 10], [6, 6], [1, 4], [10, 99]].map(([from, to]) => docket.claimed(session(1), from, to)?.count)).to.deep.equal([5, 7, undefined, undefined, undefined])
    expect(docket.claimed(session(1), 5, 5)).to.deep.equal({ ...acknowledgement(1), count: 5, claim: new Uint8Array(64).fill(5) })
    expect(docket.claimed(session(2), 1, 10)).to.be.undefined()
  })

  async function record (n = 1, changes: Partial<Recorded> = {}): Promise<Recorded> {
    return {
      session: session(n),
      serial: new Uint8Array(16).fill(n),
      object: object(1),
      geometry: new Geometry(65_536, 65_536),
      provider: await peer(4),
      recipient,
      count: 1,
      blocks: new Uint8Array(1),
      expires: 10,
      ...changes
    }
  }

  it('forgets what is over, but not what is still to be paid', async () => {
    docket.mark(session(1), 1, { recipient, now: 0, expires: 10 })
    docket.remember(acknowledgement(1), { recipient, now: 0, expires: 10 })
    expect(docket.record(await record(), 0)).to.be.true()
    docket.forget(10)
    expect(docket.marks(session(1))).to.have.lengthOf(1)
    docket.forget(11)
    expect(docket.marks(session(1))).to.be.empty()
    expect(docket.remembered(session(1), 1)).to.be.undefined()

    const due = docket.due(0, 0, 10)
    expect(due).to.have.lengthOf(1)
    expect(docket.isWaiting(new Uint8Array(16).fill(1))).to.be.true()
    expect(docket.isWaiting(new Uint8Array(16).fill(2))).to.be.false()
    docket.clear(due)
    expect(docket.isWaiting(new Uint8Array(16).fill(1))).to.be.false()
  })

  it('finds what is due: of old, or since its time is over', async () => {
    docket.record(await record(1, { expires: 100 }), 5)
    docket.record(await record(2, { expires: 10 }), 7)
    const due = (before: number, now: number, limit = 9): number[] => docket.due(before, now, limit).map(({ session }) => session[3])

    expect(due(4, 10)).to.deep.equal([])
    expect(due(5, 10)).to.deep.equal([1])
    expect(due(4, 11)).to.deep.equal([2])
    expect(due(5, 11)).to.deep.equal([1, 2])
    expect(due(5, 11, 1)).to.deep.equal([1])
  })

  it('keeps with what is sold all that it takes to pay it', async () => {
    const evidence = (count: number): SessionEvidence => ({
      ticket: new Uint8Array(99), provider: new Uint8Array(38), recipientNonce: new Uint8Array(32), providerNonce: new Uint8Array(32), acknowledgement: { ...acknowledgement(1), count }, blocks: new Uint8Array(count)
    })
    const price = { amount: 5, per: 1, unit: 'cent' }
    const kept = async (count: number): Promise<Recorded['sale']> => {
      docket.record(await record(1, { count, blocks: new Uint8Array(count), sale: { price, evidence: evidence(count + 1) } }), 0)

      return docket.recorded(session(1))?.sale
    }

    expect(await kept(2)).to.deep.equal({ price, evidence: evidence(3) })
    expect((await kept(4))?.evidence).to.deep.equal(evidence(5))
    // a shorter one takes no place
    expect((await kept(3))?.evidence).to.deep.equal(evidence(5))
    docket.record(await record(2), 0)
    expect(docket.recorded(session(2))?.sale).to.be.undefined()
  })

  it('makes room for it beside what was kept before', async () => {
    const database = new DatabaseSync(':memory:')
    docket = new Docket(database)
    // as it was before there was anything to sell
    database.exec(`
      DROP INDEX judge_records_serial;
      DROP INDEX judge_records_expires;
      ALTER TABLE judge_records DROP COLUMN price;
      ALTER TABLE judge_records DROP COLUMN evidence;
      UPDATE migrations SET steps = 1 WHERE module = 'judge'
    `)
    database.prepare('INSERT INTO judge_records VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)')
      .run(session(3), new Uint8Array(16), object(1).bytes, 65_536, 65_536, (await peer(4)).toMultihash().bytes, recipient.toMultihash().bytes, 1, new Uint8Array(1), 0, 10)
    expect(new Docket(database).due(0, 0, 9)).to.deep.equal([await record(3, { serial: new Uint8Array(16), sale: undefined })])
  })

  it('counts an offence once', async () => {
    const offence = { peer: recipient, kind: 'equivocation', session: session(1), at: 5, file: 'a.json' } as const

    docket.convict(offence)
    docket.convict({ ...offence, at: 6 })
    docket.convict({ ...offence, kind: 'false-entry', file: undefined })
    expect(docket.count(recipient)).to.equal(2)
    expect(docket.count(await peer(4))).to.equal(0)
    expect(docket.files('equivocation', recipient)).to.deep.equal({ all: 1, against: 1 })
    expect(docket.files('equivocation', await peer(4))).to.deep.equal({ all: 1, against: 0 })
    expect(docket.files('false-entry', recipient)).to.deep.equal({ all: 0, against: 0 })
    expect(docket.offences().map(({ kind, file, at }) => ({ kind, file, at }))).to.deep.equal([
      { kind: 'equivocation', file: 'a.json', at: 5 },
      { kind: 'false-entry', file: undefined, at: 5 }
    ])
  })
})
