import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect } from 'aegir/chai'
import { keyRotation } from '../../../simulations/scenarios/key-rotation.ts'
import { expectFinding } from './fixtures.ts'
import { doctored, one, runSmall } from './small-run.ts'

describe('simulations: key-rotation', function () {
  this.timeout(120_000)

  it('disturbs nobody', async () => {
    const { scenario, again } = doctored(keyRotation, async ({ clients }) => {
      const [{ home }] = clients.values()
      await mkdir(join(home, 'conflicts'))
      await writeFile(join(home, 'conflicts', 'doctored.json'), '{}')
    })
    const outcome = await runSmall(scenario, { peers: 6, size: 4 * 2 ** 20, link: undefined })

    expect(outcome.findings.map(({ what }) => what)).to.include.members(['the key rotates in mid-transfer', 'all clients, old and new, go by the new key in the end'])
    // the second time, there is no rotation
    expect(again).to.deep.equal(['the key rotates in mid-transfer', 'nobody sees a conflict'])
    expectFinding(keyRotation, outcome, outcome => { one(outcome, false).verified = false }, 'every copy is the source, byte by byte')
  })
})
