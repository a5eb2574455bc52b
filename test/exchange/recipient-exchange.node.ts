import { InvalidMessageError, StreamResetError, TimeoutError } from '@libp2p/interface'
import { expect } from 'aegir/chai'
import { MAX_SESSION_BLOCKS } from '../../protocols/ack/constants.ts'
import { AckRefusedError } from '../../protocols/ack/errors.ts'
import { AckStatus } from '../../protocols/ack/pb/ack.ts'
import { decodeBlocks } from '../../src/exchange/block-list.ts'
import { extendEntries } from '../../src/exchange/chains.ts'
import { RecipientExchange } from '../../src/exchange/recipient-exchange.ts'
import { sha256 } from '../../src/object/hashes.ts'
import { eventually } from '../eventually.ts'
import { plainBlock, opened, Provider, Recipient, recoverKeys, send, state } from './fixtures.ts'
import type { Sent, Session } from './fixtures.ts'
import type { Acknowledgement, Complaint, ExchangeConversation, Recovery, ReleasedKeys, Ruling } from '../../protocols/ack/index.ts'
import type { ChainState } from '../../src/exchange/index.ts'
import type { RecipientExchangeInit } from '../../src/exchange/recipient-exchange.ts'

const BLOCKS = 1000

function range (first: number, count: number): number[] {
  return Array.from({ length: count }, (_, at) => first + at)
}

describe('exchange: recipient', () => {
  let provider: Provider
  let recipient: Recipient
  let session: Session
  let sent: Sent[]
  /** What the recipient did */
  let presented: Acknowledgement[]
  let recoveries: Recovery[]
  let complaints: Complaint[]
  let faults: Error[]
  let closed: number
  /** In the order of the calls: the position, and whether its key opened it */
  let unlocked: Array<[number, boolean]>
  let exchange: RecipientExchange

  before(async () => {
    recipient = await Recipient.create(20)
  })

  beforeEach(async () => {
    provider = await Provider.create(10, 3_600_000)
    session = provider.open(recipient.peerId)
    sent = []
    presented = []
    recoveries = []
    complaints = []
    faults = []
    closed = 0
    unlocked = []
  })

  afterEach(() => { provider.exchanges.stop() })

  const begin = (
    present: (acknowledgement: Acknowledgement) => Promise<ReleasedKeys> = async acknowledgement => provider.exchanges.acknowledge(acknowledgement, recipient.peerId),
    init: Partial<RecipientExchangeInit> = {}
  ): RecipientExchange => {
    const conversation: ExchangeConversation = {
      present: async acknowledgement => {
        presented.push(acknowledgement)
        return present(acknowledgement)
      },
      close: async () => { closed++ }
    }

    exchange = new RecipientExchange({
      terms: session.terms,
      window: session.exchange.window,
      signer: recipient.signer,
      conversation: Promise.resolve(conversation),
      recover: async recovery => {
        recoveries.push(recovery)
        const indices = decodeBlocks(recovery.session.blocks, recovery.session.acknowledgement.count, BLOCKS)

        return recoverKeys(recovery, recipient.peerId, indices, 3)
      },
      complain: async complaint => {
        complaints.push(complaint)
        return { path: new Uint8Array() }
      },
      onRuling: () => {},
      onFault: err => { faults.push(err) },
      ...init
    })

    return exchange
  }

  const arrive = ({ index, bytes }: Sent, last = false): void => {
    const position = sent.push({ index, bytes })
    exchange.arrived(index, sha256(bytes), key => {
      unlocked.push([position, key != null && Buffer.from(opened(bytes, key)).equals(plainBlock(index))])
    }, last)
  }

  /** Ciphertext that no provider's window holds back */
  const flood = (indices: number[], last = false): void => {
    for (const [at, index] of indices.entries()) {
      arrive({ index, bytes: plainBlock(index) }, last && at === indices.length - 1)
    }
  }

  const never = async (): Promise<ReleasedKeys> => new Promise(() => {})

  const room = async (): Promise<void> => eventually(() => session.exchange.room > 0)

  const allUnlocked = async (): Promise<void> => eventually(() => unlocked.length === sent.length)

  const inOrder = (count: number, good: (position: number) => boolean): void => {
    expect(unlocked).to.deep.equal(Array.from({ length: count }, (_, at) => [at + 1, good(at + 1)]))
  }

  it('acknowledges one by one at first, and gets every key, the last like any other', async () => {
    begin()

    for (let index = 0; index < 40; index++) {
      await room()
      arrive(send(session.exchange, [index])[0], index === 39)
    }

    await eventually(() => exchange.locked === 0)
    inOrder(40, () => true)
    expect(presented.slice(0, 4).map(({ count }) => count)).to.deep.equal([1, 2, 3, 4])
    await exchange.end()
    expect(closed).to.equal(1)
    expect(recoveries).to.be.empty()
    expect(faults).to.be.empty()
    expect(session.exchange.window).to.equal(41)
  })

  it('acknowledges a quarter of the window at once, the rest after 20 ms, and what is last at once', async () => {
    begin(never, { window: 32 })
    flood([1, 2, 3, 4, 5, 6, 7])
    await Promise.resolve()
    expect(presented).to.be.empty()
    flood([8, 9])
    await eventually(() => presented.length >= 1)
    expect(presented[0].count).to.equal(8)
    await eventually(() => presented.length >= 2)
    expect(presented[1].count).to.equal(9)
    flood([10], true)
    await eventually(() => presented.length >= 3)
    // each of them is what the chains say, from scratch
    expect(presented).to.deep.equal([8, 9, 10].map(count => recipient.signer.acknowledge(state(exchange.session, sent.slice(0, count)))))
  })

  it('follows the window as the provider lets it grow', async () => {
    begin(async ({ count }) => ({ first: count === 1 ? 1 : 2, keys: new Uint8Array(32 * (count === 1 ? 1 : 8)), window: 32 }))
    flood([1])
    await eventually(() => unlocked.length === 1)
    flood([2, 3, 4, 5, 6, 7, 8, 9])
    await exchange.end()
    expect(presented.map(({ count }) => count)).to.deep.equal([1, 9])
  })

  it('tells which coins it spends before it signs for them', async () => {
    const spent: number[][] = []
    let signatures = 0
    const signer = { ...recipient.signer, acknowledge: (state: ChainState) => { signatures++; return recipient.signer.acknowledge(state) } }
    begin(undefined, {
      signer,
      spend: indices => {
        expect(signatures).to.equal(spent.length)
        spent.push([...indices])
      }
    })

    for (let index = 0; index < 8; index++) {
      await room()
      arrive(send(session.exchange, [index])[0], index === 7)
    }

    await allUnlocked()
    await exchange.end()
    expect(spent.flat()).to.deep.equal(range(0, 8))
    expect(presented.map(({ count }) => count)).to.deep.equal(spent.map((_, at) => spent.slice(0, at + 1).flat().length))
  })

  it('signs nothing for coins that it may not spend, and gets from the server what it has paid before', async () => {
    const full = new Error('The disk is full')
    const answered = Promise.withResolvers<ReleasedKeys>()
    let spends = 0
    begin(async () => answered.promise, {
      window: 4,
      spend: () => {
        if (++spends > 1) {
          throw full
        }
      }
    })
    arrive(send(session.exchange, [0])[0])
    expect(presented.length + spends).to.equal(1)
    flood([1, 2])
    await exchange.end()
    expect(faults).to.deep.equal([full])
    expect(presented.map(({ count }) => count)).to.deep.equal([1])
    expect(recoveries.map(({ session }) => session.acknowledgement.count)).to.deep.equal([1])
    inOrder(3, position => position === 1)
    expect(spends).to.equal(2)
  })

  it('takes nothing more from a provider that failed', async () => {
    const second = Promise.withResolvers<ReleasedKeys>()
    const asked = Promise.withResolvers<void>()
    const served = Promise.withResolvers<void>()
    begin(async ({ count }) => {
      if (count === 1) {
        throw new TimeoutError()
      }

      return second.promise
    }, {
      recover: async recovery => {
        if (recovery.first === 2) {
          asked.resolve()
          await served.promise
        }

        return recoverKeys(recovery, recipient.peerId, [1, 2], 1)
      }
    })
    flood([1, 2])
    await asked.promise
    flood([3])
    second.resolve({ first: 2, keys: new Uint8Array(32), window: 512 })
    await second.promise
    await new Promise(resolve => { setImmediate(resolve) })
    served.resolve()
    const keys: unknown[] = []
    exchange.arrived(4, new Uint8Array(32), key => { keys.push(key) }, true)
    await exchange.end()
    expect(keys).to.deep.equal([undefined])
    expect(unlocked).to.have.lengthOf(3)
    expect(presented.map(({ count }) => count)).to.deep.equal([1, 2])
  })

  it('unlocks no block twice, passes over one that throws, and says so', async () => {
    begin(undefined)
    const bytes = send(session.exchange, [1])[0].bytes
    let calls = 0
    exchange.arrived(1, sha256(bytes), () => {
      calls++
      throw new Error('no space')
    }, true)
    sent.push({ index: 1, bytes })
    await eventually(() => session.exchange.room === 2)
    send(session.exchange, [2, 3]).forEach(block => { arrive(block, true) })
    await exchange.end()
    expect(calls).to.equal(1)
    expect(unlocked).to.deep.equal([[2, true], [3, true]])
    expect(faults.map(({ message }) => message)).to.deep.equal(['no space'])
  })

  it('lets the event loop turn between the keys of a large answer', async () => {
    begin(async () => ({ first: 1, keys: new Uint8Array(32 * 100), window: 512 }), { window: 400 })
    flood(Array.from({ length: 100 }, (_, at) => at))
    let turns = 0

    for (; exchange.locked > 0; turns++) {
      await new Promise(resolve => { setImmediate(resolve) })
    }

    expect(turns).to.be.greaterThan(10)
    inOrder(100, () => false)
  })

  const sealed = async (count: number): Promise<void> => {
    // the provider takes these, and what is presented later goes nowhere
    const acknowledged = session.exchange.acknowledge.bind(session.exchange)

    while (sent.length < count) {
      const fresh = send(session.exchange, range(sent.length, Math.min(session.exchange.room, count - sent.length)))
      fresh.forEach(block => { arrive(block) })
      acknowledged(recipient.signer.acknowledge(state(session.exchange.session, sent)))
    }
  }

  const refusals: Array<[string, () => Promise<ReleasedKeys>]> = [
    ['refuses', async () => { throw new AckRefusedError(AckStatus.ACK_FALSE, 'no') }],
    ['does not answer in time', async () => { throw new TimeoutError() }],
    ['gives one key too few', async () => ({ first: 1, keys: new Uint8Array(), window: 1 })],
    ['gives half a key', async () => ({ first: 1, keys: new Uint8Array(16), window: 1 })],
    ['gives one key too many', async () => ({ first: 1, keys: new Uint8Array(64), window: 1 })],
    ['gives keys of another position', async () => ({ first: 2, keys: new Uint8Array(32), window: 1 })]
  ]

  refusals.forEach(([what, present]) => {
    it(`gets the keys from the server when the provider ${what}`, async () => {
      begin(present)
      await sealed(8)
      await exchange.end()
      inOrder(8, () => true)
      expect(faults).to.have.lengthOf(1)
      // as many as the server gives at a time, and nothing that is there already
      expect(recoveries.map(({ first }) => first)).to.deep.equal([1, 4, 7])
      expect(new Set(recoveries.map(({ session }) => session.acknowledgement)).size).to.equal(1)
      expect(recoveries[0].session.acknowledgement.count).to.equal(8)
      // nobody was shown a different acknowledgement of the same count
      expect(new Set(presented.map(({ count }) => count)).size).to.equal(presented.length)
    })
  })

  it('gets the last keys from the server when the provider is gone with them', async () => {
    let gone = false
    begin(async acknowledgement => {
      const keys = await provider.exchanges.acknowledge(acknowledgement, recipient.peerId)

      if (gone) {
        throw new Error('reset')
      }

      return keys
    })

    for (let index = 0; index < 6; index++) {
      await allUnlocked()
      gone = index === 5
      arrive(send(session.exchange, [index])[0], true)
    }

    await exchange.end()
    inOrder(6, () => true)
    expect(recoveries.map(({ first, session }) => [first, session.acknowledgement.count])).to.deep.equal([[6, 6]])
  })

  it('gives up what was not acknowledged, and only that', async () => {
    begin(async () => { throw new Error('reset') }, { window: 32 })
    flood([1, 2, 3, 4, 5, 6, 7, 8])
    await eventually(() => faults.length === 1)
    flood([9, 10])
    const recovered = recoveries.length
    await exchange.end()
    flood([11], true)
    await eventually(() => exchange.locked === 0)
    expect(recovered).to.be.greaterThan(0)
    expect(unlocked.map(([position]) => position)).to.deep.equal([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11])
    expect(recoveries.map(({ session }) => session.acknowledgement.count)).to.deep.equal([8, 8, 8])
    expect(presented.map(({ count }) => count)).to.deep.equal([8])
  })

  const failures: Array<[string, RecipientExchangeInit['recover']]> = [
    ['cannot be reached', async () => { throw new Error('no route') }],
    ['gives nothing', async ({ first }) => ({ first, keys: new Uint8Array(), window: 0 })],
    ['gives too much', async ({ first }) => ({ first, keys: new Uint8Array(32 * 9), window: 0 })],
    ['gives others', async ({ first }) => ({ first: first + 1, keys: new Uint8Array(32), window: 0 })]
  ]

  failures.forEach(([what, recover]) => {
    it(`gives up every block when the server ${what} as well`, async () => {
      const keys: unknown[] = []
      begin(async () => { throw new Error('reset') }, { recover })

      for (let index = 0; index < 8; index++) {
        exchange.arrived(index, new Uint8Array(32), key => { keys.push(key) }, false)
      }

      await exchange.end()
      expect(keys).to.deep.equal(Array.from({ length: 8 }, () => undefined))
      expect(exchange.locked).to.equal(0)
    })
  })

  it('shows the server the ciphertexts whose keys are missing', async () => {
    begin(async () => { throw new TimeoutError() })
    await sealed(8)
    await exchange.end()
    expect(recoveries).to.have.lengthOf(3)

    for (const { first, before, hashes, session: evidence } of recoveries) {
      expect(Buffer.from(before)).to.deep.equal(Buffer.from(state(exchange.session, sent.slice(0, first - 1)).entries))
      expect(Buffer.from(hashes)).to.deep.equal(Buffer.concat(sent.slice(first - 1).map(({ bytes }) => sha256(bytes))))
      expect(evidence.acknowledgement.count).to.equal(8)
    }
  })

  it('asks a busy server again', async () => {
    let busy = 3
    begin(async () => { throw new TimeoutError() }, {
      recover: async recovery => {
        if (busy-- > 0) {
          throw new AckRefusedError(AckStatus.ACK_BUSY, 'later', 1)
        }

        return recoverKeys(recovery, recipient.peerId, [0, 1], 2)
      }
    })
    await sealed(2)
    await exchange.end()
    inOrder(2, () => true)
  })

  it('does not wait for a server that is busy for long', async () => {
    for (const retryAfter of [60_000, undefined]) {
      session = provider.open(recipient.peerId)
      sent = []
      unlocked = []
      begin(async () => { throw new TimeoutError() }, { recover: async () => { throw new AckRefusedError(AckStatus.ACK_BUSY, 'later', retryAfter) } })
      await sealed(1)
      await exchange.end()
      inOrder(1, () => false)
    }
  })

  it('does not wait for a server that takes its time to say that it is busy', async () => {
    const now = performance.now.bind(performance)
    let asked = 0
    begin(async () => { throw new TimeoutError() }, {
      recover: async () => {
        asked++
        performance.now = () => now() + asked * 10_000
        throw new AckRefusedError(AckStatus.ACK_BUSY, 'later', 1)
      }
    })
    await sealed(1)

    try {
      await exchange.end()
    } finally {
      performance.now = now
    }

    expect(asked).to.equal(2)
    inOrder(1, () => false)
  })

  it('complains about ciphertext for which the server gives no key, until it has an answer, and passes that on', async () => {
    const rulings: Array<[number, Ruling]> = []
    const ruling = { block: new Uint8Array(4), path: new Uint8Array() }
    begin(async () => { throw new TimeoutError() }, {
      onRuling: (...args) => rulings.push(args),
      complain: async complaint => {
        if (complaints.push(complaint) === 1) {
          throw new StreamResetError()
        }

        return ruling
      },
      recover: async recovery => {
        if (recovery.first === 3) {
          throw new AckRefusedError(AckStatus.ACK_FALSE, 'false')
        }

        return recoverKeys(recovery, recipient.peerId, [0, 1], 2)
      }
    })
    await sealed(4)
    await exchange.end()
    inOrder(4, position => position < 3)
    expect(complaints.map(({ position }) => position)).to.deep.equal([3, 3])
    expect(rulings).to.deep.equal([[2, ruling]])
  })

  it('complains about blocks that came out false before it asks for later keys', async () => {
    const steps: string[] = []
    const ruled = Promise.withResolvers<void>()
    begin(async ({ count }) => {
      if (count === 1) {
        return { first: 1, keys: new Uint8Array(32), window: 2 }
      }

      throw new TimeoutError()
    }, {
      complain: async ({ position }) => {
        steps.push(`complaint ${position}`)
        await ruled.promise
        steps.push('ruling')
        return { path: new Uint8Array() }
      },
      recover: async recovery => {
        steps.push(`recovery ${recovery.first}`)
        return recoverKeys(recovery, recipient.peerId, [0, 1], 1)
      }
    })
    exchange.arrived(0, new Uint8Array(32), () => { void exchange.complain(1) }, true)
    exchange.arrived(1, new Uint8Array(32), () => {}, true)
    await eventually(() => steps.length === 1 && faults.length === 1)
    ruled.resolve()
    await exchange.end()
    expect(steps).to.deep.equal(['complaint 1', 'ruling', 'recovery 2'])
  })

  it('says at once that there is no conversation, and asks the server', async () => {
    begin(undefined, { conversation: Promise.reject(new Error('not dialled')) })
    await eventually(() => faults.length === 1)
    flood([1, 2], true)
    await exchange.end()
    // nothing was signed, so nothing is owed
    expect(unlocked).to.deep.equal([[1, false], [2, false]])
    expect(recoveries).to.be.empty()

    const late = Promise.withResolvers<ExchangeConversation>()
    session = provider.open(recipient.peerId)
    sent = []
    unlocked = []
    begin(undefined, { conversation: late.promise })
    arrive(send(session.exchange, [5])[0], true)
    late.reject(new Error('not dialled'))
    await exchange.end()
    expect(unlocked).to.deep.equal([[1, true]])
    expect(recoveries).to.have.lengthOf(1)
  })

  it('ends more than once, and with nothing', async () => {
    begin()
    await Promise.all([exchange.end(), exchange.end()])
    await exchange.end()
    expect(closed).to.equal(1)
    expect(presented).to.be.empty()
    expect(faults).to.be.empty()
  })

  it('complains with the entries from the block on', async () => {
    begin(never)
    flood([5, 6, 7, 8, 9], true)
    await exchange.complain(3)
    await exchange.complain(1)
    const { count, entries } = presented[presented.length - 1]
    expect(count).to.equal(5)

    for (const { position, before, hashes, session: evidence } of complaints) {
      expect(evidence.acknowledgement).to.deep.equal(presented[presented.length - 1])
      const indices = decodeBlocks(evidence.blocks, count, BLOCKS)
      let chain = before

      for (let at = position - 1; at < count; at++) {
        const hash = hashes.subarray(32 * (at - position + 1), 32 * (at - position + 2))
        expect([...hash]).to.deep.equal([...sha256(sent[at].bytes)])
        chain = extendEntries(chain, indices[at], hash)
      }

      expect([...chain]).to.deep.equal([...entries])
      expect(hashes).to.have.lengthOf(32 * (count - position + 1))
    }

    expect([...complaints[1].before]).to.deep.equal([...exchange.session])

    for (const position of [0, 6, 1.5, NaN]) {
      await expect(exchange.complain(position)).to.eventually.be.rejected.with.property('name', 'InvalidParametersError')
    }
  })

  it('takes no more blocks than a session may have', () => {
    begin(never, { window: 512 })

    for (let position = 0; position < MAX_SESSION_BLOCKS; position++) {
      exchange.arrived(1, new Uint8Array(32), () => {}, false)
    }

    expect(() => { exchange.arrived(1, new Uint8Array(32), () => {}, false) }).to.throw().with.property('name', InvalidMessageError.name)
  })
})
