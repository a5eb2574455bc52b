import { DatabaseSync } from 'node:sqlite'
import { expect } from 'aegir/chai'
import { Receipts } from '../../src/receipts/index.ts'
import { busyProcess } from '../busy-process.ts'
import { Homes } from '../server/fixtures.ts'
import { acknowledgement, hashes, indices, session } from './fixtures/sessions.ts'

const SCRIPT = new URL('./fixtures/busy-provider.ts', import.meta.url)

describe('receipts after kill -9', () => {
  const homes = new Homes()

  afterEach(async () => {
    await homes.clean()
  })

  it('have every acknowledgement that was stored, whole, in sessions that are over', async function () {
    this.timeout(60_000)
    const folder = await homes.folder()
    const stored = new Map<number, number>()

    for (const killAfter of [1, 40, 333, 1_000]) {
      const before = stored.size === 0 ? 0 : Math.max(...stored.keys()) + 2
      const { lines, killed } = await busyProcess(SCRIPT, [folder, before], { killAfter })
      expect(killed).to.be.true()

      for (const line of lines) {
        const [name, count] = line.split(' ').map(Number)
        stored.set(name, count)
      }

      const home = await homes.open(folder)
      const receipts = Receipts.open(home)
      let newest = 0

      for (const [name, count] of stored) {
        const { session: id } = await session(name)
        const found = receipts.find(id)
        const all = found?.acknowledgement.count ?? 0
        // one more may have been stored and not been told
        expect(all).to.be.within(count, count + 7)
        newest += all > count ? 1 : 0
        expect(found).to.deep.include({
          acknowledgement: acknowledgement(id, all),
          indices: indices(1, all),
          hashes: Uint8Array.from(hashes(id, 1, all)),
          state: 'due'
        })
      }

      expect(newest).to.be.at.most(4)
      expect(receipts.list().every(({ state }) => state === 'closed')).to.be.true()
      receipts.close()

      const db = new DatabaseSync(home.join('receipts.db'))
      expect(db.prepare('PRAGMA integrity_check').all()).to.deep.equal([{ integrity_check: 'ok' }])
      db.close()
      home.close()
    }
  })
})
