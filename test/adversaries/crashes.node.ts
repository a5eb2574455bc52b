import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect } from 'aegir/chai'
import { Bitfield } from '../../src/object/index.ts'
import { BLOCK, Stage } from '../node/fixtures/stage.ts'
import { corrupt } from './fixtures/hostile.ts'

const BLOCKS = 160
const KILLS = 4
const SCRIPT = fileURLToPath(new URL('./fixtures/get.ts', import.meta.url))

describe('adversaries: crashes', function () {
  this.timeout(60_000)

  const stage = new Stage()

  afterEach(async () => {
    await stage.clear()
  })

  it('cost a client no verified block: none is lost through kill -9, none is fetched again', async () => {
    const server = await stage.node({ policy: { kind: 'callback' }, authorize: () => ({ rate: 100 * BLOCK }) })
    const { link, bytes } = await stage.publish(server, BLOCKS * BLOCK - 5)
    const folder = await stage.folder()
    const sessions: Bitfield[] = []
    const again: number[] = []
    let sent = 0
    await corrupt(server, link, {
      admission: (admission, open) => {
        const have = open.have.byteLength === 0 ? new Bitfield(BLOCKS) : Bitfield.from(open.have, BLOCKS)
        const readBlock = admission.readBlock.bind(admission)
        sessions.push(have)
        admission.readBlock = async (index, options) => {
          sent++
          have.has(index) && again.push(index)

          return readBlock(index, options)
        }
      }
    })

    for (let run = 0, written = 0; run <= KILLS; run++) {
      const child = spawn(process.execPath, ['--experimental-strip-types', '--experimental-transform-types', '--no-warnings', SCRIPT, join(folder, 'home'), link, folder], {
        stdio: ['ignore', 'pipe', 'inherit']
      })
      const before = written
      let output = ''
      child.stdout.setEncoding('utf8').on('data', chunk => {
        output += chunk
        written = Math.max(written, ...[...output.matchAll(/^progress (\d+)$/mg)].map(([, have]) => Number(have)))

        // somewhere in the middle, each time in another place
        if (run < KILLS && written >= before + 20 * BLOCK + run * BLOCK) {
          child.kill('SIGKILL')
        }
      })
      const [code, signal] = await once(child, 'close')
      expect(signal ?? code).to.equal(run < KILLS ? 'SIGKILL' : 0)
      const resumed = Number(/^resumed (\d+)$/m.exec(output)?.[1])
      expect(resumed, 'lost').to.be.at.least(before)

      if (run === KILLS) {
        expect(Number(/^fetched (\d+)$/m.exec(output)?.[1])).to.equal(bytes.byteLength - resumed)
      }
    }

    expect(again).to.be.empty()
    sessions.slice(1).forEach((have, i) => {
      expect([...Array(BLOCKS).keys()].filter(index => sessions[i].has(index) && !have.has(index)), 'forgotten').to.be.empty()
    })
    // what was on its way, or not yet written, when a process was killed
    expect(sent).to.be.within(BLOCKS, BLOCKS + KILLS * 40)
    expect(await readFile(join(folder, 'object.bin'))).to.equalBytes(bytes)
  })
})
