import { utimes, writeFile } from 'node:fs/promises'
import { expect } from 'aegir/chai'
import { Home } from '../../src/home/index.ts'
import { Access } from '../../src/server/access.ts'
import { BLOCK, noise, Stage } from './fixtures/stage.ts'

describe('node: who may have what is published again', function () {
  this.timeout(30_000)

  const stage = new Stage()

  afterEach(async () => {
    await stage.clear()
  })

  for (const size of [3 * BLOCK, 5 * BLOCK]) {
    it(`keeps the policy of the earlier publication when a file of ${3 * BLOCK} bytes was edited to ${size}`, async () => {
      const [server, client] = await stage.nodes(2)
      const { path } = await stage.file(3 * BLOCK)
      const first = await server.services.mssl.publish(path, { policy: { kind: 'token' } })

      await writeFile(path, noise(size, 2))
      await utimes(path, new Date(), new Date(Date.now() + 5_000))
      const second = await server.services.mssl.publish(path)
      expect(second.id.equals(first.id)).to.be.false()
      await expect(client.services.mssl.get(second.link, { to: client.folder })).to.eventually.be.rejected.with.property('name', 'CredentialNeededError')

      // nobody can get the earlier one again
      expect(server.services.mssl.list().map(({ id }) => `${id}`)).to.deep.equal([`${second.id}`])

      // and so does a third, after a restart
      await server.stop()
      await writeFile(path, noise(size, 3))
      await utimes(path, new Date(), new Date(Date.now() + 10_000))
      const again = await stage.node({ home: server.home })
      const third = await again.services.mssl.publish(path, { blockSize: BLOCK })
      await expect(client.services.mssl.get(third.link, { to: client.folder })).to.eventually.be.rejected.with.property('name', 'CredentialNeededError')
    })
  }

  it('keeps it when publishing was stopped half-way', async () => {
    const [server, client] = await stage.nodes(2)
    const { path } = await stage.file(30 * BLOCK)
    await server.services.mssl.publish(path, { policy: { kind: 'token' }, blockSize: BLOCK })
    await writeFile(path, noise(30 * BLOCK, 2))
    await utimes(path, new Date(), new Date(Date.now() + 5_000))

    const stop = new AbortController()
    await expect(server.services.mssl.publish(path, { blockSize: BLOCK, signal: stop.signal, onProgress: () => { stop.abort() } })).to.eventually.be.rejected()
    const { link } = await server.services.mssl.publish(path, { blockSize: BLOCK })
    await expect(client.services.mssl.get(link, { to: client.folder })).to.eventually.be.rejected.with.property('name', 'CredentialNeededError')
  })

  it('keeps it for the same bytes in another place', async () => {
    const [server, client] = await stage.nodes(2)
    const [one, two] = [await stage.file(BLOCK), await stage.file(BLOCK)]
    await server.services.mssl.publish(one.path, { encryption: 'none', policy: { kind: 'token' } })
    const { link } = await server.services.mssl.publish(two.path, { encryption: 'none' })
    await expect(client.services.mssl.get(link, { to: client.folder })).to.eventually.be.rejected.with.property('name', 'CredentialNeededError')
  })

  it('keeps whom the operator shut out', async () => {
    const [server, client] = await stage.nodes(2)
    const { path } = await stage.file(BLOCK)
    const { id } = await server.services.mssl.publish(path)
    const home = await Home.open(server.home)
    new Access(home.database()).revoke(client.peerId, id)
    home.close()

    await writeFile(path, noise(2 * BLOCK, 2))
    const { link } = await server.services.mssl.publish(path)
    await expect(client.services.mssl.get(link, { to: client.folder })).to.eventually.be.rejected.with.property('name', 'RefusedError')
  })

  it('refuses a policy that there is not before anything is read', async () => {
    const server = await stage.node()
    const { path } = await stage.file(BLOCK)
    let read = false
    await expect(server.services.mssl.publish(path, { policy: { kind: 'nobody' } as any, onProgress: () => { read = true } })).to.eventually.be.rejected.with.property('name', 'InvalidParametersError')
    expect(read).to.be.false()
  })

  it('takes another policy when it is given one', async () => {
    const [server, client] = await stage.nodes(2)
    const { path } = await stage.file(BLOCK)
    await server.services.mssl.publish(path, { policy: { kind: 'token' } })
    await writeFile(path, noise(2 * BLOCK, 2))
    const { link } = await server.services.mssl.publish(path, { policy: { kind: 'open' } })
    expect((await client.services.mssl.get(link, { to: client.folder })).fetched).to.equal(2 * BLOCK)
  })

  it('goes by the default of the node, which stays with the object', async () => {
    const server = await stage.node({ policy: { kind: 'token' } })
    const client = await stage.node()
    const { path } = await stage.file(BLOCK)
    const { link, id } = await server.services.mssl.publish(path)
    await expect(client.services.mssl.get(link, { to: client.folder })).to.eventually.be.rejected.with.property('name', 'CredentialNeededError')

    await server.stop()
    const again = await stage.node({ home: server.home })
    await again.services.mssl.provide(id)
    await expect(client.services.mssl.get(await again.services.mssl.link(id), { to: client.folder })).to.eventually.be.rejected.with.property('name', 'CredentialNeededError')
  })
})
