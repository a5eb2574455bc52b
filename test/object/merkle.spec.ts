import { expect } from 'aegir/chai'
import fc from 'fast-check'
import { fromString } from 'uint8arrays/from-string'
import { toString } from 'uint8arrays/to-string'
import { treeHash as browserTreeHash } from '../../src/object/hashes.browser.ts'
import { BLAKE3, MerkleTree, SHA2_256, siblingCount, treeDepth, treeHash } from '../../src/object/index.ts'
import type { TreeHash } from '../../src/object/index.ts'

const hash = treeHash(SHA2_256)
const hex = (bytes: Uint8Array): string => toString(bytes, 'base16')

function leavesOf (count: number): Uint8Array {
  return Buffer.concat(Array.from({ length: count }, (_, i) => hash.leaf(Buffer.from(`block ${i}`))))
}

function leavesOfHex (hash: TreeHash, blocks: string[]): Uint8Array {
  return Buffer.concat(blocks.map(block => hash.leaf(fromString(block, 'base16'))))
}

function leafOf (tree: MerkleTree, index: number): Uint8Array {
  return tree.leaves().subarray(index * 32, index * 32 + 32)
}

/** RFC 9162, section 2.1.1, to the letter. */
function rfcRoot (leaves: Uint8Array[]): Uint8Array {
  if (leaves.length < 2) {
    return leaves[0] ?? hash.empty()
  }

  const k = 2 ** Math.floor(Math.log2(leaves.length - 1))

  return hash.node(rfcRoot(leaves.slice(0, k)), rfcRoot(leaves.slice(k)))
}

/** RFC 9162, section 2.1.3.1. */
function rfcPath (m: number, leaves: Uint8Array[]): Uint8Array[] {
  if (leaves.length < 2) {
    return []
  }

  const k = 2 ** Math.floor(Math.log2(leaves.length - 1))

  return m < k
    ? [...rfcPath(m, leaves.slice(0, k)), rfcRoot(leaves.slice(k))]
    : [...rfcPath(m - k, leaves.slice(k)), rfcRoot(leaves.slice(0, k))]
}

describe('object/merkle', () => {
  describe('known answers', () => {
    // of the reference implementation of RFC 6962, whose tree RFC 9162 keeps: transparency-dev/merkle, testonly/constants.go
    const inputs = ['', '00', '10', '2021', '3031', '40414243', '5051525354555657', '606162636465666768696a6b6c6d6e6f']
    const roots = [
      'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
      '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
      'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125',
      'aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77',
      'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
      '4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4',
      '76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef',
      'ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c',
      '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328'
    ]

    for (const [name, hash] of Object.entries<TreeHash>({ node: treeHash(SHA2_256), browser: browserTreeHash(SHA2_256) })) {
      roots.forEach((root, count) => {
        it(`has the root of ${count} leaves (${name})`, () => {
          expect(hex(MerkleTree.fromLeaves(hash, leavesOfHex(hash, inputs.slice(0, count))).root)).to.equal(root)
        })
      })
    }

    // of the test vectors of its authors
    for (const [name, hash] of Object.entries<TreeHash>({ node: treeHash(BLAKE3), browser: browserTreeHash(BLAKE3) })) {
      it(`has the blake3 of nothing, and of nothing but a prefix (${name})`, () => {
        expect(hex(hash.empty())).to.equal('af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262')
        // input of 1 byte, 0x00
        expect(hex(hash.leaf(new Uint8Array()))).to.equal('2d3adedff11b61f14c886e35afa036736dcd87a74d27b5c1510225d0f592e213')
      })
    }
  })

  for (const code of [SHA2_256, BLAKE3]) {
    const hash = treeHash(code)
    const inBrowsers = browserTreeHash(code)

    it(`hashes in Node as in browsers, at once and in pieces, several at a time (${hash.name})`, () => {
      const lengths = fc.oneof(fc.constantFrom(0, 1, 1_023, 1_024, 65_536, 65_537), fc.nat({ max: 10_000 }))

      fc.assert(fc.property(lengths, fc.nat(), fc.nat({ max: 255 }), (length, at, seed) => {
        const block = Uint8Array.from({ length }, (_, i) => i * 31 + seed)
        const leaf = hex(hash.leaf(block))
        const cut = at % (length + 1)

        for (const tree of [hash, inBrowsers]) {
          const [hasher, other] = [tree.leafHasher(), tree.leafHasher()]
          hasher.update(block.subarray(0, cut))
          other.update(block)
          expect(hex(tree.leaf(block))).to.equal(leaf)
          hasher.update(block.subarray(cut))

          expect(hex(hasher.digest())).to.equal(leaf)
          expect(hex(other.digest())).to.equal(leaf)
        }

        const [left, right] = [hash.leaf(block), hash.leaf(block.subarray(cut))]
        expect(hex(hash.node(left, right))).to.equal(hex(inBrowsers.node(left, right)))
      }), { seed: 4, numRuns: 50 })
    })
  }

  it('is the tree of RFC 9162 at every size', () => {
    for (let count = 0; count <= 70; count++) {
      const leaves = leavesOf(count)
      const list = Array.from({ length: count }, (_, i) => leaves.subarray(i * 32, i * 32 + 32))
      const tree = MerkleTree.fromLeaves(hash, leaves)

      expect(hex(tree.root)).to.equal(hex(rfcRoot(list)))
      expect(tree.complete).to.be.true()

      for (let i = 0; i < count; i++) {
        expect(hex(tree.path(i))).to.equal(hex(Buffer.concat(rfcPath(i, list))))
        expect(siblingCount(count, i, tree.depth)).to.equal(rfcPath(i, list).length)
      }
    }
  })

  it('knows a tree of one leaf from its root', () => {
    const tree = new MerkleTree(hash, 1, hash.leaf(Buffer.from('a')))

    expect(tree.complete).to.be.true()
    expect(tree.levelsNeeded(0)).to.equal(0)
    expect(tree.verify(0, hash.leaf(Buffer.from('b')), new Uint8Array(), 0)).to.be.undefined()
    expect(tree.verify(0, hash.leaf(Buffer.from('a')), new Uint8Array(), 0)).to.be.empty()
  })

  it('refuses a root of the wrong length, or of no leaves', () => {
    expect(() => new MerkleTree(hash, 3, new Uint8Array(31))).to.throw().with.property('name', 'InvalidParametersError')
    expect(() => new MerkleTree(hash, 0, new Uint8Array(32))).to.throw().with.property('name', 'InvalidParametersError')
    expect(() => MerkleTree.fromLeaves(hash, new Uint8Array(33))).to.throw().with.property('name', 'InvalidParametersError')
  })

  it('tells a promoted node by the hash that stands for it', () => {
    const full = MerkleTree.fromLeaves(hash, leavesOf(5))
    const tree = new MerkleTree(hash, 5, full.root)

    // block 4 is its own parent and grandparent: the sibling at the top of the path of block 0
    tree.verify(0, leafOf(full, 0), full.path(0), 3)
    expect(tree.hasLeaf(4)).to.be.true()
    expect(tree.levelsNeeded(4)).to.equal(0)
    expect(hex(tree.path(4))).to.equal(hex(full.path(4)))
  })

  it('verifies in any order, with just the hashes that are missing', () => {
    fc.assert(fc.property(fc.integer({ min: 1, max: 300 }), fc.infiniteStream(fc.nat()), (count, numbers) => {
      const full = MerkleTree.fromLeaves(hash, leavesOf(count))
      const tree = new MerkleTree(hash, count, full.root)
      const restored = new MerkleTree(hash, count, full.root)
      const left = Array.from({ length: count }, (_, i) => i)
      let hashes = 0

      while (left.length > 0) {
        const [index] = left.splice(numbers.next().value % left.length, 1)
        const levels = tree.levelsNeeded(index)
        const path = full.path(index, levels)
        hashes += path.byteLength / 32

        const learned = tree.verify(index, leafOf(full, index), path, levels)
        expect(learned).to.have.lengthOf(levels === 0 ? 0 : path.byteLength / 32 + learned!.filter(node => (index >> node.level) === node.index).length)
        restored.learn(learned!)
        // whoever verified a block can prove it to others
        expect(hex(tree.path(index))).to.equal(hex(full.path(index)))
      }

      expect(tree.complete).to.be.true()
      expect(restored.complete).to.be.true()
      expect(hex(restored.leaves())).to.equal(hex(full.leaves()))
      expect([...restored.known()]).to.deep.equal([...full.known()])
      // in order or not: never more than one hash per leaf
      expect(hashes).to.be.below(count)
    }), { seed: 2, numRuns: 100 })
  })

  it('takes nothing from false hashes', () => {
    fc.assert(fc.property(fc.integer({ min: 1, max: 100 }), fc.nat(), fc.nat(), fc.integer({ min: 1, max: 255 }), (count, i, at, flip) => {
      const index = i % count
      const full = MerkleTree.fromLeaves(hash, leavesOf(count))
      const tree = new MerkleTree(hash, count, full.root)
      const levels = tree.levelsNeeded(index)
      const before = [...tree.known()]
      const proof = Buffer.concat([leafOf(full, index), full.path(index, levels)])
      proof[at % proof.byteLength] ^= flip

      expect(tree.verify(index, proof.subarray(0, 32), proof.subarray(32), levels)).to.be.undefined()
      expect(tree.verify(index, leafOf(full, index), Buffer.concat([full.path(index, levels), Buffer.alloc(32)]), levels)).to.be.undefined()
      expect(tree.verify(index, leafOf(full, index).subarray(1), full.path(index, levels), levels)).to.be.undefined()
      expect([...tree.known()]).to.deep.equal(before)
    }), { seed: 3, numRuns: 200 })
  })

  it('does not verify against an ancestor that it does not know', () => {
    const full = MerkleTree.fromLeaves(hash, leavesOf(8))
    const tree = new MerkleTree(hash, 8, full.root)

    expect(() => tree.verify(3, leafOf(full, 3), full.path(3, 2), 2)).to.throw().with.property('name', 'UnknownHashError')
    expect(() => tree.path(0)).to.throw().with.property('name', 'UnknownHashError')
    expect(() => tree.leaves()).to.throw().with.property('name', 'UnknownHashError')
    expect(() => tree.hasLeaf(8)).to.throw().with.property('name', 'InvalidParametersError')
  })

  it('adopts a super-block that is true, and no other', () => {
    for (const count of [0, 1, 2, 3, 6, 17]) {
      const full = MerkleTree.fromLeaves(hash, leavesOf(count))
      const tree = new MerkleTree(hash, count, full.root)

      if (count > 0) {
        const wrong = Uint8Array.from(full.leaves())
        wrong[wrong.length - 1] ^= 1
        expect(tree.adoptLeaves(wrong)).to.be.false()
        expect(tree.adoptLeaves(wrong.subarray(1))).to.be.false()
        expect(tree.complete).to.equal(count === 1)
      }

      expect(tree.adoptLeaves(full.leaves())).to.be.true()
      expect(tree.complete).to.be.true()
      expect([...tree.known()]).to.deep.equal([...full.known()])
    }
  })

  it('takes fewer than two hashes per block in order', () => {
    const count = 1000
    const full = MerkleTree.fromLeaves(hash, leavesOf(count))
    const tree = new MerkleTree(hash, count, full.root)
    let hashes = 0

    for (let i = 0; i < count; i++) {
      const levels = tree.levelsNeeded(i)
      hashes += siblingCount(count, i, levels)
      tree.verify(i, leafOf(full, i), full.path(i, levels), levels)
    }

    expect(hashes / count).to.be.below(1)
  })

  it('has the depth of its leaf count', () => {
    expect([0, 1, 2, 3, 4, 5, 8, 9, 2 ** 20].map(treeDepth)).to.deep.equal([0, 0, 1, 2, 2, 3, 3, 4, 20])
  })

  it('does not know other hash functions', () => {
    expect(() => treeHash(0x16)).to.throw('0x16').with.property('name', 'UnsupportedHashError')
    expect(() => browserTreeHash(0x16)).to.throw('0x16').with.property('name', 'UnsupportedHashError')
  })
})
