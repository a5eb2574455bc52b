import { expect } from 'aegir/chai'
import fc from 'fast-check'
import { MAX_FIRST_MESSAGE_LENGTH, MAX_MESSAGE_LENGTH } from '../../../protocols/block/constants.ts'
import { MessageReader } from '../../../protocols/block/message-reader.ts'
import { frame } from './fixture.ts'

interface Seen { events: string[], bytes: number[] }

/** Reads; the first byte of each message says whether, and how much, raw data follows. */
function read (chunks: Uint8Array[]): Seen & { atBoundary: boolean } {
  const seen: Seen = { events: [], bytes: [] }
  let body: number[] = []
  const reader = new MessageReader({
    message: bytes => {
      seen.events.push(`message ${bytes.join(',')}`)
      return bytes[0] < 128 ? undefined : bytes[0] - 128
    },
    chunk: bytes => { body.push(...bytes) },
    end: () => {
      seen.events.push(`body ${body.join(',')}`)
      body = []
    }
  })

  for (const chunk of chunks) {
    reader.push(chunk)
  }

  return { ...seen, bytes: body, atBoundary: reader.atBoundary }
}

function cut (bytes: Uint8Array, cuts: number[]): Uint8Array[] {
  const at = [...new Set([0, ...cuts.map(c => c % (bytes.byteLength + 1)), bytes.byteLength])].sort((a, b) => a - b)

  return at.slice(1).map((end, i) => bytes.subarray(at[i], end))
}

const messages = fc.array(fc.tuple(fc.uint8Array({ minLength: 1, maxLength: 300 }), fc.infiniteStream(fc.nat(255))), { minLength: 1, maxLength: 8 })
  .map(list => list.map(([message, stream]) => {
    const length = message[0] < 128 ? 0 : message[0] - 128

    return frame(message, Uint8Array.from(stream.take(length)))
  }))

describe('block message reader', () => {
  it('sees the same however the bytes are cut', () => {
    fc.assert(fc.property(messages, fc.array(fc.nat()), (frames, cuts) => {
      const bytes = Uint8Array.from(frames.flatMap(bytes => [...bytes]))
      const whole = read([bytes])

      expect(whole.atBoundary).to.equal(true)
      expect(read(cut(bytes, cuts))).to.deep.equal(whole)
      expect(read([...bytes].map(byte => Uint8Array.of(byte)))).to.deep.equal(whole)
    }), { seed: 20261121, numRuns: 300 })
  })

  it('knows that a stream was cut off', () => {
    fc.assert(fc.property(messages, fc.nat(), (frames, at) => {
      const bytes = frames[frames.length - 1]
      const end = 1 + at % (bytes.byteLength - 1)

      expect(read([...frames.slice(0, -1), bytes.subarray(0, end)]).atBoundary).to.equal(end === bytes.byteLength)
    }), { seed: 20261121 })
  })

  it('throws nothing but InvalidMessageError on random bytes', () => {
    fc.assert(fc.property(fc.array(fc.uint8Array({ maxLength: 400 })), (chunks) => {
      try {
        read(chunks)
      } catch (err: any) {
        expect(err.name).to.equal('InvalidMessageError')
      }
    }), { seed: 20261121, numRuns: 1000 })
  })

  it('passes raw bytes on without copying them', () => {
    const bytes = frame(Uint8Array.of(128 + 5), Uint8Array.of(1, 2, 3, 4, 5))
    const chunks: Uint8Array[] = []
    const reader = new MessageReader({ message: () => 5, chunk: chunk => { chunks.push(chunk) }, end: () => {} })
    reader.push(bytes)

    expect(chunks).to.have.lengthOf(1)
    expect(chunks[0].buffer).to.equal(bytes.buffer)
  })

  it('limits the first message and the later ones differently', () => {
    const first = frame(new Uint8Array(MAX_FIRST_MESSAGE_LENGTH))
    const limit = frame(new Uint8Array(MAX_MESSAGE_LENGTH))

    expect(read([first, limit]).events).to.have.lengthOf(2)
    expect(() => read([frame(new Uint8Array(MAX_FIRST_MESSAGE_LENGTH + 1))])).to.throw().with.property('name', 'InvalidMessageError')
    expect(() => read([limit, frame(new Uint8Array(MAX_MESSAGE_LENGTH + 1))])).to.throw().with.property('name', 'InvalidMessageError')
  })

  for (const [what, bytes] of Object.entries({
    'an empty message': [0],
    'a length that is not minimal': [0x81, 0x00],
    'a length of four bytes': [0x80, 0x80, 0x80, 0x01]
  })) {
    it(`refuses ${what}`, () => {
      expect(() => read([Uint8Array.from(bytes)])).to.throw().with.property('name', 'InvalidMessageError')
    })
  }

  it('stops in the middle of a chunk', () => {
    let count = 0
    const reader = new MessageReader({
      message: () => {
        count++
        reader.stop()
        return undefined
      },
      chunk: () => {},
      end: () => {}
    })
    reader.push(Uint8Array.of(1, 1, 1, 2, 0xff, 0xff, 0xff, 0xff))

    expect(count).to.equal(1)
  })
})
