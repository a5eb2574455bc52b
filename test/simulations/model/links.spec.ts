import { expect } from 'aegir/chai'
import fc from 'fast-check'
import { Downlink } from '../../../simulations/model/downlink.ts'
import { Uplink } from '../../../simulations/model/uplink.ts'
import type { Carried } from '../../../simulations/model/uplink.ts'

class Block implements Carried {
  readonly name: number
  due = 0
  next?: this
  previous?: this

  constructor (name: number) {
    this.name = name
  }
}

/** Ends by small steps: at each of them, all that are on their way get the same. */
function bySteps (blocks: Array<{ at: number, bytes: number }>, rate: number, step: number): number[] {
  const left = blocks.map(({ bytes }) => bytes)
  const ends = blocks.map(() => NaN)

  for (let now = 0; ends.some(end => Number.isNaN(end)); now += step) {
    const active = blocks.flatMap(({ at }, i) => at <= now && left[i] > 0 ? [i] : [])

    for (const i of active) {
      left[i] -= rate * step / active.length
      ends[i] = left[i] <= 0 ? now + step : NaN
    }
  }

  return ends
}

function byEvents (blocks: Array<{ at: number, bytes: number }>, rate: number): number[] {
  const link = new Uplink<Block>(rate)
  const ends = blocks.map(() => NaN)
  const begins = blocks.map(({ at, bytes }, name) => ({ at, bytes, name })).sort((a, b) => a.at - b.at)

  for (let now = 0; ends.some(end => Number.isNaN(end));) {
    now = Math.min(link.next(now), begins[0]?.at ?? Infinity)

    for (let block = link.through(now); block != null; block = link.through(now)) {
      ends[block.name] = now
    }

    while (begins[0]?.at === now) {
      const { name, bytes } = begins.shift() ?? expect.fail()
      link.begin(new Block(name), bytes, now)
    }
  }

  return ends
}

describe('model links', () => {
  it('an uplink gives all that use it the same', () => {
    const block = fc.record({ at: fc.integer({ min: 0, max: 50 }), bytes: fc.integer({ min: 1, max: 500 }) })

    fc.assert(fc.property(fc.array(block, { minLength: 1, maxLength: 8 }), blocks => {
      const expected = bySteps(blocks, 10, 0.01)
      byEvents(blocks, 10).forEach((end, i) => { expect(end).to.be.closeTo(expected[i], 0.5) })
    }), { numRuns: 30 })
  })

  it('an uplink goes on when one is cancelled', () => {
    const link = new Uplink<Block>(1)
    const [a, b] = [new Block(0), new Block(1)]
    link.begin(a, 100, 0)
    link.begin(b, 100, 0)
    expect(link.next(0)).to.equal(200)
    link.cancel(a, 100)
    expect(link.next(100)).to.equal(150)
    expect(link.through(150)).to.equal(b)
    expect(link.count).to.equal(0)
    expect(link.next(150)).to.equal(Infinity)
  })

  it('a downlink keeps back what is more than it takes, and nothing else', () => {
    const link = new Downlink(10)
    // at a fifth of its rate
    expect(link.pass(100, 0, 50)).to.equal(50)
    // two at once that would take all of it each
    expect(link.pass(1000, 100, 200)).to.equal(200)
    expect(link.pass(1000, 100, 200)).to.equal(300)
    // when it has been idle, that does not help
    expect(link.pass(100, 1000, 1000)).to.equal(1010)
  })
})
