import { createHash } from 'node:crypto'
import { expect } from 'aegir/chai'
import fc from 'fast-check'
import { concat } from 'uint8arrays/concat'
import { fromString } from 'uint8arrays/from-string'
import { toString } from 'uint8arrays/to-string'
import { BlockKeys, escrowSecret } from '../../src/exchange/block-keys.ts'
import { blockSeal } from '../../src/exchange/block-seal.ts'
import { extendEntries, IndexChain } from '../../src/exchange/chains.ts'
import { sessionId } from '../../src/exchange/session-id.ts'
import { signer, verifier } from '../../src/exchange/signature.ts'
import { sha256 } from '../../src/object/hashes.ts'
import { key, peer } from '../ticket/fixtures.ts'

const hex = (bytes: Uint8Array): string => toString(bytes, 'base16')
const filled = (value: number, length: number): Uint8Array => new Uint8Array(length).fill(value)

const PROVIDER = filled(1, 38)
const SESSION = sessionId({
  ticket: fromString('ticket'),
  provider: PROVIDER,
  recipient: filled(2, 38),
  recipientNonce: filled(3, 32),
  providerNonce: filled(4, 32)
})

function u32 (number: number): Uint8Array {
  const bytes = new Uint8Array(4)
  new DataView(bytes.buffer).setUint32(0, number)

  return bytes
}

// all values were computed by another program, with other libraries
describe('exchange: keys, chains and signatures', () => {
  const keys = new BlockKeys(escrowSecret(filled(5, 32), PROVIDER), SESSION)

  it('derives session, escrow secret and block keys as specified', () => {
    expect(hex(SESSION)).to.equal('11e33bfb5c4eb8fd51782468cb80e53041457b1af8abed14a6636e3fbbec8cd0')
    expect(hex(escrowSecret(filled(5, 32), PROVIDER))).to.equal('6cc8606d049e655a4bd2e8ecd2b5db353cbb1af6db4757b79b651cde212b98e6')
    expect(hex(keys.key(1, 7))).to.equal('206a1b81c05d2b7d2c1911c9872b476e146494ed8ec808da4789904e96f5840c')
    expect(hex(keys.key(2, 3))).to.equal('83311bfc827d60d54a660931d50e3749333d695d2f2486303e8988b73e5a2bcf')
  })

  it('seals and chains two blocks, and signs for them, as specified', async () => {
    const first = blockSeal(keys.key(1, 7)).update(fromString('first block'))
    const second = blockSeal(keys.key(2, 3)).update(fromString('second block'))
    expect(hex(first)).to.equal('975cdda5c394501199a241')
    expect(hex(second)).to.equal('fbeb95c78873979abef0d287')

    const chain = new IndexChain(SESSION)
    chain.extend([7, 3])
    const one = extendEntries(SESSION, 7, sha256(first))
    const entries = extendEntries(one, 3, sha256(second))
    expect(hex(chain.value)).to.equal('6120589db25c88dab12f13076efb4a8cb95b7fa1d0af0eeecb55f7c1383769fb')
    expect(hex(one)).to.equal('118a1fca5fe32793fd5981a5a3d060add97be30b872247127d322f91f2e9a9ed')
    expect(hex(entries)).to.equal('5a9570c02533acef417825139a4cac82e7ccb50bc69eda1e09496edf32a17285')

    const signs = signer(await key(6))
    const state = { session: SESSION, count: 2, indices: chain.value, entries }
    const acknowledgement = signs.acknowledge(state)
    const claim = signs.claim(state)
    expect(hex(acknowledgement.signature)).to.equal('bd60609e024452f8f9c7f007db04e1fc2ce52cb9a8f224f5f2bad0db12382099b5ef4c520406f097dbfcfd7afe4905e5d23f5b86d667b6989cd7a346fcd2c609')
    expect(hex(claim)).to.equal('c4234dd90c2e67ffbfe4de7ba2547ba4d0dd36c02c121b21757e3ea49d2bedc6cd0266e2a20b0b344bcfa0fbb6ace1edad0aa5064fc637361917f83484ac140b')

    const verifies = verifier(await peer(6))
    expect(verifies.acknowledgement(acknowledgement)).to.be.true()
    expect(verifies.claim(state, claim)).to.be.true()
    // one is never taken for the other
    expect(verifies.claim(state, acknowledgement.signature)).to.be.false()
    expect(verifies.acknowledgement({ ...acknowledgement, signature: claim })).to.be.false()
    expect(verifies.acknowledgement({ ...acknowledgement, count: 3 })).to.be.false()
    expect(verifies.acknowledgement({ ...acknowledgement, signature: acknowledgement.signature.subarray(1) })).to.be.false()
    expect(verifier(await peer(7)).acknowledgement(acknowledgement)).to.be.false()
  })

  it('gives every part of the terms another session', () => {
    const terms = { ticket: filled(0, 9), provider: filled(1, 38), recipient: filled(2, 38), recipientNonce: filled(3, 32), providerNonce: filled(4, 32) }
    const ids = [
      terms,
      { ...terms, ticket: filled(9, 9) },
      { ...terms, provider: terms.recipient, recipient: terms.provider },
      { ...terms, provider: filled(9, 38) },
      { ...terms, recipientNonce: terms.providerNonce, providerNonce: terms.recipientNonce },
      { ...terms, providerNonce: filled(9, 32) }
    ].map(each => hex(sessionId(each)))
    expect(new Set(ids).size).to.equal(ids.length)
  })

  it('says the same in any steps, and what a naive model says', () => {
    const index = fc.nat(2 ** 20 - 1)
    const steps = fc.array(fc.array(fc.record({ index, hash: fc.uint8Array({ minLength: 32, maxLength: 32 }) }), { maxLength: 20 }), { maxLength: 10 })

    fc.assert(fc.property(steps, steps => {
      const chain = new IndexChain(SESSION)
      let entries = SESSION
      let naiveIndices = SESSION
      let naiveEntries = SESSION

      for (const step of steps) {
        chain.extend(step.map(({ index }) => index))

        for (const { index, hash } of step) {
          entries = extendEntries(entries, index, hash)
          naiveIndices = concat([naiveIndices, u32(index)])
          naiveEntries = createHash('sha256').update(naiveEntries).update(u32(index)).update(hash).digest()
        }

        expect(hex(chain.value)).to.equal(createHash('sha256').update(naiveIndices).digest('hex'))
        expect(hex(entries)).to.equal(hex(naiveEntries))
      }
    }))
  })
})
