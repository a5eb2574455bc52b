import { setTimeout as sleep } from 'node:timers/promises'
import { generateKeyPair } from '@libp2p/crypto/keys'
import { defaultLogger } from '@libp2p/logger'
import { peerIdFromPrivateKey } from '@libp2p/peer-id'
import { expect } from 'aegir/chai'
import fc from 'fast-check'
import { concat } from 'uint8arrays/concat'
import { LINKS, Network } from '../../../simulations/network/index.ts'
import { eventually } from '../../eventually.ts'
import type { SimulatedConnection } from '../../../simulations/network/connection.ts'
import type { Host, Link } from '../../../simulations/network/index.ts'
import type { PeerId } from '@libp2p/interface'

const log = defaultLogger().forComponent('test')
const KIB = 1024

/** What a connection's buffers take besides its window: the sender's, and pieces on their way through it */
const BUFFERS = 512 * KIB

interface Ends {
  here: SimulatedConnection
  there: SimulatedConnection
}

describe('simulations: network', function () {
  this.timeout(30_000)

  let network: Network
  let peerId: PeerId

  before(async () => {
    peerId = peerIdFromPrivateKey(await generateKeyPair('Ed25519'))
  })

  beforeEach(() => {
    network = new Network()
  })

  function join (link: Link): Host {
    const host = network.join(link)
    host.peerId = peerId

    return host
  }

  async function connect (from: Host, to: Host): Promise<Ends> {
    const accepted = Promise.withResolvers<SimulatedConnection>()
    to.listener = { log, accept: connection => { accepted.resolve(connection) } }
    const { connection: here } = await from.dial(to.address, log)

    return { here, there: await accepted.promise }
  }

  function receive (connection: SimulatedConnection): { bytes: number, chunks: Uint8Array[], at: number[] } {
    const received = { bytes: 0, chunks: [] as Uint8Array[], at: [] as number[] }
    connection.addEventListener('message', ({ data }) => {
      received.bytes += data.byteLength
      received.chunks.push(data.subarray())
      received.at.push(performance.now())
    })

    return received
  }

  async function ends (connection: SimulatedConnection): Promise<{ error?: Error, local?: boolean }> {
    return new Promise(resolve => { connection.addEventListener('close', resolve, { once: true }) })
  }

  it('moves bytes no faster than the slower of two links', async () => {
    for (const [up, down] of [[1024 * KIB, Infinity], [Infinity, 1024 * KIB]]) {
      const { here, there } = await connect(join({ ...LINKS.unlimited, up }), join({ ...LINKS.unlimited, down }))
      const received = receive(there)
      const begin = performance.now()
      here.send(new Uint8Array(512 * KIB))
      await eventually(() => received.bytes === 512 * KIB)

      // a quantum may be moved before its time has come
      expect(received.at[received.at.length - 1] - begin).to.be.above(450)
    }
  })

  it('moves whole bytes, also when a rate is not a whole number', async () => {
    // the window, which is filled, is one of the rate of the slower one
    const { here, there } = await connect(join({ up: Infinity, down: Infinity, delay: 10 }), join({ up: Infinity, down: 2 ** 24 / 3, delay: 10 }))
    const received = receive(there)
    const length = 4096 * KIB
    here.send(new Uint8Array(length))
    await eventually(() => received.bytes >= length)

    expect(received.bytes).to.equal(length)
    expect(received.chunks.length).to.be.below(2 * length / (16 * KIB))
  })

  it('takes the time of both ends\' delays, and a round trip to connect', async () => {
    const [from, to] = [join({ ...LINKS.unlimited, delay: 40 }), join({ ...LINKS.unlimited, delay: 60 })]
    const begin = performance.now()
    const { here, there } = await connect(from, to)
    const connected = performance.now()
    const received = receive(there)
    here.send(new Uint8Array(1))
    await eventually(() => received.bytes === 1)

    expect(connected - begin).to.be.above(195)
    expect(received.at[0] - connected).to.be.above(95)
  })

  it('shares a link evenly among those who use it', async () => {
    const from = join({ ...LINKS.unlimited, up: 1024 * KIB })
    const hosts = [1, 2, 3].map(() => join(LINKS.unlimited))
    const pairs = await Promise.all(hosts.map(async to => connect(from, to)))
    const received = pairs.map(({ there }) => receive(there))
    pairs.forEach(({ here }) => { here.send(new Uint8Array(256 * KIB)) })
    await eventually(() => received.some(({ bytes }) => bytes === 256 * KIB))

    expect(Math.min(...received.map(({ bytes }) => bytes))).to.be.above(192 * KIB)
    expect(from.sent).to.be.at.most(768 * KIB)
    await eventually(() => received.every(({ bytes }) => bytes === 256 * KIB))
    expect(from.sent).to.equal(768 * KIB)
    expect(hosts.map(to => to.received)).to.deep.equal([256 * KIB, 256 * KIB, 256 * KIB])
  })

  it('tells a sender when there is no room, and when there is again', async () => {
    const { here, there } = await connect(join({ ...LINKS.unlimited, up: 4096 * KIB }), join(LINKS.unlimited))
    const received = receive(there)

    expect(here.send(new Uint8Array(64 * KIB))).to.equal(true)
    expect(here.send(new Uint8Array(512 * KIB))).to.equal(false)
    await new Promise(resolve => { here.addEventListener('drain', resolve, { once: true }) })
    await eventually(() => received.bytes === 576 * KIB)
  })

  it('bounds what a paused reader is sent, and delivers all of it later', async () => {
    const { here, there } = await connect(join(LINKS.fibre), join(LINKS.fibre))
    const received = receive(there)
    there.pause()
    let sent = 0
    const fill = (): void => {
      let room = true

      while (room) {
        room = here.send(new Uint8Array(64 * KIB))
        sent += 64 * KIB
      }
    }
    here.addEventListener('drain', fill)
    fill()
    // until nothing moves any more
    for (let before = -1; before !== sent;) {
      before = sent
      await sleep(500)
    }

    // twice what the link carries in a round trip
    const window = Math.max(256 * KIB, 2 * LINKS.fibre.up * 4 * LINKS.fibre.delay / 1000)

    expect(received.bytes).to.equal(0)
    expect(sent).to.be.below(window + BUFFERS)
    here.removeEventListener('drain', fill)
    there.resume()
    await eventually(() => received.bytes === sent)
  })

  it('delivers all bytes in their order, whatever pieces they come in', async () => {
    await fc.assert(fc.asyncProperty(fc.array(fc.uint8Array({ minLength: 1, maxLength: 60_000 }), { minLength: 1, maxLength: 12 }), fc.constantFrom(LINKS.unlimited, { up: 20_000_000, down: 10_000_000, delay: 1 }), async (pieces, link) => {
      const { here, there } = await connect(join({ up: Infinity, down: Infinity, delay: 10 }), join({ up: Infinity, down: 2 ** 24 / 3, delay: 10 }))
      const received = receive(there)
      const all = concat(pieces)
      pieces.forEach(piece => { here.send(piece) })
      await eventually(() => received.bytes === all.byteLength)

      expect(concat(received.chunks)).to.deep.equal(all)
    }), { numRuns: 30 })
  })

  it('delivers what was sent before the end', async () => {
    const { here, there } = await connect(join(LINKS.fibre), join({ ...LINKS.fibre, down: 1024 * KIB }))
    const received = receive(there)
    const over = ends(there)
    here.send(new Uint8Array(256 * KIB))
    await here.close()
    const { error } = await over

    expect(error).to.equal(undefined)
    expect(received.bytes).to.equal(256 * KIB)
  })

  it('throws away what is under way when one end resets', async () => {
    const { here, there } = await connect(join({ ...LINKS.fibre, up: 256 * KIB }), join(LINKS.fibre))
    const received = receive(there)
    const over = ends(there)
    here.send(new Uint8Array(256 * KIB))
    here.abort(new Error('enough'))
    const { error } = await over

    expect(error?.message).to.include('reset')
    expect(received.bytes).to.be.below(256 * KIB)
  })

  it('breaks all connections of a host that is unplugged, and lets nobody connect until it is plugged in again', async () => {
    const [from, to] = [join(LINKS.fibre), join(LINKS.fibre)]
    const { here, there } = await connect(from, to)
    const over = Promise.all([here, there].map(ends))
    to.unplug()
    await over

    expect(to.connections).to.equal(0)
    await eventually(() => from.connections === 0)
    // it is not refused: nobody answers
    await expect(from.dial(to.address, log, { signal: AbortSignal.timeout(200) })).to.eventually.be.rejected().with.property('name', 'TimeoutError')
    await expect(to.dial(from.address, log, { signal: AbortSignal.timeout(200) })).to.eventually.be.rejected().with.property('name', 'TimeoutError')
    to.plug()
    await connect(from, to)
  })

  it('refuses a connection to a host without a node', async () => {
    await expect(join(LINKS.fibre).dial(join(LINKS.fibre).address, log)).to.eventually.be.rejected().with.property('name', 'ConnectionFailedError')
  })

  it('gives each host an address of its own', () => {
    const hosts = Array.from({ length: 1_000 }, () => network.join(LINKS.fibre))

    expect(new Set(hosts.map(({ address }) => address.toString())).size).to.equal(1_000)
    hosts.forEach(host => { expect(network.host(host.address)).to.equal(host) })
  })
})
