/* eslint-disable no-loop-func -- the variables are set anew before each test */
import { readFile } from 'node:fs/promises'
import { expect } from 'aegir/chai'
import { SILENCE_TIMEOUT } from '../../protocols/block/constants.ts'
import { Availability, BLOCK_PROTOCOL, BlockStatus } from '../../protocols/block/index.ts'
import { BLOCK, collect, Stage } from '../node/fixtures/stage.ts'
import { fromProvider } from '../protocols/block/fixture.ts'
import { answerRaw, corrupt, introduce } from './fixtures/hostile.ts'
import type { Hostility } from './fixtures/hostile.ts'
import type { Opened } from '../../protocols/block/pb/block.ts'
import type { DownloadResult, HashName } from '../../src/node/mssl.ts'
import type { StagedNode } from '../node/fixtures/stage.ts'
import type { Stream } from '@libp2p/interface'

const BLOCKS = 48

const OPENED: Opened = {
  status: BlockStatus.BLOCK_OK,
  reason: '',
  availability: Availability.ALL,
  have: new Uint8Array(0),
  certificate: new Uint8Array(0),
  window: 64,
  superBlock: true,
  peers: []
}

/** Sends this after the opening, whatever it is asked. */
function raw (...messages: Uint8Array[]): (stream: Stream) => void {
  return stream => {
    stream.addEventListener('message', () => {
      for (const message of [fromProvider({ opened: OPENED }), ...messages]) {
        stream.status === 'open' && stream.send(message)
      }
    }, { once: true })
  }
}

function flipped (bytes: Uint8Array): Uint8Array {
  const copy = Uint8Array.from(bytes)
  copy[copy.byteLength >> 1] ^= 1

  return copy
}

describe('adversaries: providers', function () {
  this.timeout(30_000)

  const stage = new Stage()
  let server: StagedNode
  let hostile: StagedNode
  let victim: StagedNode
  /** The server gives the victim no block before: whatever the machine is busy with, the hostile provider has its turn. */
  let turn: PromiseWithResolvers<void>

  async function setUp (delivery: 'per-block' | 'super-block', hash: HashName = 'sha2-256'): Promise<{ link: string, bytes: Uint8Array }> {
    server = await stage.node()
    ;[hostile, victim] = await stage.nodes(2)
    const { link, bytes } = await stage.publish(server, BLOCKS * BLOCK - 77, { delivery, hash })
    await hostile.services.mssl.get(link, { to: hostile.folder })
    await introduce(victim, link, hostile)
    turn = Promise.withResolvers()
    await corrupt(server, link, { admission: async () => turn.promise })

    return { link, bytes }
  }

  async function get (link: string, bytes: Uint8Array): Promise<DownloadResult & { dropped: string[] }> {
    const dropped: string[] = []
    const told: string[] = []
    victim.services.mssl.addEventListener('provider:dropped', ({ detail }) => { told.push(detail.reason) })
    const result = await victim.services.mssl.get(link, {
      to: victim.folder,
      onProgress: event => {
        if (event.type === 'mssl:get:dropped') {
          expect(event.detail.peer.equals(hostile.peerId)).to.be.true()
          dropped.push(event.detail.reason)
          turn.resolve()
        }
      }
    })
    expect(await readFile(result.path)).to.equalBytes(bytes)
    expect(told).to.deep.equal(dropped)

    return { ...result, dropped }
  }

  afterEach(async () => {
    await stage.clear()
  })

  const tampered: Hostility = { admission: admission => { change(admission, 'readBlock', read => async (index, options) => flipped(await read(index, options))) } }
  const proofs: Record<string, { hostility: Hostility, reason: RegExp, hash?: HashName }> = {
    'a tampered block': { hostility: tampered, reason: /false block/ },
    'a tampered block of an object with blake3': { hostility: tampered, reason: /false block/, hash: 'blake3' },
    'a tampered hash': {
      hostility: { admission: admission => { change(admission, 'path', path => (index, levels) => flipped(path(index, levels))) } },
      reason: /false block/
    },
    'another block in place of the one asked for': {
      hostility: { admission: admission => { change(admission, 'readBlock', read => async (index, options) => read((index + 1) % (BLOCKS - 1), options)) } },
      reason: /false block/
    },
    'refusals of blocks that it says it has': {
      hostility: { admission: admission => { admission.permits = () => BlockStatus.BLOCK_NOT_FOUND } },
      reason: /does not have the blocks/
    }
  }

  for (const [what, { hostility, reason, hash }] of Object.entries(proofs)) {
    it(`drops and reports who sends ${what}, and completes`, async () => {
      const { link, bytes } = await setUp('per-block', hash)
      await corrupt(hostile, link, hostility)
      const { dropped, sources } = await get(link, bytes)

      expect(dropped).to.have.lengthOf(1)
      expect(dropped[0]).to.match(reason)
      expect(sources.filter(({ peer, bytes }) => peer.equals(hostile.peerId) && bytes > 0)).to.be.empty()
    })
  }

  it('drops and reports who sends a tampered super-block, and completes', async () => {
    const { link, bytes } = await setUp('super-block')
    await corrupt(hostile, link, { admission: admission => { admission.superBlock = () => new Uint8Array(BLOCKS * 32).fill(7) } })
    const { dropped, bad } = await get(link, bytes)

    expect(dropped).to.deep.equal(['sent a false super-block'])
    expect(bad).to.equal(1)
  })

  it('wastes at most a few blocks on who sends good and false blocks in turn', async () => {
    const { link, bytes } = await setUp('per-block')
    let count = 0
    await corrupt(hostile, link, {
      admission: admission => {
        change(admission, 'readBlock', read => async (index, options) => ++count % 4 === 0 ? flipped(await read(index, options)) : read(index, options))
      }
    })
    const { dropped, bad, fetched } = await get(link, bytes)
    expect(dropped).to.have.lengthOf(1)
    // what was under way when the first was noticed
    expect(bad).to.be.within(1, 4)
    expect(fetched).to.equal(bytes.byteLength)
  })

  const wire: Record<string, (stream: Stream) => void> = {
    'garbage in answer to the opening': stream => { stream.send(Uint8Array.from({ length: 500 }, (_, i) => i * 37)) },
    'an endless length': raw(Uint8Array.of(0xff, 0xff, 0xff, 0xff, 0x7f)),
    'a block that was not asked for': raw(...[BLOCKS - 1, 0, 1].map(index => fromProvider({ block: { index, hashes: new Uint8Array(3200), length: 1 } }, new Uint8Array(1)))),
    'a block beyond the object': raw(fromProvider({ block: { index: 2 ** 31, hashes: new Uint8Array(0), length: BLOCK } }, new Uint8Array(BLOCK))),
    'a block of 4 GiB': raw(fromProvider({ block: { index: 0, hashes: new Uint8Array(0), length: 2 ** 32 - 1 } }, new Uint8Array(BLOCK))),
    'a super-block that nobody wants': raw(fromProvider({ superBlock: { length: BLOCKS * 32 } }, new Uint8Array(BLOCKS * 32)))
  }

  for (const [what, handler] of Object.entries(wire)) {
    it(`completes beside who sends ${what}`, async () => {
      const { link, bytes } = await setUp('per-block')
      let sessions = 0
      await answerRaw(hostile, BLOCK_PROTOCOL, stream => {
        sessions++
        handler(stream)
        turn.resolve()
      })
      const { sources } = await get(link, bytes)

      expect(sessions).to.be.within(1, 4)
      expect(sources.some(({ peer }) => peer.equals(hostile.peerId))).to.be.false()
    })
  }

  it('floods nobody: what comes without being asked for ends the session, at a bounded price', async () => {
    const { link, bytes } = await setUp('per-block')
    const flood = fromProvider({ have: { ranges: [0, BLOCKS] } })
    let sent = 0
    await answerRaw(hostile, BLOCK_PROTOCOL, stream => {
      raw()(stream)
      turn.resolve()
      stream.addEventListener('message', () => {
        while (stream.status === 'open' && sent < 64 * 1024 * 1024 && stream.send(flood)) {
          sent += flood.byteLength
        }
      })
      stream.addEventListener('drain', () => { stream.dispatchEvent(new Event('message')) })
    })
    const before = process.memoryUsage().rss
    await get(link, bytes)
    expect(process.memoryUsage().rss - before).to.be.below(100 * 1024 * 1024)
  })

  it('goes on without who stalls, sends half a block, or trickles', async () => {
    const { link, bytes } = await setUp('per-block')
    const [half, trickling] = await stage.nodes(2)
    await introduce(victim, link, half, trickling)
    const stalls = Promise.withResolvers<void>()
    const halves = Promise.withResolvers<void>()
    void Promise.all([stalls.promise, halves.promise]).then(() => { turn.resolve() })
    await corrupt(hostile, link, {
      admission: admission => { admission.readBlock = async () => { stalls.resolve(); return new Promise(() => {}) } }
    })
    await answerRaw(half, BLOCK_PROTOCOL, stream => {
      raw()(stream)
      stream.addEventListener('message', () => { halves.resolve() })
    })
    await answerRaw(trickling, BLOCK_PROTOCOL, stream => {
      raw()(stream)
      const timer = setInterval(() => { stream.status === 'open' ? stream.send(Uint8Array.of(0x80)) : clearInterval(timer) }, 200)
      stream.addEventListener('close', () => { clearInterval(timer) })
    })
    const { path, fetched, elapsed } = await victim.services.mssl.get(link, { to: victim.folder })

    expect(await readFile(path)).to.equalBytes(bytes)
    expect(fetched).to.equal(bytes.byteLength)
    // nobody is waited for until the protocol gives up on silence
    expect(elapsed).to.be.below(SILENCE_TIMEOUT)
  })

  it('never gives a reader a false byte', async () => {
    const { link, bytes } = await setUp('per-block')
    victim.services.mssl.addEventListener('provider:dropped', () => { turn.resolve() }, { once: true })
    await corrupt(hostile, link, proofs['a tampered block'].hostility)
    expect(await collect(victim.services.mssl.read(link))).to.equalBytes(bytes)
  })

  it('says so when all that there is is false, and writes none of it', async () => {
    const { link } = await setUp('per-block')

    for (const node of [server, hostile]) {
      await corrupt(node, link, proofs['a tampered block'].hostility)
    }

    await expect(victim.services.mssl.get(link, { to: victim.folder })).to.eventually.be.rejected.with.property('name', 'IntegrityError')
    expect(victim.services.mssl.list().reduce((sum, { have }) => sum + have, 0)).to.equal(0)
  })
})

function change <T extends object, K extends keyof T> (target: T, key: K, wrap: (original: T[K] & {}) => T[K]): void {
  const original = target[key] as any
  target[key] = wrap(original.bind(target))
}
