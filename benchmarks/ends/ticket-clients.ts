/**
 * Many clients of one server in one process, each with an identity, a connection and an address of its own. Does what its parent
 * tells it, see `Commands`.
 */
import { generateKeyPair } from '@libp2p/crypto/keys'
import { identify } from '@libp2p/identify'
import { kadDHT, passthroughMapper } from '@libp2p/kad-dht'
import { peerIdFromPrivateKey } from '@libp2p/peer-id'
import { ping } from '@libp2p/ping'
import { tcp } from '@libp2p/tcp'
import { createLibp2p } from 'libp2p'
import { ticket, TicketStatus } from '../../protocols/ticket/index.ts'
import { parseLink } from '../../src/link/index.ts'
import { DHT_PROTOCOL } from '../../src/node/create-node.ts'
import { quietLogger } from '../../src/node/quiet-logger.ts'
import { transport } from '../../src/node/transport.ts'
import { openCertificate, verifyTicket } from '../../src/ticket/index.ts'
import type { TicketService } from '../../protocols/ticket/index.ts'
import type { Link } from '../../src/link/index.ts'
import type { Ed25519PrivateKey, Libp2p } from '@libp2p/interface'

/** Milliseconds for which a client asks, or dials, at most. */
const TIMEOUT = 30_000

/** What the parent asks for, and what it gets. */
export interface Commands {
  /** Draws identities; their PeerIds */
  identities (count: number): string[]
  /** What the clients will ask for */
  target (target: Target): void
  /** Connects the first clients, each gets a ticket and verifies it */
  connect (count: number): void
  /** Requests by connected clients in turn: when the one before is answered */
  saturate (load: { seconds: number, concurrency: number }): Outcome
  /** … at times that do not wait for answers, as those of independent clients would be */
  offer (load: { seconds: number, rate: number }): Outcome
  /** All clients come in turn: each connects, gets a ticket and stays until so many others have come */
  arrive (load: { concurrency: number, stay: number }): Outcome
}

export interface Target {
  link: string
  token?: string
  /** Its answers are no tickets */
  isBare: boolean
}

export interface Outcome {
  /** Milliseconds */
  elapsed: number
  /** By status; "failed" for those that were not answered */
  answers: Record<string, number>
  /** Milliseconds from when a request was due to the decoded answer, sorted */
  latencies: number[]
  /** Seconds of processor time of this process */
  cpu: number
}

interface Client {
  key: Ed25519PrivateKey
  /** Of the loopback: a server counts connections by address */
  address: string
  node?: Libp2p<{ ticket: TicketService }>
}

const clients: Client[] = []
let target: Link & Omit<Target, 'link'>

const commands: { [Name in keyof Commands]: (arg: Parameters<Commands[Name]>[0]) => Promise<ReturnType<Commands[Name]>> } = {
  async identities (count) {
    for (let i = 0; i < count; i++) {
      clients.push({ key: await generateKeyPair('Ed25519'), address: `127.1.${i >> 8}.${i & 255}` })
    }

    return clients.map(({ key }) => peerIdFromPrivateKey(key).toString())
  },
  async target ({ link, ...rest }) {
    target = { ...parseLink(link), ...rest }
  },
  async connect (count) {
    await inTurn(clients.slice(0, count), 8, async client => {
      await open(client)
      await ask(client, { isVerified: !target.isBare })
    })
  },
  async saturate ({ seconds, concurrency }) {
    return measure(async answered => {
      const connected = clients.filter(({ node }) => node != null)
      const end = performance.now() + seconds * 1_000
      let next = 0

      await Promise.all(Array.from({ length: concurrency }, async () => {
        while (performance.now() < end) {
          await answered(performance.now(), ask(connected[next++ % connected.length]))
        }
      }))
    })
  },
  async offer ({ seconds, rate }) {
    return measure(async answered => {
      const connected = clients.filter(({ node }) => node != null)
      const end = performance.now() + seconds * 1_000
      const pending: Array<Promise<void>> = []
      let due = performance.now()

      while (due < end) {
        while (due <= performance.now()) {
          pending.push(answered(due, ask(connected[pending.length % connected.length])))
          // of independent clients
          due += -Math.log(1 - Math.random()) * 1_000 / rate
        }

        await new Promise(resolve => setTimeout(resolve, 1))
      }

      await Promise.all(pending)
    })
  },
  async arrive ({ concurrency, stay }) {
    const here: Client[] = []

    return measure(async answered => inTurn(clients, concurrency, async client => {
      await answered(performance.now(), open(client).then(async () => ask(client)))
      here.push(client)

      if (here.length > stay) {
        await close(here.shift())
      }
    }))
  }
}

process.on('message', ({ id, name, arg }: { id: number, name: keyof Commands, arg: never }) => {
  commands[name](arg).then(
    result => process.send?.({ id, result }),
    err => process.send?.({ id, error: String(err) })
  )
})

/** A node as `createNode` makes it, as far as the server sees it. */
async function open (client: Client): Promise<void> {
  client.node = await createLibp2p({
    privateKey: client.key,
    logger: quietLogger(),
    ...transport(),
    transports: [tcp({ dialOpts: { localAddress: client.address } as object })],
    connectionMonitor: { enabled: false },
    services: {
      identify: identify(),
      ping: ping(),
      dht: kadDHT({ protocol: DHT_PROTOCOL, clientMode: false, peerInfoMapper: passthroughMapper, querySelfInterval: 3_600_000, initialQuerySelfInterval: 3_600_000 }),
      ticket: ticket()
    }
  }) as unknown as Client['node']
  await client.node?.dial(target.addresses, { signal: AbortSignal.timeout(TIMEOUT) })
}

async function close (client?: Client): Promise<void> {
  await client?.node?.stop()
  delete client?.node
}

/** What a client asks that has nothing yet. */
async function ask ({ node }: Client, { isVerified = false } = {}): Promise<string> {
  const { server, fingerprint, object, token } = target

  if (node == null || object == null) {
    throw new Error('not connected')
  }

  // not AbortSignal.timeout, which stays in memory until its time has come
  const deadline = new AbortController()
  const timer = setTimeout(() => { deadline.abort() }, TIMEOUT)
  const { status, ticket, certificate } = await node.services.ticket.request(server, {
    object: object.bytes as Uint8Array<ArrayBuffer>,
    fingerprint: fingerprint as Uint8Array<ArrayBuffer>,
    token
  }, deadline).finally(() => { clearTimeout(timer) })

  if (status === TicketStatus.TICKET_OK && isVerified) {
    const { publicKey } = await openCertificate(certificate)
    await verifyTicket(ticket, { issuer: publicKey, client: node.peerId, object })
  }

  return status
}

async function inTurn <T> (items: T[], concurrency: number, work: (item: T) => Promise<unknown>): Promise<void> {
  const rest = items.values()

  await Promise.all(Array.from({ length: concurrency }, async () => {
    for (const item of rest) {
      await work(item)
    }
  }))
}

async function measure (load: (answered: (due: number, answer: Promise<string>) => Promise<void>) => Promise<void>): Promise<Outcome> {
  const answers: Record<string, number> = {}
  const latencies: number[] = []
  const begin = performance.now()
  const before = process.cpuUsage()

  await load(async (due, answer) => {
    const status = await answer.catch(() => 'failed')
    latencies.push(performance.now() - due)
    answers[status] = (answers[status] ?? 0) + 1
  })

  const { user, system } = process.cpuUsage(before)

  return { elapsed: performance.now() - begin, answers, latencies: latencies.sort((a, b) => a - b), cpu: (user + system) / 1e6 }
}
