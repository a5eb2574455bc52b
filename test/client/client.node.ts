import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { defaultLogger } from '@libp2p/logger'
import { RecordEnvelope } from '@libp2p/peer-record'
import { expect } from 'aegir/chai'
import { concat } from 'uint8arrays/concat'
import { TicketStatus } from '../../protocols/ticket/index.ts'
import { HashDelivery } from '../../src/object/index.ts'
import { Access } from '../../src/server/access.ts'
import { Origin } from '../../src/server/index.ts'
import { PATIENCE } from '../../src/swarm/constants.ts'
import { signManifest } from '../../src/ticket/index.ts'
import { eventually } from '../eventually.ts'
import { Party, testBytes } from './fixtures/party.ts'
import type { PartyInit } from './fixtures/party.ts'
import type { ClientProgressEvents } from '../../src/client/index.ts'
import type { Holding } from '../../src/holding/index.ts'
import type { CID } from 'multiformats/cid'

describe('client', function () {
  this.timeout(30_000)

  const bytes = testBytes(40 * 65536 + 123)
  const parties: Party[] = []

  async function party (init?: PartyInit): Promise<Party> {
    const party = await Party.create(init)
    parties.push(party)

    return party
  }

  afterEach(async () => {
    await Promise.all(parties.splice(0).map(async party => { await party.stop() }))
  })

  async function collect (source: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
    const chunks: Uint8Array[] = []

    for await (const chunk of source) {
      chunks.push(chunk)
    }

    return concat(chunks)
  }

  for (const delivery of [HashDelivery.PER_BLOCK, HashDelivery.SUPER_BLOCK]) {
    it(`downloads a file from its server, ${delivery}`, async () => {
      const [server, client] = [await party(), await party()]
      const link = await server.publish(bytes, { delivery })
      const events: ClientProgressEvents[] = []
      const result = await client.client.download(link, { to: client.folder, onProgress: event => events.push(event) })

      expect(result.path).to.equal(join(client.folder, 'object.bin'))
      expect(result.fetched).to.equal(bytes.byteLength)
      expect(result.sources).to.have.lengthOf(1)
      expect(result.sources[0].server).to.be.true()
      expect(await readFile(result.path)).to.equalBytes(bytes)
      expect(events.map(({ type }) => type)).to.include.members(['mssl:get:authorized', 'mssl:get:resumed', 'mssl:get:progress'])

      // again: it is there
      const again = await client.client.download(link, { to: client.folder })
      expect(again.fetched).to.equal(0)
      expect(again.path).to.equal(result.path)
    })
  }

  it('gets an object of no bytes', async () => {
    const [server, client] = [await party(), await party()]
    const link = await server.publish(new Uint8Array(0))
    const { path } = await client.client.download(link, { to: client.folder })
    expect(await readFile(path)).to.have.lengthOf(0)
    expect(await collect(client.client.read(link))).to.have.lengthOf(0)
  })

  it('never overwrites a file that is there', async () => {
    const [server, client] = [await party(), await party()]
    const link = await server.publish(bytes)
    await writeFile(join(client.folder, 'mine.txt'), 'mine')
    await expect(client.client.download(link, { to: join(client.folder, 'mine.txt') })).to.eventually.be.rejected.with.property('name', 'FileExistsError')
  })

  it('reads ranges in order, and ends the transfer when the reader leaves', async () => {
    const [server, client] = [await party(), await party()]
    const link = await server.publish(bytes)

    expect(await collect(client.client.read(link))).to.equalBytes(bytes)
    expect(await collect(client.client.read(link, { offset: 65530, length: 12 }))).to.equalBytes(bytes.subarray(65530, 65542))
    expect(await collect(client.client.read(link, { offset: bytes.byteLength - 5 }))).to.equalBytes(bytes.subarray(-5))
    expect(await collect(client.client.read(link, { offset: 7, length: 0 }))).to.have.lengthOf(0)
    await expect(collect(client.client.read(link, { offset: bytes.byteLength, length: 1 }))).to.eventually.be.rejected.with.property('name', 'InvalidParametersError')

    const reader = client.client.read(link)
    await reader.next()
    await reader.return(undefined)

    await eventually(() => client.node.getConnections().every(({ streams }) => streams.every(({ protocol }) => !protocol.includes('/block/'))))
    // what is held is not fetched
    await client.client.download(link, { to: client.folder })
    await server.node.stop()
    expect(await collect(client.client.read(link, { offset: 100, length: 70_000 }))).to.equalBytes(bytes.subarray(100, 70_100))
  })

  it('downloads from peers what the server does not need to send', async () => {
    const [server, first, second] = [await party(), await party(), await party()]
    const link = await server.publish(bytes)
    const { id } = await first.client.download(link, { to: first.folder })
    // it introduces those that it knows
    server.client.known.seen(id, first.node.peerId, first.node.getMultiaddrs())
    const { sources, path } = await second.client.download(link, { to: second.folder })
    expect(await readFile(path)).to.equalBytes(bytes)
    const fromPeer = sources.find(({ peer }) => peer.equals(first.node.peerId))
    expect(fromPeer?.bytes).to.be.above(bytes.byteLength / 2)
  })

  it('finishes from a peer when the server is gone and the ticket was issued before', async () => {
    const records = new Map()
    const [server, first, second] = [await party(), await party({ records }), await party({ records, patience: 5_000 })]
    const link = await server.publish(bytes)
    await first.client.download(link, { to: first.folder })
    await second.client.authorize(link)
    await server.node.stop()
    const { sources, path } = await second.client.download(link, { to: second.folder })
    expect(await readFile(path)).to.equalBytes(bytes)
    expect(sources.map(({ peer }) => peer.toString())).to.deep.equal([first.node.peerId.toString()])
  })

  it('resumes after an interruption, with the server gone, from a provider that it knew', async () => {
    const server = await party()
    const link = await server.publish(bytes)

    // slowly, so that there is something to interrupt
    const { provision } = server
    server.node.services.block.provision = {
      admit: async (...args) => {
        const admission = await provision.admit(...args)
        const readBlock = admission.readBlock.bind(admission)

        return Object.assign(admission, { readBlock: async (index: number, options: object) => delay(20).then(async () => readBlock(index, options)) })
      }
    }
    let second = await Party.create()
    const controller = new AbortController()
    await expect(second.client.download(link, {
      to: second.folder,
      signal: controller.signal,
      onProgress: event => {
        if (event.type === 'mssl:get:progress' && event.detail.have > 5 * 65536) {
          controller.abort()
        }
      }
    })).to.eventually.be.rejected.with.property('name', 'AbortError')
    server.node.services.block.provision = provision
    const first = await party()
    await first.client.download(link, { to: first.folder })
    second.client.known.seen(first.holdings.list()[0].id, first.node.peerId, first.node.getMultiaddrs())
    await second.stop({ keep: true })
    await server.node.stop()

    second = await party({ home: second.folder })
    const { path, fetched } = await second.client.download(link, { to: second.folder })
    expect(await readFile(path)).to.equalBytes(bytes)
    expect(fetched).to.be.at.most(bytes.byteLength - 5 * 65536)
  })

  it('renews a ticket while it is used, and no longer', async () => {
    const [server, client] = [await party(), await party()]
    await server.serve({ ticketLifetime: 1_000 })
    const link = await server.publish(bytes)
    const tickets: Uint8Array[] = []
    client.keeper.addEventListener('ticket', ({ detail }) => { tickets.push(detail.ticket) })
    const began = Date.now()
    const grant = await client.client.authorize(link)
    const release = client.keeper.use(grant)
    await eventually(() => tickets.length >= 2)
    release()
    expect(Date.now() - began).to.be.at.least(990)
    const renewed = tickets.length
    // longer than the half-life at which the next was due; one may have been on its way
    await delay(1_100)
    expect(tickets.length).to.be.at.most(renewed + 1)
  })

  it('takes note of revocations without being asked', async () => {
    const [server, client] = [await party(), await party({ revocationInterval: 100 })]
    const link = await server.publish(bytes)
    await client.client.download(link, { to: client.folder })
    const before = client.keeper.revocations(link.fingerprint)?.epoch ?? 0
    new Access(server.home.database()).revoke(server.node.peerId)
    await eventually(() => (client.keeper.revocations(link.fingerprint)?.epoch ?? 0) > before)
  })

  it('takes note of revocations when an answer takes longer than the time between two looks, and asks once at a time', async () => {
    const [server, client] = [await party(), await party({ revocationInterval: 100 })]
    const link = await server.publish(bytes)
    await client.client.download(link, { to: client.folder })
    const before = client.keeper.revocations(link.fingerprint)?.epoch ?? 0
    const { authority } = server.node.services.ticket
    let asking = 0
    let most = 0
    server.node.services.ticket.authority = {
      answer: async (...args) => {
        most = Math.max(most, ++asking)
        await delay(1_500)
        asking--

        return authority?.answer(...args) ?? {}
      }
    }
    new Access(server.home.database()).revoke(server.node.peerId)
    await eventually(() => (client.keeper.revocations(link.fingerprint)?.epoch ?? 0) > before)
    expect(most).to.equal(1)
  })

  it('takes the revocation list of a new key, whatever epoch there was under the old one', async () => {
    const [server, client] = await Promise.all([party(), party()])
    const link = await server.publish(bytes)
    const epoch = (epoch: number): void => { server.home.database().prepare('UPDATE server_revocation_epoch SET epoch = ?').run(epoch) }

    epoch(1_000)
    await client.client.authorize(link)
    expect(client.keeper.revocations(link.fingerprint)?.epoch).to.equal(1_000)

    epoch(5)
    await server.origin?.rotate()
    await client.client.authorize(link)
    expect(client.keeper.revocations(link.fingerprint)).to.equal(undefined)
    await client.client.authorize(link)
    expect(client.keeper.revocations(link.fingerprint)?.epoch).to.equal(6)
  })

  it('shows a credential that it kept to no other server, even for the same object', async () => {
    const [server, impostor, client] = await Promise.all([party(), party(), party()])
    const shown: Array<string | undefined> = []
    await server.serve({ policy: { kind: 'callback' }, authorize: ({ token }) => shown.push(token) > 0 })
    const link = await server.publish(bytes)
    const copy = await impostor.publish(bytes)

    await client.client.authorize(link, { token: 'secret' })
    await client.client.authorize(link)
    impostor.node.services.ticket.authority = { answer: async ({ token }) => ({ status: shown.push(token) > 0 ? TicketStatus.TICKET_REFUSED : undefined }) }
    await expect(client.client.authorize({ ...copy, object: link.object })).to.eventually.be.rejected.with.property('name', 'RefusedError')

    expect(shown).to.deep.equal(['secret', 'secret', undefined])
  })

  it('takes nothing for an object from what another server gave for it', async () => {
    const [server, impostor, client] = await Promise.all([party(), party(), party()])
    const link = await server.publish(bytes)
    const copy = await impostor.publish(testBytes(5, 2))
    const { id, manifest, geometry, manifestEnvelope, swarmSecret } = server.holdings.get(link.object as CID) as Holding
    const { key } = await (impostor.origin as Origin).identity()
    const { payload } = RecordEnvelope.createFromProtobuf(manifestEnvelope)
    const forged = { id, manifest, geometry, manifestEnvelope: await signManifest(payload, key), swarmSecret, objectKey: new Uint8Array(32) }
    impostor.node.services.ticket.authority = new Origin({
      home: impostor.home,
      database: impostor.home.database(),
      self: impostor.node.peerId,
      published: () => forged,
      addresses: () => impostor.node.getMultiaddrs(),
      logger: defaultLogger()
    }, { name: 'impostor' })
    const wrong = { ...copy, object: id }

    // its manifest does not stand in for the server's, and its key makes other bytes of what verifies
    await client.client.authorize(wrong)
    const { path } = await client.client.download(link, { to: client.folder })
    await expect(client.client.download(wrong, { to: join(client.folder, 'other') })).to.eventually.be.rejected.with.property('name', 'StorageError')
    expect(await readFile(path)).to.equalBytes(bytes)

    // nor is its ticket one of the server's
    await server.node.stop()
    await expect(client.client.authorize(link)).to.eventually.be.rejected.with.property('name', 'UnreachableError')
  })

  it('is refused by name', async () => {
    const [server, client] = [await party(), await party()]
    await server.serve({ policy: { kind: 'token' } })
    const link = await server.publish(bytes)
    await expect(client.client.authorize(link)).to.eventually.be.rejected.with.property('name', 'CredentialNeededError')
    await expect(client.client.authorize(link, { token: 'mssl_wrong' })).to.eventually.be.rejected.with.property('name', 'RefusedError')
    await server.node.stop()
    await expect(client.client.authorize(link)).to.eventually.be.rejected.with.property('name', 'UnreachableError')
  })

  it('says when the clock is off', async () => {
    const [server, early, late] = [await party(), await party({ now: () => Date.now() - 600_000 }), await party({ now: () => Date.now() + 7_200_000 })]
    const link = await server.publish(bytes)

    for (const { client } of [early, late]) {
      await expect(client.authorize(link)).to.eventually.be.rejected.with.property('name', 'ClockSkewError')
    }
  })

  it('refuses a server that changed, and says how to go on', async () => {
    const [server, client] = [await party(), await party()]
    const link = await server.publish(bytes)
    await client.client.authorize(link)
    const other = await party()
    const { fingerprint } = await (await other.serve()).certificate()
    // the same node with another key
    server.node.services.ticket.authority = other.origin
    const changed = await client.client.authorize({ ...link, fingerprint }).then(() => undefined, err => err)
    expect(changed).to.have.property('name', 'ServerChangedError')
    expect(await readFile(changed.evidence, 'utf8')).to.include('expected')
    await expect(client.client.authorize(link)).to.eventually.be.rejected.with.property('name', 'ServerChangedError')
  })

  it('pins a web domain, and refuses another server there', async () => {
    const [server, other, client] = [await party(), await party(), await party()]
    const domain = 'example.org'
    const link = { ...await server.publish(bytes), domain }
    await client.client.authorize(link)
    await client.client.authorize(link)

    const changed = await client.client.authorize({ ...await other.publish(bytes), domain }).then(() => undefined, err => err)
    expect(changed).to.have.property('name', 'ServerChangedError')
    expect(changed.message).to.include(domain)
    expect(client.pins.forget({ domain })).to.be.true()
    await client.client.authorize({ ...await other.publish(bytes), domain })
  })

  it('says what it waits for, and gives up when nobody comes', async () => {
    const [server, client] = [await party(), await party({ patience: 4_000 })]
    const link = await server.publish(bytes)
    await client.client.authorize(link)
    await server.node.stop()
    const warnings: string[] = []

    await expect(client.client.download(link, {
      to: client.folder,
      onProgress: event => {
        if (event.type === 'mssl:get:warning') {
          warnings.push(event.detail.message)
        }
      }
    })).to.eventually.be.rejectedWith('The server cannot be reached').with.property('name', 'UnreachableError')
    expect(warnings).to.deep.equal(['The server cannot be reached; waiting for it, or for somebody else who has the object'])
  })

  it('gives up at once when the server does not have the object any more, and others cannot be reached', async () => {
    const [server, other, client] = [await party(), await party(), await party()]
    const link = await server.publish(bytes)
    const grant = await client.client.authorize(link)
    client.client.known.seen(grant.id, other.node.peerId, other.node.getMultiaddrs())
    await other.node.stop()
    await server.holdings.remove(grant.id)
    const started = Date.now()

    await expect(client.client.download(link, { to: client.folder })).to.eventually.be.rejectedWith('The server does not have the object any more').with.property('name', 'UnreachableError')
    expect(Date.now() - started).to.be.below(PATIENCE)
  })

  it('goes on after a rotation of the server\'s key', async () => {
    const [server, client] = [await party(), await party()]
    const link = await server.publish(bytes)
    await client.client.authorize(link)
    const certificate = await server.origin?.rotate()
    await server.pins.consider(certificate?.envelope ?? new Uint8Array(0), { server: server.node.peerId })
    const { path } = await client.client.download(link, { to: client.folder })
    expect(await readFile(path)).to.equalBytes(bytes)
    expect(client.pins.trusted(link.fingerprint)?.epoch).to.equal(1)
  })
})
