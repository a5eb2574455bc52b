import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect } from 'aegir/chai'
import fc from 'fast-check'
import { BlockKeys, encodeBlocks, escrowSecret } from '../../src/exchange/index.ts'
import { sealEvidence, verifyEvidence } from '../../src/judge/index.ts'
import { BLAKE3, Mode } from '../../src/object/index.ts'
import { fingerprint, parsePeerId } from '../../src/ticket/index.ts'
import { object } from '../ticket/fixtures.ts'
import { Court, HOUR, key, NOW, OTHER, peer, PROVIDER, RECIPIENT, SERVER } from './fixtures.ts'
import type { PlayInit } from './fixtures.ts'
import type { DoubleSpending, FalseEntry, Spent } from '../../src/judge/index.ts'

/** Seed of somebody else. */
const THIRD = 7

describe('evidence', () => {
  let court: Court

  beforeEach(async () => {
    court = await Court.open()
  })

  afterEach(async () => {
    await court.close()
  })

  async function stored (file: string | undefined): Promise<Uint8Array> {
    return readFile(join(court.home.join('evidence'), String(file)))
  }

  /** Against a provider that sent garbage. */
  async function falseEntry (): Promise<Uint8Array> {
    const judge = await court.judge({ auditRate: 1 })
    const { claim, hashes, evidence, complaint } = await court.play({ indices: [4, 2, 7, 1], falseAt: [3] })
    const ticket = await court.ticket(PROVIDER)
    await judge.complain(complaint(3), await peer(RECIPIENT))
    await judge.claim(ticket, [claim], await peer(PROVIDER))
    await judge.audit(evidence.acknowledgement.session, hashes, await peer(PROVIDER))

    return stored(judge.list()[0].file)
  }

  /** The same, when it had been paid before the complaint came. */
  async function lateComplaint (): Promise<Uint8Array> {
    const judge = await court.judge()
    const { claim, complaint } = await court.play({ indices: [4, 2, 7, 1], falseAt: [3] })
    await judge.claim(await court.ticket(PROVIDER), [claim], await peer(PROVIDER))
    await judge.complain(complaint(3), await peer(RECIPIENT))

    return stored(judge.list()[0].file)
  }

  /** Against a recipient that wanted to frame its provider. */
  async function equivocation (): Promise<Uint8Array> {
    const judge = await court.judge()
    await judge.claim(await court.ticket(PROVIDER), [(await court.play()).claim], await peer(PROVIDER))
    await judge.complain((await court.play({ falseAt: [2] })).complaint(2), await peer(RECIPIENT)).catch(() => {})

    return stored(judge.list()[0].file)
  }

  /** As if the server had signed what is not true. */
  async function lie (changes: Partial<FalseEntry>): Promise<Uint8Array> {
    const { evidence, claim: { signature: claim }, hashes } = await court.play({ indices: [4, 2], falseAt: [2] })
    const key = new BlockKeys(escrowSecret(court.root, evidence.provider), evidence.acknowledgement.session).key(2, 2)
    const { manifestEnvelope: manifest, tree } = court.object

    return sealEvidence({
      kind: 'false-entry',
      certificate: court.certificate.envelope,
      manifest,
      ...evidence,
      provider: await peer(PROVIDER),
      claim,
      hashes,
      position: 2,
      key,
      block: court.blocks[2],
      path: tree.path(2),
      ...changes
    }, court.issuer, 1_000)
  }

  /** What a ticket of mode purchase has besides. */
  const sale = { mode: Mode.PURCHASE, serial: new Uint8Array(16).fill(5), standing: undefined, book: { fee: 500, bond: 80, redeemUntil: NOW + 9 * HOUR } }

  /** Block 2 is in both sessions; the second is by a ticket that was renewed. As if the server had signed it whatever it says. */
  async function spentTwice (changes: Partial<DoubleSpending> = {}): Promise<DoubleSpending> {
    const ticket = await court.ticket(RECIPIENT, sale)
    const renewed = await court.ticket(RECIPIENT, { ...sale, notAfter: NOW + 2 * HOUR })

    return {
      kind: 'double-spend',
      certificate: court.certificate.envelope,
      block: 2,
      sessions: [
        await spent({ ticket, indices: [4, 2, 7] }),
        await spent({ ticket: renewed, provider: OTHER, nonce: 5, indices: [2, 3] })
      ],
      ...changes
    }
  }

  async function spent (init: PlayInit): Promise<Spent> {
    const { evidence } = await court.play(init)

    return { ...evidence, provider: parsePeerId(evidence.provider) }
  }

  async function doubleSpend (changes?: Partial<DoubleSpending>): Promise<Uint8Array> {
    return sealEvidence(await spentTwice(changes), court.issuer, court.now)
  }

  async function expectProof (bytes: Uint8Array): Promise<void> {
    const finding = await verifyEvidence(bytes)

    expect(finding).to.deep.include({ kind: 'false-entry', found: court.now, count: 4, entry: { position: 3, index: 7, name: 'film.mp4' } })
    expect(finding.accused.equals(await peer(PROVIDER))).to.be.true()
    expect(finding.recipient.equals(await peer(RECIPIENT))).to.be.true()
    expect(finding.object.equals(court.id)).to.be.true()
    expect(finding.server).to.deep.equal({ name: 'cinema', fingerprint: fingerprint(court.issuer.publicKey) })
    expect(finding.checks).to.have.lengthOf(13)
  }

  it('proves what a provider did, to anyone', async () => {
    await expectProof(await falseEntry())
  })

  it('proves it of an object with blake3', async () => {
    await court.close()
    court = await Court.open({ hash: BLAKE3 })

    await expectProof(await falseEntry())
  })

  it('proves it with the entries from the false one on', async () => {
    await expectProof(await lateComplaint())
  })

  it('proves what a recipient did, without the server\'s word', async () => {
    const finding = await verifyEvidence(await equivocation())

    expect(finding).to.include({ kind: 'equivocation', count: 4 })
    expect(finding.accused.equals(await peer(RECIPIENT))).to.be.true()
    expect(finding.entry).to.be.undefined()
  })

  it('proves that a coin was spent twice, without the server\'s word for either session', async () => {
    const [first, second] = (await spentTwice()).sessions
    const { coin, ...finding } = await verifyEvidence(await doubleSpend())

    expect(finding).to.include({ kind: 'double-spend', found: court.now, count: 3 })
    expect(finding.entry).to.be.undefined()
    expect([finding.accused, finding.recipient, finding.provider, coin?.provider].map(String))
      .to.deep.equal((await Promise.all([RECIPIENT, RECIPIENT, PROVIDER, OTHER].map(peer))).map(String))
    expect(finding.object.equals(court.id)).to.be.true()
    expect(finding.session).to.equalBytes(first.acknowledgement.session)
    expect(coin?.session).to.equalBytes(second.acknowledgement.session)
    expect(coin?.serial).to.equalBytes(sale.serial)
    expect(coin).to.include({ block: 2, count: 2 })
    expect(finding.checks).to.have.lengthOf(17)
  })

  it('proves false entries and contradictions with mode purchase, too', async () => {
    const { ticket } = (await spentTwice()).sessions[0]
    const { evidence, claim, hashes } = await court.play({ ticket, indices: [4, 2], falseAt: [2] })
    const key = new BlockKeys(escrowSecret(court.root, evidence.provider), evidence.acknowledgement.session).key(2, 2)

    expect(await verifyEvidence(await lie({ ...evidence, provider: await peer(PROVIDER), claim: claim.signature, hashes, key }))).to.include({ kind: 'false-entry' })
  })

  it('is of one server, whose earlier keys it knows', async () => {
    const first = fingerprint(court.issuer.publicKey)
    await court.rotate()
    const bytes = await falseEntry()

    await verifyEvidence(bytes, { fingerprint: first })
    await verifyEvidence(bytes, { fingerprint: fingerprint(court.issuer.publicKey) })
    await expect(verifyEvidence(bytes, { fingerprint: fingerprint((await key(OTHER)).publicKey) })).to.eventually.be.rejected
      .with.property('name', 'FalseEvidenceError')
  })

  it('gives no secret away', async () => {
    const text = Buffer.from(await falseEntry()).toString()

    for (const secret of [court.root, escrowSecret(court.root, (await peer(PROVIDER)).toMultihash().bytes)]) {
      expect(text).to.not.include(Buffer.from(secret).toString('hex')).and.to.not.include(Buffer.from(secret).toString('base64'))
    }
  })

  it('may be laid out otherwise, but nothing else', async () => {
    const file = JSON.parse(Buffer.from(await falseEntry()).toString())

    await verifyEvidence(Buffer.from(JSON.stringify(file)))
    await expect(verifyEvidence(Buffer.from(JSON.stringify({ extra: 1, ...file })))).to.eventually.be.rejected()
  })

  for (const [kind, make] of Object.entries({ falseEntry, lateComplaint, equivocation, doubleSpend: async () => doubleSpend() })) {
    it(`does not hold when any field is changed: ${kind}`, async () => {
      const text = Buffer.from(await make()).toString()
      const file = JSON.parse(text)
      const changed: string[] = []

      const change = async (of: any, name: string): Promise<void> => {
        const value = of[name]

        for (const other of typeof value === 'number'
          ? [value + 1, value - 1, -1, 1e9, 0.5, `${value}`, undefined]
          : [flip(value, 0), flip(value, value.length >> 1), flip(value, value.length - 3), value.slice(2), `${value}00`, '', 1, null, undefined]) {
          of[name] = other
          await expect(verifyEvidence(Buffer.from(JSON.stringify(file))), `${name}: ${JSON.stringify(other)?.slice(0, 99)}`).to.eventually.be.rejected
            .with.property('name').that.matches(/^(FalseEvidenceError|NotEvidenceError)$/)
        }

        of[name] = value
        changed.push(name)
      }

      const changeAll = async (of: any): Promise<void> => {
        for (const name of Object.keys(of)) {
          await (typeof of[name] === 'object' ? changeAll(of[name]) : change(of, name))
        }
      }

      await changeAll(file)
      expect(changed).to.have.lengthOf({ falseEntry: 22, lateComplaint: 23, equivocation: 19, doubleSpend: 26 }[kind] ?? 0)
      await verifyEvidence(Buffer.from(text))
    })
  }

  it('does not hold when the server itself lies in it', async () => {
    const good = await court.play({ indices: [4, 2], falseAt: [2] })
    const honest = await court.play({ indices: [4, 2] })
    const other = await court.play({ indices: [4, 2], falseAt: [2], nonce: 7 })

    await verifyEvidence(await lie({}))
    const { before, hashes } = good.complaint(2)
    await verifyEvidence(await lie({ before, hashes }))

    const lies: Array<[RegExp, Partial<FalseEntry>]> = [
      [/another hash than the provider claims/, { acknowledgement: honest.evidence.acknowledgement, claim: honest.claim.signature, hashes: honest.hashes }],
      [/that block of the object/, { position: 1 }],
      [/that block of the object/, { block: court.blocks[3] }],
      [/that block of the object/, { path: court.object.tree.path(3) }],
      [/one of these/, { position: 3 }],
      [/one of these/, { position: 0 }],
      [/hashes of the ciphertexts/, { hashes: honest.hashes }],
      [/hashes of the ciphertexts/, { hashes: good.hashes.subarray(32) }],
      [/hashes of the ciphertexts/, { before }],
      [/hashes of the ciphertexts/, { hashes }],
      [/hashes of the ciphertexts/, { before: honest.evidence.acknowledgement.session, hashes }],
      [/hashes of the ciphertexts/, { before, hashes: honest.complaint(2).hashes }],
      [/hashes of the ciphertexts/, { ...good.complaint(1), position: 2 }],
      [/one of these/, { before, hashes, position: 3 }],
      [/list of blocks/, { blocks: honest.evidence.blocks.subarray(1) }],
      [/provider has claimed/, { claim: good.evidence.acknowledgement.signature }],
      [/recipient has signed/, { acknowledgement: { ...good.evidence.acknowledgement, signature: good.claim.signature } }],
      [/session is one of this recipient/, { providerNonce: new Uint8Array(32) }],
      [/session is one of this recipient/, { provider: await peer(OTHER) }],
      [/session is one of this recipient/, { acknowledgement: other.evidence.acknowledgement }],
      [/of this server/, { ticket: await court.ticket(RECIPIENT, {}, await key(OTHER)) }]
    ]

    for (const [says, changes] of lies) {
      await expect(verifyEvidence(await lie(changes))).to.eventually.be.rejectedWith(says).with.property('name', 'FalseEvidenceError')
    }
  })

  it('does not hold when the server itself lies about a coin', async () => {
    const { sessions: [first, second] } = await spentTwice()
    const ticket = first.ticket
    const of = async (fields: object, issuer = court.issuer): Promise<Spent> => {
      return spent({ ticket: await court.ticket(RECIPIENT, { ...sale, ...fields }, issuer), provider: OTHER, nonce: 5, indices: [2, 3] })
    }
    const wrong = (is: Spent, changes: Partial<Spent>): Spent => ({ ...is, ...changes })

    const lies: Array<[RegExp, Partial<DoubleSpending>]> = [
      [/first session: that ticket is of this server/, { sessions: [await of({}, await key(OTHER)), second] }],
      [/second session: that ticket is of this server/, { sessions: [first, await of({}, await key(OTHER))] }],
      [/second session: that ticket is .* of mode purchase/, { sessions: [first, await spent({ ticket: await court.ticket(RECIPIENT), provider: OTHER, indices: [2] })] }],
      [/second session: the server gave/, { sessions: [first, wrong(second, { ticket: new Uint8Array(9) })] }],
      [/second session: the session is one of this recipient/, { sessions: [first, wrong(second, { ticket })] }],
      [/second session: the session is one of this recipient/, { sessions: [first, wrong(second, { provider: await peer(THIRD) })] }],
      [/first session: the session is one of this recipient/, { sessions: [wrong(first, { recipientNonce: new Uint8Array(32) }), second] }],
      [/second session: the session is one of this recipient/, { sessions: [first, wrong(second, { providerNonce: new Uint8Array(32) })] }],
      [/first session: the recipient has signed/, { sessions: [wrong(first, { acknowledgement: { ...first.acknowledgement, signature: second.acknowledgement.signature } }), second] }],
      [/second session: the recipient has signed/, { sessions: [first, wrong(second, { acknowledgement: { ...second.acknowledgement, count: 1 } })] }],
      [/second session: the list of blocks/, { sessions: [first, wrong(second, { blocks: encodeBlocks([2, 4]) })] }],
      [/second session: the list of blocks/, { sessions: [first, wrong(second, { blocks: encodeBlocks([2]) })] }],
      [/second session: the list of blocks/, { sessions: [first, wrong(second, { blocks: encodeBlocks([2, 3, 2]) })] }],
      [/first session: the block is one of these/, { block: 3 }],
      [/second session: the block is one of these/, { block: 7 }],
      [/one coin book/, { sessions: [first, await of({ serial: new Uint8Array(16).fill(6) })] }],
      [/one coin book/, { sessions: [first, await of({ object: object(1) })] }],
      [/one coin book/, { sessions: [first, await spent({ recipient: THIRD, ticket: await court.ticket(THIRD, sale), provider: OTHER, indices: [2] })] }],
      [/two providers/, { sessions: [first, await spent({ ticket, nonce: 9, indices: [2] })] }],
      [/neither of them is a node/, { sessions: [first, await spent({ ticket, provider: SERVER, indices: [2] })] }],
      [/neither of them is a node/, { sessions: [await spent({ ticket, provider: SERVER, indices: [2] }), second] }]
    ]

    for (const [says, changes] of lies) {
      await expect(verifyEvidence(await doubleSpend(changes)), String(says)).to.eventually.be.rejectedWith(says).with.property('name', 'FalseEvidenceError')
    }
  })

  it('is not signed by just anyone', async () => {
    court.issuer = await key(OTHER)
    await expect(verifyEvidence(await lie({}))).to.eventually.be.rejectedWith(/server has signed this evidence/)
  })

  it('is told from what is none', async () => {
    for (const text of ['', 'mssl:abc', '{}', 'null', '[]', '{"format":"mssl-evidence/2"}', '1']) {
      await expect(verifyEvidence(Buffer.from(text)), text).to.eventually.be.rejected.with.property('name', 'NotEvidenceError')
    }

    await fc.assert(fc.asyncProperty(fc.json(), async text => {
      await expect(verifyEvidence(Buffer.from(text))).to.eventually.be.rejected.with.property('name', 'NotEvidenceError')
    }), { numRuns: 100 })
    await fc.assert(fc.asyncProperty(fc.dictionary(fc.string(), fc.jsonValue()), fc.constantFrom('false-entry', 'equivocation', 'double-spend'), async (body, kind) => {
      await expect(verifyEvidence(Buffer.from(JSON.stringify({ ...body, format: 'mssl-evidence/1', kind })))).to.eventually.be.rejected
        .with.property('name', 'FalseEvidenceError')
    }), { numRuns: 100 })
  })
})

/** Another character of the same alphabet in a place. */
function flip (text: string, at: number): string {
  return text.slice(0, at) + (text[at] === '1' ? '2' : '1') + text.slice(at + 1)
}
