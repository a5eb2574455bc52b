import { expect } from 'aegir/chai'
import { Home } from '../../src/home/index.ts'
import { Receipts } from '../../src/receipts/index.ts'
import { Provided, session } from '../receipts/fixtures/sessions.ts'
import { object, peer } from '../ticket/fixtures.ts'
import { cleanUp, events, folder, json, run } from './run.ts'

describe('cli: receipts and claim', function () {
  this.timeout(30_000)

  let path: string
  let home: Home

  beforeEach(async () => {
    path = await folder()
    home = await Home.open(path)
  })

  afterEach(async () => {
    home.close()
    await cleanUp()
  })

  /** A settled session of 5 blocks, one of 7 of another object that is over, and one of 2 that goes on. */
  async function fill (): Promise<Receipts> {
    const now = Date.now()
    const receipts = Receipts.open(home)

    for (const [name, blocks, ofObject] of [[1, 5, 1], [2, 7, 2], [3, 2, 1]]) {
      const provided = new Provided(receipts, { ...await session(name, ofObject), notAfter: now })
      provided.acknowledge(blocks)
      name === 3 || provided.close()
    }

    receipts.judged(1, 5, { outcome: 'settled', reason: '', credited: 4, amount: 40 })
    receipts.note([2], 'the server\u001b[2J is away')

    return receipts
  }

  it('lists sessions and their sums while a node has them open', async () => {
    const receipts = await fill()

    try {
      const { code, stdout, stderr } = await run(['receipts'], { home: path })
      const [head, ...rows] = stdout.trimEnd().split('\n').map(line => line.split(/ {2,}/))

      expect(code).to.equal(0)
      expect(stderr).to.equal('')
      expect(head).to.deep.equal(['OBJECT', 'RECIPIENT', 'BLOCKS', 'BYTES', 'MODE', 'STATE', 'CREDITED', 'AMOUNT', 'AGE', 'REASON'])
      expect(rows.map(row => row.slice(0, 8))).to.deep.equal([
        [object(1).toString(), (await peer(5)).toString(), '5', '-', 'proof', 'settled', '4', '40'],
        [object(2).toString(), (await peer(6)).toString(), '7', '-', 'proof', 'closed', '0', '0'],
        [object(1).toString(), (await peer(4)).toString(), '2', '-', 'proof', 'open', '0', '0'],
        ['total 3', '14', '0 B', '4', '40 credit']
      ])
      // what comes from a server is not shown as it is
      expect(stdout).to.include('the server\ufffd[2J is away')
    } finally {
      receipts.close()
    }
  })

  it('lists those that are asked for, for programs too', async () => {
    const receipts = await fill()
    receipts.close()

    const all = json(await run(['receipts', '--json'], { home: path }))
    expect(all.receipts).to.have.lengthOf(3)
    expect(all.receipts[0]).to.include({
      session: Buffer.from((await session(1)).session).toString('hex'), object: object(1).toString(), blocks: 5, state: 'settled', credited: 4, amount: 40
    })
    expect(all.totals).to.deep.equal({ sessions: 3, blocks: 14, bytes: 0, credited: 4, amount: 40, money: {} })

    const some = json(await run(['receipts', '--json', '--object', object(1).toString(), '--state', 'open'], { home: path }))
    expect(some.receipts.map(({ blocks }: { blocks: number }) => blocks)).to.deep.equal([2])
    expect(some.totals).to.include({ sessions: 1, blocks: 2 })

    const none = await run(['receipts', '--state', 'void'], { home: path })
    expect(none).to.deep.equal({ code: 0, stdout: '', stderr: '' })
  })

  it('says what is missing in a home without receipts', async () => {
    const { code, stdout, stderr } = await run(['receipts'], { home: path })

    expect(code).to.equal(0)
    expect(stdout).to.equal('')
    expect(stderr).to.include('--mode proof')
  })

  it('refuses states that there are not', async () => {
    const { code, stderr } = await run(['receipts', '--state', 'gone'], { home: path })

    expect(code).to.equal(2)
    expect(stderr).to.include('Allowed choices are open, closed, claimed, settled, void, expired, invalid')
  })

  it('has nothing to claim without receipts', async () => {
    const exit = await run(['claim', '--json'], { home: path })

    expect(exit.code).to.equal(0)
    expect(json(exit)).to.deep.equal({ verdicts: [], standings: [], failures: [], pending: 0 })
    expect(events(exit).map(({ event }) => event)).to.include('empty')
  })

  it('says what it could not claim, and keeps it', async () => {
    (await fill()).close()
    const exit = await run(['claim', '--json'], { home: path })

    expect(exit.code).to.equal(6)
    expect(json(exit)).to.deep.include({ verdicts: [], standings: [], pending: 2 })
    expect(events(exit).pop()).to.include({ event: 'error', name: 'UnclaimedError' }).with.property('message').that.includes('no ticket')
    expect(json(await run(['receipts', '--json', '--state', 'closed'], { home: path })).receipts).to.have.lengthOf(2)
  })

  it('leaves claims to the node that runs on the home', async () => {
    const lock = home.lock()

    try {
      const { code, stdout, stderr } = await run(['claim'], { home: path })

      expect(code).to.equal(7)
      expect(stdout).to.equal('')
      expect(stderr).to.include('claims by itself').and.to.include('mssl receipts')
    } finally {
      lock.release()
    }
  })
})
