import { execFileSync } from 'node:child_process'
import { appendFile, chmod, copyFile, mkdir, mkdtemp, open, readdir, readFile, rename, rm, stat, symlink, truncate, unlink, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'aegir/chai'
import fc from 'fast-check'
import { CID } from 'multiformats/cid'
import { BLAKE3, Encryption, HashDelivery, Mode } from '../../src/object/index.ts'
import { busyProcess } from '../busy-process.ts'
import { contentOf, copyBlock, issuer, openStore, partialOf, sign, verifyAll, writeTree } from './fixtures/publisher.ts'
import type { Holding, Publication, PublishedPrice } from '../../src/holding/index.ts'

type OpenStore = Awaited<ReturnType<typeof openStore>>

const BLOCK = 65536

/* eslint-disable no-loop-func */

describe('holding', () => {
  let dir: string
  let origin: OpenStore
  let client: OpenStore

  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'mssl-holding-'))
    origin = await openStore(join(dir, 'origin'))
    client = await openStore(join(dir, 'client'))
  })

  afterEach(async () => {
    await origin.close()
    await client.close()
    await rm(dir, { recursive: true })
  })

  async function publish (path: string, options: Partial<Publication> = {}): Promise<Holding> {
    return (await origin.store.addPublished({ path, blockSize: BLOCK, issuer, sign, ...options })).holding
  }

  async function publishBytes (size: number, options: Partial<Publication> = {}): Promise<Holding> {
    const path = join(dir, `source-${size}`)
    await writeFile(path, contentOf(size))

    return publish(path, options)
  }

  async function copyAll (source: Holding, target: Holding): Promise<void> {
    await Promise.all(Array.from({ length: source.geometry.blockCount }, async (_, i) => copyBlock(source, target, i)))
  }

  /** As if the client's process had been killed, and another one was started. */
  async function restartClient (): Promise<void> {
    client.home.close()
    client = await openStore(join(dir, 'client'))
  }

  const out = (): string => join(dir, 'out')
  const journal = (holding: Holding): string => join(dir, 'client', 'objects', holding.id.toString(), 'journal')

  describe('publishing', () => {
    for (const size of [0, 1, BLOCK - 1, BLOCK, BLOCK + 1, 5 * BLOCK + 17]) {
      for (const encryption of [Encryption.NONE, Encryption.OBJECT_KEY]) {
        it(`and getting ${size} bytes, encryption ${encryption}`, async () => {
          const source = await publishBytes(size, { encryption, delivery: HashDelivery.SUPER_BLOCK })
          const target = await client.store.openPartial(partialOf(source, out()))
          const complete = Promise.withResolvers<unknown>()
          target.addEventListener('complete', complete.resolve)

          expect(target.tree.complete).to.equal(size <= BLOCK)
          await target.setLeaves(source.superBlock())
          await copyAll(source, target)
          expect(await target.finish()).to.equal(out())
          expect(await target.finish()).to.equal(out())
          await complete.promise

          expect(target.complete).to.be.true()
          expect(await readFile(out())).to.equalBytes(contentOf(size))
          expect(target.haveBytes).to.equal(size)
          await verifyAll(source, target)

          // and again from what is on the disk
          await client.close()
          client = await openStore(join(dir, 'client'))
          expect(client.store.list()).to.deep.include({ id: source.id, role: 'client', mode: 'plain', name: `source-${size}`, size, have: size, path: out(), complete: true })
          const reopened = await client.store.open(source.id)
          expect(reopened.have.full).to.be.true()
          await verifyAll(source, reopened)
          expect(await readdir(dir)).to.have.members(['origin', 'client', 'out', `source-${size}`])
        })
      }
    }

    it('encrypts: no plain byte pattern is in the published form', async () => {
      const source = await publishBytes(2 * BLOCK)

      expect(Buffer.from(await source.readPublished(0)).equals(contentOf(BLOCK))).to.be.false()
      expect(await source.readPlain(0)).to.equalBytes(contentOf(2 * BLOCK).subarray(0, BLOCK))
    })

    it('reports progress and can be stopped', async () => {
      const path = join(dir, 'source')
      await writeFile(path, contentOf(3 * BLOCK))
      const progress: number[] = []
      await origin.store.addPublished({ path, blockSize: BLOCK, issuer, sign }, {
        onProgress: event => { event.type === 'mssl:publish:progress' && progress.push(event.detail.bytes) }
      })
      expect(progress).to.deep.equal([BLOCK, 2 * BLOCK, 3 * BLOCK])

      await appendFile(path, 'x')
      await expect(origin.store.addPublished({ path, blockSize: BLOCK, issuer, sign }, { signal: AbortSignal.abort() }))
        .to.eventually.be.rejected.with.property('name', 'AbortError')
    })

    it('takes a folder as it is, but for links and what has no bytes', async () => {
      const folder = join(dir, 'folder')
      const files = { 'a.txt': contentOf(100, 1), empty: new Uint8Array(), 'sub/deep/b': contentOf(3 * BLOCK, 2), 'sub/run.sh': contentOf(7, 3), 'z-empty': new Uint8Array() }
      await writeTree(folder, files)
      await chmod(join(folder, 'sub/run.sh'), 0o755)
      await symlink('/etc/passwd', join(folder, 'link'))
      await mkdir(join(folder, 'nothing'))
      execFileSync('mkfifo', [join(folder, 'fifo')])

      const skipped: string[] = []
      const { holding: source } = await origin.store.addPublished({ path: folder, blockSize: BLOCK, issuer, sign }, {
        onProgress: event => { event.type === 'mssl:publish:skipped' && skipped.push(`${event.detail.path.slice(folder.length + 1)}: ${event.detail.reason}`) }
      })
      expect(skipped).to.have.members(['link: symbolic link', 'nothing: empty folder', 'fifo: not a regular file'])

      const target = await client.store.openPartial(partialOf(source, out()))
      await copyAll(source, target)
      await target.finish()

      for (const [path, bytes] of Object.entries(files)) {
        expect(await readFile(join(out(), path))).to.equalBytes(bytes)
        expect((await stat(join(out(), path))).mode & 0o111, path).to.equal(path === 'sub/run.sh' ? 0o111 : 0)
      }

      expect(await readdir(out(), { recursive: true })).to.have.lengthOf(7)
      await verifyAll(source, target)
      expect(await readdir(dir)).to.not.include('out.part')
    })

    it('takes a folder of more files than may be open', async () => {
      const folder = join(dir, 'folder')
      await writeTree(folder, Object.fromEntries(Array.from({ length: 300 }, (_, i) => [`${i}`, contentOf(i * 10, i)])))
      const source = await publish(folder)
      const target = await client.store.openPartial(partialOf(source, out()))
      await copyAll(source, target)
      await target.finish()
      await verifyAll(source, target)
      expect(await readFile(join(out(), '299'))).to.equalBytes(contentOf(2990, 299))
    })

    it('reads nothing again when nothing changed', async () => {
      const first = await publishBytes(3 * BLOCK)
      await origin.close()
      origin = await openStore(join(dir, 'origin'))

      const again = await origin.store.addPublished({ path: first.path, blockSize: BLOCK, issuer, sign })
      expect(again).to.have.property('reused', true)
      expect(again.holding.id.toString()).to.equal(first.id.toString())
      expect(again.holding.objectKey).to.equalBytes(first.objectKey!)

      for (const other of [{ name: 'other' }, { encryption: Encryption.NONE }, { delivery: HashDelivery.SUPER_BLOCK }, { blockSize: 2 * BLOCK }, { hash: BLAKE3 }]) {
        const different = await origin.store.addPublished({ path: first.path, blockSize: BLOCK, issuer, sign, ...other })
        expect(different).to.have.property('reused', false)
      }

      expect(origin.store.list()).to.have.lengthOf(6)
    })

    it('keeps an object whose file was touched or restored, and ends one whose file was changed', async () => {
      const first = await publishBytes(3 * BLOCK)
      await utimes(first.path, 1, 1)
      expect(await origin.store.addPublished({ path: first.path, blockSize: BLOCK, issuer, sign })).to.have.property('reused', true)

      await copyFile(first.path, join(dir, 'copy'))
      await rename(join(dir, 'copy'), first.path)
      const restored = await origin.store.addPublished({ path: first.path, blockSize: BLOCK, issuer, sign })
      expect(restored).to.have.property('reused', true)
      await verifyAll(first, restored.holding)

      await writeFile(first.path, contentOf(3 * BLOCK, 1))
      const changed = await origin.store.addPublished({ path: first.path, blockSize: BLOCK, issuer, sign })
      expect(changed).to.have.property('reused', false)
      expect(origin.store.list().map(({ id }) => id.toString())).to.deep.equal([changed.holding.id.toString()])
    })

    it('knows what is missing of an object, open or not', async () => {
      const source = await publishBytes(10 * BLOCK)
      const target = await client.store.openPartial(partialOf(source, out()))
      const missing = (): unknown => client.store.missing(source.id)

      expect(missing()).to.deep.equal({ first: 0, count: 10 })
      await Promise.all([0, 1, 4, 9].map(async block => copyBlock(source, target, block)))
      expect(missing()).to.deep.equal({ first: 2, count: 7 })
      await target.close()
      expect(missing()).to.deep.equal({ first: 2, count: 7 })

      const again = await client.store.openPartial(partialOf(source, out()))
      await copyAll(source, again)
      expect(missing()).to.equal(undefined)
      await again.finish()
      expect(missing()).to.equal(undefined)
      expect(() => client.store.missing(CID.parse('bafkreiaspnyq674l6j66qb6wxfmosg2xw665pj65p7gpv2neu4rccgfmzq'))).to.throw().with.property('name', 'NotHeldError')
    })

    it('has a price in mode purchase, and is another object with another price', async () => {
      const price = { amount: 5, unit: 'cent' }
      const first = await publishBytes(3 * BLOCK, { mode: Mode.PURCHASE, price })
      const again = await origin.store.addPublished({ path: first.path, blockSize: BLOCK, issuer, sign, mode: Mode.PURCHASE, price: { ...price, per: 3 * BLOCK } })
      expect(first.manifest.price).to.deep.equal({ amount: 5, per: 3 * BLOCK, unit: 'cent' })
      expect(again).to.have.property('reused', true)
      expect(origin.store.list()).to.have.lengthOf(1)
      expect(origin.store.list()[0]).to.deep.include({ mode: 'purchase', price: { amount: 5, per: 3 * BLOCK, unit: 'cent' } })

      for (const other of [{ ...price, amount: 6 }, { ...price, per: BLOCK }, { ...price, unit: 'euro' }]) {
        const different = await origin.store.addPublished({ path: first.path, blockSize: BLOCK, issuer, sign, mode: Mode.PURCHASE, price: other })
        expect(different).to.have.property('reused', false)
        expect(different.holding.id.equals(first.id)).to.equal(false)
      }

      const proof = await origin.store.addPublished({ path: first.path, blockSize: BLOCK, issuer, sign, mode: Mode.PROOF })
      expect(proof).to.have.property('reused', false)
      expect(origin.store.list().map(({ mode }) => mode)).to.deep.equal(['purchase', 'purchase', 'purchase', 'purchase', 'proof'])
      expect(origin.store.list()[4]).to.not.have.property('price')
    })

    it('refuses a price that cannot be paid before it reads anything', async () => {
      const read: number[] = []
      const path = join(dir, 'sold')
      await writeFile(path, contentOf(3 * BLOCK))
      await writeFile(join(dir, 'nothing'), '')
      const sell = async (price?: PublishedPrice, mode = Mode.PURCHASE, from = path): Promise<unknown> =>
        origin.store.addPublished({ path: from, blockSize: BLOCK, issuer, sign, mode, price }, { onProgress: () => { read.push(1) } })

      for (const [price, reason] of [
        [{ amount: 0, unit: 'cent' }, 'at least 1'],
        [{ amount: -1, unit: 'cent' }, 'at least 1'],
        [{ amount: 0.5, unit: 'cent' }, 'whole number'],
        [{ amount: 2 ** 53, unit: 'cent' }, 'whole number'],
        [{ amount: 1, per: 3 * BLOCK + 1, unit: 'cent' }, 'would cost 0 cent'],
        [{ amount: Number.MAX_SAFE_INTEGER, per: 3 * BLOCK - 1, unit: 'cent' }, '2^53 - 1 at most'],
        [{ amount: 1, unit: 'a b' }, 'A unit has']
      ] as Array<[PublishedPrice, string]>) {
        await expect(sell(price)).to.eventually.be.rejectedWith(reason).with.property('name', 'InvalidParametersError')
      }

      await expect(sell()).to.eventually.be.rejectedWith('has to have a price').with.property('name', 'InvalidManifestError')
      await expect(sell({ amount: 1, unit: 'cent' }, Mode.PROOF)).to.eventually.be.rejectedWith('has no price')
      await expect(sell({ amount: 1, unit: 'cent' }, Mode.PURCHASE, join(dir, 'nothing'))).to.eventually.be.rejectedWith('without bytes cannot be sold')
      expect(read).to.be.empty()
      expect(origin.store.list()).to.be.empty()
    })

    it('refuses what cannot be published', async () => {
      await mkdir(join(dir, 'empty'))
      await writeTree(join(dir, 'odd'), { 'a\\b': contentOf(1) })

      for (const [path, name] of [['missing', 'InvalidParametersError'], ['empty', 'InvalidParametersError'], ['odd', 'UnsafePathError']]) {
        await expect(publish(join(dir, path))).to.eventually.be.rejected.with.property('name', name)
      }

      await expect(publish('/dev/null')).to.eventually.be.rejected.with.property('name', 'InvalidParametersError')
      await expect(publishBytes(1, { blockSize: 1000 })).to.eventually.be.rejected.with.property('name', 'InvalidParametersError')
      await expect(publishBytes(1, { name: 'a/b' })).to.eventually.be.rejected.with.property('name', 'UnsafePathError')
      expect(origin.store.list()).to.be.empty()
    })

    it('notices a file that changes while it is read', async () => {
      const path = join(dir, 'source')
      await writeFile(path, contentOf(40 * BLOCK))

      await expect(origin.store.addPublished({ path, blockSize: BLOCK, issuer, sign }, {
        onProgress: event => {
          if (event.type === 'mssl:publish:progress' && event.detail.bytes === 10 * BLOCK) {
            execFileSync('sh', ['-c', 'printf x | dd of="$0" bs=1 seek=5 conv=notrunc 2>/dev/null', path])
          }
        }
      })).to.eventually.be.rejectedWith(/source was changed while it was being published/).with.property('name', 'SourceChangedError')
    })
  })

  describe('serving', () => {
    const changes: Record<string, (path: string) => Promise<void>> = {
      'was overwritten': async path => { await writeFile(path, contentOf(3 * BLOCK, 9)) },
      'was cut short': async path => { await truncate(path, BLOCK) },
      'has grown': async path => { await appendFile(path, 'x') },
      'was overwritten in one byte': async path => {
        const file = await open(path, 'r+')
        await file.write(Buffer.from('x'), 0, 1, 3)
        await file.close()
      }
    }

    for (const [what, change] of Object.entries(changes)) {
      it(`stops when the source ${what}`, async () => {
        const source = await publishBytes(3 * BLOCK)
        const events: Error[] = []
        source.addEventListener('changed', event => { events.push(event.detail) })
        await source.readPublished(0)
        await change(source.path)

        for (const index of [0, 2]) {
          await expect(source.readPublished(index)).to.eventually.be.rejectedWith(source.path).with.property('name', 'SourceChangedError')
        }

        expect(events).to.have.lengthOf(1)
        await source.close()
        await expect(origin.store.open(source.id)).to.eventually.be.rejected.with.property('name', 'SourceChangedError')
      })
    }

    it('stops when the source is gone, replaced by a folder, or cannot be opened', async () => {
      const source = await publishBytes(3 * BLOCK)
      await unlink(source.path)
      await expect(source.readPublished(0)).to.eventually.be.rejectedWith(/is gone/).with.property('name', 'SourceChangedError')
      await source.close()

      await mkdir(source.path)
      await expect(origin.store.open(source.id)).to.eventually.be.rejected.with.property('name', 'SourceChangedError')
    })

    it('has only the blocks that it has', async () => {
      const source = await publishBytes(5 * BLOCK)
      const target = await client.store.openPartial(partialOf(source, out()))
      const have: unknown[] = []
      target.addEventListener('have', event => { have.push(event.detail) })

      await expect(target.readPublished(1)).to.eventually.be.rejected.with.property('name', 'NotHeldError')
      await expect(target.finish()).to.eventually.be.rejected.with.property('name', 'NotHeldError')
      await copyBlock(source, target, 1)
      await verifyAll(source, target)
      expect(have).to.deep.equal([[{ first: 1, count: 1 }]])
      expect(() => target.superBlock()).to.throw().with.property('name', 'UnknownHashError')
      await expect(client.store.open(await publishBytes(1).then(({ id }) => id))).to.eventually.be.rejected.with.property('name', 'NotHeldError')
    })

    it('rebuilds damaged leaf hashes from the files', async () => {
      const source = await publishBytes(3 * BLOCK)
      const leaves = join(dir, 'origin', 'objects', source.id.toString(), 'leaves')
      await source.close()
      await truncate(leaves, 50)

      const again = await origin.store.open(source.id)
      expect(again.superBlock()).to.equalBytes(source.superBlock())
      expect(await readFile(leaves)).to.equalBytes(source.superBlock())
    })
  })

  describe('writing', () => {
    it('refuses blocks of the wrong length and super-blocks that are false', async () => {
      const source = await publishBytes(3 * BLOCK)
      const target = await client.store.openPartial(partialOf(source, out()))

      await expect(target.write(0, [new Uint8Array(BLOCK - 1)], [])).to.eventually.be.rejected.with.property('name', 'InvalidParametersError')
      await expect(target.write(3, [], [])).to.eventually.be.rejected.with.property('name', 'InvalidParametersError')
      await expect(target.setLeaves(new Uint8Array(96))).to.eventually.be.rejected.with.property('name', 'FalseHashesError')
      expect(target.have.count).to.equal(0)
    })

    it('overwrites nothing', async () => {
      const source = await publishBytes(2 * BLOCK)
      await writeFile(`${out()}.part`, 'mine')
      await expect(client.store.openPartial(partialOf(source, out()))).to.eventually.be.rejected.with.property('name', 'FileExistsError')
      expect(await readFile(`${out()}.part`, 'utf8')).to.equal('mine')
      expect(client.store.list()).to.be.empty()
      await unlink(`${out()}.part`)

      const target = await client.store.openPartial(partialOf(source, out()))
      await copyAll(source, target)
      await writeFile(out(), 'mine')
      await expect(target.finish()).to.eventually.be.rejected.with.property('name', 'FileExistsError')
      expect(await readFile(out(), 'utf8')).to.equal('mine')

      // nothing is lost: the way out is another name
      await client.close()
      client = await openStore(join(dir, 'client'))
      const other = await client.store.openPartial(partialOf(source, join(dir, 'other')))
      expect(other.have.full).to.be.true()
      expect(other.resumed.checked).to.equal(0)
      expect(await other.finish()).to.equal(join(dir, 'other'))
      expect(await readFile(join(dir, 'other'))).to.equalBytes(contentOf(2 * BLOCK))
      expect(await readdir(dir)).to.not.include('out.part')
    })

    it('says what is wrong with an output that cannot be written', async () => {
      const source = await publishBytes(2 * BLOCK)
      await writeFile(join(dir, 'file'), '')
      await mkdir(join(dir, 'a.part'))

      for (const [place, name] of [['missing/x', 'StorageError'], ['file/x', 'StorageError'], ['a', 'FileExistsError'], ['../../proc/x', 'NoSpaceError|StorageError']]) {
        const failure = await client.store.openPartial(partialOf(source, join(dir, place))).catch(err => err)
        expect(failure.name, place).to.match(new RegExp(`^(${name})$`))
        expect(failure.message).to.include(join(dir, place))
      }

      expect(client.store.list()).to.be.empty()
    })

    it('describes an object whatever became of its files', async () => {
      const source = await publishBytes(5 * BLOCK)
      const { id, path } = source
      await source.close()
      await rm(path)

      const known = await origin.store.describe(id)
      expect(known?.manifest.size).to.equal(5 * BLOCK)
      expect(known?.objectKey).to.equalBytes(source.objectKey)
      expect(known?.tree.leaves()).to.equalBytes(source.tree.leaves())
      expect(await client.store.describe(id)).to.be.undefined()
    })

    it('forgets an object with its part file, not with its files', async () => {
      const source = await publishBytes(2 * BLOCK)
      await client.store.openPartial(partialOf(source, out()))
      await client.store.remove(source.id)
      expect(await readdir(dir)).to.not.include('out.part')
      await origin.store.remove(source.id)
      expect(await readdir(dir)).to.include(`source-${2 * BLOCK}`)
      expect(await readdir(join(dir, 'origin', 'objects'))).to.be.empty()
    })

    it('begins anew when the complete files were changed, with the hashes that it has', async () => {
      const source = await publishBytes(3 * BLOCK)
      let target = await client.store.openPartial(partialOf(source, out()))
      await copyAll(source, target)
      await target.finish()
      await target.close()

      // found where it was
      target = await client.store.openPartial(partialOf(source, join(dir, 'elsewhere')))
      expect(target.complete).to.be.true()
      await target.close()

      await writeFile(out(), 'changed')
      target = await client.store.openPartial(partialOf(source, join(dir, 'elsewhere')))
      expect(target.complete).to.be.false()
      expect(target.have.count).to.equal(0)
      expect(target.tree.complete).to.be.true()
      await copyAll(source, target)
      await target.finish()
      expect(await readFile(join(dir, 'elsewhere'))).to.equalBytes(contentOf(3 * BLOCK))
    })
  })

  describe('a full disk', () => {
    let disk: string

    beforeEach(async function () {
      disk = join(dir, 'disk')
      await mkdir(disk)

      try {
        execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', disk], { stdio: 'ignore' })
      } catch {
        this.skip()
      }
    })

    afterEach(() => {
      try {
        execFileSync('umount', ['-l', disk], { stdio: 'ignore' })
      } catch {
        // it was not mounted
      }
    })

    it('is noticed before the start', async () => {
      const source = await publishBytes(20 * BLOCK)

      await expect(client.store.openPartial(partialOf(source, join(disk, 'out')))).to.eventually.be.rejectedWith(/1.25 MiB are needed, .* are missing/).with.property('name', 'NoSpaceError')
      expect(await readdir(disk)).to.be.empty()
      expect(client.store.list()).to.be.empty()
    })

    it('loses nothing that was written, and goes on when there is space', async () => {
      const source = await publishBytes(14 * BLOCK)
      let target = await client.store.openPartial(partialOf(source, join(disk, 'out')))
      await writeFile(join(disk, 'hog'), Buffer.alloc(BLOCK * 6))

      const results = await Promise.allSettled(Array.from({ length: 14 }, async (_, i) => copyBlock(source, target, i)))
      const written = results.flatMap((result, i) => result.status === 'fulfilled' ? [i] : [])
      const failed = results.flatMap(result => result.status === 'rejected' ? [result.reason.name] : [])

      expect(new Set(failed)).to.deep.equal(new Set(['NoSpaceError']))
      await verifyAll(source, target)
      expect(target.have.count).to.equal(written.length)

      // one that fits still can be written
      await rm(join(disk, 'hog'))
      const next = Array.from({ length: 14 }, (_, i) => i).find(i => !written.includes(i)) as number
      await copyBlock(source, target, next)
      written.push(next)
      await restartClient()
      target = await client.store.openPartial(partialOf(source, join(disk, 'out')))
      expect(target.resumed.checked).to.equal(0)
      expect(written.every(i => target.have.has(i))).to.be.true()
      expect(target.have.count).to.equal(written.length)
      await copyAll(source, target)
      await target.finish()
      expect(await readFile(join(disk, 'out'))).to.equalBytes(contentOf(14 * BLOCK))
    })

    it('of the home fails a write as a whole', async () => {
      const home = await openStore(join(disk, 'home'))
      const source = await publishBytes(14 * BLOCK)
      const target = await home.store.openPartial(partialOf(source, out()))
      await copyBlock(source, target, 0)
      execFileSync('sh', ['-c', `cat /dev/zero > ${join(disk, 'hog')} 2>/dev/null || true`])

      const results = await Promise.allSettled(Array.from({ length: 400 }, async (_, i) => copyBlock(source, target, i % 14)))
      expect(target.have.count).to.equal(new Set(results.flatMap((result, i) => result.status === 'fulfilled' ? [i % 14] : [])).size)
      await verifyAll(source, target)
      await rm(join(disk, 'hog'))
      await copyAll(source, target)
      await target.finish()
      expect(await readFile(out())).to.equalBytes(contentOf(14 * BLOCK))
      await home.close()
    })
  })

  describe('resuming', () => {
    it('trusts a clean end without reading', async () => {
      const source = await publishBytes(6 * BLOCK)
      let target = await client.store.openPartial(partialOf(source, out()))
      await copyBlock(source, target, 1)
      await copyBlock(source, target, 4)
      await client.close()
      client = await openStore(join(dir, 'client'))
      expect(client.store.list()[0]).to.include({ have: 2 * BLOCK, complete: false })

      target = await client.store.openPartial(partialOf(source, out()))
      expect(target.resumed).to.deep.equal({ have: 2 * BLOCK, checked: 0 })
      await verifyAll(source, target)
      await copyAll(source, target)
      await target.finish()
      expect(await readFile(out())).to.equalBytes(contentOf(6 * BLOCK))
    })

    it('keeps the hashes of an object that was whole again and again, and never finished', async () => {
      const source = await publishBytes(6 * BLOCK)
      await copyAll(source, await client.store.openPartial(partialOf(source, out())))

      for (let runs = 0; runs < 2; runs++) {
        await restartClient()
        const target = await client.store.openPartial(partialOf(source, out()))
        expect(target.resumed).to.include({ have: 6 * BLOCK })
      }

      await restartClient()
      await (await client.store.openPartial(partialOf(source, out()))).finish()
      expect(await readFile(out())).to.equalBytes(contentOf(6 * BLOCK))
    })

    it('reads all again after a run of another system, unless it had ended cleanly', async () => {
      const source = await publishBytes(6 * BLOCK)

      for (const clean of [true, false]) {
        const target = await client.store.openPartial(partialOf(source, out()))
        await copyBlock(source, target, clean ? 1 : 2)
        await (clean ? client.close() : undefined)

        // another boot id of the same length
        const bytes = await readFile(journal(source))
        const { crc32 } = await import('node:zlib')
        const length = bytes.readUInt32LE(0)
        bytes[8 + length - 1] ^= 1
        bytes.writeUInt32LE(crc32(bytes.subarray(8, 8 + length)), 4)
        await writeFile(journal(source), bytes)

        await restartClient()
        const again = await client.store.openPartial(partialOf(source, out()))
        expect(again.resumed).to.deep.equal(clean ? { have: BLOCK, checked: 0 } : { have: 2 * BLOCK, checked: 2 * BLOCK })
        await verifyAll(source, again)
        await client.close()
        client = await openStore(join(dir, 'client'))
      }
    })

    it('finishes what ended between the renaming and the note of it', async () => {
      const source = await publishBytes(6 * BLOCK)
      const target = await client.store.openPartial(partialOf(source, out()))
      await copyAll(source, target)
      await client.close()
      client = await openStore(join(dir, 'client'))
      await rename(`${out()}.part`, out())

      const again = await client.store.openPartial(partialOf(source, out()))
      expect(again.complete).to.be.true()
      await verifyAll(source, again)
    })

    it('takes nobody else\'s file for its own', async () => {
      const source = await publishBytes(6 * BLOCK)
      const target = await client.store.openPartial(partialOf(source, out()))
      await copyAll(source, target)
      await client.close()
      client = await openStore(join(dir, 'client'))
      await rm(`${out()}.part`)
      await writeFile(out(), 'mine')

      const again = await client.store.openPartial(partialOf(source, out()))
      expect(again.have.count).to.equal(0)
      expect(await readFile(out(), 'utf8')).to.equal('mine')
    })

    it('never trusts wrong bytes, and fetches nothing again that is there', async () => {
      const folder = join(dir, 'folder')
      await writeTree(folder, { a: contentOf(3 * BLOCK + 5, 1), b: contentOf(100, 2), c: contentOf(4 * BLOCK, 3) })
      const source = await publish(folder)
      const count = source.geometry.blockCount
      const files = ['a', 'b', 'c']
      const damage = fc.record({
        journalCut: fc.option(fc.double({ min: 0, max: 1, noNaN: true })),
        journalFlip: fc.option(fc.double({ min: 0, max: 1, noNaN: true })),
        data: fc.array(fc.record({ file: fc.constantFrom(...files), at: fc.double({ min: 0, max: 0.999, noNaN: true }), cut: fc.boolean() }), { maxLength: 2 }),
        removed: fc.option(fc.constantFrom(...files)),
        clean: fc.boolean()
      })

      await fc.assert(fc.asyncProperty(fc.shuffledSubarray(Array.from({ length: count }, (_, i) => i)), damage, async (blocks, { journalCut, journalFlip, data, removed, clean }) => {
        const target = await client.store.openPartial(partialOf(source, out()))

        for (const block of blocks) {
          await copyBlock(source, target, block)
        }

        // until the loop of the writer is idle
        await new Promise(resolve => setTimeout(resolve, 20))
        await (clean ? client.close() : undefined)
        await restartClient()

        const bytes = await readFile(journal(source))

        if (journalFlip != null) {
          bytes[Math.floor(journalFlip * (bytes.byteLength - 1))] ^= 0x10
        }

        await writeFile(journal(source), bytes.subarray(0, journalCut == null ? undefined : Math.floor(journalCut * bytes.byteLength)))

        for (const { file, at, cut } of data) {
          const path = join(`${out()}.part`, file)
          const { size } = await stat(path)

          if (cut) {
            await truncate(path, Math.floor(at * size))
          } else {
            const handle = await open(path, 'r+')
            await handle.write(Buffer.of(0x55, 0xaa, 0x55), 0, 3, Math.floor(at * Math.max(0, size - 3)))
            await handle.close()
          }
        }

        if (removed != null) {
          await rm(join(`${out()}.part`, removed))
        }

        const journalWhole = journalCut == null && journalFlip == null

        try {
          const again = await client.store.openPartial(partialOf(source, out()))
          await verifyAll(source, again)
          expect(blocks).to.include.members([...again.have.ranges()].flatMap(({ first, count }) => Array.from({ length: count }, (_, i) => first + i)))

          if (journalWhole && data.length === 0 && removed == null) {
            expect(again.have.count).to.equal(blocks.length)
            expect(again.resumed.checked).to.equal(0)
          }

          await copyAll(source, again)
          await again.finish()
          expect(await readFile(join(out(), 'c'))).to.equalBytes(contentOf(4 * BLOCK, 3))
        } catch (err: any) {
          // a journal of which nothing is left cannot claim a folder with files in it
          if (journalWhole || err.name !== 'FileExistsError') {
            throw err
          }
        } finally {
          await client.store.remove(source.id)
          await rm(out(), { recursive: true, force: true })
          await rm(`${out()}.part`, { recursive: true, force: true })
        }
      }), { seed: 7, numRuns: 40 })
    })

    it('loses no written block through kill -9, and reads next to nothing again', async function () {
      this.timeout(60_000)

      const size = 1200 * BLOCK
      const path = join(dir, 'source')
      await writeFile(path, Buffer.alloc(size, contentOf(BLOCK + 1)))
      const source = await publish(path)
      const written = new Set<number>()
      let kills = 0

      for (let finished = false; !finished;) {
        const { lines: [resumed, ...lines], killed } = await busyProcess(new URL('./fixtures/writer.ts', import.meta.url), [join(dir, 'origin'), join(dir, 'client'), source.id.toString(), out()], { killAfter: 150 + kills * 90 })
        const [, ranges, checked] = resumed.match(/^resumed (.*) (\d+)$/) ?? []
        const have = new Set<number>(JSON.parse(ranges).flatMap(({ first, count }: any) => Array.from({ length: count }, (_, i) => first + i)))

        expect([...written].filter(index => !have.has(index)), 'lost').to.be.empty()
        // the last group alone: at most what eight writers had under way
        expect(Number(checked), 'read again').to.be.at.most(8 * BLOCK)
        finished = lines.includes('finished')
        lines.filter(line => line !== 'finished').forEach(line => { expect(have.has(Number(line)), 'written twice').to.be.false() })
        lines.filter(line => line !== 'finished').forEach(line => written.add(Number(line)))
        expect(killed || finished).to.be.true()
        kills++
      }

      expect(kills).to.be.above(3)
      expect(execFileSync('cmp', [path, out()]).byteLength).to.equal(0)
      await verifyAll(source, await client.store.open(source.id))
    })
  })
})
