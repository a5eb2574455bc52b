import { appendFile, mkdir, readFile, stat, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect } from 'aegir/chai'
import { BLOCK, collect, noise, Stage } from './fixtures/stage.ts'

describe('node: getting what is here already', function () {
  this.timeout(30_000)

  const stage = new Stage()

  afterEach(async () => {
    await stage.clear()
  })

  it('copies a file to another place', async () => {
    const [server, client] = await stage.nodes(2)
    const { link, bytes } = await stage.publish(server, 5 * BLOCK + 1)
    const { mssl } = client.services
    const first = await mssl.get(link, { to: client.folder })
    const to = join(client.folder, 'again.bin')
    const second = await mssl.get(link, { to })

    expect(second).to.include({ path: to, fetched: 0 })
    expect(await readFile(to)).to.equalBytes(bytes)
    expect((await mssl.get(link, { to: client.folder })).path).to.equal(first.path)
    expect(mssl.list().map(({ path }) => path)).to.deep.equal([first.path])
    await expectNothing(`${to}.part`)

    // neither what is there nor what is half there
    await expect(mssl.get(link, { to })).to.eventually.be.rejected.with.property('name', 'FileExistsError')
    await writeFile(join(client.folder, 'third.bin.part'), 'mine')
    await expect(mssl.get(link, { to: join(client.folder, 'third.bin') })).to.eventually.be.rejected.with.property('name', 'FileExistsError')
    expect(await readFile(join(client.folder, 'third.bin.part'), 'utf8')).to.equal('mine')
  })

  it('knows the same place by another name', async () => {
    const [server, client] = await stage.nodes(2)
    const { link } = await stage.publish(server, BLOCK)
    await client.services.mssl.get(link, { to: client.folder })
    const other = join(await stage.folder(), 'link')
    await symlink(client.folder, other)

    expect(await client.services.mssl.get(link, { to: other })).to.deep.include({ path: join(other, 'object.bin'), copiedFrom: undefined })
  })

  it('copies a folder', async () => {
    const [server, client] = await stage.nodes(2)
    const folder = join(await stage.folder(), 'album')
    const files = { 'a.bin': noise(100_000, 1), empty: noise(0), 'deep/er/b.bin': noise(200_000, 2) }

    for (const [path, bytes] of Object.entries(files)) {
      await mkdir(join(folder, path, '..'), { recursive: true })
      await writeFile(join(folder, path), bytes, { mode: path === 'a.bin' ? 0o755 : 0o644 })
    }

    const { link } = await server.services.mssl.publish(folder)
    await client.services.mssl.get(link, { to: client.folder })
    const to = join(client.folder, 'copy')
    const { path } = await client.services.mssl.get(link, { to })
    expect(path).to.equal(to)

    for (const [file, bytes] of Object.entries(files)) {
      expect(await readFile(join(to, file))).to.equalBytes(bytes)
    }

    expect((await stat(join(to, 'a.bin'))).mode & 0o100).to.equal(0o100)
    await expectNothing(`${to}.part`)
  })

  it('fetches it again when the copy that was here is not what it was', async () => {
    const [server, client] = await stage.nodes(2)
    const { link, bytes } = await stage.publish(server, 5 * BLOCK)
    const { path } = await client.services.mssl.get(link, { to: client.folder })
    await client.stop()
    await appendFile(path, 'x')
    const again = await stage.node({ home: client.home })
    const to = join(client.folder, 'again.bin')
    const result = await again.services.mssl.get(link, { to })

    expect(result).to.include({ path: to, fetched: bytes.byteLength })
    expect(await readFile(to)).to.equalBytes(bytes)
  })

  it('leaves nothing of a copy that is stopped', async () => {
    const [server, client] = await stage.nodes(2)
    const { link } = await stage.publish(server, 50 * BLOCK)
    await client.services.mssl.get(link, { to: client.folder })
    const to = join(client.folder, 'again.bin')
    await expect(client.services.mssl.get(link, { to, onProgress: () => {}, signal: AbortSignal.abort() })).to.eventually.be.rejected()
    await expectNothing(to)
    await expectNothing(`${to}.part`)
  })

  it('copies and reads what this node itself has published, with nobody to ask', async () => {
    const server = await stage.node({ policy: { kind: 'token' } })
    const { link, bytes, path } = await stage.publish(server, 3 * BLOCK + 7)
    const to = join(server.folder, 'copy.bin')
    const { mssl } = server.services

    expect(await mssl.get(link, { to })).to.include({ path: to, fetched: 0 })
    expect(await readFile(to)).to.equalBytes(bytes)
    expect(await collect(mssl.read(link, { offset: 5, length: BLOCK }))).to.equalBytes(bytes.subarray(5, BLOCK + 5))
    expect((await mssl.get(link, { to: path })).path).to.equal(path)
    await expect(mssl.authorize(link)).to.eventually.be.rejected.with.property('name', 'InvalidParametersError')

    await server.services.mssl.unpublish(mssl.list()[0].id)
    await expect(mssl.get(link, { to: join(server.folder, 'other.bin') })).to.eventually.be.rejected.with.property('name', 'NotHeldError')
  })
})

async function expectNothing (path: string): Promise<void> {
  await expect(stat(path)).to.eventually.be.rejected.with.property('code', 'ENOENT')
}
