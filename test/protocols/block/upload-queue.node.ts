import { mock } from 'node:test'
import { expect } from 'aegir/chai'
import fc from 'fast-check'
import { UploadQueue } from '../../../protocols/block/upload-queue.ts'
import type { Turn, UploadFlow, UploadQueueInit } from '../../../protocols/block/upload-queue.ts'
import type { PeerId } from '@libp2p/interface'

/** A turn that was given. */
interface Given {
  flow: UploadFlow
  bytes: number
  /** ms */
  at: number
  turn: Turn
}

describe('upload queue', () => {
  let now: number
  let queue: UploadQueue
  let given: Given[]

  function create (init: Partial<UploadQueueInit> = {}): void {
    queue = new UploadQueue({ memory: 100, ...init })
    given = []
  }

  function join (name: string): UploadFlow {
    return queue.join({ toString: () => name } as unknown as PeerId)
  }

  /** Ask for a turn, and write down when it comes. */
  function ask (flow: UploadFlow, bytes: number, { weight = 1, release = false, signal, yields }: { weight?: number, release?: boolean, signal?: AbortSignal, yields?(): boolean } = {}): void {
    queue.take(flow, { bytes, weight, yields }, { signal }).then(turn => {
      given.push({ flow, bytes, at: now, turn })

      if (release) {
        turn.release()
      }
    }, () => {})
  }

  function askOften (times: number, ...[flow, bytes, options]: Parameters<typeof ask>): void {
    for (let i = 0; i < times; i++) {
      ask(flow, bytes, options)
    }
  }

  async function settled (): Promise<void> {
    await new Promise(resolve => setImmediate(resolve))
  }

  /** Let time pass, ms. */
  async function advance (time: number): Promise<void> {
    await settled()

    for (let i = 0; i < time; i++) {
      now++
      mock.timers.tick(1)
      await settled()
    }
  }

  beforeEach(() => {
    now = 1000
    mock.method(performance, 'now', () => now)
    mock.timers.enable({ apis: ['setTimeout'] })
    create()
  })

  afterEach(() => {
    mock.timers.reset()
    mock.restoreAll()
  })

  describe('memory', () => {
    it('is given in the order of asking and never more than there is', async () => {
      const flow = join('a')
      ask(flow, 80)
      ask(flow, 50)
      ask(flow, 10)
      await settled()

      expect(queue.waiting).to.equal(1)
      expect(queue.free).to.equal(20)
      given[0].turn.release()
      given[0].turn.release()
      await settled()
      expect(given.map(({ bytes }) => bytes)).to.deep.equal([80, 50, 10])
      expect(queue.free).to.equal(40)
      given.forEach(({ turn }) => { turn.release() })
      expect(queue.free).to.equal(100)
    })

    it('goes to those behind one that gives up', async () => {
      const abort = new AbortController()
      ask(join('a'), 60)
      ask(join('b'), 90, { signal: abort.signal })
      ask(join('c'), 30)
      await settled()
      expect(given).to.have.lengthOf(1)

      abort.abort()
      await settled()
      expect(given.map(({ bytes }) => bytes)).to.deep.equal([60, 30])
    })

    it('is not lost with one that gives up in the turn in which it was given', async () => {
      const abort = new AbortController()
      ask(join('a'), 100)
      ask(join('b'), 100, { signal: abort.signal })
      await settled()
      abort.abort()
      given[0].turn.release()
      await settled()

      expect(given).to.have.lengthOf(1)
      expect(queue.free).to.equal(100)
    })

    it('is all given for more than all', async () => {
      ask(join('a'), 1000)
      await settled()

      expect(queue.free).to.equal(0)
      given[0].turn.release()
      expect(queue.free).to.equal(100)
    })

    it('is contended when other recipients wait for it', async () => {
      const a = join('a')
      const b = join('b')
      ask(a, 100)
      ask(a, 100)
      await settled()
      expect(queue.contended(a)).to.equal(false)

      ask(b, 100)
      expect(queue.contended(a)).to.equal(true)
      given[0].turn.release()
      await settled()
      given[1].turn.release()
      await settled()
      expect(given).to.have.lengthOf(3)
      expect(queue.contended(a)).to.equal(false)
    })

    it('is not contended when others wait for their limit', async () => {
      create({ limit: 100 })
      const a = join('a')
      ask(a, 50)
      ask(join('b'), 50)
      await settled()

      expect(queue.waiting).to.equal(1)
      expect(queue.contended(a)).to.equal(false)
    })
  })

  describe('sharing', () => {
    const weights = fc.array(fc.integer({ min: 1, max: 16 }), { minLength: 2, maxLength: 6 })

    /** Start-time fair queueing, theorem 1: what two backlogged flows got differs by a block of each at most. */
    function checkFairness (flows: UploadFlow[], weights: number[], sizes: number[][]): void {
      const got = flows.map(() => 0)
      const left = sizes.map(({ length }) => length)
      const bound = (i: number): number => Math.max(...sizes[i]) / weights[i]

      for (const { flow, bytes } of given) {
        const index = flows.indexOf(flow)
        got[index] += bytes / weights[index]
        left[index]--

        if (left.includes(0)) {
          return
        }

        for (let i = 0; i < flows.length; i++) {
          for (let j = 0; j < i; j++) {
            expect(Math.abs(got[i] - got[j])).to.be.at.most(bound(i) + bound(j) + 1e-6)
          }
        }
      }
    }

    /* eslint-disable no-loop-func -- `given` is set anew in each run */
    for (const [what, init] of Object.entries({
      'for want of memory': { memory: 1000 },
      'within an upload limit': { memory: 1_000_000, limit: 1_000_000 }
    })) {
      it(`is by weights within a block, whatever their lengths, ${what}`, async () => {
        await fc.assert(fc.asyncProperty(weights, fc.infiniteStream(fc.integer({ min: 1, max: 1000 })), async (weights, lengths) => {
          create(init)
          const sizes = weights.map(() => [...lengths.take(20)])
          // what all wait behind
          ask(join('first'), 1000)
          await settled()
          const flows = weights.map((weight, i) => {
            const flow = join(`${i}`)
            sizes[i].forEach(bytes => { ask(flow, bytes, { weight, release: true }) })

            return flow
          })
          const [{ turn }] = given.splice(0)
          turn.release()
          await advance(weights.length * 20 + 2)

          expect(given).to.have.lengthOf(20 * weights.length)
          checkFairness(flows, weights, sizes)
        }), { numRuns: 50 })
      })
    }
    /* eslint-enable no-loop-func */

    it('is by weights between those that ask again as soon as their block has left', async () => {
      create({ memory: 10 })
      const counts = [0, 0, 0]
      const flows = ['a', 'b', 'c'].map(join)
      const serve = async (i: number, weight: number): Promise<void> => {
        let turn = await queue.take(flows[i], { bytes: 10, weight })

        while (counts[0] < 300) {
          counts[i]++
          // in line before its memory is given back, like a session
          const next = queue.take(flows[i], { bytes: 10, weight })
          turn.release()
          turn = await next
        }

        turn.release()
      }
      await Promise.all([serve(0, 3), serve(1, 2), serve(2, 1)])

      expect(counts[1]).to.be.within(198, 202)
      expect(counts[2]).to.be.within(98, 102)
    })

    it('saves nothing up for one that was idle', async () => {
      create({ memory: 10 })
      const a = join('a')
      const b = join('b')

      askOften(50, a, 10, { release: true })

      await settled()
      given = []
      ask(join('first'), 10)
      await settled()
      askOften(10, a, 10, { release: true })
      askOften(10, b, 10, { release: true })
      given[0].turn.release()
      await settled()

      const firsts = given.slice(1, 11).filter(({ flow }) => flow === b)
      expect(firsts.length).to.be.within(4, 6)
    })

    it('does not favour a recipient for its sessions, nor for coming again', async () => {
      create({ memory: 10 })
      const a = join('a')
      const again = join('a')
      expect(again).to.equal(a)
      const b = join('b')
      ask(a, 10)
      await settled()
      queue.leave(a)
      queue.leave(again)
      const back = join('a')
      ask(back, 10)
      ask(b, 10)
      given[0].turn.release()
      await settled()

      expect(given[1].flow).to.equal(b)
    })

    it('charges nothing for a turn that was not used', async () => {
      create({ limit: 1000, limitPerPeer: 1000 })
      const a = join('a')
      ask(a, 100)
      await settled()
      given[0].turn.refund()
      ask(a, 100)
      await settled()

      expect(given.map(({ at }) => at)).to.deep.equal([1000, 1000])
      expect(a.finish).to.equal(100)
    })
  })

  describe('yielding', () => {
    const always = (): boolean => true

    beforeEach(() => {
      create({ memory: 10 })
    })

    /** What all wait behind. Returns what lets them go. */
    async function hold (): Promise<() => void> {
      ask(join('first'), 10)
      await settled()
      const last = given.splice(0).at(-1)

      return () => { last?.turn.release() }
    }

    it('is to wait until nobody waits who does not, whatever the starts', async () => {
      const a = join('a')
      const b = join('b')
      // its starts are later than all of the other's
      askOften(20, b, 10, { release: true })
      await settled()
      const go = await hold()
      askOften(5, a, 10, { release: true, yields: always })
      askOften(5, b, 10, { release: true, weight: 0.1 })
      go()
      await settled()

      expect(given.slice(0, 5).every(({ flow }) => flow === b)).to.be.true()
      expect(given.slice(5).map(({ flow }) => flow)).to.deep.equal([a, a, a, a, a])
    })

    it('leaves the weights as they are among those who yield, and among the others', async () => {
      const go = await hold()
      const flows = ['a', 'b', 'c', 'd'].map(join)
      flows.forEach((flow, i) => { askOften(60, flow, 10, { release: true, weight: 1 + 2 * (i % 2), yields: i < 2 ? always : undefined }) })
      go()
      await settled()

      expect(given).to.have.lengthOf(240)
      const [spreading, others] = [given.slice(120), given.slice(0, 120)]
      expect(others.every(({ flow }) => flow === flows[2] || flow === flows[3])).to.be.true()
      expect(others.slice(0, 40).filter(({ flow }) => flow === flows[3]).length).to.be.within(29, 31)
      expect(spreading.slice(0, 40).filter(({ flow }) => flow === flows[1]).length).to.be.within(29, 31)
    })

    it('keeps nobody back who is alone', async () => {
      ask(join('a'), 10, { yields: always })
      await settled()
      expect(given).to.have.lengthOf(1)
    })

    it('keeps nobody back while the others wait for their limits', async () => {
      create({ limitPerPeer: 1000 })
      const a = join('a')
      const b = join('b')
      askOften(2, b, 50, { release: true })
      ask(a, 50, { release: true, yields: always })
      await settled()
      expect(given.map(({ flow }) => flow)).to.deep.equal([b, a])
      await advance(50)
      expect(given.map(({ flow }) => flow)).to.deep.equal([b, a, b])
    })

    it('is asked of each who waits whenever somebody may go', async () => {
      let yields = false
      const go = await hold()
      const a = join('a')
      const b = join('b')
      const c = join('c')
      ask(a, 10, { yields: () => yields })
      ask(b, 10, { yields: () => !yields })
      ask(c, 10)
      // it is sent to somebody else while it waits
      yields = true
      go()
      await settled()
      expect(given.map(({ flow }) => flow)).to.deep.equal([b])

      // and that is long ago now
      yields = false
      given[0].turn.release()
      await settled()
      expect(given.map(({ flow }) => flow)).to.deep.equal([b, a])
      given[1].turn.release()
      await settled()
      expect(given.map(({ flow }) => flow)).to.deep.equal([b, a, c])
    })
  })

  describe('limits', () => {
    it('are refused when nothing could pass', () => {
      for (const limit of [0, -1, NaN]) {
        expect(() => new UploadQueue({ memory: 1, limit })).to.throw().with.property('name', 'InvalidParametersError')
        expect(() => new UploadQueue({ memory: 1, limitPerPeer: limit })).to.throw().with.property('name', 'InvalidParametersError')
      }
    })

    it('let blocks of any length pass at their rate', async () => {
      await fc.assert(fc.asyncProperty(fc.array(fc.integer({ min: 1, max: 100 }), { minLength: 2, maxLength: 20 }), async lengths => {
        create({ limit: 10_000 })
        const begin = now
        const flow = join('a')
        lengths.forEach(bytes => { ask(flow, bytes, { release: true }) })
        await advance(200)
        let before = 0

        expect(given).to.have.lengthOf(lengths.length)

        for (const { at, bytes } of given) {
          // at its rate to a millisecond, which is how exactly one wakes up
          expect(at - begin).to.be.within(before - 1e-6, before + 1 + 1e-6)
          before += bytes / 10
        }
      }), { numRuns: 50 })
    })

    it('make good a quarter of a second at most of what was not used', async () => {
      create({ limit: 1000 })
      const flow = join('a')
      await advance(5000)
      askOften(10, flow, 100, { release: true })
      await settled()

      // 250 bytes at once, and the one that goes into debt
      expect(given).to.have.lengthOf(3)
      await advance(700)
      expect(given).to.have.lengthOf(10)
    })

    it('hold for a recipient over all its sessions, also when it comes again, and not for others', async () => {
      create({ limitPerPeer: 1000 })
      const first = join('a')
      const second = join('a')
      const other = join('b')
      ask(first, 100, { release: true })
      ask(second, 50, { release: true })
      ask(other, 50, { release: true })
      await settled()
      expect(given.map(({ flow }) => flow)).to.deep.equal([first, other])

      await advance(100)
      expect(given.map(({ bytes }) => bytes)).to.deep.equal([100, 50, 50])
      queue.leave(first)
      queue.leave(second)
      ask(join('a'), 10)
      await advance(49)
      expect(given).to.have.lengthOf(3)
      await advance(1)
      expect(given).to.have.lengthOf(4)
    })

    it('of the node and of a recipient hold together', async () => {
      create({ limit: 2000, limitPerPeer: 1000 })
      const a = join('a')
      const b = join('b')
      askOften(10, a, 100, { release: true, weight: 9 })
      askOften(10, b, 100, { release: true })
      await advance(900)

      expect(given.filter(({ flow }) => flow === a).length).to.be.within(9, 10)
      expect(given.filter(({ flow }) => flow === b).length).to.be.within(9, 10)
    })

    it('wait for a debt of any length', async () => {
      create({ limit: 1, memory: 2 ** 23 })
      const flow = join('a')
      ask(flow, 2 ** 22, { release: true })
      ask(flow, 1, { release: true })
      await settled()
      now += 2 ** 22 * 1000 - 1
      mock.timers.tick(60_000)
      await settled()
      expect(given).to.have.lengthOf(1)
      await advance(1)
      expect(given).to.have.lengthOf(2)
    })
  })

  it('remembers those that left in debt, and no more than it can', async () => {
    create({ limitPerPeer: 1 })

    for (let i = 0; i < 3000; i++) {
      const flow = join(`${i}`)
      ask(flow, i < 10 ? 100 : 0, { release: true })
      await settled()
      queue.leave(flow)
    }

    expect(given).to.have.lengthOf(3000)
    ask(join('5'), 1)
    await settled()
    expect(given).to.have.lengthOf(3000)
  })
})
