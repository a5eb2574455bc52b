import { createHash, createHmac, hkdfSync } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { generateKeyPairFromSeed } from '@libp2p/crypto/keys'
import { expect } from 'aegir/chai'
import { concat } from 'uint8arrays/concat'
import { fromString } from 'uint8arrays/from-string'
import { decodeEvidence } from '../../../protocols/ack/messages.ts'
import { AckRequest, AckResponse } from '../../../protocols/ack/pb/ack.ts'
import { decodeBlocks } from '../../../src/exchange/index.ts'
import { sealEvidence, verifyEvidence } from '../../../src/judge/evidence.ts'
import { parsePeerId } from '../../../src/ticket/index.ts'
import { certificate, key, NOW } from '../../ticket/fixtures.ts'
import { ackVectors, bytesOf, readable } from '../../vectors/ack.ts'
import type { Spent } from '../../../src/judge/evidence.ts'
import type { AckVectors } from '../../vectors/ack.ts'

describe('acknowledgement vectors', () => {
  const sha256 = (...parts: Uint8Array[]): string => createHash('sha256').update(concat(parts)).digest('hex')
  const hmac = (key: Uint8Array, ...parts: Uint8Array[]): string => createHmac('sha256', key).update(concat(parts)).digest('hex')
  let vectors: AckVectors

  function be (length: number, value: number): Uint8Array {
    return bytesOf(value.toString(16).padStart(2 * length, '0'))
  }

  before(async () => {
    vectors = JSON.parse(await readFile(new URL('protocols/ack/vectors.json', `file://${process.cwd()}/`), 'utf8'))
  })

  it('are what this implementation writes', async () => {
    expect(await ackVectors()).to.deep.equal(vectors)
  })

  // from here on by the words of the specification, not by this project's functions

  it('have the escrow secret, the serials and the session id', () => {
    const { escrow, serials, session } = vectors
    expect(hmac(bytesOf(escrow.root), fromString('mssl/escrow/1'), bytesOf(escrow.provider))).to.equal(escrow.secret)

    for (const { root, client, object, notBefore, serial } of serials) {
      expect(hmac(bytesOf(root), fromString('mssl/serial/1'), bytesOf(client), bytesOf(object), be(8, Math.floor(notBefore / 2_592_000_000))).slice(0, 32)).to.equal(serial)
    }

    const { ticket, provider, recipient, recipientNonce, providerNonce } = session
    expect(sha256(fromString('mssl/session/1'), bytesOf(sha256(bytesOf(ticket))), ...[provider, recipient, recipientNonce, providerNonce].map(bytesOf))).to.equal(session.session)
  })

  it('have keys, sealed blocks and chains', async () => {
    const session = bytesOf(vectors.session.session)
    const sessionKey = new Uint8Array(hkdfSync('sha256', bytesOf(vectors.escrow.secret), session, 'mssl/block-keys/1', 32))
    let indices = session
    let entries = session

    for (const block of vectors.blocks) {
      expect(hmac(sessionKey, be(8, block.position), be(8, block.index))).to.equal(block.key)

      const key = await crypto.subtle.importKey('raw', Uint8Array.from(bytesOf(block.key)), 'AES-CTR', false, ['encrypt'])
      const sealed = new Uint8Array(await crypto.subtle.encrypt({ name: 'AES-CTR', counter: new Uint8Array(16), length: 128 }, key, Uint8Array.from(bytesOf(block.published))))
      expect(sealed).to.deep.equal(bytesOf(block.sealed))
      expect(sha256(sealed)).to.equal(block.hash)

      indices = concat([indices, be(4, block.index)])
      entries = bytesOf(sha256(entries, be(4, block.index), bytesOf(block.hash)))
      expect(sha256(indices)).to.equal(block.indices)
      expect(entries).to.deep.equal(bytesOf(block.entries))
    }
  })

  it('have the signatures', async () => {
    const { signatures, blocks, session } = vectors
    const last = blocks[blocks.length - 1]
    const state = concat([bytesOf(session.session), be(8, last.position), bytesOf(last.indices), bytesOf(last.entries)])

    for (const [seed, domain, signature] of [
      [signatures.recipientSeed, 'mssl/acknowledgement/1', signatures.acknowledgement],
      [signatures.providerSeed, 'mssl/claim/1', signatures.claim]
    ]) {
      const { publicKey } = await generateKeyPairFromSeed('Ed25519', bytesOf(seed))
      expect(await publicKey.verify(concat([fromString(domain), state]), bytesOf(signature))).to.be.true()
    }
  })

  it('have lists of blocks', () => {
    for (const { indices, blockCount, encoded } of vectors.lists) {
      expect([...decodeBlocks(bytesOf(encoded), indices.length, blockCount)]).to.deep.equal(indices)
    }

    for (const { reason, count, blockCount, encoded } of vectors.invalidLists) {
      expect(() => decodeBlocks(bytesOf(encoded), count, blockCount), reason).to.throw().with.property('name', 'InvalidMessageError')
    }
  })

  it('have what proves that a coin was spent twice', async () => {
    const { cases } = vectors.doubleSpending
    const spent = (session: string): Spent => {
      const evidence = decodeEvidence(bytesOf(session))

      return { ...evidence, provider: parsePeerId(evidence.provider) }
    }

    for (const { name, proven, block, first, second } of cases) {
      const file = await sealEvidence({ kind: 'double-spend', certificate: await certificate(), block, sessions: [spent(first), spent(second)] }, await key(1), NOW)
      const verified = verifyEvidence(file).then(() => true, err => err.name === 'FalseEvidenceError' ? false : err)

      expect(await verified, name).to.equal(proven)
    }
  })

  it('have messages', () => {
    for (const { name, message, encoded } of vectors.wire) {
      const bytes = bytesOf(encoded)
      const start = bytes.findIndex(byte => byte < 0x80) + 1
      const [kind] = Object.keys(message as object)
      const codec = kind === 'keys' || kind === 'ruling' || kind === 'verdicts' ? AckResponse : AckRequest

      expect(readable(codec.decode(bytes.subarray(start))), name).to.containSubset(message)
    }
  })
})
