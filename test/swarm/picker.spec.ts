import { expect } from 'aegir/chai'
import fc from 'fast-check'
import { Bitfield } from '../../src/object/bitfield.ts'
import { Picker, Source } from '../../src/swarm/picker.ts'
import { seeded } from './fixtures/random.ts'
import type { PickerInit } from '../../src/swarm/picker.ts'

function bits (length: number, ...set: number[]): Bitfield {
  const field = new Bitfield(length)
  set.forEach(i => { field.set(i) })

  return field
}

function create (length: number, init: Partial<PickerInit> = {}): Picker {
  return new Picker({ have: new Bitfield(length), random: seeded(1), ...init })
}

function add (picker: Picker, blocks?: Bitfield, origin?: boolean): Source {
  const source = new Source(blocks, origin)
  picker.add(source)

  return source
}

function take (picker: Picker, source: Source, now = 0): number | undefined {
  const index = picker.pick(source, now)

  if (index != null) {
    picker.claim(source, index, now)
  }

  return index
}

describe('picker', () => {
  it('takes the rarest blocks first, after a few random ones', () => {
    const picker = create(100)
    const all = add(picker)
    add(picker, bits(100, ...Array.from({ length: 90 }, (_, i) => i)))
    const picks: number[] = []

    for (let i = 0; i < 4; i++) {
      const index = take(picker, all) ?? -1
      picker.settle(index)
      picks.push(index)
    }

    expect(picks.some(index => index < 90)).to.be.true()
    const rare = Array.from({ length: 10 }, (_, i) => 90 + i).filter(i => !picks.includes(i))
    const next = rare.map(() => take(picker, all, 1) ?? -1)
    expect(next.sort((a, b) => a - b)).to.deep.equal(rare)
  })

  it('is repeatable with a seed, and different with another', () => {
    const run = (seed: number): Array<number | undefined> => {
      const picker = create(64, { random: seeded(seed) })
      const source = add(picker)

      return Array.from({ length: 64 }, () => take(picker, source))
    }

    expect(run(1)).to.deep.equal(run(1))
    expect(run(1)).to.not.deep.equal(run(2))
    expect(new Set(run(3)).size).to.equal(64)
  })

  it('tells whether a source got what none of the others has, and what is wanted', () => {
    const picker = create(10)
    add(picker, undefined, true)
    const a = add(picker, new Bitfield(10))
    const b = add(picker, new Bitfield(10))
    expect(picker.announce(a, [{ first: 3, count: 1 }])).to.be.true()
    expect(picker.announce(b, [{ first: 3, count: 1 }])).to.be.false()
    expect(picker.announce(b, [{ first: 3, count: 2 }])).to.be.true()
    picker.settle(5)
    expect(picker.announce(b, [{ first: 5, count: 1 }])).to.be.false()
  })

  it('finds blocks that a source got after the order was built', () => {
    const picker = create(1000)
    const source = add(picker, new Bitfield(1000))
    expect(picker.pick(source, 0)).to.be.undefined()
    picker.announce(source, [{ first: 10, count: 3 }])
    expect([take(picker, source), take(picker, source), take(picker, source)].sort()).to.deep.equal([10, 11, 12])
    expect(take(picker, source)).to.be.undefined()
  })

  it('gives failed blocks to others, and refused ones never to the same again', () => {
    const picker = create(3)
    const [a, b] = [add(picker), add(picker)]
    const taken = [take(picker, a), take(picker, a), take(picker, a)] as number[]
    expect(picker.pick(b, 0)).to.be.undefined()
    picker.release(a, taken[1])
    a.lacks(taken[1])
    expect(picker.pick(a, 0)).to.be.undefined()
    expect(picker.pick(b, 0)).to.equal(taken[1])
    picker.remove(a)
    expect([take(picker, b), take(picker, b), take(picker, b)].sort()).to.deep.equal([0, 1, 2])
  })

  it('duplicates in the endgame only, after a while and not without end', () => {
    const picker = create(3)
    const sources = [add(picker), add(picker), add(picker), add(picker)]
    take(picker, sources[0], 0)
    expect(picker.pickDuplicate(sources[1], 1000, 500)).to.be.undefined()
    take(picker, sources[0], 0)
    take(picker, sources[0], 0)
    expect(picker.endgame).to.be.true()
    expect(picker.pickDuplicate(sources[0], 1000, 500)).to.be.undefined()
    expect(picker.pickDuplicate(sources[1], 400, 500)).to.be.undefined()
    const first = picker.pickDuplicate(sources[1], 500, 500) ?? -1
    picker.claim(sources[1], first, 500)
    picker.claim(sources[2], first, 1000)
    expect(picker.pickDuplicate(sources[3], 5000, 500)).to.not.equal(first)
  })

  it('asks others for what an origin alone was asked for, after a while, and before the end', () => {
    const picker = create(8)
    const origin = add(picker, undefined, true)
    const blocks = new Bitfield(8)
    const peer = add(picker, blocks)
    const other = add(picker)
    picker.claim(origin, 3, 0)
    picker.claim(other, 4, 0)
    expect(picker.pickWaiting(peer, 1000, 500)).to.be.undefined()
    picker.announce(peer, [{ first: 3, count: 2 }])
    expect(picker.pickWaiting(peer, 400, 500)).to.be.undefined()
    expect(picker.pickWaiting(peer, 500, 500)).to.equal(3)

    // once somebody else was asked it is nobody's turn, until that one has failed
    picker.claim(peer, 3, 500)
    expect(picker.pickWaiting(other, 5000, 500)).to.be.undefined()
    picker.release(peer, 3)
    expect(picker.pickWaiting(other, 5000, 500)).to.equal(3)
    picker.settle(3)
    expect(picker.pickWaiting(other, 5000, 500)).to.be.undefined()
  })

  it('prefers what an origin offers, and then what nobody else has', () => {
    const picker = create(20)
    const origin = add(picker, undefined, true)
    const peer = add(picker, bits(20, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9))
    picker.offer(origin, [{ first: 4, count: 2 }])
    expect(picker.pickOffered(origin)).to.equal(4)
    expect(picker.pick(origin, 0)).to.equal(4)
    picker.claim(origin, 4, 0)
    picker.claim(peer, 5, 0)
    expect(picker.pickOffered(origin)).to.be.undefined()

    for (let i = 10; i < 14; i++) {
      picker.settle(i)
    }

    const missing = Array.from({ length: 6 }, () => {
      const index = picker.pickMissing(origin, 10) ?? -1
      picker.claim(origin, index, 10)

      return index
    })
    expect(missing.sort((a, b) => a - b)).to.deep.equal([14, 15, 16, 17, 18, 19])
    expect(picker.pickMissing(origin, 10)).to.be.undefined()
  })

  it('follows the reader within its window, and hurries its next block', () => {
    const picker = create(100, { order: 'sequential', readAhead: 4, range: { first: 10, count: 50 } })
    const [a, b] = [add(picker), add(picker)]
    expect([take(picker, a), take(picker, a), take(picker, b), take(picker, b), take(picker, b)]).to.deep.equal([10, 11, 12, 13, undefined])
    expect(picker.pickUrgent(b, 100, 400)).to.be.undefined()
    expect(picker.pickUrgent(b, 400, 400)).to.equal(10)
    expect(picker.pickUrgent(a, 400, 400)).to.be.undefined()
    picker.settle(10)
    picker.moveTo(11)
    expect(take(picker, b)).to.equal(14)
    expect(picker.remaining).to.equal(49)
  })

  it('ends with every block settled once, whatever fails and whoever comes and goes', () => {
    fc.assert(fc.property(fc.integer({ min: 1, max: 200 }), fc.integer(), (length, seed) => {
      const random = seeded(seed)
      const picker = create(length, { random })
      const seeder = add(picker)
      let peers: Source[] = []
      const asked = new Map<Source, number[]>()
      let now = 0

      for (let steps = 0; picker.remaining > 0; steps++) {
        expect(steps).to.be.below(20_000)
        now += 20

        if (peers.length < 4 && random() < 0.3) {
          peers.push(add(picker, bits(length, ...Array.from({ length }, (_, i) => i).filter(() => random() < 0.3))))
        }

        const source = random() < 0.4 ? seeder : peers[Math.floor(random() * peers.length)] ?? seeder
        const index = picker.pick(source, now) ?? picker.pickDuplicate(source, now, 100)

        if (index != null) {
          expect(source.has(index)).to.be.true()
          picker.claim(source, index, now)
          asked.set(source, [...asked.get(source) ?? [], index])
        }

        const chance = random()
        const [first, ...rest] = asked.get(source) ?? []

        if (chance < 0.05 && source !== seeder) {
          picker.remove(source)
          peers = peers.filter(peer => peer !== source)
          asked.delete(source)
        } else if (chance < 0.2 && first != null) {
          picker.release(source, first)
          asked.set(source, rest)
        } else if (chance < 0.7 && first != null) {
          picker.release(source, first)
          picker.settle(first)
          asked.set(source, rest)

          if (chance < 0.25) {
            picker.reopen(first)
          }
        } else if (source !== seeder) {
          picker.announce(source, [{ first: Math.floor(random() * length), count: 1 }])
        }
      }
    }), { seed: 11, numRuns: 100 })
  })

  it('picks among 2^20 blocks without looking at all of them each time', () => {
    const length = 2 ** 20
    const picker = create(length)
    const sources = [add(picker), add(picker, bits(length, ...Array.from({ length: 1000 }, (_, i) => i * 1000)))]
    let picks = 0

    for (let i = 0; i < 100_000; i++) {
      const source = sources[i % 2]
      const index = take(picker, source, i / 10)

      if (index != null) {
        picks++
        picker.settle(index)
        picker.announce(sources[1], [{ first: (index * 7) % length, count: 1 }])
      }
    }

    // a scan per pick would take minutes, and run into the timeout
    expect(picks).to.be.above(50_000)
  })
})
