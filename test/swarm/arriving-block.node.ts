import { expect } from 'aegir/chai'
import { blockSeal } from '../../src/exchange/index.ts'
import { BlockCipher } from '../../src/object/block-cipher.ts'
import { treeHash } from '../../src/object/hashes.ts'
import { SHA2_256 } from '../../src/object/tree-hash.ts'
import { ArrivingBlock } from '../../src/swarm/arriving-block.ts'
import type { DownloadTarget } from '../../src/swarm/target.ts'

const LENGTH = 1_000
const KEY = new Uint8Array(32).fill(7)
const hash = treeHash(SHA2_256)
const bare = { tree: { hash } } as unknown as DownloadTarget
const encrypted = { tree: { hash }, cipher: new BlockCipher(KEY) } as unknown as DownloadTarget

/** In pieces, as the network brings it */
function arrive (published: Uint8Array): ArrivingBlock {
  const block = new ArrivingBlock(3, 1, published.byteLength, { chunk: () => {}, end: () => {}, abort: () => {} })

  for (let at = 0; at < published.byteLength; at += 300) {
    block.chunk(published.subarray(at, at + 300))
  }

  return block
}

function filled (byte: number): Uint8Array {
  return new Uint8Array(LENGTH).fill(byte)
}

describe('swarm: an arriving block', () => {
  it('is opened with the object\'s cipher, and hashed as it was published', () => {
    const published = new BlockCipher(KEY).block(3).update(filled(1))
    const { leaf, plain } = arrive(published).open(encrypted)

    expect(plain).to.have.lengthOf(1)
    expect(Uint8Array.from(plain[0])).to.deep.equal(filled(1))
    expect(leaf).to.deep.equal(hash.leaf(published))
  })

  it('is not written over by the next one, whether its object is encrypted or not', () => {
    const open = arrive(filled(1)).open(bare)
    const decrypted = arrive(new BlockCipher(KEY).block(3).update(filled(2))).open(encrypted)
    const sealed = arrive(blockSeal(KEY).update(filled(3)))

    for (let next = 0; next < 4; next++) {
      const block = arrive(filled(9))
      next % 2 === 0 ? block.abort() : block.open(encrypted)
    }

    expect(open.plain[0]).to.deep.equal(filled(1))
    expect(Uint8Array.from(decrypted.plain[0])).to.deep.equal(filled(2))
    expect(Uint8Array.from(sealed.unseal(KEY, bare).plain[0])).to.deep.equal(filled(3))
  })

  it('can be unsealed with another key when the first was false', () => {
    const sealed = arrive(blockSeal(KEY).update(filled(4)))

    expect(sealed.unseal(new Uint8Array(32), bare).leaf).to.not.deep.equal(hash.leaf(filled(4)))
    expect(sealed.unseal(KEY, bare).leaf).to.deep.equal(hash.leaf(filled(4)))
    sealed.release()
    expect(sealed.unseal(KEY, bare).plain[0]).to.have.lengthOf(0)
  })
})
