/**
 * Is the specification enough? A second implementation, which knows nothing else, and a node of this project fetch from
 * each other.
 */
import { randomBytes } from 'node:crypto'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { expect } from 'aegir/chai'
import { createNode as createRealNode } from '../../src/index.ts'
import { authorize, createNode, fetchObject, multihashOf, openSession } from './client.ts'
import { encode, field, Fields } from './protobuf.ts'
import { provide } from './provider.ts'
import { formatLink, parseLink, same } from './records.ts'
import type { Grant } from './client.ts'
import type { MsslNode, PublishOptions } from '../../src/index.ts'
import type { Libp2p } from '@libp2p/interface'

const BLOCK_SIZE = 64 * 1024

describe('conformance: a second implementation', function () {
  this.timeout(60_000)

  const source = randomBytes(21 * BLOCK_SIZE + 12_345)
  const nodes: Array<{ stop (): Promise<void> | void }> = []
  let folder: string
  let server: MsslNode
  let second: Libp2p

  async function real (name: string): Promise<MsslNode> {
    const node = await createRealNode({ home: join(folder, name), listen: ['/ip4/127.0.0.1/tcp/0'] })
    nodes.push(node)

    return node
  }

  async function publish (options: PublishOptions): Promise<string> {
    return (await server.services.mssl.publish(join(folder, 'source'), { blockSize: BLOCK_SIZE, ...options })).link
  }

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'mssl-conformance-'))
    await writeFile(join(folder, 'source'), source)
    server = await real('server')
    second = await createNode()
    nodes.push(second)
  })

  afterEach(async () => {
    await Promise.all(nodes.splice(0).map(async node => node.stop()))
    await rm(folder, { recursive: true, force: true })
  })

  const COMBINATIONS = [['object-key', 'per-block', 'sha2-256'], ['object-key', 'super-block', 'sha2-256'], ['none', 'per-block', 'sha2-256'], ['object-key', 'per-block', 'blake3']] as const

  COMBINATIONS.forEach(([encryption, delivery, hash]) => {
    it(`fetches from a node (encryption ${encryption}, delivery ${delivery}, ${hash})`, async () => {
      const link = await publish({ encryption, delivery, hash })
      const grant = await authorize(second, link)
      const session = await openSession(second, parseLink(link).server, grant)
      const { bytes, leaves, hashBytes } = await fetchObject(session, grant)
      await session.wire.stream.close()

      expect(grant.manifest.name).to.equal('source')
      expect(grant.objectKey.byteLength).to.equal(encryption === 'none' ? 0 : 32)
      expect(Buffer.compare(bytes, source)).to.equal(0)

      if (delivery === 'super-block') {
        expect(leaves).to.have.lengthOf(22)
      } else {
        // requests rely on what is verified: no more than a path per window and what lies between
        expect(hashBytes).to.be.lessThan(22 * 5 * 32)
      }
    })

    it(`provides to a node, the server being gone (encryption ${encryption}, delivery ${delivery}, ${hash})`, async () => {
      const link = await publish({ encryption, delivery, hash })
      const grant = await authorize(second, link)
      await openSession(second, parseLink(link).server, grant)
      const served = await provide(second, grant, source)
      const recipient = await real('recipient')

      // the server introduces those whom it serves, once it has heard where they listen
      await introduced(link, multihashOf(second))
      await recipient.services.mssl.authorize(link)
      await server.stop()

      const { path, sources, bad } = await recipient.services.mssl.get(link, { to: join(folder, 'copy') })

      expect(Buffer.compare(await readFile(path), source)).to.equal(0)
      expect(sources.map(({ peer, bytes }) => [peer.toString(), bytes])).to.deep.equal([[second.peerId.toString(), source.byteLength]])
      expect(bad).to.equal(0)
      expect(served).to.include({ sessions: 1, superBlocks: delivery === 'super-block' ? 1 : 0, refused: 0 })
    })
  })

  it('renews its ticket within a session', async () => {
    const link = await publish({})
    const grant = await authorize(second, link)
    const session = await openSession(second, parseLink(link).server, grant)
    const { ticket } = await authorize(second, link)
    await session.wire.send(field(5, encode([1, ticket])))
    // have: blocks 1 and 2; nobody asks for them any more
    await session.wire.send(field(4, Buffer.concat([field(1, 1), field(1, 2)])))

    expect(Buffer.compare((await fetchObject(session, grant)).bytes, source)).to.equal(0)

    await session.wire.send(field(5, encode([1, grant.manifestEnvelope])))
    const closing = new Fields((await session.wire.message()).bytes(6))
    expect(closing.number(1), 'TICKET_INVALID').to.equal(3)
  })

  it('gets the statuses that the specification names', async () => {
    const link = parseLink(await publish({}))
    const grant = await authorize(second, await publish({}))
    const stranger = await createNode()
    nodes.push(stranger)
    await stranger.dial(server.getMultiaddrs())
    await server.services.mssl.publish(join(folder, 'source'), { blockSize: 2 * BLOCK_SIZE, encryption: 'none' })
    const other = await real('other')
    const otherLink = (await other.services.mssl.publish(join(folder, 'source'))).link
    const { certificate: foreign } = await authorize(second, otherLink)

    const open = async (node: Libp2p, change: Partial<Grant>, have?: Uint8Array): Promise<Fields> => (await openSession(node, link.server, { ...grant, ...change }, { have })).opened
    const unknown = Uint8Array.from(grant.object).fill(7, 4)

    expect((await open(second, {})).number(1), 'OK').to.equal(0)
    expect((await open(second, {}, new Uint8Array(1))).number(1), 'MALFORMED: bitmap too short').to.equal(1)
    expect((await open(second, { object: unknown })).number(1), 'NOT_FOUND').to.equal(2)
    expect((await open(stranger, {})).number(1), 'TICKET_INVALID: another client\'s').to.equal(3)

    const conflict = await open(second, { certificate: foreign })
    expect(conflict.number(1), 'SERVER_CONFLICT').to.equal(6)
    expect(Buffer.compare(conflict.bytes(5), grant.certificate.envelope), 'both have both certificates').to.equal(0)

    await expect(authorize(second, formatLink({ ...link, object: unknown }))).to.eventually.be.rejectedWith('status 4')
    await expect(authorize(second, formatLink({ ...link, fingerprint: parseLink(otherLink).fingerprint }))).to.eventually.be.rejectedWith('status 5')
    await expect(authorize(second, await publish({ policy: { kind: 'token' } }))).to.eventually.be.rejectedWith('status 2')
    await expect(authorize(second, await publish({ policy: { kind: 'token' } }), 'wrong')).to.eventually.be.rejectedWith('status 3')
  })

  /** Waits until the server names a peer to those who ask for a ticket. */
  async function introduced (link: string, peer: Uint8Array): Promise<void> {
    const third = await createNode()
    nodes.push(third)

    while (!(await authorize(third, link)).hints.some(hint => same(hint, peer))) {
      await delay(100)
    }
  }
})
