/* eslint-disable no-loop-func -- the variables are set anew before each test */
/**
 * Providers of mode proof that break one rule each, and recipients that keep them all. Each test ends with the recipient's
 * copy, equal to the source, and with what the provider has of it: blocks acknowledged, blocks credited, or its offence.
 */
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect } from 'aegir/chai'
import { concat } from 'uint8arrays/concat'
import { equals } from 'uint8arrays/equals'
import { ACK_PROTOCOL, AckRefusedError, AckStatus } from '../../protocols/ack/index.ts'
import { Availability, BLOCK_PROTOCOL, BlockStatus } from '../../protocols/block/index.ts'
import { MessageReader } from '../../protocols/block/message-reader.ts'
import { RecipientMessage } from '../../protocols/block/pb/block.ts'
import { change } from '../../simulations/behaviours/change.ts'
import { BlockKeys, blockSeal } from '../../src/exchange/index.ts'
import { Docket, verifyEvidence } from '../../src/judge/index.ts'
import { siblingCount } from '../../src/object/merkle.ts'
import { BLOCK, collect, Stage } from '../node/fixtures/stage.ts'
import { fromProvider } from '../protocols/block/fixture.ts'
import { corruptProof, hold } from './fixtures/hostile-proof.ts'
import { answerRaw, introduce, withHome } from './fixtures/hostile.ts'
import type { HostileSession, ProofHostility } from './fixtures/hostile-proof.ts'
import type { ReleasedKeys } from '../../protocols/ack/index.ts'
import type { Admission } from '../../protocols/block/index.ts'
import type { Block, Opened } from '../../protocols/block/pb/block.ts'
import type { DownloadResult } from '../../src/node/mssl.ts'
import type { ReceiptInfo } from '../../src/receipts/index.ts'
import type { StagedNode } from '../node/fixtures/stage.ts'

const BLOCKS = 24
const LENGTH = BLOCKS * BLOCK - 77
/** Claims are made when the test says so; ms, the longest that a timer takes */
const NEVER = 2 ** 31 - 1
/** What is false, where one block is */
const FALSE = 9

describe('adversaries: providers of mode proof', function () {
  this.timeout(30_000)

  const stage = new Stage()
  let server: StagedNode
  let hostile: StagedNode
  let victim: StagedNode
  let link: string
  let bytes: Uint8Array
  /** Lets the server give blocks; it judges all the time */
  let serve: () => void

  beforeEach(async () => {
    // nothing is audited without a reason
    server = await stage.node({ auditRate: 0 })
    ;[hostile, victim] = await stage.nodes(2, { claimInterval: NEVER })
    ;({ link, bytes } = await stage.publish(server, LENGTH, { mode: 'proof' }))
    await hostile.services.mssl.get(link, { to: hostile.folder })
    serve = (await hold(server)).goOn
    await introduce(victim, link, hostile)
  })

  afterEach(async () => {
    serve()
    await stage.clear()
  })

  interface Got extends DownloadResult {
    dropped: string[]
    /** Blocks */
    fromHostile: number
    fromServer: number
  }

  /** The server joins when the hostile provider is dropped. The copy is true. */
  async function get (): Promise<Got> {
    const dropped: string[] = []
    const result = await victim.services.mssl.get(link, {
      to: victim.folder,
      onProgress: event => {
        if (event.type === 'mssl:get:dropped') {
          expect(event.detail.peer.equals(hostile.peerId)).to.be.true()
          dropped.push(event.detail.reason)
          serve()
        }
      }
    })

    expect(await readFile(result.path)).to.equalBytes(bytes)
    expect(result.fetched).to.equal(LENGTH)

    return { ...result, dropped, fromHostile: blocksFrom(result, hostile), fromServer: blocksFrom(result, server) }
  }

  interface Account {
    outcomes: string[]
    /** Blocks on the provider's receipts */
    acknowledged: number
    /** Blocks in the server's ledger */
    credited: number
    /** Of the provider */
    offences: number
  }

  /** What a provider has of the victim, after it has claimed what it could. */
  async function account (node = hostile): Promise<Account> {
    const { failures, verdicts } = await node.services.mssl.claim()
    expect(failures).to.be.empty()
    expect(server.services.mssl.ledger.check().problems).to.be.empty()

    const receipts = receiptsOf(node)

    return {
      outcomes: verdicts.filter(({ session }) => receipts.some(receipt => equals(receipt.session, session))).map(({ outcome }) => outcome),
      acknowledged: receipts.reduce((sum, { blocks }) => sum + blocks, 0),
      credited: receipts.reduce((sum, { session }) => sum + (server.services.mssl.ledger.settled(session)?.credited ?? 0), 0),
      offences: await withHome(server, home => new Docket(home.database()).count(node.peerId))
    }
  }

  function receiptsOf (node: StagedNode): ReceiptInfo[] {
    return node.services.mssl.receipts().filter(({ recipient }) => recipient.equals(victim.peerId))
  }

  const refuse = (): never => { throw new AckRefusedError(AckStatus.ACK_NOT_FOUND, 'no keys') }

  describe('that withhold keys', () => {
    it('lose nothing and gain nothing by one in the middle: the server gives it', async () => {
      const sessions: Uint8Array[] = await corruptProof(hostile, link, {
        cap: 1,
        release: (released, { count }) => count === 7 && sessions.length === 1 ? refuse() : released
      })
      const { dropped, fromHostile, wasted, disputes } = await get()

      expect({ dropped, fromHostile, disputes }).to.deep.equal({ dropped: [], fromHostile: BLOCKS, disputes: 0 })
      // one may have been on its way, for which nobody is paid
      expect(wasted).to.be.at.most(BLOCK)
      // the first one ended with the seventh block
      expect(sessions).to.have.lengthOf(2)
      expect(await account()).to.deep.equal({ outcomes: ['settled', 'settled'], acknowledged: BLOCKS, credited: BLOCKS, offences: 0 })
    })

    it('lose nothing and gain nothing by the last: the server gives it', async () => {
      const sessions = await corruptProof(hostile, link, { cap: 1, release: (released, { count }) => count === BLOCKS ? refuse() : released })
      const { dropped, fromHostile, wasted } = await get()

      expect({ dropped, fromHostile, wasted }).to.deep.equal({ dropped: [], fromHostile: BLOCKS, wasted: 0 })
      expect(sessions).to.have.lengthOf(1)
      expect(await account()).to.deep.equal({ outcomes: ['settled'], acknowledged: BLOCKS, credited: BLOCKS, offences: 0 })
    })

    it('lose nothing by silence about the last either: it takes ten seconds', async () => {
      await corruptProof(hostile, link, { cap: 1, release: async (released, { count }) => count === BLOCKS ? new Promise<ReleasedKeys>(() => {}) : released })
      const { fromHostile, wasted } = await get()

      expect({ fromHostile, wasted }).to.deep.equal({ fromHostile: BLOCKS, wasted: 0 })
      expect(await account()).to.deep.equal({ outcomes: ['settled'], acknowledged: BLOCKS, credited: BLOCKS, offences: 0 })
    })

    it('are left after three sessions without a key, and credited for three blocks', async () => {
      const sessions = await corruptProof(hostile, link, { cap: 1, release: refuse })
      const { dropped, fromHostile, fromServer, wasted } = await get()

      expect({ dropped, fromHostile, fromServer }).to.deep.equal({
        dropped: ['does not give the keys of blocks that were acknowledged'], fromHostile: 3, fromServer: BLOCKS - 3
      })
      expect(wasted).to.be.at.most(3 * BLOCK)
      expect(sessions).to.have.lengthOf(3)
      expect(await account()).to.deep.equal({ outcomes: ['settled', 'settled', 'settled'], acknowledged: 3, credited: 3, offences: 0 })
    })

    it('waste the time of their recipient, and nothing else, while the server is down', async () => {
      const good = await stage.node({ claimInterval: NEVER })
      await introduce(victim, link, good)
      serve()
      await good.services.mssl.get(link, { to: good.folder })
      const { goOn } = await hold(good)
      await corruptProof(hostile, link, {
        cap: 1,
        release: () => {
          goOn()

          return refuse()
        }
      })
      await victim.services.mssl.authorize(link)
      const [address] = server.getMultiaddrs()
      await server.stop()

      const { fromHostile, fromServer, wasted, ...result } = await get()
      const lost = receiptsOf(hostile).length
      // what could not be opened was thrown away, and came again from elsewhere
      expect({ fromHostile, fromServer, fromGood: blocksFrom(result, good) }).to.deep.equal({ fromHostile: 0, fromServer: 0, fromGood: BLOCKS })
      expect(lost).to.be.within(1, 3)
      expect(Math.ceil(wasted / BLOCK)).to.be.within(lost, 2 * lost)

      // each block is credited once, to who claims it first
      server = await stage.node({ home: server.home, listen: [address.decapsulate('/p2p').toString()] })
      await server.services.mssl.provide()
      const [bad, other] = [await account(), await account(good)]
      expect(bad).to.deep.include({ acknowledged: lost, offences: 0 })
      expect(bad.credited).to.be.within(1, lost)
      expect(other).to.deep.include({ acknowledged: BLOCKS, credited: BLOCKS - bad.credited, offences: 0 })
    })

    const others: Record<string, (released: ReleasedKeys) => ReleasedKeys> = {
      'an answer with no key in it': ({ first, window }) => ({ first, keys: new Uint8Array(0), window }),
      'a key too many': ({ first, keys, window }) => ({ first, keys: concat([keys, keys]), window }),
      'the key as that of the position before': ({ first, keys, window }) => ({ first: first - 1, keys, window }),
      'the key as that of the next position': ({ first, keys, window }) => ({ first: first + 1, keys, window })
    }

    for (const [what, release] of Object.entries(others)) {
      it(`lose nothing and gain nothing by ${what}`, async () => {
        const sessions: Uint8Array[] = await corruptProof(hostile, link, {
          cap: 1,
          release: released => released.first === 7 && sessions.length === 1 ? release(released) : released
        })
        const { dropped, fromHostile, disputes } = await get()

        expect({ dropped, fromHostile, disputes }).to.deep.equal({ dropped: [], fromHostile: BLOCKS, disputes: 0 })
        expect(sessions).to.have.lengthOf(2)
        expect(await account()).to.deep.equal({ outcomes: ['settled', 'settled'], acknowledged: BLOCKS, credited: BLOCKS, offences: 0 })
      })
    }
  })

  describe('that send what is false', () => {
    const garbage = new Uint8Array(BLOCK).fill(7)
    const lies: Record<string, (admission: Admission, session: HostileSession) => void> = {
      garbage: admission => {
        change(admission, 'readBlock', read => async (index, options) => index === FALSE ? garbage.slice() : read(index, options))
      },
      'a block with one bit changed': admission => {
        change(admission, 'readBlock', read => async (index, options) => index === FALSE ? flipped(await read(index, options)) : read(index, options))
      },
      'another block than was asked for': admission => {
        change(admission, 'readBlock', read => async (index, options) => read(index === FALSE ? FALSE + 1 : index, options))
      },
      'a block sealed under the key of another position': (admission, { exchange, escrowSecret }) => {
        const keys = new BlockKeys(escrowSecret, exchange.session)
        let position = 0
        change(exchange, 'seal', seal => (index, block) => {
          position++

          return seal(index, index === FALSE ? resealed(block, keys.key(position + 1, index), keys.key(position, index)) : block)
        })
      }
    }

    for (const [what, admission] of Object.entries(lies)) {
      it(`lose all of their session, by evidence: ${what}`, async () => {
        const [first, ...others] = await run({ admission })
        expect(others).to.be.empty()
        await expectVoid(first)
      })
    }

    /** The recipient complained once, and had the block of the server. */
    async function run (hostility: ProofHostility): Promise<Uint8Array[]> {
      const sessions = await corruptProof(hostile, link, hostility)
      const { dropped, disputes, bad } = await get()
      expect({ dropped, disputes, bad }).to.deep.equal({ dropped: [`sent a false block ${FALSE}`], disputes: 1, bad: 1 })

      return sessions
    }

    async function expectVoid (session: Uint8Array): Promise<void> {
      const convicted: string[] = []
      server.services.mssl.addEventListener('peer:convicted', ({ detail: { peer, kind, evidence } }) => { convicted.push(`${peer} ${kind} ${evidence}`) })
      const { acknowledged, ...rest } = await account()
      expect(acknowledged).to.be.above(0)
      expect(rest).to.deep.equal({ outcomes: ['void'], credited: 0, offences: 1 })
      expect(server.services.mssl.ledger.settled(session)).to.deep.include({ void: true, credited: 0, amount: 0 })

      const folder = join(server.home, 'evidence')
      const files = await readdir(folder)
      expect(files).to.have.lengthOf(1)
      expect(convicted).to.deep.equal([`${hostile.peerId} false-entry ${join(folder, files[0])}`])
      const finding = await verifyEvidence(await readFile(join(folder, files[0])))
      expect(finding).to.deep.include({ kind: 'false-entry', session: Buffer.from(session) })
      expect(finding.entry?.index).to.equal(FALSE)
      expect(finding.accused.equals(hostile.peerId)).to.be.true()

      // a second time it is the same, and counted once
      expect(await account()).to.deep.include({ outcomes: [], credited: 0, offences: 1 })
    }

    it('lose the session in which they send the ciphertexts of an earlier one, and not that one', async () => {
      const earlier = new Map<number, Uint8Array>()
      const sessions = await corruptProof(hostile, link, {
        nonce: new Uint8Array(32).fill(3),
        admission: (admission, { exchange, escrowSecret }) => {
          const keys = new BlockKeys(escrowSecret, exchange.session)
          const { size } = earlier
          let position = 0
          change(exchange, 'seal', seal => (index, block) => {
            const key = keys.key(++position, index)

            if (size > 0 && index === FALSE) {
              // so that it leaves just as it did then
              return seal(index, blockSeal(key).update(earlier.get(index) ?? block))
            }

            const sealed = seal(index, block)
            size === 0 && earlier.set(index, sealed.bytes.slice())

            return sealed
          })
        }
      })
      const range = { offset: FALSE * BLOCK, length: 3 * BLOCK }
      expect(await collect(victim.services.mssl.read(link, range))).to.equalBytes(bytes.subarray(FALSE * BLOCK, (FALSE + 3) * BLOCK))
      expect(await account()).to.deep.equal({ outcomes: ['settled'], acknowledged: earlier.size, credited: earlier.size, offences: 0 })

      const { dropped, disputes } = await get()
      expect({ dropped, disputes }).to.deep.equal({ dropped: [`sent a false block ${FALSE}`], disputes: 1 })
      expect(sessions).to.have.lengthOf(2)
      expect(sessions[0]).to.not.deep.equal(sessions[1])
      expect(await account()).to.deep.include({ outcomes: ['void'], credited: earlier.size, offences: 1 })
    })
  })

  it('that show an old nonce get another session all the same, and other keys', async () => {
    const released: string[] = []
    const sessions = await corruptProof(hostile, link, {
      cap: 1,
      nonce: new Uint8Array(32).fill(3),
      release: answer => {
        released.push(Buffer.from(answer.keys).toString('hex'))

        return answer
      }
    })

    for (let round = 0; round < 2; round++) {
      expect(await collect(victim.services.mssl.read(link, { offset: 0, length: 3 * BLOCK }))).to.equalBytes(bytes.subarray(0, 3 * BLOCK))
    }

    expect(sessions).to.have.lengthOf(2)
    expect(new Set(released).size).to.equal(released.length)
    // what was read twice is credited once
    const { acknowledged, credited, offences } = await account()
    expect({ acknowledged, credited, offences }).to.deep.equal({ acknowledged: 6, credited: 3, offences: 0 })
  })

  describe('that send true blocks in a false way', () => {
    let last: Uint8Array
    const ways: Record<string, ProofHostility> = {
      'a wrong key': { cap: 1, release: released => ({ ...released, keys: released.first === FALSE ? flipped(released.keys) : released.keys }) },
      'the key of another position': {
        cap: 1,
        release: ({ first, keys, window }) => {
          const before = last
          last = keys

          return { first, keys: first === FALSE ? before : keys, window }
        }
      },
      'false hashes of the path': {
        admission: admission => {
          change(admission, 'path', path => (index, levels) => new Uint8Array(path(index, levels).byteLength).fill(1))
        }
      }
    }

    for (const [what, hostility] of Object.entries(ways)) {
      it(`lose their recipient, and no credit: ${what}`, async () => {
        await corruptProof(hostile, link, hostility)
        const { dropped, disputes, fromHostile, fromServer } = await get()

        expect(dropped).to.have.lengthOf(1)
        expect(dropped[0]).to.match(/sent a false block/)
        expect(disputes).to.be.above(0)
        expect(fromHostile + fromServer).to.equal(BLOCKS)
        const { outcomes, acknowledged, credited, offences } = await account()
        expect({ outcomes, offences }).to.deep.equal({ outcomes: ['settled'], offences: 0 })
        expect(credited).to.equal(acknowledged)
        // whatever is paid for and did not come to be used was lost to the dispute
        expect(fromHostile).to.be.at.most(acknowledged)
      })
    }
  })

  describe('that break the protocol of blocks', () => {
    const OPENED: Opened = {
      status: BlockStatus.BLOCK_OK,
      reason: '',
      availability: Availability.ALL,
      have: new Uint8Array(0),
      certificate: new Uint8Array(0),
      window: 64,
      superBlock: true,
      peers: [],
      nonce: new Uint8Array(32).fill(1),
      acknowledgementWindow: 1
    }

    interface Asked {
      index: number
      levels: number
    }

    /** The answer to the opening, and to the first of the blocks that were asked for: garbage. */
    interface Answers {
      opened?: Partial<Opened>
      block? (asked: Asked[]): Partial<Block>
    }

    const ways: Record<string, Answers> = {
      'an opening without a nonce': { opened: { nonce: undefined } },
      'a nonce of another length': { opened: { nonce: new Uint8Array(31) } },
      'an opening as in mode plain': { opened: { nonce: undefined, acknowledgementWindow: undefined } },
      'a window of nothing': { opened: { acknowledgementWindow: 0 } },
      'a window beyond the limit': { opened: { acknowledgementWindow: 513 } },
      'a block without a position': { block: () => ({ position: undefined }) },
      'position 0': { block: () => ({ position: 0 }) },
      'position 2 before 1': { block: () => ({ position: 2 }) },
      'a block that was not asked for': { block: asked => ({ index: Array.from({ length: BLOCKS }, (_, index) => index).find(index => asked.every(other => other.index !== index)) }) },
      'a block beyond the object': { block: () => ({ index: BLOCKS }) },
      'a block that is too long': { block: () => ({ length: BLOCK + 1 }) },
      'a hash too many': { block: ([{ index, levels }]) => ({ hashes: new Uint8Array(32 * siblingCount(BLOCKS, index, levels) + 32) }) }
    }

    /** Counts sessions and acknowledgements; none of these is answered. Calls back when all is sent. */
    async function answer ({ opened, block }: Answers, sent: () => void): Promise<{ sessions: number, acknowledgements: number }> {
      const counts = { sessions: 0, acknowledgements: 0 }

      await answerRaw(hostile, ACK_PROTOCOL, stream => {
        stream.addEventListener('message', () => {
          counts.acknowledgements++
          stream.abort(new Error('no keys'))
        }, { once: true })
      })
      await answerRaw(hostile, BLOCK_PROTOCOL, stream => {
        const reader = new MessageReader({
          message: bytes => {
            const { open, request } = RecipientMessage.decode(bytes)

            if (open != null) {
              counts.sessions++
              stream.send(fromProvider({ opened: { ...OPENED, ...opened } }))
            } else if (request != null && stream.status === 'open') {
              const [{ index, levels }] = request.blocks
              const asIs = { index, hashes: new Uint8Array(32 * siblingCount(BLOCKS, index, levels)), length: index === BLOCKS - 1 ? BLOCK - 77 : BLOCK, position: 1 }
              stream.send(fromProvider({ block: { ...asIs, ...block?.(request.blocks) } }, new Uint8Array(asIs.length)))
              sent()
            }
          },
          chunk: () => {},
          end: () => {}
        })
        stream.addEventListener('message', ({ data }) => { reader.push(data.subarray()) })

        if (block == null) {
          sent()
        }
      })

      return counts
    }

    for (const [what, answers] of Object.entries(ways)) {
      it(`get no acknowledgement: ${what}`, async () => {
        const counts = await answer(answers, serve)
        const { fromHostile, fromServer, wasted } = await get()

        expect(counts.sessions).to.be.within(1, 3)
        expect(counts.acknowledgements).to.equal(0)
        expect({ fromHostile, fromServer, wasted }).to.deep.equal({ fromHostile: 0, fromServer: BLOCKS, wasted: 0 })
        expect(await account()).to.deep.equal({ outcomes: [], acknowledged: 0, credited: 0, offences: 0 })
      })
    }

    it('get one for a block that is garbage in the right form, and nothing for it', async () => {
      const counts = await answer({ block: () => ({}) }, () => {})
      const { dropped, fromServer } = await get()

      // one for each session: garbage is found out when it is opened, and the provider cannot even do that
      expect(dropped).to.have.lengthOf(1)
      expect(counts.sessions).to.be.within(1, 3)
      expect(counts.acknowledgements).to.equal(counts.sessions)
      expect(fromServer).to.be.within(BLOCKS - 3, BLOCKS)
      expect(await account()).to.deep.equal({ outcomes: [], acknowledged: 0, credited: 0, offences: 0 })
    })
  })
})

function blocksFrom ({ sources }: Pick<DownloadResult, 'sources'>, { peerId }: StagedNode): number {
  return Math.ceil((sources.find(({ peer }) => peer.equals(peerId))?.bytes ?? 0) / BLOCK)
}

function flipped (bytes: Uint8Array): Uint8Array {
  const copy = Uint8Array.from(bytes)
  copy[copy.byteLength >> 1] ^= 1

  return copy
}

/** What has to be sealed under one key, so that it leaves as sealed under the other. */
function resealed (block: Uint8Array, as: Uint8Array, under: Uint8Array): Uint8Array {
  return blockSeal(under).update(blockSeal(as).update(block))
}
