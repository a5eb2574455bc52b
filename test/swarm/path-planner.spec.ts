import { expect } from 'aegir/chai'
import fc from 'fast-check'
import { treeHash } from '../../src/object/hashes.ts'
import { MerkleTree, siblingCount } from '../../src/object/merkle.ts'
import { hashBytes, PathPlanner } from '../../src/swarm/path-planner.ts'
import { seeded } from './fixtures/random.ts'
import type { Arrival } from '../../src/swarm/path-planner.ts'

const hash = treeHash(0x12)

function completeTree (leafCount: number): MerkleTree {
  const leaves = new Uint8Array(leafCount * hash.size)

  for (let i = 0; i < leafCount; i++) {
    leaves.set(hash.leaf(Uint8Array.of(i, i >> 8)), i * hash.size)
  }

  return MerkleTree.fromLeaves(hash, leaves)
}

function shuffled (count: number, random: () => number): number[] {
  const order = Array.from({ length: count }, (_, i) => i)

  for (let i = count - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [order[i], order[j]] = [order[j], order[i]]
  }

  return order
}

describe('path planner', () => {
  it('verifies every block whatever the order of arrival, failures and false answers', () => {
    fc.assert(fc.property(fc.integer({ min: 1, max: 70 }), fc.integer(), fc.integer({ min: 1, max: 24 }), (leafCount, seed, window) => {
      const random = seeded(seed)
      const complete = completeTree(leafCount)
      const tree = new MerkleTree(hash, leafCount, complete.root)
      const planner = new PathPlanner(tree)
      const wanted = shuffled(leafCount, random)
      const asked = new Set<number>()
      const verified = new Set<number>()
      let outstanding: Array<{ index: number, levels: number }> = []
      let troubles = leafCount * 2

      for (let steps = 0; verified.size < leafCount; steps++) {
        expect(steps).to.be.below(leafCount * 20, 'blocks wait for ever')

        while (outstanding.length < window && wanted.length > 0) {
          const index = wanted.shift() ?? 0
          outstanding.push({ index, levels: planner.promise(index, !asked.has(index)) })
          asked.add(index)
        }

        if (outstanding.length === 0) {
          continue
        }

        const [request] = outstanding.splice(Math.floor(random() * outstanding.length), 1)
        const { index, levels } = request
        const chance = troubles-- > 0 ? random() : 1

        if (chance < 0.2) {
          planner.release(index, levels)
          wanted.push(index)
          continue
        }

        const arrival: Arrival = {
          index,
          levels,
          leaf: complete.leaf(index) ?? new Uint8Array(),
          siblings: complete.path(index, levels)
        }

        if (chance < 0.3) {
          arrival.leaf = hash.leaf(Uint8Array.of(1, 2, 3, 4))
        } else if (chance < 0.4 && levels > 0 && arrival.siblings.byteLength > 0) {
          arrival.siblings[0] ^= 1
        }

        for (const judged of planner.arrive(arrival)) {
          planner.release(judged.arrival.index, judged.arrival.levels)

          if (judged.learned == null) {
            wanted.push(judged.arrival.index)
          } else {
            verified.add(judged.arrival.index)
          }
        }

        // the provider of some parked blocks turned out to lie
        if (chance > 0.4 && chance < 0.45) {
          for (const parked of planner.discard(({ index }) => index % 3 === 0)) {
            planner.release(parked.index, parked.levels)
            wanted.push(parked.index)
          }
        }

        outstanding = outstanding.filter(({ index }) => !verified.has(index))
      }

      expect(planner.parkedCount).to.equal(0)
      expect(tree.complete).to.be.true()
    }), { seed: 7, numRuns: 300 })
  })

  it('asks for each hash once over a whole object in order: fewer than two per block', () => {
    for (const leafCount of [1, 2, 3, 7, 64, 1000, 1025, 4096]) {
      const complete = completeTree(leafCount)
      const planner = new PathPlanner(new MerkleTree(hash, leafCount, complete.root))
      let hashes = 0

      for (let index = 0; index < leafCount; index++) {
        const levels = planner.promise(index, true)
        hashes += siblingCount(leafCount, index, levels)
        const [judged] = planner.arrive({ index, levels, leaf: complete.leaf(index) ?? new Uint8Array(), siblings: complete.path(index, levels) })
        expect(judged.learned).to.be.ok()
        planner.release(index, levels)
      }

      // one per inner node
      expect(hashes).to.equal(leafCount - 1)
    }
  })

  it('counts the bytes of hashes of both deliveries', () => {
    const count = 4096
    const inOrder = Array.from({ length: count }, (_, i) => i)
    const random = shuffled(count, seeded(1))

    expect(hashBytes('per-block', count, inOrder, 32)).to.equal((count - 1) * 32)
    expect(hashBytes('per-block', count, random, 32)).to.equal((count - 1) * 32)
    expect(hashBytes('super-block', count, inOrder, 32)).to.equal(count * 32)
    expect(hashBytes('per-block', count, random.slice(0, count / 10), 32)).to.be.below(count * 32 / 2)
    expect(hashBytes('super-block', count, random.slice(0, count / 10), 32)).to.equal(count * 32)
  })

  it('relies on verified nodes only when told to', () => {
    const planner = new PathPlanner(new MerkleTree(hash, 8, completeTree(8).root))

    expect(planner.promise(0, true)).to.equal(3)
    expect(planner.promise(1, true)).to.equal(0)
    expect(planner.promise(2, true)).to.equal(1)
    expect(planner.promise(1, false)).to.equal(3)
    planner.release(0, 3)
    planner.release(1, 3)
    expect(planner.promise(4, true)).to.equal(3)
  })
})
