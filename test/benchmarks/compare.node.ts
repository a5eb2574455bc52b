import { execFile } from 'node:child_process'
import { resolve } from 'node:path'
import { promisify } from 'node:util'
import { expect } from 'aegir/chai'
import { bencode } from '../../benchmarks/compare/torrent.ts'

const MAIN = resolve('dist/benchmarks/compare/main.js')
const NEEDS_NO_PACKAGE = ['mssl-plain', 'raw-stream', 'https']

async function compare (...args: string[]): Promise<{ stdout: string, stderr: string }> {
  return promisify(execFile)(process.execPath, ['--no-warnings', MAIN, ...args])
}

describe('benchmarks: compare', function () {
  this.timeout(60_000)

  it('measures whoever needs no package of another', async () => {
    const { stdout } = await compare('--size', '1MiB', '--runs', '1', '--json', '--only', ...NEEDS_NO_PACKAGE)
    const { measurements: [{ size, runs }], missing } = JSON.parse(stdout)

    expect(size).to.equal(2 ** 20)
    expect(missing).to.be.empty()
    expect(Object.keys(runs)).to.deep.equal(NEEDS_NO_PACKAGE)

    for (const [{ received: [{ whole, elapsed, first, usage }], seeder }] of Object.values<any>(runs)) {
      expect(elapsed).to.be.above(0).and.below(whole)
      expect(first).to.be.above(0).and.below(whole)
      expect(usage.cpu).to.be.above(0)
      expect(seeder.peakMemory).to.be.above(2 ** 20)
    }
  })

  it('counts the copies of a crowd', async () => {
    const { stdout } = await compare('--crowd', '--leechers', '2', '--size', '1MiB', '--runs', '1', '--json', '--only', 'https')
    const { measurements: [{ runs: { https: [{ received, uploaded }] } }] } = JSON.parse(stdout)

    expect(received).to.have.length(2)
    expect(uploaded).to.equal(2 * 2 ** 20)
  })

  const nonsense: Array<[string[], RegExp]> = [
    [['--only', 'carrier-pigeon'], /^error: .*carrier-pigeon.*There are mssl-plain, mssl-proof/],
    [['--size', 'large'], /^error: .*Give a size/],
    [['--runs', '0'], /^error: .*whole number/],
    [['--wan', '--crowd'], /^error: .*cannot be used with/],
    [['crowd'], /^error: too many arguments/],
    [['--folder', '/nowhere', '--only', 'https'], /^error: .*nowhere/]
  ]

  for (const [args, complaint] of nonsense) {
    it(`says what is wrong with ${args.join(' ')}`, async () => {
      const { stdout, stderr, code } = await compare(...args).then(() => expect.fail('was accepted'), (err: any) => err)

      expect(code).to.equal(1)
      expect(stdout).to.equal('')
      expect(stderr).to.match(complaint)
      expect(stderr.trimEnd().split('\n')).to.have.length(1)
    })
  }

  it('writes torrents as others read them', () => {
    expect(bencode({ a: 1, b: ['spam', Buffer.from([0xff])], c: {} }).toString('latin1')).to.equal('d1:ai1e1:bl4:spam1:\xffe1:cdee')
  })
})
