import { expect } from 'aegir/chai'
import fc from 'fast-check'
import { RequestWindow, slowest } from '../../src/swarm/request-window.ts'

const BLOCK = 256 * 1024

/** Keeps the window full for some time at a provider that answers at `rate` bytes per ms after `roundTrip` ms. */
function simulate (window: RequestWindow, rate: number, roundTrip: number, duration: number): void {
  const arrivals: number[] = []
  let free = 0

  for (let now = 1; now < duration; now++) {
    while (arrivals.length > 0 && arrivals[0] <= now) {
      arrivals.shift()
      window.received(BLOCK, now)
      window.ended(true)
    }

    if (window.room > 0) {
      for (let i = window.room; i > 0; i--) {
        free = Math.max(free, now + roundTrip) + BLOCK / rate
        arrivals.push(free)
      }

      window.sent(window.room, now)
    }
  }
}

describe('request window', () => {
  it('covers a round trip and 300 ms of the provider\'s rate', () => {
    const window = new RequestWindow(BLOCK, 256)
    simulate(window, 10_000, 50, 5_000)
    expect(window.rate).to.be.closeTo(10_000_000, 2_000_000)
    expect(window.size).to.be.within(9, 20)
  })

  it('keeps to one at a slow provider and to 16 MiB or the provider\'s limit at a fast one', () => {
    const slow = new RequestWindow(BLOCK, 256)
    simulate(slow, 100, 20, 60_000)
    expect(slow.size).to.equal(1)

    const fast = new RequestWindow(BLOCK, 256)
    simulate(fast, 400_000, 1, 2_000)
    expect(fast.size).to.equal(64)

    const limited = new RequestWindow(BLOCK, 8)
    simulate(limited, 400_000, 1, 2_000)
    expect(limited.size).to.equal(8)
  })

  it('does not take a wait for its turn for a long path', () => {
    const shared = new RequestWindow(BLOCK, 256)
    simulate(shared, 20, 8_000, 120_000)
    expect(shared.size).to.equal(1)
  })

  it('keeps growing while an interlock is what limits the rate', () => {
    const sizes = [Infinity, 1].map(interlock => {
      const window = new RequestWindow(65536, 256)
      window.interlock = interlock
      window.sent(window.size, 0)
      window.received(65536, 500)

      // one block for each round trip of 500 ms: no measure for what the path can carry
      for (let n = 2; n < 20; n++) {
        window.ended(true)
        window.sent(1, 500 * n - 500)
        window.received(65536, 500 * n)
      }

      return window.size
    })

    expect(sizes[0]).to.be.below(6)
    expect(sizes[1]).to.be.at.least(20)
  })

  it('never leaves its bounds', () => {
    fc.assert(fc.property(fc.integer({ min: 1, max: 300 }), fc.integer({ min: 1, max: 500_000 }), fc.integer({ min: 0, max: 400 }), (limit, rate, roundTrip) => {
      const window = new RequestWindow(BLOCK, limit)
      simulate(window, rate, roundTrip, 1_500)
      expect(window.size).to.be.within(1, Math.min(64, limit))
      expect(window.outstanding).to.be.at.least(0)
    }), { seed: 5, numRuns: 50 })
  })

  it('sees a stall, and excuses what was our own pause', () => {
    const window = new RequestWindow(BLOCK, 64)
    expect(window.stalled(10_000)).to.be.false()
    window.sent(4, 10_000)
    expect(window.stalled(11_000)).to.be.false()
    expect(window.stalled(12_001)).to.be.true()
    window.excuse(12_000)
    expect(window.stalled(12_001)).to.be.false()
    window.received(10, 13_000)
    expect(window.stalled(14_900)).to.be.false()
    expect(window.stalled(15_001)).to.be.true()
  })

  it('names the provider that is much slower than the middle', () => {
    const provider = (rate: number): { window: { rate: number } } => ({ window: { rate } })
    const slow = provider(10)
    expect(slowest([provider(1000), slow, provider(900), provider(0)], 1 / 8)).to.equal(slow)
    expect(slowest([provider(1000), provider(500), provider(900)], 1 / 8)).to.be.undefined()
    expect(slowest([], 1 / 8)).to.be.undefined()
  })
})
