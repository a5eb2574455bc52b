import { expect } from 'aegir/chai'
import { FIRST_FLIGHT, FLIGHT_BLOCKS } from '../../../protocols/block/constants.ts'
import { Flight } from '../../../protocols/block/flight.ts'
import type { Departure, FlightLane } from '../../../protocols/block/flight.ts'

const BLOCK = 64 * 1024

/** Bytes per ms */
interface Path {
  uplink: number
  downlink: number
}

/**
 * Sends blocks to `count` recipients that want as much as they can get, for so many ms. All share the uplink, each its own downlink
 * as well. Returns bytes per ms.
 */
function simulate (flight: Flight, { uplink, downlink }: Path, count: number, duration: number, start = 0, lanes: FlightLane[] = Array.from({ length: count }, () => flight.lane())): number {
  const REPORT = 100
  const underWay: Array<{ departure: Departure, left: number, done: number }> = []
  const arrivals: Array<{ departure: Departure, at: number }> = []
  let sent = 0
  let turn = 0

  for (let now = start; now < start + duration; now++) {
    while (arrivals.length > 0 && arrivals[0].at <= now) {
      flight.arrived(arrivals.shift()?.departure as Departure, now)
    }

    for (let tries = 0; tries < count; tries++) {
      const lane = lanes[turn % count]

      // each asks for two at a time
      if (lane.bytes >= 2 * BLOCK) {
        turn++
      } else if (flight.hasRoom(lane, BLOCK, now)) {
        underWay.push({ departure: flight.leave(lane, BLOCK, now), left: BLOCK, done: 0 })
        turn++
      } else {
        break
      }
    }

    // what shares the uplink gets equal parts of it
    const share = uplink / underWay.length
    const busy = new Map<FlightLane, number>()

    for (const block of underWay) {
      const used = busy.get(block.departure.lane) ?? 0
      const bytes = Math.min(share, downlink - used, block.left)
      busy.set(block.departure.lane, used + bytes)
      block.left -= bytes
      sent += bytes
    }

    for (const block of underWay.splice(0)) {
      block.left > 0.001 ? underWay.push(block) : arrivals.push({ departure: block.departure, at: now + REPORT })
    }
  }

  [...underWay, ...arrivals].forEach(({ departure }) => { flight.cancel(departure) })

  return sent / duration
}

describe('flight', () => {
  it('keeps few blocks on their way on a short uplink, and that busy', () => {
    const flight = new Flight()
    const lanes = Array.from({ length: 60 }, () => flight.lane())
    const limits: number[] = []
    let rate = 0

    for (let start = 0; start < 60_000; start += 3_000) {
      rate += simulate(flight, { uplink: 512, downlink: 2048 }, 60, 3_000, start, lanes) / 20
      limits.push(flight.limit)
    }

    expect(rate).to.be.above(0.9 * 512)
    // on the average a block arrives within two seconds, and not after the eight that it takes with all at once
    expect(limits.reduce((sum, limit) => sum + limit, 0) / limits.length).to.be.within(FLIGHT_BLOCKS * BLOCK, 2 * 512 * 1000)
  })

  it('does not keep recipients back that are slow by themselves', () => {
    const flight = new Flight()
    simulate(flight, { uplink: 1e6, downlink: 32 }, 100, 40_000)
    // two seconds and more for a block
    const rate = simulate(flight, { uplink: 1e6, downlink: 32 }, 100, 40_000, 40_000)
    expect(rate).to.be.above(0.8 * 100 * 32)
  })

  it('keeps the uplink busy when those who were fast are slow, because they fetch from others as well', () => {
    const flight = new Flight()
    const lanes = Array.from({ length: 20 }, () => flight.lane())
    simulate(flight, { uplink: 800, downlink: 800 }, 20, 8_000, 0, lanes)
    simulate(flight, { uplink: 800, downlink: 20 }, 20, 10_000, 8_000, lanes)
    const rate = simulate(flight, { uplink: 800, downlink: 20 }, 20, 20_000, 18_000, lanes)
    expect(rate).to.be.above(0.5 * 20 * 20)
  })

  it('does not take those who say at once that they have it for a measure', () => {
    const flight = new Flight()
    const lanes = Array.from({ length: 100 }, () => flight.lane())
    const liar = flight.lane()

    for (let start = 0; start < 60_000; start += 500) {
      flight.arrived(flight.leave(liar, BLOCK, start), start)
      simulate(flight, { uplink: 1e6, downlink: 32 * 8 }, 100, 500, start, lanes)
    }

    expect(flight.limit).to.be.above(20 * BLOCK)
  })

  it('grows to what a fast uplink takes within a second', () => {
    const flight = new Flight()
    const lanes = Array.from({ length: 100 }, () => flight.lane())
    const first = simulate(flight, { uplink: 40_000, downlink: 1e6 }, 100, 1_000, 0, lanes)
    const rate = simulate(flight, { uplink: 40_000, downlink: 1e6 }, 100, 2_000, 1_000, lanes)
    expect(first).to.be.above(0.2 * 40_000)
    expect(rate).to.be.above(0.6 * 40_000)
  })

  it('finds what a short uplink takes again when those who come find it crowded', () => {
    const flight = new Flight()

    for (let generation = 0; generation < 6; generation++) {
      simulate(flight, { uplink: 512, downlink: 2048 }, 30, 30_000, generation * 30_000)
    }

    expect(flight.limit).to.be.below(4 * 512 * 1000)
  })

  it('lets one alone have as much as it asks for', () => {
    const flight = new Flight()
    const lane = flight.lane()

    for (let i = 0; i < 100; i++) {
      expect(flight.hasRoom(lane, BLOCK, 0)).to.be.true()
      flight.leave(lane, BLOCK, 0)
    }

    expect(flight.bytes).to.equal(100 * BLOCK).and.be.above(FIRST_FLIGHT)
    expect(flight.hasRoom(flight.lane(), BLOCK, 0)).to.be.false()
  })

  it('does not wait for those who never say what they got, until they do', () => {
    const flight = new Flight()
    const silent = [flight.lane(), flight.lane()]
    const other = flight.lane()
    const departures = silent.flatMap(lane => [1, 2, 3, 4].map(() => flight.leave(lane, BLOCK, 0)))
    expect(flight.hasRoom(other, BLOCK, 1_000)).to.be.false()
    expect(flight.relief).to.be.within(1_001, 20_000)
    expect(flight.hasRoom(other, BLOCK, flight.relief)).to.be.true()
    expect(flight.bytes).to.equal(0)

    flight.cancel(flight.leave(silent[0], BLOCK, 20_000))
    expect(flight.bytes).to.equal(0)
    flight.arrived(departures[0], 20_000)
    flight.leave(silent[0], BLOCK, 20_000)
    flight.leave(silent[1], BLOCK, 20_000)
    expect(flight.bytes).to.equal(BLOCK)
  })

  it('counts what is arrived, cancelled or both once', () => {
    const flight = new Flight()
    const lane = flight.lane()
    const departure = flight.leave(lane, BLOCK, 0)
    flight.leave(lane, BLOCK, 0)
    flight.arrived(departure, 10)
    flight.arrived(departure, 10)
    flight.cancel(departure)
    expect([flight.bytes, lane.bytes]).to.deep.equal([BLOCK, BLOCK])
  })
})
