import { expect } from 'aegir/chai'
import fc from 'fast-check'
import { EventQueue } from '../../../simulations/model/event-queue.ts'

describe('model event queue', () => {
  it('gives events in the order of time, whatever the order they come in', () => {
    fc.assert(fc.property(fc.array(fc.oneof(fc.double({ min: 0, max: 100, noNaN: true }), fc.constant(undefined))), steps => {
      const queue = new EventQueue<string>()
      const expected: number[] = []

      for (const step of steps) {
        if (step == null) {
          expected.sort((a, b) => a - b)
          expect(queue.shift()?.time).to.equal(expected.shift())
        } else {
          queue.push(step, 1, 'target', expected.length)
          expected.push(step)
        }
      }

      expect(queue.size).to.equal(expected.length)
    }))
  })

  it('keeps what belongs to an event, above its first capacity as well', () => {
    const queue = new EventQueue<number>()

    for (let i = 0; i < 5000; i++) {
      queue.push((i * 7919) % 5000, i % 256, i, 7 * i)
    }

    for (let time = 0; time < 5000; time++) {
      const event = queue.shift()
      const i = event?.target ?? -1
      expect(event).to.deep.equal({ time, kind: i % 256, target: i, value: 7 * i })
      expect((i * 7919) % 5000).to.equal(time)
    }

    expect(queue.shift()).to.equal(undefined)
    expect(queue.passed).to.equal(5000)
  })
})
