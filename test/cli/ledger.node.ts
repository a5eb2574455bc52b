import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect } from 'aegir/chai'
import { Home } from '../../src/home/index.ts'
import { SqlLedger } from '../../src/ledger/index.ts'
import { client, hash, settlement } from '../ledger/fixtures.ts'
import { cleanUp, events, folder, json, refuses, run } from './run.ts'
import type { Exit, WrongUsage } from './run.ts'

const ALICE = client(0).toString()
const BOB = client(1).toString()

describe('cli: ledger and account', function () {
  this.timeout(60_000)

  let home: string
  /** Of the server that runs on the home meanwhile */
  let server: Home
  let ledger: SqlLedger

  beforeEach(async () => {
    home = await folder()
    server = await Home.open(home)
    ledger = new SqlLedger(server.database())
    ledger.settle([settlement({ id: 1, indices: [0, 1, 2] })])
  })

  afterEach(async () => {
    server.close()
    await cleanUp()
  })

  async function mssl (...args: string[]): Promise<Exit> {
    const exit = await run(args, { home })
    expect(exit.code, exit.stderr).to.equal(0)

    return exit
  }

  for (const command of ['ledger', 'ledger balances', 'ledger movements', 'ledger check', 'ledger export', 'account', 'account show', 'account adjust', 'account deposit', 'account withdraw']) {
    it(`gives examples for ${command}`, async () => {
      const { stdout, stderr } = await mssl(...command.split(' '), '--help')

      expect(stderr).to.equal('')
      expect(stdout).to.include(`Usage: mssl ${command}`)
      expect(stdout).to.match(/Examples:\n {2}# .+\n {2}\$ .*mssl /)
      expect(stdout).to.include('--home <folder>')
    })
  }

  const wrong: WrongUsage[] = [
    [['ledger', 'balances', '--account', 'bob'], /no PeerId/],
    [['ledger', 'movements', '--limit', '0'], /at least 1/],
    [['ledger', 'movements', '--since', 'yesterday'], /Give a time such as 15m or 7d, or a date/],
    [['ledger', 'movements', '--since', '2026-13-45'], /or a date/],
    [['ledger', 'export', '--format', 'xml'], /Allowed choices are csv, json/],
    [['ledger', 'exprt'], /unknown command 'ledger exprt'.*--help/],
    [['account', 'show', 'bob'], /no PeerId/],
    [['account', 'show', client(5).toString()], /`mssl ledger balances` lists them/],
    [['account', 'adjust', ALICE, '5'], /--memo/],
    [['account', 'adjust', ALICE, 'much', '--memo', 'x'], /such as 5000 or -200/],
    [['account', 'adjust', ALICE, '1.5', '--memo', 'x'], /such as 5000 or -200/],
    [['account', 'adjust', ALICE, '0', '--memo', 'x'], /above or below zero/],
    [['account', 'adjust', ALICE, '5', '--memo', ' '], /memo that says why/],
    [['account', 'adjust', ALICE, '-5000', '--memo', 'x'], /has 1072: no more can be taken/]
  ]

  refuses(wrong, () => home)

  it('says that there is nothing', async () => {
    const nobody = client(5).toString()

    for (const [args, says] of [[['balances'], /^no such account: /], [['movements'], /^no such movements: /]] as const) {
      const { stdout, stderr } = await mssl('ledger', ...args, '--account', nobody)

      expect(stdout).to.equal('')
      expect(stderr).to.match(says)
      expect(json(await mssl('ledger', ...args, '--account', nobody, '--json'))).to.deep.equal([])
    }
  })

  it('sums up', async () => {
    expect((await mssl('ledger')).stdout).to.match(/^accounts +3$/m).and.to.match(/^blocks +3 credited$/m).and.to.match(/^credit +2108 issued$/m).and.to.match(/^sum +0, everything holds$/m)
    expect(json(await mssl('ledger', '--json'))).to.deep.equal({
      holds: true,
      accounts: 3,
      movements: 4,
      sessions: 1,
      blocks: 3,
      issued: 2108,
      sum: 0,
      policy: { credit: 4, discount: 1, startingCredit: 1024, halfLife: 2_592_000_000 }
    })
  })

  it('lists balances', async () => {
    const { stdout } = await mssl('ledger', 'balances')

    expect(stdout).to.match(/^ACCOUNT +BALANCE +STANDING +SERVED +CREDITED +SINCE$/m)
    expect(stdout).to.match(new RegExp(`^${ALICE} +1072 +1 +3 +3 `, 'm')).and.to.match(/^grant +-2108 +- /m)
    expect(json(await mssl('ledger', 'balances', '--json')).map(({ account, balance }: any) => [account, balance])).to.deep.equal([[ALICE, 1072], [BOB, 1036], ['grant', -2108]])
    expect(json(await mssl('ledger', 'balances', '--json', '--account', BOB))).to.have.lengthOf(1)
    expect(json(await mssl('ledger', 'balances', '--json', '--account', 'grant'))).to.have.lengthOf(1)
  })

  it('lists movements', async () => {
    const { stdout } = await mssl('ledger', 'movements', '--account', ALICE)

    expect(stdout.trim().split('\n')).to.have.lengthOf(3)
    expect(stdout).to.match(new RegExp(`service +48 +grant +${ALICE} +[0-9a-f]{16}$`, 'm'))

    const [movement] = json(await mssl('ledger', 'movements', '--limit', '1', '--since', '1d', '--json'))
    expect(movement).to.include({ id: 4, kind: 'discount', payer: 'grant', payee: BOB, amount: 12, session: Buffer.from(hash('session', 1)).toString('hex') })
    expect(json(await mssl('ledger', 'movements', '--since', '2999-01-01', '--json'))).to.deep.equal([])
  })

  it('checks', async () => {
    const good = await mssl('ledger', 'check')
    expect(good.stdout).to.equal('')
    expect(good.stderr).to.equal('everything holds: 3 accounts, 4 movements, 1 session, 3 blocks\n')

    server.database().exec('UPDATE ledger_accounts SET balance = balance + 1 WHERE id = 2')

    const bad = await run(['ledger', 'check'], { home })
    expect(bad.code).to.equal(4)
    expect(bad.stdout).to.include(`the account ${ALICE} has a balance of 1073, and movements that come to 1072`)
    expect(bad.stderr).to.match(/^mssl: the ledger does not hold: 2 problems, the first: all accounts together have 1.*\(.*backup\)\n$/)

    const data = await run(['ledger', 'check', '--json'], { home })
    expect(data.code).to.equal(4)
    expect(json(data)).to.include({ holds: false, sum: 1 })
    expect(events(data)[0]).to.include({ event: 'error', exitCode: 4 })
    const sums = await run(['ledger'], { home })
    expect(sums.code).to.equal(4)
    expect(sums.stdout).to.include('`mssl ledger check` says what')
  })

  it('exports', async () => {
    ledger.adjust(client(0), 5, 'said "yes"')

    const csv = await mssl('ledger', 'export')
    expect(csv.stderr).to.equal('')
    expect(csv.stdout.split('\r\n')).to.have.lengthOf(7)
    expect(csv.stdout).to.match(new RegExp(`\r\n5,[^,]+,adjustment,grant,${ALICE},5,,"said ""yes"""\r\n$`))

    const data = json(await mssl('ledger', 'export', '--format', 'json'))
    expect(data).to.have.lengthOf(5)
    expect(json(await mssl('ledger', 'export', '--json'))).to.deep.equal(data)
    expect(json(await mssl('ledger', 'export', '--json', '--account', BOB))).to.have.lengthOf(2)

    const file = join(home, 'ledger.csv')
    const written = await mssl('ledger', 'export', '--format', 'csv', '--to', file)
    expect(written.stdout).to.equal('')
    expect(await readFile(file, 'utf8')).to.equal(csv.stdout)

    const again = await run(['ledger', 'export', '--to', file], { home })
    expect(again.code).to.equal(7)
    expect(again.stderr).to.match(/file already exists \(move it away/)
  })

  it('exports more than a pipe holds', async () => {
    for (let i = 0; i < 700; i++) {
      ledger.adjust(client(0), 1, `number ${i}`)
    }

    expect(json(await mssl('ledger', 'export', '--format', 'json'))).to.have.lengthOf(704)
  })

  it('shows an account', async () => {
    ledger.settle([settlement({ id: 2, indices: [7] })])
    ledger.void(hash('session', 2), 'false')

    const { stdout } = await mssl('account', 'show', ALICE)
    expect(stdout).to.match(/^balance +1072$/m).and.to.match(/^standing +1$/m).and.to.match(/^sessions +1 provided, and 1 that are void$/m)
      .and.to.match(/^blocks +3 served, 3 credited$/m).and.to.match(/^offences +0$/m)
    expect(json(await mssl('account', 'show', ALICE, '--json'))).to.include({ account: ALICE, balance: 1072, standing: 1, served: 3, credited: 3, voided: 1, offences: 0 })
  })

  it('adjusts an account while the server runs', async () => {
    const given = await mssl('account', 'adjust', ALICE, '2024', '--memo', 'mirror')
    expect(given.stdout).to.equal('')
    expect(given.stderr).to.equal(`${ALICE} has 3096 now, standing 3\n`)
    expect(ledger.balance(client(0))).to.equal(3096)

    expect(json(await mssl('account', 'adjust', ALICE, '-96', '--memo', 'fee', '--json'))).to.deep.equal({ account: ALICE, balance: 3000, standing: 2 })
    expect([...ledger.movements({ limit: 1 })][0]).to.include({ kind: 'adjustment', payer: ALICE, payee: 'grant', amount: 96, memo: 'fee' })
    expect(ledger.check().problems).to.be.empty()
  })

  it('knows the policy of the server', async () => {
    const policy = new SqlLedger(server.database(), { startingCredit: 10 }).policy
    const newcomer = client(6).toString()

    expect(json(await mssl('account', 'adjust', newcomer, '15', '--memo', 'mirror', '--json'))).to.deep.equal({ account: newcomer, balance: 25, standing: 2 })
    expect(json(await mssl('ledger', '--json')).policy).to.deep.equal(policy)
  })

  it('shows what a memo does not rewrite the terminal with', async () => {
    ledger.adjust(client(0), 5, '\u001b[2Jgone')

    expect((await mssl('ledger', 'movements')).stdout).to.include('\ufffd[2Jgone')
  })
})
