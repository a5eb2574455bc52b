import { DatabaseSync } from 'node:sqlite'
import { expect } from 'aegir/chai'
import { listReceipts, Receipts } from '../../src/receipts/index.ts'
import { Homes } from '../server/fixtures.ts'
import { NOW } from '../ticket/fixtures.ts'
import { acknowledgement, hashes, indices, Provided, session } from './fixtures/sessions.ts'
import type { Home } from '../../src/home/index.ts'

const DAY = 24 * 3_600_000

describe('receipts', () => {
  const homes = new Homes()
  let home: Home
  let receipts: Receipts
  let now: number

  beforeEach(async () => {
    now = NOW
    home = await homes.open()
    receipts = Receipts.open(home, () => now)
  })

  afterEach(async () => {
    receipts.close()
    await homes.clean()
  })

  function segments (): number {
    const db = new DatabaseSync(home.join('receipts.db'), { readOnly: true })

    try {
      return Number(db.prepare('SELECT count(*) AS rows FROM segments').get()?.rows)
    } finally {
      db.close()
    }
  }

  async function settled (name: number): Promise<Provided> {
    const provided = new Provided(receipts, await session(name))
    provided.acknowledge(5)
    provided.close()
    const pending = receipts.pending()
    receipts.judged(pending[pending.length - 1].id, 5, { outcome: 'settled', reason: '', credited: 5, amount: 50 })

    return provided
  }

  it('writes nothing of a session without acknowledgement', async () => {
    new Provided(receipts, await session(1)).close()
    expect(receipts.list()).to.be.empty()
    expect(receipts.find((await session(1)).session)).to.be.undefined()
  })

  it('finds all that was acknowledged, while the session goes on and after it', async () => {
    const provided = new Provided(receipts, await session(1), position => (position * 7_919) % 10_007)
    const other = new Provided(receipts, await session(2))
    const id = provided.session.session

    for (const more of [1, 2, 4, 128, 1]) {
      provided.acknowledge(more)
      other.acknowledge(3)
      const { count } = provided
      expect(receipts.find(id)).to.deep.include({
        object: provided.session.object,
        acknowledgement: acknowledgement(id, count),
        indices: indices(1, count, position => (position * 7_919) % 10_007),
        hashes: Uint8Array.from(hashes(id, 1, count)),
        notAfter: provided.session.notAfter,
        state: 'open'
      })
    }

    expect(segments()).to.equal(10)
    const { state, ...before } = receipts.find(id) ?? {}
    provided.close()
    provided.close()
    expect(segments()).to.equal(6)
    expect(receipts.find(id)).to.deep.equal({ ...before, state: 'due' })
    expect(receipts.find(other.session.session)).to.have.nested.property('acknowledgement.count', 15)

    for (const name of ['ticket', 'serial', 'recipientNonce', 'providerNonce'] as const) {
      expect(receipts.find(id)?.[name]).to.equalBytes(provided.session[name])
    }

    expect(receipts.find(id)?.provider.equals(provided.session.provider)).to.be.true()
    expect(receipts.find(id)?.recipient.equals(provided.session.recipient)).to.be.true()
  })

  it('puts the acknowledgements of a long session together while it goes on', async () => {
    const provided = new Provided(receipts, await session(1))
    const id = provided.session.session
    provided.acknowledge(3)

    for (let n = 1; n < 2 * 1024 + 5; n++) {
      provided.acknowledge(1)

      if (n === 1500) {
        // a claim puts all of it together
        receipts.evidence(receipts.pending()[0].id)
      }
    }

    expect(segments()).to.be.below(10)
    const { count } = provided
    const all = { acknowledgement: acknowledgement(id, count), indices: indices(1, count), hashes: Uint8Array.from(hashes(id, 1, count)) }
    expect(receipts.find(id)).to.deep.include(all)
    provided.close()
    expect(segments()).to.equal(1)
    expect(receipts.find(id)).to.deep.include(all)
  })

  it('counts the blocks of a serial over all its sessions', async () => {
    const { serial } = await session(1)

    for (const [name, count] of [[1, 3], [2, 5]]) {
      const provided = new Provided(receipts, { ...await session(name), serial })
      provided.acknowledge(count - 1)
      provided.acknowledge(1)
      name === 1 && provided.close()
    }

    new Provided(receipts, await session(3)).acknowledge(7)
    expect(receipts.acknowledged(serial)).to.equal(8)
    expect(receipts.acknowledged(new Uint8Array(16))).to.equal(0)
  })

  it('takes no acknowledgement that does not follow the last one', async () => {
    const { session: id } = await session(1)
    const log = receipts.begin(await session(1))
    expect(() => { log.store(acknowledgement(id, 2), [0], hashes(id, 1, 1)) }).to.throw().with.property('name', 'InvalidParametersError')
    log.store(acknowledgement(id, 2), [0, 1], hashes(id, 1, 2))

    for (const [count, blocks, hashCount] of [[2, 1, 1], [4, 1, 1], [3, 1, 2], [2, 0, 0], [1, 1, 1]]) {
      expect(() => { log.store(acknowledgement(id, count), indices(1, blocks), hashes(id, 1, hashCount)) }).to.throw().with.property('name', 'InvalidParametersError')
    }

    expect(receipts.find(id)).to.have.nested.property('acknowledgement.count', 2)
  })

  it('counts sessions as over that were open when the node ended', async () => {
    const provided = new Provided(receipts, await session(1))
    provided.acknowledge(3)
    provided.acknowledge(3)
    receipts.close()
    // whoever still has the log ends it in peace
    provided.close()
    receipts = Receipts.open(home, () => now)
    expect(receipts.list()).to.have.lengthOf(1)
    expect(receipts.list()[0]).to.deep.include({ blocks: 6, state: 'closed', credited: 0, begun: NOW })
    expect(segments()).to.equal(1)
  })

  it('is read by others while a node writes', async () => {
    expect(listReceipts(await homes.open())).to.be.empty()
    expect(listReceipts(home)).to.be.empty()
    const provided = new Provided(receipts, await session(1))
    provided.acknowledge(3)
    expect(listReceipts(home)).to.deep.equal(receipts.list())
    expect(listReceipts(home)[0]).to.deep.include({ blocks: 3, state: 'open' })
  })

  it('keeps of a settled session what gives its keys again, without the hashes, for 90 days', async () => {
    const provided = await settled(1)
    expect(receipts.pending()).to.be.empty()
    expect(receipts.find(provided.session.session)).to.deep.include({
      acknowledgement: acknowledgement(provided.session.session, 5),
      indices: indices(1, 5),
      hashes: new Uint8Array(0),
      state: 'settled'
    })
    now += 90 * DAY
    receipts.prune()
    expect(receipts.list()[0]).to.deep.include({ state: 'settled', credited: 5, amount: 50, finished: NOW })
    now += 1
    receipts.prune()
    expect(receipts.list()).to.be.empty()
    expect(segments()).to.equal(0)
  })

  it('does not mix a new session with one that was forgotten', async () => {
    await settled(1)
    now += 91 * DAY
    receipts.prune()
    const provided = await settled(2)
    expect(receipts.find(provided.session.session)).to.deep.include({ indices: indices(1, 5) })
  })

  it('keeps the first final verdict', async () => {
    const provided = new Provided(receipts, await session(1))
    provided.acknowledge(4)
    const [{ id }] = receipts.pending()
    receipts.judged(id, 4, { outcome: 'settled', reason: '', credited: 4, amount: 40 })
    expect(receipts.list()[0]).to.deep.include({ state: 'open', credited: 4 })
    provided.acknowledge(4)
    receipts.judged(id, 8, { outcome: 'void', reason: 'false entry', credited: 0, amount: 0 })
    receipts.judged(id, 8, { outcome: 'settled', reason: '', credited: 8, amount: 80 })
    provided.acknowledge(4)
    provided.close()
    expect(receipts.list()[0]).to.deep.include({ state: 'void', blocks: 12, credited: 0, amount: 0, reason: 'false entry' })
    expect(receipts.find(provided.session.session)).to.deep.include({ state: 'refused', hashes: new Uint8Array(0) })
  })

  it('takes one byte of a claim for each block that went in order, and two at most for others of 4,096', async () => {
    const order = indices(1, 4_096)

    // Fisher and Yates, with the generator of Park and Miller
    for (let at = order.length - 1, state = 1; at > 0; at--) {
      state = state * 48_271 % 0x7fffffff
      const other = state % (at + 1);
      [order[at], order[other]] = [order[other], order[at]]
    }

    for (const [name, indexOf, most] of [[1, (position: number) => position - 1, 4_096], [2, (position: number) => order[position - 1], 2 * 4_096]] as const) {
      const provided = new Provided(receipts, await session(name), indexOf)

      for (let n = 0; n < 32; n++) {
        provided.acknowledge(128)
      }

      const evidence = receipts.evidence(name)
      expect(evidence?.blocks.byteLength).to.be.at.most(most)
    }
  })
})
