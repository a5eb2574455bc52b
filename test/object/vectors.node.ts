import { readFileSync } from 'node:fs'
import { expect } from 'aegir/chai'
import { fromString } from 'uint8arrays/from-string'
import { toString } from 'uint8arrays/to-string'
import { BlockCipher, MerkleTree, treeHash } from '../../src/object/index.ts'
import { blockVectors, vectorBlock } from '../vectors/block.ts'
import type { BlockVectors } from '../vectors/block.ts'

const vectors: BlockVectors = JSON.parse(readFileSync('protocols/block/vectors.json', 'utf8'))

describe('object/vectors', () => {
  const bytes = (hex: string): Uint8Array => fromString(hex, 'base16')

  it('are what this code makes', () => {
    const { merkle, cipher } = blockVectors()

    expect(vectors.merkle).to.deep.equal(merkle)
    expect(vectors.cipher).to.deep.equal(cipher)
  })

  for (const { hash: code, blockCount, root, paths, lastPathByLevels } of vectors.merkle) {
    const hash = treeHash(code)

    it(`verify with ${blockCount} blocks, ${hash.name}`, () => {
      paths.forEach((path, i) => {
        const tree = new MerkleTree(hash, blockCount, bytes(root))
        expect(tree.verify(i, hash.leaf(vectorBlock(i)), bytes(path), tree.depth)).to.be.ok()
      })

      const whole = new MerkleTree(hash, blockCount, bytes(root))
      paths.forEach((path, i) => { expect(whole.verify(i, hash.leaf(vectorBlock(i)), bytes(path), whole.depth)).to.be.ok() })
      expect(whole.complete).to.be.true()
      lastPathByLevels.forEach((path, levels) => { expect(toString(whole.path(blockCount - 1, levels), 'base16')).to.equal(path) })
    })
  }

  it('decrypt', () => {
    for (const { key, index, plain, published } of vectors.cipher) {
      expect(toString(new BlockCipher(bytes(key)).block(index).update(bytes(published)), 'base16')).to.equal(plain)
    }
  })
})
