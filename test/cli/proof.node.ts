import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect } from 'aegir/chai'
import { claimOf, party, sessionOf, submit } from '../adversaries/fixtures/claims.ts'
import { BLOCK, Stage } from '../node/fixtures/stage.ts'
import { cleanUp, good, json, refuses, run, start } from './run.ts'
import { scene, startServer } from './scene.ts'
import type { Running, WrongUsage } from './run.ts'

const BLOCKS = 40
const CREDIT = 4
const LOCAL = ['--listen', '/ip4/127.0.0.1/tcp/0']

describe('cli: mode proof', function () {
  this.timeout(60_000)

  let serverHome: string
  let home: string
  let otherHome: string
  let source: string
  let content: Buffer
  let listen: string[]

  beforeEach(async () => {
    ({ serverHome, home, otherHome, source, content, listen } = await scene(BLOCKS * BLOCK - 100))
  })

  afterEach(cleanUp)

  async function serve (...args: string[]): Promise<{ server: Running, link: string }> {
    return startServer(serverHome, source, '--mode', 'proof', '--block-size', '64KiB', ...listen, ...args)
  }

  /** Sums over the sessions of a home. */
  async function totals (at: string, ...args: string[]): Promise<any> {
    return json(await good(at, 'receipts', '--json', ...args)).totals
  }

  it('credits what was served while the server was away, when it is back', async () => {
    const first = await serve('--audit-rate', '1')
    const seed = start(['get', first.link, '--out', join(home, 'copy.bin'), '--seed', ...LOCAL], { home })
    await seed.output(/giving it to others/, 'stderr')
    await good(otherHome, 'get', first.link, '--ticket-only')
    await first.server.end('SIGKILL')

    await good(otherHome, 'get', first.link, '--out', join(otherHome, 'copy.bin'), ...LOCAL)
    expect(content.equals(await readFile(join(otherHome, 'copy.bin')))).to.equal(true)
    expect(await totals(home)).to.deep.include({ sessions: 1, blocks: BLOCKS, bytes: content.byteLength, credited: 0, amount: 0 })

    const running = await run(['claim'], { home })
    expect(running.code).to.equal(7)
    expect((await seed.end('SIGINT')).code).to.equal(130)

    // whom nobody can reach says so, and nothing is lost
    const away = await run(['claim', '--json'], { home })
    expect(away.code, away.stderr).to.equal(6)
    expect(json(away)).to.deep.include({ verdicts: [], pending: 1 })
    expect((await good(home, 'receipts')).stdout).to.match(/ closed /)

    // the server died, perhaps before it had claimed what it served itself: when its first round is, is drawn
    expect(await totals(serverHome)).to.deep.include({ sessions: 1, blocks: BLOCKS })
    const own = json(await good(serverHome, 'claim', '--json'))
    expect(own).to.deep.include({ failures: [], pending: 0 })

    for (const verdict of own.verdicts) {
      expect(verdict).to.include({ outcome: 'settled', count: BLOCKS, credited: BLOCKS, amount: BLOCKS * CREDIT })
    }

    expect(await totals(serverHome, '--state', 'settled')).to.deep.include({ sessions: 1, blocks: BLOCKS, credited: BLOCKS })

    const { server, link } = await serve('--audit-rate', '1')
    expect(link).to.equal(first.link)
    const claimed = await good(home, 'claim')
    expect(claimed.stderr).to.match(new RegExp(`^${BLOCKS} blocks of bafk\\S+: settled, ${BLOCKS} credited for ${BLOCKS * CREDIT}$`, 'm'))
    expect(claimed.stdout).to.match(new RegExp(`^12D3\\S+: balance ${1024 + BLOCKS * CREDIT}, standing 1$`, 'm'))
    expect(await totals(home, '--state', 'settled')).to.deep.include({ sessions: 1, blocks: BLOCKS, credited: BLOCKS, amount: BLOCKS * CREDIT })
    expect((await good(home, 'claim')).stderr).to.include('nothing to claim')

    const provider = (await good(home, 'id')).stdout.trim()
    const account = json(await good(serverHome, 'account', 'show', provider, '--json'))
    expect(account).to.include({ served: BLOCKS, credited: BLOCKS, sessions: 1, voided: 0, offences: 0 })
    expect((await good(serverHome, 'ledger', 'check')).stderr).to.match(new RegExp(`everything holds: .* 2 sessions, ${2 * BLOCKS} blocks`))
    await server.end('SIGINT')
  })

  it('checks evidence, without the server', async () => {
    const stage = new Stage()

    try {
      const server = await stage.node({ auditRate: 1 })
      const { link } = await stage.publish(server, BLOCK, { mode: 'proof' })
      const [provides, receives] = await stage.nodes(2)
      const [provider, recipient] = await Promise.all([provides, receives].map(async node => party(node, link)))
      const lie = sessionOf({ provider, recipient, indices: [0] })
      const [{ outcome }] = await submit(provides, server, provider.ticket, [claimOf(provider, lie)], lie.hashes)
      expect(outcome).to.equal('void')

      const evidence = join(server.home, 'evidence')
      const file = join(evidence, (await readdir(evidence))[0])
      expect((await good(home, 'audit', file)).stdout).to.include(`proven: the provider ${provider.peerId} claimed credit for a block that it did not send`)
      expect(json(await good(home, 'audit', file, '--server', link, '--json'))).to.include({ proven: true, kind: 'false-entry', accused: provider.peerId.toString(), position: 1 })
      expect((await good(server.home, 'audit')).stdout).to.include(provider.peerId.toString()).and.to.include(file)
      expect(json(await good(server.home, 'account', 'show', provider.peerId.toString(), '--json'))).to.include({ credited: 0, voided: 0, offences: 1 })

      const changed = join(home, 'changed.json')
      await writeFile(changed, (await readFile(file, 'utf8')).replace(provider.peerId.toString(), recipient.peerId.toString()))
      const { code, stdout, stderr } = await run(['audit', changed], { home })
      expect({ code, stdout }).to.deep.equal({ code: 4, stdout: '' })
      expect(stderr).to.match(/^mssl: The evidence does not hold/)
    } finally {
      await stage.clear()
    }
  })

  it('says which objects are of mode proof', async () => {
    const { server } = await serve()
    expect((await server.end('SIGINT')).stderr).to.match(/^holiday\.bin: .* of 64 KiB, mode proof, read at /m)
    expect((await good(serverHome, 'ls')).stdout).to.match(/ published +proof +\S*holiday\.bin /)

    const again = start(['serve', ...LOCAL, '--json'], { home: serverHome })
    const [line] = await again.output(/^\{.*\}$/m, 'stdout')
    expect(JSON.parse(line)).to.include({ name: 'holiday.bin', mode: 'proof' })
    await again.end('SIGINT')
  })

  it('keeps to an upload limit', async () => {
    const { link } = await serve('--upload-limit', '2MiB', '--ack-window', '1')
    const { elapsed, fetched } = json(await good(home, 'get', link, '--out', join(home, 'copy.bin'), '--json', ...LOCAL))

    expect(fetched).to.equal(content.byteLength)
    // what may go at once aside
    expect(elapsed).to.be.above(1_000 * (content.byteLength - 2 ** 20) / (2 * 2 ** 20))
  })

  const wrong: WrongUsage[] = [
    [['serve', 'x', '--mode', 'prof'], /Allowed choices are plain, proof, purchase/],
    [['serve', '--mode', 'proof'], /--mode says how to publish/],
    [['serve', 'x', '--audit-rate', '2'], /Give a fraction from 0 to 1/],
    [['serve', 'x', '--audit-rate', '1/0'], /Give a fraction from 0 to 1/],
    [['serve', 'x', '--credit', '-1'], /at least 0/],
    [['serve', 'x', '--discount', '0.5'], /at least 0/],
    [['serve', 'x', '--starting-credit', 'much'], /at least 0/],
    [['serve', 'x', '--credit-half-life', 'soon'], /Give a time such as/],
    [['serve', 'x', '--upload-limit', '0'], /serve nobody/],
    [['serve', 'x', '--upload-limit-per-peer', 'fast'], /Give a size such as/],
    [['serve', 'x', '--ack-window', '0'], /at least 1/],
    [['get', 'mssl:z', '--upload-limit', '0KiB'], /serve nobody/],
    [['share', '--ack-window', 'all'], /at least 1/],
    [['audit', '--server', 'mssl:z'], /--server is for a file of evidence/],
    [['audit', 'x', '--server', 'abc'], /a link, or a fingerprint/]
  ]

  refuses(wrong, () => home)
})
