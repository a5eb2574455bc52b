/* eslint-disable no-loop-func -- the server of now is the one that is meant */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { peerIdFromString } from '@libp2p/peer-id'
import { multiaddr } from '@multiformats/multiaddr'
import { expect } from 'aegir/chai'
import { AckService } from '../../protocols/ack/index.ts'
import { freePort } from '../../simulations/demo/free-port.ts'
import { Home } from '../../src/home/index.ts'
import { Docket, Judge, verifyEvidence } from '../../src/judge/index.ts'
import { DEFAULT_POLICY, SqlLedger } from '../../src/ledger/index.ts'
import { listReceipts } from '../../src/receipts/index.ts'
import { cleanUp, folder, run, start } from '../cli/run.ts'
import { eventually } from '../eventually.ts'
import { BLOCK, Stage } from '../node/fixtures/stage.ts'
import { seeded } from '../swarm/fixtures/random.ts'
import { HOUR } from '../ticket/fixtures.ts'
import { around, restoreAll } from './fixtures/around.ts'
import { acksOf, claimOf, honest, invented, party, recoveryOf, sessionOf, submit, sweep } from './fixtures/claims.ts'
import { introduce } from './fixtures/hostile.ts'
import type { Session } from './fixtures/claims.ts'
import type { Verdict } from '../../protocols/ack/index.ts'
import type { LedgerCheck } from '../../src/ledger/index.ts'
import type { ReceiptInfo } from '../../src/receipts/index.ts'
import type { Running } from '../cli/run.ts'
import type { StagedNode } from '../node/fixtures/stage.ts'
import type { ChildProcess } from 'node:child_process'

const SERVE = fileURLToPath(new URL('./fixtures/serve.ts', import.meta.url))
const GET = fileURLToPath(new URL('./fixtures/get.ts', import.meta.url))
const STRIP = ['--experimental-strip-types', '--experimental-transform-types', '--no-warnings']
const { credit: CREDIT, startingCredit: START } = DEFAULT_POLICY

/**
 * What each can lose when one of them dies, as the tests below state it.
 *
 * | who is killed | provider                                               | recipient                        | server |
 * | ------------- | ------------------------------------------------------ | -------------------------------- | ------ |
 * | server        | time, until it is back                                 | time                             | -      |
 * | provider      | - : the server pays it for keys that it gave in its place | time                          | -      |
 * | recipient     | credit of blocks that were not written and go again    | blocks that were not yet written | -      |
 */
describe('adversaries: crashes in mode proof', function () {
  this.timeout(120_000)

  const stage = new Stage()
  const children: ChildProcess[] = []

  afterEach(async () => {
    restoreAll()
    children.splice(0).forEach(child => child.kill('SIGKILL'))
    await cleanUp()
    await stage.clear()
  })

  function forked (script: string, args: string[]): ChildProcess {
    const child = fork(script, args, { execArgv: STRIP, env: { PATH: process.env.PATH, NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE }, stdio: ['ignore', 'pipe', 'inherit', 'ipc'] })
    children.push(child)

    return child
  }

  describe('the server, killed before each of its writes while it judges a claim', () => {
    const COUNT = 8
    const ROUNDS = 40

    for (const [what, isLie] of [['pays every claim once, and none is lost', false], ['pays nothing for false entries, and the evidence is on file', true]] as const) {
      it(what, async () => {
        const server = await stage.node()
        const { link, bytes } = await stage.publish(server, COUNT * ROUNDS * BLOCK, { mode: 'proof', encryption: 'none' })
        const [provides, receives] = await stage.nodes(2)
        const [provider, recipient] = await Promise.all([provides, receives].map(async node => party(node, link)))
        await server.stop()

        const port = await freePort()
        const reachable = { getMultiaddrs: () => [multiaddr(`/ip4/127.0.0.1/tcp/${port}/p2p/${server.peerId}`)] }
        const right = honest(bytes, BLOCK)
        const present = async ({ session, hashes }: Session): Promise<Verdict> => (await submit(provides, reachable, provider.ticket, [claimOf(provider, { session })], hashes))[0]
        const sessions: Session[] = []

        for (let steps = 1, survived = false; !survived; steps++) {
          const child = forked(SERVE, [server.home, String(port)])
          await once(child, 'message')

          for (const session of sessions) {
            // the provider has had no verdict on the last one, and asks again for all
            expect(await present(session), `after a kill before write ${steps - 1}, session ${sessions.indexOf(session) + 1}`).to.include(isLie ? { outcome: 'void', credited: 0, amount: 0 } : { outcome: 'settled', credited: COUNT, amount: COUNT * CREDIT })
          }

          const next = sessionOf({
            provider,
            recipient,
            indices: Array.from({ length: COUNT }, (_, at) => (steps - 1) * COUNT + at),
            name: steps,
            // all of them, since an audit draws some
            hash: isLie ? invented : right
          })
          sessions.push(next)
          const ended = once(child, 'exit')
          child.send(steps)
          await once(child, 'message')
          const verdict = await present(next).catch(() => undefined)
          survived = verdict != null

          if (survived) {
            expect(verdict?.outcome).to.equal(isLie ? 'void' : 'settled')
            expect(steps, 'writes of one claim').to.be.above(isLie ? 5 : 10)
            child.kill('SIGKILL')
          }

          await ended
        }

        const home = await Home.open(server.home)
        const ledger = new SqlLedger(home.database())
        const blocks = isLie ? 0 : sessions.length * COUNT
        expect(ledger.check()).to.deep.include({ holds: true, blocks })
        expect(ledger.balance(provider.peerId)).to.equal(START + blocks * CREDIT)
        expect(new Docket(home.database()).count(provider.peerId)).to.equal(isLie ? sessions.length : 0)
        home.close()

        const files = await readdir(join(server.home, 'evidence')).catch(() => [])
        expect(files.filter(name => name.endsWith('.json'))).to.have.lengthOf(isLie ? 4 : 0)

        for (const name of files.filter(name => name.endsWith('.json'))) {
          expect((await verifyEvidence(await readFile(join(server.home, 'evidence', name)))).accused.equals(provider.peerId)).to.be.true()
        }
      })
    }
  })

  it('the server, killed before each of its writes while a recipient recovers keys and the provider is paid for them, pays once', async () => {
    const COUNT = 8
    const server = await stage.node()
    const { link, bytes } = await stage.publish(server, 40 * COUNT * BLOCK, { mode: 'proof', encryption: 'none' })
    const [provides, receives] = await stage.nodes(2)
    const [provider, recipient] = await Promise.all([provides, receives].map(async node => party(node, link)))
    await server.stop()

    const port = await freePort()
    const address = [multiaddr(`/ip4/127.0.0.1/tcp/${port}/p2p/${server.peerId}`)]
    const sessions: Session[] = []

    for (let steps = 1, survived = false; !survived; steps++) {
      const child = forked(SERVE, [server.home, String(port)])
      const ended = once(child, 'exit').then(() => false)
      const order = async (what: number | 'sweep'): Promise<boolean> => {
        child.send(what)

        return Promise.race([once(child, 'message').then(() => true), ended])
      }
      await once(child, 'message')

      if (sessions.length > 0) {
        // it got no keys, or does not know what became of them
        const { keys } = await acksOf(receives).recover(address, recoveryOf(sessions[sessions.length - 1]))
        expect(keys).to.have.lengthOf(32 * COUNT)
        expect(await order('sweep')).to.equal(true)
      }

      sessions.push(sessionOf({ provider, recipient, indices: Array.from({ length: COUNT }, (_, at) => (steps - 1) * COUNT + at), name: steps, hash: honest(bytes, BLOCK) }))
      await order(steps)
      const recovered = await acksOf(receives).recover(address, recoveryOf(sessions[sessions.length - 1])).then(() => true, () => false)
      survived = recovered && await order('sweep')
      expect(steps, 'writes').to.be.below(40)

      if (survived) {
        expect(steps, 'writes').to.be.above(15)
        child.kill('SIGKILL')
      }

      await ended
    }

    const home = await Home.open(server.home)
    const ledger = new SqlLedger(home.database())
    expect(ledger.check()).to.deep.include({ holds: true, blocks: sessions.length * COUNT })
    expect(ledger.balance(provider.peerId)).to.equal(START + sessions.length * COUNT * CREDIT)
    home.close()
  })

  it('`mssl serve`, killed while it serves and while claims come in, credits every block once', async () => {
    const BLOCKS = 60
    const ROUNDS = 4
    const random = seeded(20)
    const home = await folder()
    const { path, bytes } = await stage.file(BLOCKS * BLOCK)
    const listen = ['--listen', `/ip4/127.0.0.1/tcp/${await freePort()}`]
    const serve = async (): Promise<{ server: Running, link: string }> => {
      const server = start(['serve', path, '--mode', 'proof', '--block-size', String(BLOCK), '--upload-limit', String(60 * BLOCK), ...listen], { home })
      const [link] = await server.output(/^mssl:\S+$/m, 'stdout')
      await server.output(/serving on/, 'stderr')

      return { server, link }
    }
    let { server, link } = await serve()
    const bob = await stage.node()
    await bob.services.mssl.get(link, { to: bob.folder })

    for (let round = 0; round < ROUNDS; round++) {
      const whileServing = round % 2 === 0
      const point = BLOCK * Math.floor(5 + random() * 30)
      const alice = await stage.node()
      await introduce(alice, link, bob)
      let killed = false
      const { path: copy } = await alice.services.mssl.get(link, {
        to: alice.folder,
        onProgress: event => {
          if (whileServing && !killed && event.type === 'mssl:get:progress' && event.detail.have >= point) {
            killed = true
            server.child.kill('SIGKILL')
          }
        }
      })
      expect(await readFile(copy)).to.equalBytes(bytes)
      // or it would provide to the next one
      await alice.stop()
      await eventually(() => bob.services.mssl.recipients().length === 0)

      if (!whileServing) {
        around(AckService.prototype, 'openClaims', open => async (...args) => {
          const conversation = await open(...args)
          // the claim is on its way
          setImmediate(() => { server.child.kill('SIGKILL') })

          return conversation
        })
        await bob.services.mssl.claim()
        restoreAll()
      }

      expect((await server.exit).code).to.equal(undefined)
      ;({ server, link } = await serve())
      const { failures, pending } = await bob.services.mssl.claim()
      expect({ failures, pending }).to.deep.equal({ failures: [], pending: 0 })
    }

    // a server that stops claims what it served itself
    await server.end('SIGINT')
    const { check, receipts } = await booksOf(home)
    expect(check).to.deep.include({ holds: true, blocks: (ROUNDS + 1) * BLOCKS })
    expectSettled([...receipts, ...bob.services.mssl.receipts()])
    expect(creditedIn([...receipts, ...bob.services.mssl.receipts()])).to.equal((ROUNDS + 1) * BLOCKS)
  })

  it('a provider, killed while it serves and while it claims, has stored what each released key was paid with, and is paid once for all of it', async () => {
    const BLOCKS = 80
    const ROUNDS = 4
    const random = seeded(21)
    const server = await stage.node({ uploadLimit: 40 * BLOCK })
    const { link, bytes } = await stage.publish(server, BLOCKS * BLOCK, { mode: 'proof' })
    const home = await folder()
    const port = await freePort()
    const listen = ['--listen', `/ip4/127.0.0.1/tcp/${port}`]
    /** Of the provider, as its recipients see it */
    const peerId = peerIdFromString((await run(['id'], { home })).stdout.trim())
    const known = { peerId, getMultiaddrs: () => [multiaddr(`/ip4/127.0.0.1/tcp/${port}/p2p/${peerId}`)] } as unknown as StagedNode
    expect((await run(['get', link, '--out', join(home, 'object.bin'), ...listen], { home })).code).to.equal(0)
    await eventually(() => server.services.mssl.recipients().length === 0)

    /** Keys that recipients hold, by session */
    const keys = new Map<string, number>()
    let onKeys = (): void => {}
    around(AckService.prototype, 'openExchange', open => async (to, options) => {
      const conversation = await open(to, options)
      const present = conversation.present.bind(conversation)

      if (peerId.equals(to as typeof peerId)) {
        conversation.present = async (acknowledgement, options) => {
          const released = await present(acknowledgement, options)
          const session = Buffer.from(acknowledgement.session).toString('hex')
          keys.set(session, Math.max(keys.get(session) ?? 0, released.first + released.keys.byteLength / 32 - 1))
          onKeys()

          return released
        }
      }

      return conversation
    })

    for (let round = 0; round < ROUNDS; round++) {
      const share = start(['share', '--upload-limit', String(100 * BLOCK), ...listen], { home })
      await share.output(/^\S+/m, 'stdout')
      const client = await stage.node()
      await introduce(client, link, known)
      let left = Math.floor(1 + random() * 5)
      onKeys = () => { --left <= 0 && share.child.kill('SIGKILL') }
      const { path } = await client.services.mssl.get(link, { to: client.folder })
      expect(await readFile(path)).to.equalBytes(bytes)
      // or it would provide to the next one
      await client.stop()
      expect((await share.exit).code).to.equal(undefined)

      const { receipts } = await booksOf(home)
      const stored = new Map(receipts.map(({ session, blocks }) => [Buffer.from(session).toString('hex'), blocks]))
      keys.forEach((count, session) => { expect(stored.get(session), 'acknowledged').to.be.at.least(count) })
    }

    expect(keys.size).to.be.at.least(ROUNDS)

    for (const when of ['before', 'after']) {
      const claim = start(['claim'], { home })
      around(Judge.prototype, 'claim', judge => async (...args) => {
        when === 'before' && claim.child.kill('SIGKILL')
        const verdicts = await judge(...args)
        when === 'after' && claim.child.kill('SIGKILL')
        await claim.exit

        return verdicts
      })
      expect((await claim.exit).code, when).to.equal(undefined)
      restoreAll()
    }

    const claimed = await run(['claim', '--json'], { home })
    expect(claimed.code, claimed.stderr).to.equal(0)
    await eventually(() => server.services.mssl.recipients().length === 0)
    await server.services.mssl.claim()

    const { ledger } = server.services.mssl
    const own = (await booksOf(home)).receipts
    expectSettled([...own, ...server.services.mssl.receipts()])
    const claimedBlocks = ledger.check().blocks
    expect(creditedIn([...own, ...server.services.mssl.receipts()])).to.equal(claimedBlocks)

    // what a recipient had acknowledged and the provider did not live to store: the server gave the keys, and pays the provider
    await sweep(server, Date.now() + HOUR)
    expect(ledger.check()).to.deep.include({ holds: true, blocks: (ROUNDS + 1) * BLOCKS })
    expect(ledger.account(peerId)?.credited).to.equal(creditedIn(own) + (ROUNDS + 1) * BLOCKS - claimedBlocks)
  })

  it('a recipient, killed in the middle and resumed, has the right copy; what its provider served twice is credited once', async () => {
    const BLOCKS = 120
    const KILLS = 3
    const random = seeded(22)
    const server = await stage.node({ policy: { kind: 'callback' }, authorize: () => ({ rate: 100 * BLOCK }) })
    const { link, bytes } = await stage.publish(server, BLOCKS * BLOCK - 5, { mode: 'proof' })
    const to = await stage.folder()

    for (let kills = 0, have = 0; kills <= KILLS; kills++) {
      const child = forked(GET, [join(to, 'home'), link, to])
      const point = have + BLOCK * Math.floor(8 + random() * 20)
      let output = ''
      child.stdout?.setEncoding('utf8').on('data', chunk => {
        output += chunk
        have = Math.max(have, ...[...output.matchAll(/^progress (\d+)$/mg)].map(([, have]) => Number(have)))
        kills < KILLS && have >= point && child.kill('SIGKILL')
      })
      const [code, signal] = await once(child, 'close')
      expect(signal ?? code).to.equal(kills < KILLS ? 'SIGKILL' : 0)
    }

    expect(await readFile(join(to, 'object.bin'))).to.equalBytes(bytes)
    await eventually(() => server.services.mssl.recipients().length === 0)
    const { failures } = await server.services.mssl.claim()
    expect(failures).to.be.empty()

    const receipts = server.services.mssl.receipts()
    const { ledger } = server.services.mssl
    // sessions stay open for a while, in case that the recipient is not dead
    // none, when all that one of them brought was not yet written, and was claimed with the one that brought it again
    receipts.forEach(({ blocks, credited }) => { expect(credited).to.be.within(0, blocks) })
    expect(receipts.reduce((sum, { credited }) => sum + credited, 0)).to.equal(BLOCKS)
    expect(ledger.check()).to.deep.include({ holds: true, blocks: BLOCKS })
    expect(ledger.balance(server.peerId)).to.equal(START + BLOCKS * CREDIT)
    // what was acknowledged and not yet written when the recipient died
    expect(receipts.reduce((sum, { blocks }) => sum + blocks, 0)).to.be.within(BLOCKS, BLOCKS + KILLS * 40)
  })
})

/** What a home has on its disk, of a server and of a provider. */
async function booksOf (path: string): Promise<{ check: LedgerCheck, receipts: ReceiptInfo[] }> {
  const home = await Home.open(path)

  try {
    return { check: new SqlLedger(home.database()).check(), receipts: listReceipts(home) }
  } finally {
    home.close()
  }
}

function expectSettled (receipts: ReceiptInfo[]): void {
  expect(receipts.map(({ state }) => state).filter(state => state !== 'settled')).to.be.empty()
}

/** Blocks, by what the provider was told */
function creditedIn (receipts: ReceiptInfo[]): number {
  return receipts.reduce((sum, { credited }) => sum + credited, 0)
}
