import { expect } from 'aegir/chai'
import { Access } from '../../src/server/access.ts'
import { Issuer } from '../../src/server/issuer.ts'
import { Tokens } from '../../src/server/tokens.ts'
import { busyProcess } from '../busy-process.ts'
import { peer } from '../ticket/fixtures.ts'
import { Homes } from './fixtures.ts'

describe('server state after kill -9', () => {
  const homes = new Homes()

  afterEach(async () => {
    await homes.clean()
  })

  it('should have all that was done, and a key that fits its certificate', async function () {
    this.timeout(60_000)
    const folder = await homes.folder()
    let last = { id: 0, epoch: 0, rotations: 0 }

    for (const delay of [40, 63, 97, 121]) {
      const { lines } = await busyProcess(new URL('./busy-server.ts', import.meta.url), [folder], { killAfter: 1, delay })
      expect(lines).to.not.be.empty()
      last = JSON.parse(lines[lines.length - 1])

      const home = await homes.open(folder)
      const { key, certificate } = await new Issuer(home, home.database()).identity({ name: 'server', nodes: [await peer(2)], addresses: [] })

      expect(key.publicKey.equals(certificate.publicKey)).to.be.true()
      expect(certificate.epoch).to.be.at.least(last.rotations)
      expect(new Tokens(home.database()).list().length).to.be.at.least(last.id)
      expect(new Access(home.database()).epoch()).to.be.at.least(last.epoch)
      home.close()
    }

    expect(last.rotations).to.be.greaterThan(0)
  })
})
