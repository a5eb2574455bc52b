import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { expect } from 'aegir/chai'
import { BIN } from '../../cli/run.ts'

/** As it was built, beside the command. */
const EVALUATE = resolve(BIN, '../../simulations/evaluation/main.js')

const run = async (...args: string[]): Promise<{ stdout: string, stderr: string }> => promisify(execFile)(process.execPath, [EVALUATE, ...args])

describe('simulations: evaluation', function () {
  this.timeout(120_000)

  it('measures two compositions and two deliveries, and says what makes the difference', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'mssl-test-'))
    const report = join(folder, 'report.md')

    try {
      const { stdout } = await run('--size', '1MiB', '--sizes', '1MiB', '--runs', '1', '--only', 'functions/none/super-block/plain', 'functions/none/super-block/proof', 'delivery/random', '--json', '--report', report)
      const { functions, delivery } = JSON.parse(stdout)
      const [plain, proof] = functions.cells

      for (const { rounds } of [plain, proof]) {
        expect(rounds).to.have.lengthOf(1)
        expect(rounds[0].throughput).to.be.greaterThan(0)
        expect(rounds[0].serverCpu).to.be.greaterThan(0)
        expect(rounds[0].clientCpu).to.be.greaterThan(0)
        // all of the object once, and not much beside it
        expect(rounds[0].wire).to.be.within(1, 1.1)
        expect(rounds[0].firstByte).to.be.greaterThan(0)
      }

      // acknowledgements and keys
      expect(proof.rounds[0].wire).to.be.greaterThan(plain.rounds[0].wire)
      expect(functions.effects.map(({ name }: any) => name)).to.deep.equal(['service mode: proof over plain'])
      expect(functions.effects[0].ratio.throughput.median).to.be.closeTo(proof.rounds[0].throughput / plain.rounds[0].throughput, 1e-9)

      // 8 of 16 blocks: each needs all 16 leaves, or its path of 4
      const [superBlock, perBlock] = delivery.cells
      expect(superBlock.rounds[0].hashes).to.equal(8 * 16 * 32)
      expect(perBlock.rounds[0].hashes).to.equal(8 * 4 * 32)
      expect(delivery.comparisons[0].hashes).to.equal(0.25)

      expect(await readFile(report, 'utf8')).to.contain('| service mode: proof over plain |')
      expect(JSON.parse(await readFile(`${report}.json`, 'utf8'))).to.deep.equal(JSON.parse(stdout))
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  })

  const WRONG: Array<[args: string[], says: RegExp]> = [
    [['--size', '1KiB'], /64KiB or more/],
    [['--sizes', '1MiB,much'], /Give a size/],
    [['--runs', '0'], /at least 1|from 1 to/],
    [['--only', 'poof'], /called poof/],
    [['--fast'], /unknown option/],
    [['more'], /too many arguments/]
  ]

  WRONG.forEach(([args, says]) => {
    it(`refuses ${args.join(' ')}`, async () => {
      const { code, stdout, stderr } = await run(...args).then(() => { throw new Error('it was accepted') }, err => err)

      expect(stderr).to.match(says)
      expect(stderr.trim().split('\n')).to.have.lengthOf(1)
      expect(stdout).to.equal('')
      expect(code).to.equal(2)
    })
  })
})
