import { expect } from 'aegir/chai'
import fc from 'fast-check'
import { TICKET } from '../../protocols/ticket/constants.ts'
import { CoinBook, Mode, Ticket } from '../../protocols/ticket/pb/records.ts'
import { seal } from '../../src/ticket/envelope.ts'
import { openRevocations, signRevocations } from '../../src/ticket/revocation.ts'
import { openTicket, signTicket, verifyTicket } from '../../src/ticket/ticket.ts'
import { HOUR, key, NOW, object, peer } from './fixtures.ts'
import type { VerifyTicketOptions } from '../../src/ticket/ticket.ts'

describe('ticket', () => {
  let expected: VerifyTicketOptions
  let envelope: Uint8Array

  before(async () => {
    expected = { issuer: (await key(1)).publicKey, client: await peer(3), object: object(1), now: NOW + 1 }
    envelope = await ticket()
  })

  async function ticket (fields: Partial<Parameters<typeof signTicket>[0]> = {}): Promise<Uint8Array> {
    return signTicket({ client: await peer(3), object: object(1), notBefore: NOW, notAfter: NOW + HOUR, ...fields }, await key(1))
  }

  async function expectError (code: string, presented: Uint8Array, changes: Partial<VerifyTicketOptions> = {}): Promise<void> {
    await expect(verifyTicket(presented, { ...expected, ...changes })).to.eventually.be.rejected.with.include({ name: 'TicketError', code })
  }

  it('should be accepted from its client for its object', async () => {
    const verified = await verifyTicket(envelope, expected)

    expect(verified).to.include({ mode: Mode.PLAIN, notBefore: NOW, notAfter: NOW + HOUR, range: undefined, rate: undefined })
    expect(verified.serial).to.have.lengthOf(16)
    expect(verified.client.equals(expected.client)).to.be.true()
    expect(verified.object.equals(expected.object)).to.be.true()
  })

  it('should carry its attenuations', async () => {
    const verified = await verifyTicket(await ticket({ range: { first: 0, count: 7 }, rate: 2 ** 40 }), expected)

    expect(verified).to.deep.include({ range: { first: 0, count: 7 }, rate: 2 ** 40 })
  })

  it('should carry a standing in mode proof alone', async () => {
    const proof = await verifyTicket(await ticket({ mode: Mode.PROOF, standing: 100 }), { ...expected, mode: Mode.PROOF })

    expect(proof).to.include({ mode: Mode.PROOF, standing: 100 })
    expect((await verifyTicket(await ticket({ standing: 7 }), expected)).standing).to.be.undefined()

    for (const standing of [undefined, 0, 101, 2 ** 32 - 1]) {
      await expectError('invalid', await ticket({ mode: Mode.PROOF, standing }), { mode: Mode.PROOF })
    }
  })

  describe('of mode purchase', () => {
    const book = { fee: 500, bond: 0, redeemUntil: NOW + HOUR }
    const purchase = { mode: Mode.PURCHASE, serial: new Uint8Array(16).fill(5), book }

    it('should say what its coins are good for', async () => {
      const verified = await verifyTicket(await ticket({ ...purchase, range: { first: 3, count: 4 }, standing: 9 }), { ...expected, mode: Mode.PURCHASE })

      expect(verified).to.deep.include({ ...purchase, range: { first: 3, count: 4 }, standing: undefined })
      await expectError('wrong-mode', await ticket(purchase), { mode: Mode.PROOF })
    })

    it('should have a book at the edges of what there can be', async () => {
      for (const edge of [{ fee: 0 }, { fee: 10_000 }, { bond: Number.MAX_SAFE_INTEGER }, { redeemUntil: Number.MAX_SAFE_INTEGER }]) {
        const verified = await verifyTicket(await ticket({ ...purchase, book: { ...book, ...edge } }), { ...expected, mode: Mode.PURCHASE })

        expect(verified.book).to.deep.equal({ ...book, ...edge })
      }
    })

    it('should be refused without a book, or with one that breaks the rules', async () => {
      for (const broken of [undefined, { ...book, fee: 10_001 }, { ...book, fee: 2 ** 32 - 1 }, { ...book, redeemUntil: NOW + HOUR - 1 }]) {
        await expectError('invalid', await ticket({ ...purchase, book: broken }), { mode: Mode.PURCHASE })
      }

      const fields = Ticket.encode({ ...purchase, book: undefined, client: expected.client.toMultihash().bytes as Uint8Array<ArrayBuffer>, object: object(1).bytes as Uint8Array<ArrayBuffer>, notBefore: NOW, notAfter: NOW + HOUR })
      // 2^53 as a varint
      const tooLarge = [0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x10]
      const until = [0x18, ...CoinBook.encode({ redeemUntil: NOW + HOUR }).subarray(1)]

      for (const bytes of [[0x10, ...tooLarge, ...until], [0x18, ...tooLarge]]) {
        await expectError('invalid', await seal(TICKET, new Uint8Array([...fields, 0x52, bytes.length, ...bytes]), await key(1)), { mode: Mode.PURCHASE })
      }

      await verifyTicket(await seal(TICKET, new Uint8Array([...fields, 0x52, until.length, ...until]), await key(1)), { ...expected, mode: Mode.PURCHASE })
    })

    it('should be the only one with a book', async () => {
      await expectError('invalid', await ticket({ book }))
      await expectError('invalid', await ticket({ mode: Mode.PROOF, standing: 1, book }), { mode: Mode.PROOF })
    })
  })

  it('should have a serial of its own', async () => {
    const [a, b] = [await openTicket(await ticket()), await openTicket(await ticket())]
    expect(a.serial).to.not.equalBytes(b.serial)
  })

  it('should be refused from another client, for another object, of another server, of another mode', async () => {
    await expectError('foreign', envelope, { client: await peer(4) })
    await expectError('foreign', envelope, { object: object(2) })
    await expectError('foreign', envelope, { issuer: (await key(2)).publicKey })
    await expectError('wrong-mode', envelope, { mode: 'PROOF' as Mode })
  })

  it('should be valid for its time, with two minutes of tolerance', async () => {
    await verifyTicket(envelope, { ...expected, now: NOW - 120_000 })
    await verifyTicket(envelope, { ...expected, now: NOW + HOUR + 120_000 })
    await expectError('not-yet-valid', envelope, { now: NOW - 120_001 })
    await expectError('expired', envelope, { now: NOW + HOUR + 120_001 })
  })

  it('should be verified afresh although its envelope is known', async () => {
    await verifyTicket(envelope, expected)
    await expectError('foreign', envelope, { client: await peer(4) })
    await expectError('expired', envelope, { now: NOW + 2 * HOUR })
  })

  it('should be refused when it breaks the rules', async () => {
    const good = { serial: new Uint8Array(16), client: expected.client.toMultihash().bytes, object: object(1).bytes, notBefore: NOW, notAfter: NOW + HOUR }

    for (const fields of [
      { serial: new Uint8Array(15) },
      { serial: new Uint8Array(0) },
      { client: new Uint8Array(0) },
      { client: new Uint8Array(65) },
      { object: new Uint8Array(0) },
      { object: new Uint8Array([...object(1).bytes, 0]) },
      { object: object(1).bytes.subarray(0, 35) },
      { object: object(1).bytes.with(1, 0x70) },
      { notAfter: NOW },
      { notAfter: NOW + 31 * 24 * HOUR }
    ]) {
      await expectError('invalid', await seal(TICKET, Ticket.encode({ ...good, ...fields } as Partial<Ticket>), await key(1)))
    }

    // mode 1 without a standing, mode 2 without a book, and mode 3, which this version does not know
    await expectError('invalid', await seal(TICKET, new Uint8Array([...Ticket.encode(good as Partial<Ticket>), 0x20, 1]), await key(1)))
    await expectError('invalid', await seal(TICKET, new Uint8Array([...Ticket.encode(good as Partial<Ticket>), 0x20, 2]), await key(1)))
    await expectError('invalid', await seal(TICKET, new Uint8Array([...Ticket.encode(good as Partial<Ticket>), 0x20, 3]), await key(1)))
    await expectError('invalid', new Uint8Array(1025))
    await expectError('invalid', new Uint8Array(0))
  })

  it('should be refused with any changed byte or missing end', async () => {
    await fc.assert(fc.asyncProperty(fc.nat(envelope.byteLength - 1), fc.integer({ min: 1, max: 255 }), async (at, change) => {
      const tampered = envelope.slice()
      tampered[at] ^= change
      await expectError('invalid', tampered)
      await expectError('invalid', envelope.subarray(0, at))
    }), { seed: 2, numRuns: 300 })
  })

  it('should be refused as garbage', async () => {
    await fc.assert(fc.asyncProperty(fc.uint8Array({ maxLength: 1100 }), async garbage => expectError('invalid', garbage)), { seed: 3, numRuns: 200 })
  })

  it('should stop when it is told to', async () => {
    await expect(verifyTicket(new Uint8Array(8), { ...expected, signal: AbortSignal.abort() })).to.eventually.be.rejected
      .with.property('name', 'AbortError')
  })

  describe('revocation', () => {
    async function list (entries: Parameters<typeof signRevocations>[0]['entries'], issuer = 1): ReturnType<typeof openRevocations> {
      const signed = await signRevocations({ epoch: 5, issued: NOW, entries }, await key(issuer))
      return openRevocations(signed, { issuer: (await key(1)).publicKey })
    }

    it('should void the tickets of a client up to a time', async () => {
      const client = await peer(3)

      await expectError('revoked', envelope, { revocations: await list([{ client, before: NOW }]) })
      await expectError('revoked', envelope, { revocations: await list([{ client, object: object(1), before: NOW }]) })
      await expectError('revoked', envelope, { revocations: await list([{ client, before: NOW }, { client, before: NOW - 9 }]) })

      for (const entry of [{ client, before: NOW - 1 }, { client, object: object(2), before: NOW }, { client: await peer(4), before: NOW }]) {
        await verifyTicket(envelope, { ...expected, revocations: await list([entry]) })
      }
    })

    it('should be the server\'s', async () => {
      await expect(list([], 2)).to.eventually.be.rejectedWith('another server')
      await expect(openRevocations(envelope, { issuer: expected.issuer })).to.eventually.be.rejected.with.property('name', 'InvalidRecordError')
    })

    it('should hold as many entries as it may, and not more', async () => {
      const client = await peer(3)
      const entries = Array.from({ length: 10_000 }, (_, i) => ({ client, object: object(i % 256), before: NOW + i }))

      expect((await list(entries)).entries).to.have.lengthOf(10_000)
      await expect(list([...entries, ...entries])).to.eventually.be.rejectedWith('at most')
    })
  })
})
