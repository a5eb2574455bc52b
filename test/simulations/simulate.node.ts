import { spawn } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { expect } from 'aegir/chai'
import { Command } from 'commander'
import { scenarios } from '../../simulations/scenarios/index.ts'
import { addOptions } from '../../simulations/simulate/options.ts'
import { Simulation } from '../../simulations/simulate/simulation.ts'
import { Output } from '../../src/cli/output.ts'
import { BIN } from '../cli/run.ts'
import type { Exit, WrongUsage } from '../cli/run.ts'

/** As it was built, beside the command. */
const SIMULATE = resolve(process.env.MSSL_TEST_SIMULATE ?? resolve(BIN, '../../simulations/simulate/main.js'))

const SMALL = ['--peers', '4', '--size', '1MiB', '--link', '32/32 Mbit/s, 5 ms']

/** A command line, up to where it would begin. */
function read (args: string[]): Simulation {
  const program = new Command().argument('[scenario...]').configureOutput({ outputError: () => {} }).exitOverride()
  addOptions(program)
  program.parse(args, { from: 'user' })

  return new Simulation(program.args, program.opts(), { output: new Output(), signal: new AbortController().signal })
}

describe('simulations: command line', function () {
  this.timeout(120_000)

  let folder: string

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'mssl-simulate-'))
  })

  afterEach(async () => {
    await rm(folder, { recursive: true, force: true })
  })

  async function simulate (...args: string[]): Promise<Exit> {
    const child = spawn(process.execPath, ['--no-warnings', SIMULATE, ...args], { env: { ...process.env, TMPDIR: folder }, stdio: ['ignore', 'pipe', 'pipe'] })
    let [stdout, stderr] = ['', '']
    child.stdout.setEncoding('utf8').on('data', text => { stdout += text })
    child.stderr.setEncoding('utf8').on('data', text => { stderr += text })

    return new Promise((resolve, reject) => {
      child.on('error', reject)
      child.on('close', code => { resolve({ code: code ?? undefined, stdout, stderr }) })
    })
  }

  it('shows what there is', async () => {
    const { code, stdout, stderr } = await simulate('--list')

    expect(code).to.equal(0)
    expect(stderr).to.equal('')
    scenarios.forEach(({ name, summary }) => { expect(stdout).to.include(`${name}\n  ${summary}`) })
  })

  it('runs a scenario, for people', async () => {
    const { code, stdout, stderr } = await simulate('flash-crowd', ...SMALL, '--seed', '7', '--report', join(folder, 'out.html'))

    expect(code, stderr).to.equal(0)
    expect(stdout).to.match(/^Flash crowd: 4 clients, 1 MiB, mode plain, by real nodes, seed 7\n/)
    expect(stdout).to.match(/finished +4 of 4 honest clients/)
    expect(stdout).to.match(/✔ {2}every honest client finishes +4 of 4 +\(4\)/)
    expect(stderr).to.match(/^flash-crowd, seed 7\n/)
    expect(JSON.parse(await readFile(join(folder, 'out.json'), 'utf8'))[0]).to.include({ scenario: 'flash-crowd', seed: 7 })
    expect(await readFile(join(folder, 'out.html'), 'utf8')).to.match(/^<!doctype html>/i)
    // no homes are left
    expect((await readdir(folder)).sort()).to.deep.equal(['out.html', 'out.json'])
  })

  it('runs several, for programs, with a seed that it draws', async () => {
    const { code, stdout, stderr } = await simulate('flash-crowd', 'server-outage', '--json', '--model', '--peers', '20', '--size', '1MiB')
    const outcomes = JSON.parse(stdout)
    const events = stderr.trim().split('\n').map(line => JSON.parse(line))

    expect(code, stderr).to.equal(0)
    expect(outcomes.map(({ scenario, by, peers }: any) => [scenario, by, peers.length])).to.deep.equal([['flash-crowd', 'model', 20], ['server-outage', 'model', 20]])
    expect(outcomes[0].seed).to.be.within(0, 2 ** 32 - 1)
    expect(outcomes[1].seed).to.equal(outcomes[0].seed)
    expect(events.filter(({ event }) => event === 'begin').map(({ scenario }) => scenario)).to.deep.equal(['flash-crowd', 'server-outage'])
  })

  it('compares real nodes with the model', async () => {
    const { code, stdout } = await simulate('flash-crowd', ...SMALL, '--seed', '1', '--compare', '--quiet')

    expect(code).to.equal(0)
    expect(stdout).to.match(/Flash crowd: the model and real nodes\n +nodes +model +error +aim\n/)
    expect(stdout).to.match(/copies +\d\.\d\d +\d\.\d\d +[-−]?\d\.\d\d +[✔✘] ±0\.20/)
  })

  it('says how to do it again when something does not hold', async () => {
    // one alone cannot go on with others
    const { code, stdout, stderr } = await simulate('server-outage', '--peers', '1', '--size', '32MiB', '--link', '32/16 Mbit/s', '--model', '--seed', '3')

    expect(code).to.equal(1)
    expect(stdout).to.match(/✘ {2}clients go on while the server is away/)
    expect(stderr).to.include('seed 3, again: npm run simulate -- server-outage --peers 1 --size 32MiB --link "32/16 Mbit/s, 10 ms" --seed 3 --model')
  })

  const wrong: WrongUsage[] = [
    [[], /^which scenario\? See --list$/],
    [['flsh-crowd'], /^there is no scenario "flsh-crowd" \(Did you mean flash-crowd\?\)$/],
    [['flash-crowd', 'nothing'], /^there is no scenario "nothing" \(see --list\)$/],
    [['help'], /^there is no scenario "help"/],
    [['flash-crowd', '--peers', '0'], /Give a number from 1/],
    [['flash-crowd', '--peers', '5000'], /^1000 clients at most with real nodes; --model takes more$/],
    [['flash-crowd', '--size', '0'], /Give a size of at least one byte/],
    [['flash-crowd', '--block-size', '100KiB'], /power of two from 64KiB to 4MiB/],
    [['flash-crowd', '--link', 'cabel'], /Give unlimited, gigabit, fibre, cable, dsl, or Mbit\/s down and up/],
    [['flash-crowd', '--link', '0/1 Mbit/s'], /Mbit\/s down and up/],
    [['flash-crowd', '--part', '2'], /Give a fraction from 0 to 1/],
    [['flash-crowd', '--mode', 'prof'], /Allowed choices are plain, proof, purchase/],
    [['flash-crowd', '--sede', '1'], /unknown option '--sede'\s+\(Did you mean --seed\?\)/],
    [['flash-crowd', '--model', '--compare'], /give one of --model and --compare/],
    [['double-spenders', '--mode', 'plain'], /double-spenders is about mode purchase, not plain/],
    [['impersonation', '--model'], /the model does not know what happens in impersonation/]
  ]

  wrong.forEach(([args, says]) => {
    it(`refuses ${args.join(' ') || 'nothing'}`, () => {
      expect(() => { read(args) }).to.throw(says)
    })
  })

  it('takes all that is possible for "all", once', () => {
    expect(() => { read(['all', 'flash-crowd', '--mode', 'plain']) }).to.not.throw()
    expect(() => { read(['all', '--model']) }).to.not.throw()
  })

  it('says what is wrong in one line, and ends with code 2', async () => {
    for (const args of [['flsh-crowd'], ['flash-crowd', '--link', 'cabel']]) {
      const { code, stdout, stderr } = await simulate(...args)

      expect(stderr).to.match(/^simulate: [^\n]+\n$/)
      expect(stdout).to.equal('')
      expect(code).to.equal(2)
    }
  })

  it('leaves nothing when it is interrupted', async () => {
    const child = spawn(process.execPath, ['--no-warnings', SIMULATE, 'flash-crowd', '--peers', '4', '--size', '64MiB', '--link', '1/1 Mbit/s', '--json'], { env: { ...process.env, TMPDIR: folder }, stdio: ['ignore', 'ignore', 'pipe'] })
    let stderr = ''
    child.stderr.setEncoding('utf8').on('data', text => {
      stderr += text

      if (/"phase":"running"/.test(text)) {
        child.kill('SIGINT')
      }
    })
    const code = await new Promise(resolve => child.on('close', resolve))

    expect(code).to.equal(130)
    expect(stderr).to.include('simulate: stopped')
    expect(await readdir(folder)).to.deep.equal([])
  })
})
