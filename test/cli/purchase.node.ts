import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { access, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect } from 'aegir/chai'
import { freePort } from '../../simulations/demo/free-port.ts'
import { client } from '../ledger/fixtures.ts'
import { signed } from '../payments/fixtures.ts'
import { BIN, cleanUp, events, folder, good, json, refuses, run, start } from './run.ts'
import { scene, startServer } from './scene.ts'
import type { Exit, Running, WrongUsage } from './run.ts'

const BLOCK = 65_536
const BLOCKS = 40
const SIZE = BLOCKS * BLOCK - 100
/** 10 for each block, rounded down once: the last one is shorter */
const PRICE = 399
/** Half of it, rounded up */
const BOND = 200
/** A tenth, rounded down */
const FEE = 39
const PAID_IN = 1_000
const LOCAL = ['--listen', '/ip4/127.0.0.1/tcp/0']
const TERMS = ['--mode', 'purchase', '--price', '10/64KiB', '--unit', 'cent', '--fee', '10%', '--bond', '50%', '--block-size', '64KiB']
const SCRIPT = '/usr/bin/script'

describe('cli: mode purchase', function () {
  this.timeout(120_000)

  let serverHome: string
  let home: string
  let otherHome: string
  let source: string
  let content: Buffer
  let listen: string[]

  beforeEach(async () => {
    ({ serverHome, home, otherHome, source, content, listen } = await scene(SIZE))
  })

  afterEach(cleanUp)

  async function serve (...args: string[]): Promise<{ server: Running, link: string }> {
    return startServer(serverHome, ...args, ...listen)
  }

  /** Of a home, at the server of a link. */
  async function statement (at: string, link: string): Promise<any> {
    const [wallet, ...more] = json(await good(at, 'wallet', link, '--json'))
    expect(more).to.be.empty()

    return wallet.statement
  }

  async function peer (at: string): Promise<string> {
    return (await good(at, 'id')).stdout.trim()
  }

  async function get (link: string, at: string, ...args: string[]): Promise<Exit> {
    return run(['get', link, '--out', join(at, 'copy.bin'), ...LOCAL, ...args], { home: at })
  }

  it('sells, and pays a client for what it sells on', async () => {
    const { server, link } = await serve(source, ...TERMS)
    await server.output(/^holiday\.bin: .* of 64 KiB, mode purchase, read at /m, 'stderr')
    await server.output(/^holiday\.bin costs 10 cent per 64 KiB, 399 cent in all$/m, 'stderr')
    const [seller, alice, bob] = await Promise.all([serverHome, home, otherHome].map(peer))

    // nobody has agreed, and there is nobody to be asked
    const unasked = await get(link, home)
    expect(unasked).to.include({ code: 8, stdout: '' })
    expect(unasked.stderr).to.match(/^mssl: .*holiday\.bin.* 399 cent, .* 200 cent .*--yes.*--max-price/m)
    expect((await run(['get', link, '--ticket-only', ...LOCAL], { home })).code).to.equal(8)

    const poor = await get(link, home, '--yes')
    expect(poor).to.include({ code: 9, stdout: '' })
    expect(poor.stderr).to.match(/^mssl: .* 599 cent are missing/m)

    for (const [account, reference] of [[alice, 'invoice-1'], [bob, 'invoice-2']]) {
      const paid = await good(serverHome, 'account', 'deposit', account, String(PAID_IN), '--reference', reference, '--json')
      expect(json(paid)).to.deep.include({ account, deposit: PAID_IN, unit: 'cent', reference, repeated: false, balance: PAID_IN })
    }

    const repeated = await good(serverHome, 'account', 'deposit', alice, String(PAID_IN), '--reference', 'invoice-1')
    expect(repeated.stdout).to.equal('')
    expect(repeated.stderr).to.equal(`${alice} paid in 1000 cent, reference invoice-1 (known already: nothing was done), and has 1000 cent now\n`)
    expect((await run(['account', 'deposit', alice, '5', '--reference', 'invoice-2'], { home: serverHome })).code).to.equal(2)

    expect((await get(link, home, '--max-price', String(PRICE - 1))).code).to.equal(8)
    expect((await get(link, home, '--max-price', String(PRICE - 1), '--yes')).code).to.equal(8)
    expect(await statement(home, link)).to.deep.include({ unit: 'cent', balance: PAID_IN, reserved: 0, spent: 0, earned: 0, books: [] })

    const seed = start(['get', link, '--out', join(home, 'copy.bin'), '--max-price', String(PRICE), '--seed', '--json', ...LOCAL], { home })
    await seed.output(/"seeding"/, 'stderr')
    const [line] = await seed.output(/^\{.*\}$/m, 'stdout')
    const result = JSON.parse(line)
    expect(result).to.deep.include({ fetched: SIZE, paid: { unit: 'cent', price: PRICE, bond: BOND } })
    expect(result.sources).to.deep.equal([{ peer: seller, server: true, bytes: SIZE, coins: PRICE }])

    // what it has noted itself is told while it runs
    const running = await run(['wallet'], { home })
    expect(running.code).to.equal(7)
    expect(running.stdout).to.match(/^server +\S.*\ncoins spent, as noted here:\n.*\n +the server +40 +holiday\.bin .*\n$/)
    expect(running.stderr).to.match(/^mssl: a node runs on this home, so no server was asked \(what this home knows itself is above.*\)\n$/)
    expect(json(await run(['wallet', link, '--json'], { home }))).to.have.lengthOf(1)

    // the other one pays, then the server is gone
    const ticket = await good(otherHome, 'get', link, '--ticket-only', '--yes', ...LOCAL)
    expect(ticket.stdout).to.match(/^holiday\.bin .*permitted until /)
    expect(ticket.stderr).to.include('bought holiday.bin for 399 cent, 200 cent more set aside: 401 cent left')
    expect(await statement(otherHome, link)).to.deep.include({ balance: PAID_IN - PRICE - BOND, reserved: PRICE + BOND, spent: 0 })
    await server.end('SIGINT')

    const got = await get(link, otherHome)
    expect(got.code, got.stderr).to.equal(0)
    expect(got.stderr).to.match(new RegExp(`^paid 399 cent to ${alice}$`, 'm')).and.to.not.include('to the server')
    expect(content.equals(await readFile(join(otherHome, 'copy.bin')))).to.equal(true)
    const seeded = await seed.end('SIGINT')
    expect(events(seeded).find(({ event }) => event === 'bought')).to.include({ name: 'holiday.bin', server: seller, unit: 'cent', price: PRICE, bond: BOND, balance: PAID_IN - PRICE - BOND, total: PRICE })

    // what it has noted itself is told without the server
    const alone = await run(['wallet'], { home: otherHome })
    expect(alone.code).to.equal(6)
    expect(alone.stdout).to.match(new RegExp(`${alice} +${BLOCKS} +holiday\\.bin `)).and.to.not.include('balance')
    expect(alone.stderr).to.match(/^mssl: no statement from .*\(what this home knows itself is above/)
    expect(alone.stderr.trim().split('\n')).to.have.lengthOf(1)

    const back = await serve()
    expect(back.link).to.equal(link)
    // alice may have claimed already when it stopped seeding: then there is nothing left
    await good(home, 'claim')
    expect(await statement(home, link)).to.deep.include({ balance: PAID_IN - PRICE - BOND + PRICE - FEE, reserved: BOND, spent: PRICE, earned: PRICE - FEE })
    const { books, movements, ...account } = await statement(otherHome, link)
    expect(account).to.deep.equal({ unit: 'cent', balance: PAID_IN - PRICE - BOND, reserved: BOND, spent: PRICE, earned: 0 })
    expect(movements).to.equal(undefined)
    expect(books).to.have.lengthOf(1)
    expect(books[0]).to.deep.include({ object: result.id, first: 0, count: BLOCKS, price: PRICE, redeemed: PRICE, bond: BOND })

    const [{ statement: { movements: history } }] = json(await good(home, 'wallet', '--history', '--json'))
    expect(history.reduce((sum: number, { amount }: any) => sum + amount, 0)).to.equal(PAID_IN - BOND - FEE)
    expect(history.at(-1)).to.include({ kind: 'deposit', amount: PAID_IN })
    const [{ statement: { movements: earlier } }] = json(await good(home, 'wallet', link, '--history', '1', '--before', String(history[0].id), '--json'))
    expect(earlier).to.deep.equal([history[1]])

    const { stdout } = await good(home, 'wallet', '--history')
    expect(stdout).to.match(/^balance +761 cent$/m).and.to.match(/^reserved +200 cent$/m).and.to.match(/^earned +360 cent$/m).and.to.match(/^spent +399 cent$/m)
      .and.to.match(/^ {2}holiday\.bin +0-39 +399 cent +399 cent +200 cent +\d{4}-/m).and.to.match(/^ {2}the server +40 +holiday\.bin /m).and.to.match(/ deposit +\+1000 cent +/m)

    const shown = await good(serverHome, 'account', 'show', alice)
    expect(shown.stdout).to.match(/^money +761 cent$/m).and.to.match(/^reserved +200 cent in 1 open coin book$/m).and.to.match(/^earned +360 cent$/m)
    expect(json(await good(serverHome, 'account', 'show', alice, '--json')).money).to.deep.include({ unit: 'cent', balance: 761, reserved: BOND, earned: PRICE - FEE, spent: PRICE })

    const much = await run(['account', 'withdraw', alice, '762'], { home: serverHome })
    expect(much).to.include({ code: 9, stdout: '' })
    expect(much.stderr.trim().split('\n')).to.have.lengthOf(1)

    for (const repeated of [false, true]) {
      expect(json(await good(serverHome, 'account', 'withdraw', alice, '761', '--reference', 'transfer-1', '--json'))).to.deep.include({ withdraw: 761, repeated, balance: 0 })
    }

    await back.server.end('SIGINT')
    await good(serverHome, 'claim')

    // what is outside, and what each has
    const purses = json(await good(serverHome, 'ledger', 'balances', '--money', '--json'))
    const held = 2 * PAID_IN - 761
    expect(purses.filter(({ kind }: any) => kind === 'purse' || kind === 'world').map(({ account, balance, unit }: any) => [account, balance, unit]).sort()).to.deep.equal([
      [alice, 0, 'cent'],
      [bob, PAID_IN - PRICE - BOND, 'cent'],
      [seller, PRICE + FEE, 'cent'],
      ['world', -held, 'cent']
    ].sort())
    expect(purses.filter(({ kind }: any) => kind === 'bond').map(({ balance }: any) => balance)).to.deep.equal([BOND, BOND])
    expect(purses.reduce((sum: number, { balance }: any) => sum + balance, 0)).to.equal(0)
    expect((await good(serverHome, 'ledger', 'balances', '--money', '--account', 'world')).stdout).to.match(/^ACCOUNT +KIND +BALANCE +WHAT IT IS\nworld +world +-1239 cent +outside: /)

    // every unit moved from one account to another
    const rows = json(await good(serverHome, 'ledger', 'export', '--money', '--format', 'json'))
    const sums = new Map<string, number>()

    for (const { payer, payee, amount } of rows) {
      sums.set(payer, (sums.get(payer) ?? 0) - amount)
      sums.set(payee, (sums.get(payee) ?? 0) + amount)
    }

    for (const { account, balance } of purses) {
      expect(sums.get(account), account).to.equal(balance)
    }

    expect((await good(serverHome, 'ledger', 'movements', '--money', '--account', 'world')).stdout.trim().split('\n')).to.have.lengthOf(4)
    const bond = purses.find(({ kind }: any) => kind === 'bond').account
    expect((await good(serverHome, 'ledger', 'movements', '--money', '--account', bond)).stdout.trim().split('\n')).to.have.lengthOf(2)
    expect(json(await good(serverHome, 'ledger', '--json')).money).to.deep.include({ holds: true, sum: 0, books: { open: 2, closed: 0 }, coins: { sold: 2 * BLOCKS, redeemed: 2 * BLOCKS } })
    expect((await good(serverHome, 'ledger')).stdout).to.match(/^books +2 open, 0 closed$/m).and.to.match(/^sum +0, everything holds\n[^]*^sum +0, everything holds$/m)
    expect((await good(serverHome, 'ledger', 'check')).stderr).to.match(/^everything holds: .*; money: .* 2 open and 0 closed coin books$/m)
  })

  it('says what an object costs', async () => {
    const { server, link } = await serve(source, ...TERMS)
    expect((await good(serverHome, 'ls')).stdout).to.match(/^NAME +SIZE +HERE +ROLE +MODE +PRICE +PATH +OBJECT$/m).and.to.match(/ published +purchase +10 cent per 64 KiB, 399 cent in all +\S*holiday\.bin /)
    expect(json(await good(serverHome, 'ls', '--json'))[0]).to.deep.include({ mode: 'purchase', price: { amount: 10, per: BLOCK, unit: 'cent', total: PRICE } })

    await good(serverHome, 'account', 'deposit', await peer(home), String(PAID_IN))
    await good(home, 'get', link, '--ticket-only', '--yes', ...LOCAL)
    const known = await good(home, 'inspect', link)
    expect(known.stdout).to.match(/^mode +purchase$/m).and.to.match(/^price +10 cent per 64 KiB, 399 cent in all$/m).and.to.match(/^fee +10 % /m).and.to.match(/^bond +200, /m).and.to.match(/^coins until +\d{4}-/m)
    await server.end('SIGINT')

    // the price stays with the path, and another price is another object
    const same = await serve(source, '--block-size', '64KiB')
    expect(same.link).to.equal(link)
    await same.server.end('SIGINT')
    const dearer = await serve(source, '--price', '500', '--block-size', '64KiB')
    expect(dearer.link).to.not.equal(link)
    expect((await dearer.server.end('SIGINT')).stderr).to.match(/^holiday\.bin costs 500 cent$/m).and.to.match(/^holiday\.bin was published before, on other terms: .*`mssl unpublish baf\w+`$/m)

    const own = await run(['wallet', link], { home: serverHome })
    expect(own).to.include({ code: 2, stdout: '', stderr: 'mssl: this home is the server of the link itself: `mssl ledger balances --money` shows its accounts\n' })
  })

  it('pays for what was sold before the price changed', async () => {
    const { server, link } = await serve(source, ...TERMS)
    const [seller, alice, bob] = await Promise.all([serverHome, home, otherHome].map(peer))
    await good(serverHome, 'account', 'deposit', alice, String(PAID_IN))
    await good(serverHome, 'account', 'deposit', bob, String(PAID_IN))

    const seed = start(['get', link, '--out', join(home, 'copy.bin'), '--yes', '--seed', ...LOCAL], { home })
    await seed.output(/giving it to others/, 'stderr')
    await good(otherHome, 'get', link, '--ticket-only', '--yes', ...LOCAL)
    await server.end('SIGINT')
    const got = await get(link, otherHome)
    expect(got.code, got.stderr).to.equal(0)
    await seed.end('SIGINT')

    await serve(source, '--price', '500', '--block-size', '64KiB')
    expect((await get(link, await folder())).code).to.equal(6)

    // the object is opened for the first claim
    const first = await run(['claim'], { home })
    expect(first.stderr).to.match(/not published at the moment/)
    const claimed = await good(home, 'claim', '--json')
    const [{ object }] = json(claimed).verdicts
    expect(json(claimed).verdicts[0]).to.deep.include({ outcome: 'settled', credited: BLOCKS, amount: PRICE - FEE, unit: 'cent' })
    expect(json(claimed).standings).to.deep.equal([{ server: seller, money: PAID_IN - PRICE - BOND + PRICE - FEE, standing: 1, unit: 'cent' }])
    expect(events(claimed).find(({ event }) => event === 'verdict')).to.include({ object, unit: 'cent' })

    expect((await good(home, 'receipts')).stdout).to.match(/ settled +40 +360 cent +/).and.to.match(/^total 1 .* 360 cent$/m)
    expect(json(await good(home, 'receipts', '--json')).totals).to.deep.include({ amount: 0, money: { cent: PRICE - FEE } })
  })

  it('has nothing to show without a purchase', async () => {
    const { code, stdout, stderr } = await run(['wallet'], { home })

    expect({ code, stdout }).to.deep.equal({ code: 0, stdout: '' })
    expect(stderr).to.match(/^this home has bought nothing yet/)
    expect(json(await good(home, 'ledger', '--json'))).to.not.have.property('money')
    expect(json(await good(home, 'ledger', 'balances', '--money', '--account', client(1).toString(), '--json'))).to.deep.equal([])
  })

  describe('on a terminal', () => {
    let link: string

    beforeEach(async function () {
      try {
        await access(SCRIPT)
      } catch {
        return this.skip()
      }

      ({ link } = await serve(source, ...TERMS))
      await good(serverHome, 'account', 'deposit', await peer(home), String(PAID_IN))
    })

    /** Answers the question that is asked; what the terminal shows. */
    async function answer (text: string, ...args: string[]): Promise<{ code: number | null, shown: string }> {
      const command = [process.execPath, BIN, 'get', link, '--out', join(home, 'copy.bin'), ...LOCAL, ...args].join(' ')
      const child = spawn(SCRIPT, ['--quiet', '--return', '--command', command, '/dev/null'], { env: { ...process.env, NODE_OPTIONS: '', MSSL_HOME: home } })
      let shown = ''
      child.stdout.setEncoding('utf8').on('data', data => {
        const asked = shown.includes('[y/N]')
        shown += data

        if (!asked && shown.includes('[y/N]')) {
          child.stdin.write(text)
        }
      })

      return new Promise((resolve, reject) => {
        child.on('error', reject)
        child.on('close', code => { resolve({ code, shown }) })
      })
    }

    const refusals: Array<[name: string, text: string, code: number]> = [
      ['no', 'n\r', 8],
      ['nothing', '\r', 8],
      ['the end of input', '\u0004', 8],
      ['Ctrl-C', '\u0003', 130]
    ]

    refusals.forEach(([name, text, code]) => {
      it(`buys nothing for ${name}`, async () => {
        const answered = await answer(text)

        expect(answered.shown).to.include('holiday.bin (2.5 MiB) costs 399 cent, and 200 cent more to be set aside, which come back. You have 1000 cent. Buy? [y/N]')
        expect(answered.code, answered.shown).to.equal(code)
        expect(await statement(home, link)).to.deep.include({ balance: PAID_IN, reserved: 0 })
      })
    })

    it('buys for yes', async () => {
      const { code, shown } = await answer('y\r')

      expect(code, shown).to.equal(0)
      expect(shown).to.include('bought holiday.bin for 399 cent, 200 cent more set aside: 401 cent left').and.to.include('paid 399 cent to the server')
      expect(content.equals(await readFile(join(home, 'copy.bin')))).to.equal(true)
    })

    it('does not ask when it was said before', async () => {
      for (const [args, code] of [[['--max-price', '398'], 8], [['--json'], 8], [['--max-price', '399'], 0]] as const) {
        const answered = await answer('', ...args)

        expect(answered.code, answered.shown).to.equal(code)
        expect(answered.shown).to.not.include('[y/N]')
      }
    })
  })

  describe('payments', () => {
    it('are taken when they are signed', async () => {
      const port = await freePort()
      const key = randomBytes(32)
      await writeFile(join(serverHome, 'secret'), `whsec_${key.toString('base64')}\n`)
      const { server } = await serve(source, ...TERMS, '--payments', String(port), '--payments-secret', `@${join(serverHome, 'secret')}`)
      await server.output(new RegExp(`^taking payments by POST http://127\\.0\\.0\\.1:${port}/payments$`, 'm'), 'stderr')
      const alice = await peer(home)
      const body = JSON.stringify({ type: 'deposit', reference: 'charge-1', account: alice, amount: 500, unit: 'cent' })

      for (const [signedBy, status] of [[randomBytes(32), 401], [key, 200], [key, 200]] as const) {
        const response = await fetch(`http://127.0.0.1:${port}/payments`, { method: 'POST', body, headers: signed(body, { secret: `whsec_${signedBy.toString('base64')}` }) })
        expect(response.status).to.equal(status)
      }

      expect(json(await good(serverHome, 'account', 'show', alice, '--json')).money).to.include({ balance: 500, unit: 'cent' })
      await server.end('SIGINT')
    })

    it('says that the port is taken, and what is no secret', async () => {
      const port = await freePort()
      const { server } = await serve(source, ...TERMS, '--payments', String(port), '--payments-secret', `whsec_${randomBytes(32).toString('base64')}`)
      const args = ['serve', source, ...TERMS, '--payments', String(port), ...LOCAL]

      const taken = await run(args, { home, env: { MSSL_PAYMENTS_SECRET: `whsec_${randomBytes(32).toString('base64')}` } })
      expect(taken).to.include({ code: 7, stdout: '' })
      expect(taken.stderr).to.match(/^mssl: .*--payments/)

      const none = await run([...args, '--payments-secret', 'hunter2'], { home })
      expect(none).to.include({ code: 2, stdout: '' })
      expect(none.stderr).to.match(/^mssl: A secret for payments is "whsec_"/).and.to.not.include('hunter2')
      await server.end('SIGINT')
    })
  })

  const amounts = ['0', '-5', '1.5', '1e3', '0x10', '9007199254740992', 'much']
  const ALICE = client(0).toString()
  const wrong: WrongUsage[] = [
    [['serve', 'x', '--mode', 'purchase'], /--mode purchase needs --price: x had none before/],
    [['serve', 'x', '--price', '5'], /--price needs --mode purchase: x was not for sale before/],
    [['serve', 'x', '--mode', 'proof', '--price', '5'], /--price needs --mode purchase/],
    [['serve', '--price', '5'], /--price says how to publish/],
    [['serve', 'x', '--mode', 'purchase', '--price', '5/', '--unit', 'cent'], /Give a price such as/],
    [['serve', 'x', '--mode', 'purchase', '--price', '5/XiB'], /Give a size such as/],
    [['serve', 'x', '--mode', 'purchase', '--price', '5', '--unit', 'no unit'], /1 to 16 of the characters/],
    [['serve', 'x', '--fee', '101%'], /percentage from 0 to 100/],
    [['serve', 'x', '--bond', '1001%'], /percentage from 0 to 1000/],
    [['serve', 'x', '--bond', 'all'], /percentage from 0 to 1000/],
    [['serve', 'x', '--redemption', 'soon'], /Give a time such as/],
    [['serve', 'x', '--redemption', '1ms'], /for 1h at least/],
    [['serve', 'x', '--redemption', '59m'], /for 1h at least/],
    [['serve', 'x', '--redemption', '367d'], /from 0 to/],
    [['serve', 'x', '--payments', 'here'], /Give a port, or a host and a port/],
    [['serve', 'x', '--payments', '65536'], /Give a port, or a host and a port/],
    [['serve', 'x', '--payments', '0'], /Give a port, or a host and a port/],
    [['serve', 'x', '--payments', '4456'], /--payments needs --payments-secret/],
    [['serve', 'x', '--payments-secret', 'whsec_'], /--payments-secret needs --payments/],
    [['wallet', 'mssl:z'], /link/],
    [['wallet', '--history', '257'], /from 1 to 256/],
    [['wallet', '--before', '0'], /at least 1/],
    [['account', 'deposit', 'bob', '5'], /no PeerId/],
    [['account', 'withdraw', 'bob', '5'], /no PeerId/],
    [['account', 'deposit', ALICE], /missing required argument 'amount'/],
    [['account', 'deposit', '16Uiu2HAmNR6X617D57YpCmXK9BK4rX4fPAokTtmwdkS5SBXab5RJ', '5'], /Ed25519/],
    [['account', 'deposit', ALICE, '5'], /this home sells nothing, .*--mode purchase/],
    [['account', 'withdraw', ALICE, '5', '--reference', 'ü'], /reference/],
    [['ledger', 'balances', '--account', 'world'], /no PeerId/],
    [['ledger', 'balances', '--money', '--account', 'alice'], /no PeerId/],
    [['ledger', 'movements', '--money', '--account', 'grant'], /no PeerId/],
    ...amounts.flatMap((amount): WrongUsage[] => [
      [['serve', 'x', '--mode', 'purchase', '--price', amount], /Give an amount in whole units, from 1 to 9007199254740991/],
      [['serve', 'x', '--mode', 'purchase', '--price', `${amount}/MiB`], /Give an amount in whole units/],
      [['get', 'mssl:z', '--max-price', amount], /Give an amount in whole units/],
      [['account', 'deposit', ALICE, amount], /Give an amount in whole units/],
      [['account', 'withdraw', ALICE, amount], /Give an amount in whole units/]
    ])
  ]

  refuses(wrong, () => home)

  it('refuses a price that an object cannot have', async () => {
    const empty = join(home, 'empty')
    await writeFile(empty, '')

    for (const [path, price] of [[empty, '5'], [source, '1/TiB'], [source, '9007199254740991/KiB']]) {
      const { code, stdout, stderr } = await run(['serve', path, '--mode', 'purchase', '--price', price, ...LOCAL], { home })

      expect({ code, stdout }, price).to.deep.equal({ code: 2, stdout: '' })
      expect(stderr.trim().split('\n').filter(line => line.startsWith('mssl: '))).to.have.lengthOf(1)
    }
  })
})
