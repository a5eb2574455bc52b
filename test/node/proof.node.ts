import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect } from 'aegir/chai'
import { eventually } from '../eventually.ts'
import { BLOCK, collect, Stage } from './fixtures/stage.ts'
import type { DownloadResult } from '../../src/node/mssl.ts'

const BLOCKS = 40

describe('node: mode proof', () => {
  const stage = new Stage()

  afterEach(async () => { await stage.clear() })

  for (const [delivery, encryption] of [['per-block', 'object-key'], ['super-block', 'none']] as const) {
    it(`serves blocks for acknowledgements, ${delivery}, ${encryption}, and credits all that was served`, async () => {
      const server = await stage.node({ auditRate: 1 })
      const { link, bytes } = await stage.publish(server, BLOCKS * BLOCK - 1, { mode: 'proof', delivery, encryption })
      const clients = await stage.nodes(3)
      const results = await Promise.all(clients.map(async client => client.services.mssl.get(link, { to: join(client.folder, 'copy') })))

      for (const client of clients) {
        expect(await readFile(join(client.folder, 'copy'))).to.deep.equal(Buffer.from(bytes))
      }

      // sessions are over when their recipients say so
      await Promise.all([server, ...clients].map(async node => eventually(() => node.services.mssl.recipients().length === 0)))

      for (const node of [...clients, server]) {
        const { failures, verdicts } = await node.services.mssl.claim()
        expect(failures).to.deep.equal([])
        expect(verdicts.every(({ outcome, count, credited }) => outcome === 'settled' && count === credited)).to.be.true()

        const served = blocksFrom(results, node.peerId.toString())
        expect(node.services.mssl.receipts().reduce((sum, { blocks }) => sum + blocks, 0)).to.equal(served)
        expect(server.services.mssl.ledger.account(node.peerId)?.credited ?? 0).to.equal(served)
      }

      expect(server.services.mssl.ledger.check()).to.deep.include({ holds: true, blocks: 3 * BLOCKS })
    })
  }

  it('publishes again in the mode of before', async () => {
    const server = await stage.node()
    const { path } = await stage.file(3 * BLOCK)
    const { id } = await server.services.mssl.publish(path, { mode: 'proof' })

    expect(await server.services.mssl.publish(path)).to.deep.include({ id, mode: 'proof', reused: true })
    expect(await server.services.mssl.publish(path, { mode: 'plain' })).to.include({ mode: 'plain', reused: false })
  })

  it('reads in order', async () => {
    const server = await stage.node()
    const { link, bytes } = await stage.publish(server, 9 * BLOCK, { mode: 'proof' })
    const client = await stage.node()

    expect(await collect(client.services.mssl.read(link, { offset: BLOCK / 2, length: 5 * BLOCK }))).to.deep.equal(bytes.subarray(BLOCK / 2, BLOCK / 2 + 5 * BLOCK))
  })

  it('goes on with a new session when the ticket is renewed', async () => {
    const server = await stage.node({ ticketLifetime: 1_000, uploadLimit: 10 * BLOCK })
    const { link, bytes } = await stage.publish(server, 30 * BLOCK, { mode: 'proof' })
    const client = await stage.node()

    await client.services.mssl.get(link, { to: join(client.folder, 'copy') })

    expect(await readFile(join(client.folder, 'copy'))).to.deep.equal(Buffer.from(bytes))
    expect(server.services.mssl.receipts().length).to.be.greaterThan(1)
    expect(server.services.mssl.receipts().reduce((sum, { blocks }) => sum + blocks, 0)).to.equal(30)
  })
})

/** As the recipients counted; only the last block is shorter. */
function blocksFrom (results: DownloadResult[], peer: string): number {
  return results.flatMap(({ sources }) => sources).filter(source => source.peer.toString() === peer).reduce((sum, { bytes }) => sum + Math.ceil(bytes / BLOCK), 0)
}
