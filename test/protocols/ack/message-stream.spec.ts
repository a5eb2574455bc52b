import { streamPair } from '@libp2p/utils'
import { expect } from 'aegir/chai'
import { MessageStream } from '../../../protocols/ack/message-stream.ts'
import type { NextOptions } from '../../../protocols/ack/message-stream.ts'
import type { Stream } from '@libp2p/interface'

describe('acknowledgement message stream', () => {
  const options: NextOptions = { timeout: 10_000, admit: () => {} }
  let stream: Stream
  let messages: MessageStream

  beforeEach(async () => {
    [stream] = await streamPair()
    messages = new MessageStream(stream)
  })

  afterEach(() => {
    messages.abort(new Error('the test is over'))
  })

  function deliver (data: Uint8Array): void {
    stream.dispatchEvent(Object.assign(new Event('message'), { data }))
  }

  it('should keep nothing but the bytes of a message that comes one by one', async () => {
    const next = messages.next(options)
    deliver(Uint8Array.of(100, 10))

    for (let n = 1; n < 100; n++) {
      const piece = Uint8Array.of(10)
      deliver(piece)
      piece[0] = 0
    }

    await expect(next).to.eventually.deep.equal(new Uint8Array(100).fill(10))
  })

  it('should put together what comes one by one while nobody reads', async () => {
    const pieces = Array.from({ length: 303 }, (_, n) => Uint8Array.of(n % 101 === 0 ? 100 : 10))
    pieces.forEach(piece => { deliver(piece) })
    // all but the last few are copies by now
    pieces.slice(0, 202).forEach(piece => { piece[0] = 0 })

    for (let n = 0; n < 3; n++) {
      await expect(messages.next(options)).to.eventually.deep.equal(new Uint8Array(100).fill(10))
    }
  })

  it('should not take a message that ends within itself for the end', async () => {
    const next = messages.next(options)
    deliver(Uint8Array.of(3, 10, 10))
    stream.dispatchEvent(new Event('end'))

    await expect(next).to.eventually.be.rejected.with.property('name', 'InvalidMessageError')
  })
})
