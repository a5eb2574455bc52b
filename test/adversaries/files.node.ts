/* eslint-disable no-loop-func -- the variables are set anew before each test */
import { execFileSync } from 'node:child_process'
import { mkdir, readFile, rename, rm, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect } from 'aegir/chai'
import { createNode } from '../../src/node/create-node.ts'
import { BLOCK, noise, Stage } from '../node/fixtures/stage.ts'
import { event } from './fixtures/hostile.ts'
import type { Published } from '../../src/node/mssl.ts'
import type { StagedNode } from '../node/fixtures/stage.ts'

const BLOCKS = 48

describe('adversaries: files and disks', function () {
  this.timeout(30_000)

  const stage = new Stage()
  let server: StagedNode
  let provider: StagedNode
  let client: StagedNode
  let object: Published & { bytes: Uint8Array }

  beforeEach(async () => {
    server = await stage.node({ policy: { kind: 'callback' }, authorize: ({ client }) => client.equals(provider.peerId) || { rate: 48 * BLOCK } })
    ;[provider, client] = await stage.nodes(2)
    object = await stage.publish(server, BLOCKS * BLOCK)
    await provider.services.mssl.get(object.link, { to: provider.folder })
  })

  afterEach(async () => {
    await stage.clear()
  })

  const damages: Record<string, (path: string) => Promise<void>> = {
    changes: async path => writeFile(path, noise(BLOCKS * BLOCK, 99)),
    shrinks: async path => truncate(path, 5 * BLOCK),
    vanishes: async path => rm(path),
    'is replaced by another': async path => {
      await writeFile(`${path}.new`, noise(BLOCKS * BLOCK, 99))
      await rename(`${path}.new`, path)
    }
  }

  for (const [what, damage] of Object.entries(damages)) {
    it(`the server's file ${what} in the middle of a download: it ends its service and says so, a peer goes on`, async () => {
      const changed = event(server.services.mssl, 'holding:changed')
      const path = object.path
      let damaged: Promise<void> | undefined
      const result = await client.services.mssl.get(object.link, {
        to: client.folder,
        onProgress: event => {
          if (event.type === 'mssl:get:progress' && event.detail.have > 2 * BLOCK) {
            damaged ??= damage(path)
          }
        }
      })
      await damaged

      expect(await readFile(result.path)).to.equalBytes(object.bytes)
      expect(result.bad).to.equal(0)

      if (server.services.mssl.list().some(({ provided }) => provided)) {
        // it had nothing to read any more
        const late = await stage.node()
        const { path } = await late.services.mssl.get(object.link, { to: late.folder })
        expect(await readFile(path)).to.equalBytes(object.bytes)
      }

      const { detail } = await changed
      expect(detail.reason).to.match(/^[^\n]+$/).and.contain(path)
      expect(server.services.mssl.list().some(({ provided }) => provided)).to.be.false()
    })
  }

  it('a peer\'s copy is changed: it gives nobody what it is not', async () => {
    const { path } = provider.services.mssl.list()[0]
    await writeFile(path, noise(BLOCKS * BLOCK, 99))
    const result = await client.services.mssl.get(object.link, { to: client.folder })

    expect(await readFile(result.path)).to.equalBytes(object.bytes)
    expect(result.bad).to.equal(0)
    expect(result.sources.filter(({ peer }) => peer.equals(provider.peerId))).to.be.empty()
  })

  it('two nodes do not run on one home, and the first does not mind', async () => {
    await expect(createNode({ home: server.home, listen: ['/ip4/127.0.0.1/tcp/0'] })).to.eventually.be.rejectedWith(`${process.pid}`).with.property('name', 'HomeInUseError')
    await client.services.mssl.get(object.link, { to: client.folder })
  })

  describe('a full disk', () => {
    let disk: string

    beforeEach(async function () {
      disk = join(await stage.folder(), 'disk')
      await mkdir(disk)

      try {
        execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${BLOCKS * 64 + 256}k`, 'tmpfs', disk], { stdio: 'ignore' })
      } catch {
        // only root may
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

    it('is noticed before anything is fetched', async () => {
      await writeFile(join(disk, 'hog'), noise(10 * BLOCK))
      await expect(client.services.mssl.get(object.link, { to: disk })).to.eventually.be.rejectedWith(/are missing/).with.property('name', 'NoSpaceError')
      expect(client.services.mssl.list()).to.be.empty()
    })

    it('ends a download, which goes on from there when there is space', async () => {
      let hog: Promise<void> | undefined
      const err = await client.services.mssl.get(object.link, {
        to: disk,
        onProgress: event => {
          if (event.type === 'mssl:get:progress' && event.detail.have > 2 * BLOCK) {
            hog ??= writeFile(join(disk, 'hog'), noise(BLOCKS * BLOCK)).catch(() => {})
          }
        }
      }).then(() => undefined, err => err)
      await hog
      expect(err).to.have.property('name', 'NoSpaceError')
      const [{ have }] = client.services.mssl.list()
      expect(have).to.be.above(2 * BLOCK)

      await rm(join(disk, 'hog'))
      const { path, fetched } = await client.services.mssl.get(object.link, { to: disk })
      expect(fetched).to.equal(BLOCKS * BLOCK - have)
      expect(await readFile(path)).to.equalBytes(object.bytes)
    })
  })
})
