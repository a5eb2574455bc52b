import { expect } from 'aegir/chai'
import { MAX_SESSION_BLOCKS } from '../../protocols/ack/constants.ts'
import { BlockStatus } from '../../protocols/block/index.ts'
import { extendEntries, IndexChain } from '../../src/exchange/chains.ts'
import { MAX_LATE } from '../../src/exchange/constants.ts'
import { verifier } from '../../src/exchange/signature.ts'
import { sha256 } from '../../src/object/hashes.ts'
import { eventually } from '../eventually.ts'
import { plainBlock, opened, Provider, Recipient, rejection, send, state } from './fixtures.ts'
import type { Sent, Session } from './fixtures.ts'
import type { Acknowledgement, ReleasedKeys } from '../../protocols/ack/index.ts'

const hour = 3_600_000

describe('exchange: provider', () => {
  let provider: Provider
  let recipient: Recipient
  let other: Recipient

  before(async () => {
    recipient = await Recipient.create(20)
    other = await Recipient.create(21)
  })

  beforeEach(async () => {
    provider = await Provider.create(10, hour)
  })

  afterEach(() => { provider.exchanges.stop() })

  const signed = (session: Session, sent: Sent[], signs = recipient): Acknowledgement => {
    return signs.signer.acknowledge(state(session.exchange.session, sent))
  }

  /** One session in which every block was acknowledged: the next one begins with `blocks + 1`. */
  const earn = (blocks: number): void => {
    const session = provider.open(recipient.peerId)
    const sent: Sent[] = []

    for (let index = 0; index < blocks; index++) {
      sent.push(...send(session.exchange, [index]))
      session.exchange.acknowledge(signed(session, sent))
    }

    session.exchange.end()
  }

  const opens = ({ first, keys }: ReleasedKeys, sent: Sent[]): void => {
    for (let at = 0; at < keys.byteLength / 32; at++) {
      const { index, bytes } = sent[first - 1 + at]
      expect([...opened(bytes, keys.subarray(32 * at, 32 * at + 32))]).to.deep.equal([...plainBlock(index)])
    }
  }

  it('gives no more than the most that may be had for one serial, over all sessions', () => {
    const give = (blocks: number): Session => {
      const session = provider.open(recipient.peerId, 16, 5)
      const sent: Sent[] = []

      for (let index = 0; index < blocks; index++) {
        sent.push(...send(session.exchange, [index]))
        session.exchange.acknowledge(signed(session, sent))
      }

      return session
    }

    give(3).exchange.end()
    const { exchange } = give(1)
    expect(exchange.room).to.equal(1)
    send(exchange, [9])
    expect(exchange.room).to.equal(0)
    expect(() => send(exchange, [10])).to.throw()
    exchange.end()
    // what was sent may still be acknowledged
    expect(() => provider.open(recipient.peerId, 16, 5)).to.throw().with.property('status', BlockStatus.BLOCK_LIMIT_EXCEEDED)
    const [one, other] = [provider.open(recipient.peerId, 16, 6).exchange, provider.open(recipient.peerId, 16, 6).exchange]
    expect([one.room, other.room]).to.deep.equal([1, 1])
    send(one, [11])
    expect([one.room, other.room]).to.deep.equal([0, 0])
    expect(() => provider.open(recipient.peerId, 16, 6)).to.throw().with.property('status', BlockStatus.BLOCK_LIMIT_EXCEEDED)
    expect(provider.open(recipient.peerId, 16, 7).exchange.room).to.equal(1)
    expect(() => provider.open(recipient.peerId)).not.to.throw()
  })

  it('sends a stranger one block, and as many more as were acknowledged after that', () => {
    const { exchange, ...rest } = provider.open(recipient.peerId, 16)
    const sent: Sent[] = []
    const windows: number[] = []

    for (let index = 0; exchange.window < 16;) {
      windows.push(exchange.window)
      expect(exchange.room).to.equal(exchange.window)

      while (exchange.room > 0) {
        sent.push(...send(exchange, [index++]))
      }

      expect(() => exchange.seal(index, plainBlock(index))).to.throw().with.property('name', 'InvalidParametersError')
      const keys = exchange.acknowledge(signed({ exchange, ...rest }, sent))
      expect(keys.window).to.equal(exchange.window)
      expect(keys.first + keys.keys.byteLength / 32 - 1).to.equal(sent.length)
      opens(keys, sent)
    }

    expect(windows).to.deep.equal([1, 2, 4, 8])
    expect(exchange.acknowledge(signed({ exchange, ...rest }, [...sent, ...send(exchange, [99])])).window).to.equal(16)
  })

  it('stores before it releases, and releases nothing that could not be stored', () => {
    earn(4)
    const session = provider.open(recipient.peerId)
    const sent = send(session.exchange, [4, 2, 2])
    session.exchange.acknowledge(signed(session, sent.slice(0, 1)))
    provider.receipts.broken = true
    expect(rejection(() => session.exchange.acknowledge(signed(session, sent)))).to.have.property('status', 'ACK_BUSY')
    expect(session.faults.map(({ status }) => status)).to.deep.equal(['BLOCK_STOPPING'])
    expect(session.exchange.room).to.equal(0)
    provider.receipts.broken = false
    expect(rejection(() => session.exchange.acknowledge(signed(session, sent)))).to.have.property('status', 'ACK_NOT_FOUND')
    expect(provider.receipts.find(session.exchange.session)?.acknowledgement.count).to.equal(1)
    // it was not the recipient's fault
    expect(provider.open(recipient.peerId).exchange.window).to.be.greaterThan(1)
  })

  it('stores what proves itself', async () => {
    earn(6)
    const session = provider.open(recipient.peerId)
    const sent = send(session.exchange, [4, 2, 0, 2, 9])

    for (const count of [2, 3, 5]) {
      session.exchange.acknowledge(signed(session, sent.slice(0, count)))
      const receipt = provider.receipts.find(session.exchange.session)
      expect([...receipt?.indices ?? []]).to.deep.equal([4, 2, 0, 2, 9].slice(0, count))
      expect(receipt?.hashes).to.have.lengthOf(32 * count)
      expect(receipt?.acknowledgement).to.deep.equal(signed(session, sent.slice(0, count)))
      expect(verifier(recipient.peerId).acknowledgement(receipt?.acknowledgement as Acknowledgement)).to.be.true()
    }
  })

  it('gives the same keys again for the same acknowledgement', () => {
    earn(4)
    const session = provider.open(recipient.peerId)
    const sent = send(session.exchange, [1, 2, 3])
    session.exchange.acknowledge(signed(session, sent.slice(0, 1)))
    const keys = session.exchange.acknowledge(signed(session, sent))
    expect(keys.first).to.equal(2)
    expect(session.exchange.acknowledge(signed(session, sent))).to.deep.equal(keys)
    send(session.exchange, [4])
    expect(session.exchange.acknowledge(signed(session, sent))).to.deep.equal(keys)
    expect(session.faults).to.be.empty()
  })

  const falseOnes: Array<[string, (session: Session, sent: Sent[], elsewhere: Session) => Acknowledgement]> = [
    ['is signed with a foreign key', (session, sent) => signed(session, sent, other)],
    ['has a signature that was changed', (session, sent) => {
      const acknowledgement = signed(session, sent)
      acknowledgement.signature[3] ^= 1
      return acknowledgement
    }],
    ['has the signature of another count', (session, sent) => ({ ...signed(session, sent), signature: signed(session, sent.slice(0, 2)).signature })],
    ['counts too much', (session, sent) => signed(session, [...sent, sent[0]])],
    // the provider's memory still holds what stood there before
    ['counts the last block twice', (session, sent) => recipient.signer.acknowledge({ ...state(session.exchange.session, [...sent, sent[2]]), entries: state(session.exchange.session, sent).entries })],
    ['counts far too much', (session, sent) => ({ ...signed(session, sent), count: 2 ** 32 - 1 })],
    ['counts nothing', (session) => signed(session, [])],
    ['counts less than the one before', (session, sent) => signed(session, sent.slice(0, 1))],
    ['counts what the one before did, and is not the same', (session, sent) => signed(session, sent.slice(0, 2), other)],
    ['names other indices', (session, sent) => signed(session, [...sent.slice(0, 2), { ...sent[2], index: 99 }])],
    ['names another order', (session, sent) => signed(session, [sent[0], sent[2], sent[1]])],
    ['names other ciphertext', (session, sent) => signed(session, [...sent.slice(0, 2), { ...sent[2], bytes: new Uint8Array(64) }])],
    ['has a false index chain alone', (session, sent) => recipient.signer.acknowledge({ ...state(session.exchange.session, sent), indices: new Uint8Array(32) })],
    ['has a false entry chain alone', (session, sent) => recipient.signer.acknowledge({ ...state(session.exchange.session, sent), entries: new Uint8Array(32) })],
    ['was signed for another session', (session, sent, elsewhere) => ({ ...signed(elsewhere, sent), session: session.exchange.session })]
  ]

  falseOnes.forEach(([what, make]) => {
    it(`releases nothing for, and ends the session by, an acknowledgement that ${what}`, async () => {
      earn(6)
      const session = provider.open(recipient.peerId)
      const sent = send(session.exchange, [1, 2, 3])
      session.exchange.acknowledge(signed(session, sent.slice(0, 1)))
      session.exchange.acknowledge(signed(session, sent.slice(0, 2)))
      const elsewhere = provider.open(recipient.peerId)

      await expect(provider.exchanges.acknowledge(make(session, sent, elsewhere), recipient.peerId))
        .to.eventually.be.rejected.with.property('status', 'ACK_FALSE')
      expect(session.faults.map(({ status }) => status)).to.deep.equal(['BLOCK_UNACKNOWLEDGED'])
      expect(session.exchange.room).to.equal(0)
      await expect(session.exchange.waitForRoom({})).to.eventually.be.rejected.with.property('name', 'RefusedError')
      expect(provider.open(recipient.peerId).exchange.window).to.equal(1)

      // what was acknowledged before is claimed, and its keys are paid
      expect(provider.receipts.closed).to.have.lengthOf(2)
      expect(provider.receipts.find(session.exchange.session)?.acknowledgement.count).to.equal(2)
      opens(await provider.exchanges.acknowledge(signed(session, sent.slice(0, 2)), recipient.peerId), sent)
      await expect(provider.exchanges.acknowledge(signed(session, sent), recipient.peerId)).to.eventually.be.rejected.with.property('status', 'ACK_NOT_FOUND')
    })
  })

  it('does not take an acknowledgement from anyone else, for an unknown session, or for another provider', async () => {
    const session = provider.open(recipient.peerId)
    const sent = send(session.exchange, [1])
    const acknowledgement = signed(session, sent)
    const refuses = async (at: Provider, acknowledgement: Acknowledgement, from = recipient): Promise<void> => {
      await expect(at.exchanges.acknowledge(acknowledgement, from.peerId)).to.eventually.be.rejected.with.property('status', 'ACK_NOT_FOUND')
    }

    await refuses(provider, acknowledgement, other)
    await refuses(provider, { ...acknowledgement, session: new Uint8Array(32) })
    await refuses(await Provider.create(11), acknowledgement)
    expect(session.faults).to.be.empty()
    opens(await provider.exchanges.acknowledge(acknowledgement, recipient.peerId), sent)
  })

  it('gives keys again after the session, and after kill -9, for what is stored', async () => {
    earn(6)
    const session = provider.open(recipient.peerId)
    const sent = send(session.exchange, [3, 1, 2, 5])
    await provider.exchanges.acknowledge(signed(session, sent.slice(0, 3)), recipient.peerId)
    const again = provider.restarted()

    const keys = await again.exchanges.acknowledge(signed(session, sent.slice(0, 3)), recipient.peerId)
    expect(keys.first).to.equal(1)
    expect(keys.keys).to.have.lengthOf(96)
    expect(keys.window).to.equal(0)
    opens(keys, sent)
    opens(await again.exchanges.acknowledge(signed(session, sent.slice(0, 2)), recipient.peerId), sent)

    // not stored, not the recipient, not the same
    for (const [acknowledgement, peer] of [
      [signed(session, sent), recipient.peerId],
      [signed(session, sent.slice(0, 3)), other.peerId],
      [signed(session, sent.slice(0, 3), other), recipient.peerId],
      [{ ...signed(session, sent), count: 0 }, recipient.peerId]
    ] as const) {
      await expect(again.exchanges.acknowledge(acknowledgement, peer)).to.eventually.be.rejected.with.property('status', 'ACK_NOT_FOUND')
    }
  })

  it('gives keys again so many times a minute, to each recipient', async () => {
    const session = provider.open(recipient.peerId)
    const sent = send(session.exchange, [1])
    const acknowledgement = signed(session, sent)
    session.exchange.acknowledge(acknowledgement)
    const again = provider.restarted()

    for (let n = 0; n < MAX_LATE; n++) {
      await expect(again.exchanges.acknowledge(acknowledgement, other.peerId)).to.eventually.be.rejected.with.property('status', 'ACK_NOT_FOUND')
    }

    await expect(again.exchanges.acknowledge(acknowledgement, other.peerId)).to.eventually.be.rejected.with.property('status', 'ACK_BUSY')
    opens(await again.exchanges.acknowledge(acknowledgement, recipient.peerId), sent)
  })

  it('gives the last 512 keys of a long session again', async () => {
    const session = provider.open(recipient.peerId)
    const sent: Sent[] = []

    while (sent.length < 600) {
      sent.push(...send(session.exchange, Array.from({ length: session.exchange.room }, (_, at) => sent.length + at)))
      session.exchange.acknowledge(signed(session, sent))
    }

    const keys = await provider.restarted().exchanges.acknowledge(signed(session, sent), recipient.peerId)
    expect(keys.first).to.equal(sent.length - 511)
    expect(keys.keys).to.have.lengthOf(512 * 32)
    opens(keys, sent)
  })

  it('waits for an acknowledgement, and gives up without one', async () => {
    const patient = await Provider.create(12, 50)
    const session = patient.open(recipient.peerId)
    await session.exchange.waitForRoom({})
    const sent = send(session.exchange, [1])
    const waiting = session.exchange.waitForRoom({})
    session.exchange.acknowledge(signed(session, sent))
    await waiting
    expect(session.exchange.room).to.equal(2)
    send(session.exchange, [2, 3])
    await expect(session.exchange.waitForRoom({})).to.eventually.be.rejected.with.property('status', 'BLOCK_UNACKNOWLEDGED')
    await expect(session.exchange.waitForRoom({ signal: AbortSignal.abort() })).to.eventually.be.rejected.with.property('name', 'AbortError')
    const ended = session.exchange.waitForRoom({})
    session.exchange.end()
    await expect(ended).to.eventually.be.rejected.with.property('status', 'BLOCK_STOPPING')
    expect(patient.open(recipient.peerId).exchange.window).to.equal(1)
    patient.exchanges.stop()
  })

  it('takes the last acknowledgement after the session, and then holds nothing against the recipient', async () => {
    earn(6)
    const session = provider.open(recipient.peerId)
    const sent = send(session.exchange, [1, 2, 3])
    session.exchange.end()
    session.exchange.end()
    expect(provider.receipts.closed).to.have.lengthOf(1)
    expect(() => session.exchange.seal(4, plainBlock(4))).to.throw().with.property('status', 'BLOCK_STOPPING')
    // not paid yet
    expect(provider.open(recipient.peerId).exchange.window).to.equal(1)
    opens(await provider.exchanges.acknowledge(signed(session, sent.slice(0, 2)), recipient.peerId), sent)
    expect(provider.receipts.closed).to.have.lengthOf(1)
    opens(await provider.exchanges.acknowledge(signed(session, sent), recipient.peerId), sent)
    expect(provider.receipts.closed).to.have.lengthOf(2)
    expect(provider.open(recipient.peerId).exchange.window).to.equal(10)
  })

  it('closes a session that nobody pays for', async () => {
    const patient = await Provider.create(12, 20)
    const { exchange } = patient.open(recipient.peerId)
    const sent = send(exchange, [1])
    exchange.end()
    await eventually(() => patient.receipts.closed.length === 1)
    await expect(patient.exchanges.acknowledge(recipient.signer.acknowledge(state(exchange.session, sent)), recipient.peerId))
      .to.eventually.be.rejected.with.property('status', 'ACK_NOT_FOUND')
  })

  it('refuses who left three sessions unpaid, until one is paid', () => {
    const sessions = [1, 2, 3].map(index => {
      const session = provider.open(recipient.peerId)
      const sent = send(session.exchange, [index])
      session.exchange.end()
      return { session, sent }
    })

    expect(() => provider.open(recipient.peerId)).to.throw().with.property('status', 'BLOCK_BUSY')
    expect(provider.open(other.peerId).exchange.window).to.equal(1)
    sessions[1].session.exchange.acknowledge(signed(sessions[1].session, sessions[1].sent))
    expect(provider.open(recipient.peerId).exchange.window).to.equal(2)
  })

  it('ends a session that is full', async () => {
    const { exchange, faults } = provider.open(recipient.peerId)
    const chain = new IndexChain(exchange.session)
    const block = plainBlock(0)
    let entries = exchange.session
    let count = 0

    for (;;) {
      const indices = Array.from({ length: exchange.room }, () => 0)

      for (const index of indices) {
        entries = extendEntries(entries, index, sha256(exchange.seal(index, block.slice()).bytes))
      }

      count += indices.length
      chain.extend(indices)

      if (count === MAX_SESSION_BLOCKS) {
        break
      }

      exchange.acknowledge(recipient.signer.acknowledge({ session: exchange.session, count, indices: chain.value, entries }))
    }

    await expect(exchange.waitForRoom({})).to.eventually.be.rejected.with.property('status', 'BLOCK_OK')
    exchange.acknowledge(recipient.signer.acknowledge({ session: exchange.session, count, indices: chain.value, entries }))
    await expect(exchange.waitForRoom({})).to.eventually.be.rejected.with.property('status', 'BLOCK_OK')
    expect(faults).to.be.empty()
  })

  it('answers nobody whose key cannot sign', () => {
    const rsa: any = { type: 'RSA', toString: () => 'rsa' }
    expect(() => provider.open(rsa)).to.throw().with.property('status', 'BLOCK_MODE_UNSUPPORTED')
  })
})
