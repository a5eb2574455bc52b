import { expect } from 'aegir/chai'
import fc from 'fast-check'
import { Manifest as ManifestMessage } from '../../protocols/ticket/pb/records.ts'
import { Bitfield, BLAKE3, BlockCipher, chooseBlockSize, encodeManifest, Encryption, Geometry, HashDelivery, MAX_BLOCK_SIZE, MIN_BLOCK_SIZE, Mode, objectId, parseManifest, safeName, safePath, safePaths, SHA2_256, treeHash } from '../../src/object/index.ts'
import type { BlockRun, Manifest } from '../../src/object/index.ts'

const KiB = 1024
const MiB = 1024 * KiB
const GiB = 1024 * MiB

function numbersOf ({ first, count }: BlockRun): number[] {
  return Array.from({ length: count }, (_, i) => first + i)
}

describe('object/geometry', () => {
  it('chooses the block size by size', () => {
    expect([0, 1, 32 * MiB, 32 * MiB + 1, 64 * MiB + 1, GiB, 4 * GiB, 64 * GiB, 4096 * GiB].map(chooseBlockSize).map(size => size / KiB))
      .to.deep.equal([64, 64, 64, 128, 256, 256, 512, 2048, 4096])
  })

  it('cuts every byte into exactly one block', () => {
    fc.assert(fc.property(fc.nat({ max: 10 * MiB }), fc.constantFrom(MIN_BLOCK_SIZE, MIN_BLOCK_SIZE * 4, MAX_BLOCK_SIZE), (size, blockSize) => {
      const geometry = new Geometry(size, blockSize)
      let end = 0

      for (let i = 0; i < geometry.blockCount; i++) {
        expect(geometry.blockOffset(i)).to.equal(end)
        expect(geometry.blockLength(i)).to.be.within(1, blockSize)
        end += geometry.blockLength(i)
      }

      expect(end).to.equal(size)
    }), { seed: 1 })
  })

  for (const [size, blockSize] of [[-1, 65536], [1.5, 65536], [NaN, 65536], [1, 65535], [1, 32768], [1, 8 * MiB], [1, 2 ** 32 + 65536], [2 ** 53, 4 * MiB], [4096 * GiB + 1, 4 * MiB]]) {
    it(`refuses ${size} bytes in blocks of ${blockSize}`, () => {
      expect(() => new Geometry(size, blockSize)).to.throw().with.property('name', 'InvalidParametersError')
    })
  }

  it('has no blocks out of range', () => {
    const geometry = new Geometry(65537, 65536)

    for (const index of [-1, 2, 0.5, NaN]) {
      expect(() => geometry.blockLength(index)).to.throw().with.property('name', 'InvalidParametersError')
    }

    expect(new Geometry(0, 65536).blockCount).to.equal(0)
  })
})

describe('object/bitfield', () => {
  it('behaves like a set', () => {
    fc.assert(fc.property(fc.integer({ min: 1, max: 200 }), fc.array(fc.tuple(fc.boolean(), fc.nat())), (length, steps) => {
      const field = new Bitfield(length)
      const model = new Set<number>()

      for (const [add, n] of steps) {
        const i = n % length
        add ? field.set(i) : field.clear(i)
        add ? model.add(i) : model.delete(i)
      }

      const members = Array.from({ length }, (_, i) => i).filter(i => model.has(i))

      expect(field.count).to.equal(model.size)
      expect(field.full).to.equal(model.size === length)
      expect(Array.from({ length }, (_, i) => i).filter(i => field.has(i))).to.deep.equal(members)

      const runs = [...field.ranges()]
      expect(runs.flatMap(numbersOf)).to.deep.equal(members)
      runs.slice(1).forEach((run, i) => { expect(run.first).to.be.above(runs[i].first + runs[i].count) })

      const copy = Bitfield.from(field.bytes, length)
      expect(copy.count).to.equal(field.count)
      expect(copy.bytes).to.deep.equal(field.bytes)
    }), { seed: 1 })
  })

  it('has the lowest bit first on the wire', () => {
    const field = new Bitfield(10)
    field.setRange(1, 2)
    field.set(9)

    expect([...field.bytes]).to.deep.equal([0b110, 0b10])
  })

  it('refuses wrong lengths, padding bits and numbers out of range', () => {
    for (const [bytes, length] of [[[0], 9], [[0, 0], 8], [[0b1000], 3], [[1], 0]] as Array<[number[], number]>) {
      expect(() => Bitfield.from(Uint8Array.from(bytes), length)).to.throw().with.property('name', 'InvalidParametersError')
    }

    const field = new Bitfield(9)
    expect(() => { field.set(9) }).to.throw().with.property('name', 'InvalidParametersError')
    expect(() => { field.setRange(8, 2) }).to.throw().with.property('name', 'InvalidParametersError')
    expect(field.has(9)).to.be.false()
    expect(field.has(-1)).to.be.false()
    expect(field.count).to.equal(0)
  })
})

describe('object/cipher', () => {
  it('is the same in pieces, and both ways', () => {
    const cipher = new BlockCipher(new Uint8Array(32).fill(7))
    const plain = Uint8Array.from({ length: 1000 }, (_, i) => i)
    const published = cipher.block(3).update(plain)
    const back = cipher.block(3)

    expect(Buffer.concat([back.update(published.subarray(0, 33)), back.update(published.subarray(33))])).to.equalBytes(plain)
    expect(cipher.block(4).update(plain)).to.not.equalBytes(published)
    expect(() => new BlockCipher(new Uint8Array(16))).to.throw().with.property('name', 'InvalidParametersError')
  })
})

describe('object/safe-path', () => {
  for (const name of ['', '.', '..', '/', 'a/b', 'a\\b', '\0', 'a\nb', '\u007f', '\u009b', 'C:', 'c:x', '\ud800', '\ufffd', 'x'.repeat(256), 'é'.repeat(128)]) {
    it(`refuses ${JSON.stringify(name.slice(0, 10))}`, () => {
      expect(() => safeName(name)).to.throw().with.property('name', 'UnsafePathError')
      expect(() => safePath(`a/${name}/b`.replace('a/a/b/b', '/a'))).to.throw().with.property('name', 'UnsafePathError')
    })
  }

  for (const name of ['a', '...', '.hidden', 'ü 漢字 🎬.mp4', 'x'.repeat(255), 'ab:c']) {
    it(`takes ${JSON.stringify(name.slice(0, 20))}`, () => {
      expect(safeName(name)).to.equal(name)
      expect(safePath(`a/${name}`)).to.equal(`a/${name}`)
    })
  }

  it('refuses what cannot exist together', () => {
    for (const paths of [['a', 'a'], ['a', 'a/b'], ['a/b/c', 'a/b'], ['a//b'], ['/a'], ['a/'], ['a/../b'], [`${'x/'.repeat(1600)}x`]]) {
      expect(() => { safePaths(paths) }).to.throw().with.property('name', 'UnsafePathError')
    }

    safePaths(['a/b', 'a/c', 'ab', 'b/a'])
  })
})

describe('object/manifest', () => {
  const manifest: Manifest = {
    size: 100_000,
    blockSize: 65536,
    root: new Uint8Array(32).fill(1),
    hash: SHA2_256,
    encryption: Encryption.OBJECT_KEY,
    delivery: HashDelivery.SUPER_BLOCK,
    mode: Mode.PLAIN,
    name: 'folder',
    files: [{ path: 'a', size: 0, executable: true }, { path: 'b/c', size: 100_000, executable: false }]
  }

  const price = { amount: 1, per: 100_000, unit: 'cent' }

  it('comes back as it was', () => {
    expect(parseManifest(encodeManifest(manifest))).to.deep.equal(manifest)
    expect(objectId(encodeManifest(manifest)).toString()).to.equal('bafkreiaspnyq674l6j66qb6wxfmosg2xw665pj65p7gpv2neu4rccgfmzq')
  })

  const broken: Record<string, Partial<Manifest>> = {
    'a size that is not that of its files': { size: 100_001 },
    'an impossible size': { size: 2 ** 40, files: [] },
    'a block size that is no power of two': { blockSize: 65537 },
    'a block size that is too large': { blockSize: 8 * MiB },
    'a short root': { root: new Uint8Array(31) },
    'an unknown hash function': { hash: 0x16 },
    'a name with a slash': { name: '../x' },
    'no name': { name: '' },
    'a path that leads out': { files: [{ path: '../x', size: 100_000, executable: false }] },
    'a path that is there twice': { files: [{ path: 'x', size: 100_000, executable: false }, { path: 'x', size: 0, executable: false }] },
    'the wrong root of nothing': { size: 0, files: [] },
    'the root of nothing by another hash function': { size: 0, files: [], hash: BLAKE3, root: Uint8Array.from(treeHash(SHA2_256).empty()) },
    'mode purchase without a price': { mode: Mode.PURCHASE },
    'a price with mode plain': { price },
    'a price with mode proof': { mode: Mode.PROOF, price },
    'a price of nothing': { mode: Mode.PURCHASE, price: { ...price, amount: 0 } },
    'a price for no bytes': { mode: Mode.PURCHASE, price: { ...price, per: 0 } },
    'a price that comes to nothing': { mode: Mode.PURCHASE, price: { ...price, per: 100_001 } },
    'a price that comes to more than can be counted': { mode: Mode.PURCHASE, price: { ...price, amount: Number.MAX_SAFE_INTEGER, per: 99_999 } },
    'a price in no unit': { mode: Mode.PURCHASE, price: { ...price, unit: '' } },
    'a price in a unit with a space': { mode: Mode.PURCHASE, price: { ...price, unit: 'a b' } },
    'a price of nothing at all': { mode: Mode.PURCHASE, size: 0, files: [], root: Uint8Array.from(treeHash(SHA2_256).empty()), price }
  }

  for (const [what, change] of Object.entries(broken)) {
    it(`refuses ${what}`, () => {
      const bytes = ManifestMessage.encode({ ...manifest, ...change })

      expect(() => parseManifest(bytes)).to.throw().with.property('name', 'InvalidManifestError')
      expect(() => encodeManifest({ ...manifest, ...change })).to.throw().with.property('name', 'InvalidManifestError')
    })
  }

  it('has a price with mode purchase, which its id depends on', () => {
    const sold = { ...manifest, mode: Mode.PURCHASE, price }

    expect(parseManifest(encodeManifest(sold))).to.deep.equal(sold)
    expect(objectId(encodeManifest(sold)).toString()).to.not.equal(objectId(encodeManifest({ ...sold, price: { ...price, amount: 2 } })).toString())
  })

  it('refuses an amount that no double holds', () => {
    const bytes = ManifestMessage.encode({ ...manifest, mode: Mode.PURCHASE })

    for (const amount of [2n ** 53n, 2n ** 64n - 1n]) {
      const field = [1 << 3]

      for (let rest = amount; field.push(Number(rest & 127n) | (rest > 127n ? 128 : 0)) > 0 && rest > 127n;) {
        rest >>= 7n
      }

      const message = Buffer.concat([Buffer.from(field), Buffer.of(2 << 3, 1, (3 << 3) | 2, 1, 0x63)])

      expect(() => parseManifest(Buffer.concat([bytes, Buffer.of((8 << 3) | 2, message.length), message]))).to.throw().with.property('name', 'InvalidManifestError')
    }
  })

  it('refuses modes and encryptions of other versions', () => {
    const bytes = ManifestMessage.encode({ ...manifest, files: [] })

    for (const field of [5, 6, 7]) {
      expect(() => parseManifest(Buffer.concat([bytes, Buffer.of(field << 3, 9)]))).to.throw().with.property('name', 'InvalidManifestError')
    }
  })

  it('takes the root of an object of 0 bytes', () => {
    for (const hash of [SHA2_256, BLAKE3]) {
      const empty = { ...manifest, size: 0, files: [], hash, root: Uint8Array.from(treeHash(hash).empty()) }

      expect(parseManifest(encodeManifest(empty))).to.deep.equal(empty)
    }
  })

  it('never throws anything else, whatever it is given', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), fc.nat(), fc.nat({ max: 255 }), (bytes, at, value) => {
      const damaged = Uint8Array.from(encodeManifest(manifest))
      damaged[at % damaged.length] = value

      for (const input of [bytes, damaged]) {
        try {
          parseManifest(input)
        } catch (err: any) {
          expect(err.name).to.equal('InvalidManifestError')
        }
      }
    }), { seed: 1, numRuns: 500 })
  })
})
