import { mkdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect } from 'aegir/chai'
import { eventually } from '../eventually.ts'
import { BLOCK, collect, noise, Stage } from './fixtures/stage.ts'
import type { PublishProgressEvents } from '../../src/holding/index.ts'
import type { ClientProgressEvents, PublishOptions } from '../../src/node/mssl.ts'

describe('node: the library', function () {
  this.timeout(30_000)

  const stage = new Stage()

  afterEach(async () => {
    await stage.clear()
  })

  const forms: PublishOptions[] = [
    { encryption: 'object-key', delivery: 'per-block' },
    { encryption: 'object-key', delivery: 'super-block' },
    { encryption: 'none', delivery: 'per-block' },
    { encryption: 'none', delivery: 'super-block' },
    { encryption: 'object-key', delivery: 'per-block', hash: 'blake3' }
  ]

  for (const form of forms) {
    for (const size of [0, 1, BLOCK, 20 * BLOCK + 1]) {
      it(`publishes and gets ${size} bytes, ${Object.values(form).join(', ')}`, async () => {
        const [server, client] = await stage.nodes(2)
        const { link, bytes, id, blockCount } = await stage.publish(server, size, form)
        const result = await client.services.mssl.get(link, { to: client.folder })

        expect(result.id.equals(id)).to.be.true()
        expect(result.size).to.equal(size)
        expect(result.fetched).to.equal(size)
        expect(blockCount).to.equal(Math.ceil(size / BLOCK))
        expect(result.path).to.equal(join(client.folder, 'object.bin'))
        expect(await readFile(result.path)).to.equalBytes(bytes)
        expect(await collect(client.services.mssl.read(link))).to.equalBytes(bytes)
        // nothing beside it
        await expect(stat(`${result.path}.part`)).to.eventually.be.rejected.with.property('code', 'ENOENT')
      })
    }
  }

  it('publishes and gets a folder', async () => {
    const [server, client] = await stage.nodes(2)
    const folder = join(await stage.folder(), 'album')
    const files = { 'a.bin': noise(100_000, 1), empty: noise(0), 'deep/er/b.bin': noise(200_000, 2) }

    for (const [path, bytes] of Object.entries(files)) {
      await mkdir(join(folder, path, '..'), { recursive: true })
      await writeFile(join(folder, path), bytes)
    }

    const { link, name } = await server.services.mssl.publish(folder)
    const { path } = await client.services.mssl.get(link, { to: client.folder })
    expect(name).to.equal('album')
    expect(path).to.equal(join(client.folder, 'album'))

    for (const [file, bytes] of Object.entries(files)) {
      expect(await readFile(join(path, file))).to.equalBytes(bytes)
    }
  })

  it('reads ranges in order, with and without the file', async () => {
    const [server, client] = await stage.nodes(2)
    const { link, bytes } = await stage.publish(server, 20 * BLOCK + 5)
    const { mssl } = client.services

    expect(await collect(mssl.read(link, { offset: BLOCK - 3, length: 6 }))).to.equalBytes(bytes.subarray(BLOCK - 3, BLOCK + 3))
    expect(mssl.list()).to.be.empty()
    await mssl.get(link, { to: client.folder })
    await server.stop()
    expect(await collect(mssl.read(link, { offset: bytes.byteLength - 9 }))).to.equalBytes(bytes.subarray(-9))
    await expect(collect(mssl.read(link, { offset: 1, length: bytes.byteLength }))).to.eventually.be.rejected.with.property('name', 'InvalidParametersError')
  })

  it('leaves a stream that nobody reads to the end', async () => {
    const [server, client] = await stage.nodes(2)
    const { link } = await stage.publish(server, 100 * BLOCK)

    const reader = client.services.mssl.read(link)
    expect((await reader.next()).value?.byteLength).to.be.above(0)
    await reader.return(undefined)

    await eventually(() => server.services.mssl.recipients().length === 0)
  })

  it('tells how it goes', async () => {
    const [server, client] = await stage.nodes(2)
    const publishing: PublishProgressEvents[] = []
    const getting: ClientProgressEvents[] = []
    const { link, bytes } = await stage.publish(server, 30 * BLOCK, { onProgress: event => publishing.push(event) })
    await client.services.mssl.get(link, { to: client.folder, onProgress: event => getting.push(event) })

    expect(publishing).to.not.be.empty()
    expect(getting.slice(0, 2).map(({ type }) => type)).to.deep.equal(['mssl:get:authorized', 'mssl:get:resumed'])
    const steps = getting.flatMap(event => event.type === 'mssl:get:progress' ? [event.detail] : [])
    expect(steps.map(({ have }) => have)).to.deep.equal(steps.map(({ have }) => have).sort((a, b) => a - b))
    expect(steps.at(-1)).to.deep.include({ have: bytes.byteLength, size: bytes.byteLength, name: 'object.bin' })
    expect(steps.at(-1)?.sources).to.have.lengthOf(1)
  })

  it('tells who comes and goes, and how much they got', async () => {
    const [server, client] = await stage.nodes(2)
    const { link, bytes, id } = await stage.publish(server, 30 * BLOCK)
    const left = new Promise<CustomEvent>(resolve => { server.services.mssl.addEventListener('recipient:leave', resolve, { once: true }) })
    const joined = new Promise<CustomEvent>(resolve => { server.services.mssl.addEventListener('recipient:join', resolve, { once: true }) })
    const got = client.services.mssl.get(link, { to: client.folder })
    expect((await joined).detail.peer.equals(client.peerId)).to.be.true()
    expect(server.services.mssl.recipients()).to.have.lengthOf(1)
    await got
    expect((await left).detail).to.deep.include({ bytes: bytes.byteLength })
    expect((await left).detail.id.equals(id)).to.be.true()
  })

  it('stops at a signal wherever it is, and goes on from there', async () => {
    const [server, client] = await stage.nodes(2)
    const { mssl } = client.services
    const { path, bytes } = await stage.file(200 * BLOCK)
    await expect(server.services.mssl.publish(path, { signal: AbortSignal.abort() })).to.eventually.be.rejected.with.property('name', 'AbortError')
    const { link } = await server.services.mssl.publish(path, { blockSize: BLOCK })

    await expect(mssl.authorize(link, { signal: AbortSignal.abort() })).to.eventually.be.rejected.with.property('name', 'AbortError')
    await expect(mssl.get(link, { to: client.folder, signal: AbortSignal.abort() })).to.eventually.be.rejected.with.property('name', 'AbortError')
    await expect(collect(mssl.read(link, { signal: AbortSignal.abort() }))).to.eventually.be.rejected.with.property('name', 'AbortError')

    const controller = new AbortController()
    const reading = mssl.read(link, { signal: controller.signal })
    await reading.next()
    controller.abort()
    await expect(collect(reading)).to.eventually.be.rejected.with.property('name', 'AbortError')

    const { path: out, size } = await mssl.get(link, { to: client.folder })
    expect(size).to.equal(bytes.byteLength)
    expect(await readFile(out)).to.equalBytes(bytes)
  })

  it('gets one object twice at once with one transfer, and two objects side by side', async () => {
    const [server, client] = await stage.nodes(2)
    const one = await stage.publish(server, 40 * BLOCK)
    const two = await stage.publish(server, 40 * BLOCK, { seed: 2, name: 'two.bin' })
    const { mssl } = client.services
    const results = await Promise.all([one, one, two].map(async ({ link }) => mssl.get(link, { to: client.folder })))

    expect(results.reduce((sum, { fetched }) => sum + fetched, 0)).to.equal(80 * BLOCK)
    expect(await readFile(results[0].path)).to.equalBytes(one.bytes)
    expect(results[1].path).to.equal(results[0].path)
    expect(await readFile(results[2].path)).to.equalBytes(two.bytes)
    // and while it is got it can be read
    expect(await collect(mssl.read(one.link))).to.equalBytes(one.bytes)
  })

  it('lists, provides and unpublishes', async () => {
    const server = await stage.node()
    const { link, id } = await stage.publish(server, 3 * BLOCK)
    const client = await stage.node()
    await client.services.mssl.get(link, { to: client.folder })

    expect(server.services.mssl.list()).to.have.lengthOf(1)
    expect(server.services.mssl.list()[0]).to.deep.include({ role: 'origin', complete: true, provided: true, have: 3 * BLOCK })
    expect(client.services.mssl.list()[0]).to.deep.include({ role: 'client', complete: true, provided: true })

    // what is provided after a start is what provide() names
    await client.stop()
    const again = await stage.node({ home: client.home })
    expect(again.services.mssl.list()[0]).to.deep.include({ provided: false })
    expect(await again.services.mssl.provide()).to.have.lengthOf(1)

    await server.services.mssl.unpublish(id)
    expect(server.services.mssl.list()).to.be.empty()
    const late = await stage.node()
    await expect(late.services.mssl.get(link, { to: late.folder })).to.eventually.be.rejectedWith(/does not have the object/).with.property('name', 'UnreachableError')
  })

  it('serves what was published before a restart under the same link', async () => {
    const server = await stage.node()
    const { link, id, bytes } = await stage.publish(server, 3 * BLOCK)
    await server.stop()
    const again = await stage.node({ home: server.home })
    await again.services.mssl.provide(id)
    const client = await stage.node()
    // the port is another one: so is the link's address, nothing else
    const { path } = await client.services.mssl.get(await again.services.mssl.link(id), { to: client.folder })
    expect(again.peerId.equals(server.peerId)).to.be.true()
    expect(await readFile(path)).to.equalBytes(bytes)
    expect(link.slice(0, 20)).to.equal((await again.services.mssl.link(id)).slice(0, 20))
  })

  it('can be stopped and started again', async () => {
    const [server, client] = await stage.nodes(2)
    const { link, bytes, id } = await stage.publish(server, 30 * BLOCK)
    await client.services.mssl.authorize(link)
    await client.stop()
    expect(() => client.services.mssl.list()).to.throw().with.property('name', 'NotStartedError')
    await expect(client.services.mssl.get(link)).to.eventually.be.rejected.with.property('name', 'NotStartedError')
    await client.start()
    await server.stop()
    await server.start()
    await server.services.mssl.provide()
    const { path } = await client.services.mssl.get(await server.services.mssl.link(id), { to: client.folder })
    expect(await readFile(path)).to.equalBytes(bytes)
  })
})
