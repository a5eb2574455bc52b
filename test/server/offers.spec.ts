import { expect } from 'aegir/chai'
import fc from 'fast-check'
import { Bitfield } from '../../src/object/bitfield.ts'
import { OfferBook } from '../../src/server/offers.ts'
import type { OfferTaker } from '../../src/server/offers.ts'

class Client {
  have: Set<number>
  offered: number[] = []
  /** Blocks that left the origin for this one */
  uploads = 0
  taker: OfferTaker

  constructor (book: OfferBook, blockCount: number, have: number[] = []) {
    const field = new Bitfield(blockCount)
    have.forEach(index => { field.set(index) })
    this.have = new Set(have)
    this.taker = book.join(field, ranges => {
      for (const { first, count } of ranges) {
        for (let i = first; i < first + count; i++) {
          this.offered.push(i)
        }
      }
    })
  }

  /** Fetch the next block on offer from the origin. */
  take (): number | undefined {
    const index = this.offered.find(index => !this.have.has(index))

    if (index != null) {
      this.uploads++
      this.taker.requested([index])
      this.got(index)
    }

    return index
  }

  got (index: number): void {
    this.have.add(index)
    this.offered = this.offered.filter(other => other !== index)
    this.taker.announced([{ first: index, count: 1 }])
  }
}

function within (indices: number[], blockCount: number): number[] {
  return [...new Set(indices.map(index => index % blockCount))]
}

function union (clients: Client[]): Set<number> {
  return new Set(clients.flatMap(client => [...client.have]))
}

/** Everybody gets from the others what these have. */
function spread (clients: Client[]): void {
  for (const index of union(clients)) {
    clients.filter(client => !client.have.has(index)).forEach(client => { client.got(index) })
  }
}

describe('offer book', () => {
  it('lets each block leave the origin once when recipients exchange perfectly', () => {
    fc.assert(fc.property(fc.integer({ min: 1, max: 300 }), fc.integer({ min: 1, max: 8 }), fc.integer({ min: 1, max: 32 }), fc.array(fc.nat()), (blockCount, k, window, picks) => {
      const book = new OfferBook(blockCount, window)
      const clients = Array.from({ length: k }, () => new Client(book, blockCount))
      let turn = 0

      while (clients.some(client => client.have.size < blockCount)) {
        const client = clients[(picks[turn % picks.length] ?? turn) % k]
        turn++

        if (client.take() == null && clients.every(other => other.take() == null)) {
          // nothing is on offer: what is missing must be with the others
          expect(union(clients).size).to.equal(blockCount)
          spread(clients)
        } else if (turn % 3 === 0) {
          spread(clients)
        }
      }

      const uploads = clients.reduce((sum, { uploads }) => sum + uploads, 0)
      expect(uploads).to.equal(blockCount)
    }), { seed: 20261121, numRuns: 50 })
  })

  it('never offers a block to two, nor one that someone has, and always has some for everybody', () => {
    fc.assert(fc.property(fc.integer({ min: 1, max: 200 }), fc.array(fc.array(fc.nat(199), { maxLength: 20 }), { minLength: 1, maxLength: 6 }), fc.integer({ min: 1, max: 16 }), (blockCount, haves, window) => {
      const book = new OfferBook(blockCount, window)
      const clients = haves.map(have => new Client(book, blockCount, within(have, blockCount)))
      const offers = clients.flatMap(client => client.offered)
      expect(new Set(offers).size).to.equal(offers.length)

      const first = clients[0]
      const claimed = new Set([...first.have, ...offers])
      expect(first.offered.length).to.be.at.most(window)
      expect(first.offered.length).to.equal(Math.min(window, 2, blockCount - first.have.size))
      clients.slice(1).forEach(client => { client.taker.leave() })

      // what left with the others is offered again
      while (first.take() != null) {
        // until there is nothing left
      }

      expect(first.have.size).to.equal(blockCount)
      expect(claimed.size).to.be.at.most(blockCount)
    }), { seed: 20261121 })
  })

  it('has as many again on offer with a recipient as are on their way to it, and leaves the rest to others', () => {
    const book = new OfferBook(100, 16)
    const fast = new Client(book, 100)
    const slow = new Client(book, 100)
    expect([fast.offered.length, slow.offered.length]).to.deep.equal([2, 2])

    const ask = (count: number): number[] => {
      const asked = fast.offered.splice(0, count)
      fast.taker.requested(asked)

      return asked
    }

    const asked = ask(2)
    expect(fast.offered).to.have.lengthOf(2)
    asked.push(...ask(2))
    expect(fast.offered).to.have.lengthOf(4)
    asked.push(...ask(4))
    expect(fast.offered).to.have.lengthOf(8)
    asked.push(...ask(8))
    expect(fast.offered).to.have.lengthOf(16)
    asked.push(...ask(16))
    // the limit
    expect(fast.offered).to.have.lengthOf(16)
    expect(slow.offered).to.have.lengthOf(2)

    // it has them: what it was offered stays, and there is no more before it has come down to what it shows
    asked.forEach(index => { fast.got(index) })
    expect(fast.offered).to.have.lengthOf(16)
    fast.offered.splice(0, 15).forEach(index => { fast.got(index) })
    expect(fast.offered).to.have.lengthOf(2)
  })

  it('offers nothing that another recipient has, until that one leaves', () => {
    const book = new OfferBook(10, 4)
    const seed = new Client(book, 10, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
    const late = new Client(book, 10)
    expect(late.offered).to.be.empty()

    seed.taker.leave()
    seed.taker.leave()
    expect(late.offered).to.deep.equal([0, 1])
    expect(book.size).to.equal(1)
    expect(late.take()).to.equal(0)
    expect(late.offered).to.deep.equal([1, 2])
  })

  it('takes an explicit request of another block as a copy', () => {
    const book = new OfferBook(4, 1)
    const a = new Client(book, 4)
    a.taker.requested([2, 3])
    const b = new Client(book, 4)

    expect([a.offered, b.offered]).to.deep.equal([[0], [1]])
    expect(b.take()).to.equal(1)
    expect(b.offered).to.be.empty()
  })

  it('takes a block for one that spreads for a minute after it was last sent, whoever has it', () => {
    let now = 0
    const book = new OfferBook(4, 4, () => now)
    const client = new Client(book, 4)
    expect(book.isSpreading(1)).to.be.false()
    client.taker.requested([0, 1])
    now = 1_000
    expect(book.isSpreading(1)).to.be.false()

    book.sent(1)
    expect([0, 1, 2, 3].map(index => book.isSpreading(index))).to.deep.equal([false, true, false, false])
    client.got(1)
    client.taker.leave()
    now = 60_999
    expect(book.isSpreading(1)).to.be.true()
    now = 61_000
    expect(book.isSpreading(1)).to.be.false()

    now = 70_000
    book.sent(1)
    now = 129_999
    expect(book.isSpreading(1)).to.be.true()
    now = 100_000
    book.sent(1)
    now = 159_999
    expect(book.isSpreading(1)).to.be.true()
    now = 160_000
    expect(book.isSpreading(1)).to.be.false()
  })

  it('offers again, when all was offered, what was not passed on', () => {
    let now = 0
    const book = new OfferBook(4, 4, () => now)
    const taking = new Client(book, 4)
    const sharing = new Client(book, 4)

    const fetch = (client: Client): void => {
      for (const index of client.offered.splice(0)) {
        client.taker.requested([index])
        book.sent(index)
        client.got(index)
      }
    }

    while (taking.offered.length + sharing.offered.length > 0) {
      fetch(taking)
      fetch(sharing)
    }

    const stranded = [...taking.have].filter(index => !sharing.have.has(index))
    expect(stranded).to.not.be.empty()

    // what the other one has is passed on
    const late = new Client(book, 4, [...sharing.have])
    now = 14_000
    late.taker.requested([])
    expect(late.offered).to.be.empty()

    now = 16_000
    late.taker.requested([])
    expect(late.offered).to.have.members(stranded.slice(0, 2))
    fetch(late)
    expect([...late.have]).to.include.members(stranded)

    // now it has just been sent
    sharing.taker.requested([])
    expect(sharing.offered).to.be.empty()
  })

  it('offers each of a million blocks once, without looking at all of them each time', () => {
    const book = new OfferBook(2 ** 20, 64)
    const clients = Array.from({ length: 8 }, () => new Client(book, 2 ** 20))
    const order: Array<number | undefined> = []

    for (let i = 0; i < 2 ** 14; i++) {
      order.push(clients[i % 8].take())
    }

    // a scan per block would take minutes, and run into the timeout
    expect(new Set(order).size).to.equal(2 ** 14)
  })

  it('has no blocks to offer of an empty object', () => {
    expect(new Client(new OfferBook(0, 4), 0).offered).to.be.empty()
  })
})
