import { join } from 'node:path'
import { makeFile } from '../demo/source-file.ts'
import { Network } from '../network/index.ts'
import { Client } from './client.ts'
import { Clock } from './clock.ts'
import { Member } from './member.ts'
import { ProviderTable } from './provider-table.ts'
import { grant } from './server-events.ts'
import type { Behaviour } from './behaviour.ts'
import type { Composition } from './composition.ts'
import type { Random } from './random.ts'
import type { RunningSwarm } from './running-swarm.ts'
import type { PeerPlan, Plan } from './scenario.ts'
import type { MsslInit, Published } from '../../src/index.ts'
import type { Seams } from '../../src/node/service.ts'
import type { Link } from '../network/index.ts'
import type { AbortOptions, PeerId } from '@libp2p/interface'

/** Nodes that are started, or asked, at once. */
const GROUP = 8

/** What a client has at first, in prices of the object: for its coins and its bond, and to buy again what was lost. */
const FUNDS = 4

export interface SwarmInit {
  plan: Plan
  composition: Composition
  random: Random
  /** What the source's bytes are drawn from */
  seed: number
  folder: string
  behaviours: Behaviour[]
  /** What all nodes are started with besides */
  nodes?: Partial<MsslInit>
}

/** All nodes of a run, on their network. */
export class Swarm implements RunningSwarm {
  readonly plan: Plan
  readonly composition: Composition
  readonly network: Network
  readonly random: Random
  readonly source: string
  readonly server: Member
  readonly clients = new Map<string, Member>()
  /** Of the plan, in its order */
  readonly lives: Client[] = []
  readonly #init: SwarmInit
  readonly #clock = new Clock()
  readonly #over = new AbortController()
  readonly #table: ProviderTable
  readonly #others: Member[] = []
  readonly #arrivals = new Map<string, PromiseWithResolvers<Member>>()
  #object?: Published

  constructor (init: SwarmInit) {
    const { plan, composition, random, folder } = init
    this.#init = init
    this.plan = plan
    this.composition = composition
    this.random = random.fork()
    this.network = new Network({ isSecured: composition.channel === 'noise' })
    this.source = join(folder, 'source.bin')
    this.#table = new ProviderTable(random.fork())
    this.server = this.#member('server', plan.server.link)
  }

  get object (): Published {
    if (this.#object == null) {
      throw new Error('Nothing was published yet')
    }

    return this.#object
  }

  get now (): number {
    return this.#clock.now
  }

  get signal (): AbortSignal {
    return this.#over.signal
  }

  /** All nodes that there are */
  get members (): Member[] {
    return [this.server, ...this.lives.map(({ member }) => member), ...this.#others]
  }

  /** Starts the server and publishes the object, then starts all clients: they have identities, and have asked for nothing. */
  async prepare ({ signal }: AbortOptions, onStarted: (count: number) => void): Promise<void> {
    const { plan, composition: { mode, encryption, delivery, blockSize, policy, price }, source } = this
    await makeFile(source, plan.size, this.#init.seed)
    await this.server.start()
    this.#object = await this.server.mssl.publish(source, {
      mode,
      encryption,
      delivery,
      blockSize,
      policy: { kind: policy },
      price: mode === 'purchase' ? { amount: price } : undefined,
      signal
    })

    for (const peer of plan.peers) {
      this.lives.push(new Client(this.#client(peer), peer))
    }

    await inGroups(this.lives, async ({ member }) => {
      signal?.throwIfAborted()
      await member.start()
      onStarted(this.members.filter(({ isUp }) => isUp).length - 1)
    })

    if (policy === 'list') {
      // a thief is somebody whom the server did not let in
      await grant(this.server, this.lives.filter(({ plan }) => plan.behaviour !== 'ticket-thief').map(({ member }) => member.node.peerId))
    }

    if (mode === 'purchase') {
      this.lives.forEach(({ member }) => { this.server.mssl.bank.deposit(member.node.peerId, FUNDS * price) })
    }
  }

  begin (): void {
    this.#clock.begin()
  }

  async at (time: number): Promise<void> {
    await this.#clock.at(time, this)
  }

  async client (name: string): Promise<Member> {
    this.signal.throwIfAborted()

    return this.#arrival(name).promise
  }

  async add (name: string, link: Link): Promise<Member> {
    const member = this.#member(name, link)
    this.#others.push(member)
    await member.start()

    return member
  }

  /** Of a client of the plan */
  peerId (name: string): PeerId {
    const life = this.lives.find(({ plan }) => plan.name === name)

    if (life == null) {
      throw new Error(`There is no client ${name} in the plan`)
    }

    return life.member.node.peerId
  }

  /** Now it is one of those who are there; again and again is the same as once. */
  arrived ({ member }: Client): void {
    if (!this.clients.has(member.name)) {
      this.clients.set(member.name, member)
      this.#arrival(member.name).resolve(member)
    }
  }

  /** Nothing is waited for any more. */
  end (reason: Error): void {
    this.#over.abort(reason)
    this.#arrivals.forEach(({ reject }) => { reject(reason) })
  }

  async stop (): Promise<void> {
    await inGroups(this.members, async member => member.stop())
  }

  #arrival (name: string): PromiseWithResolvers<Member> {
    let arrival = this.#arrivals.get(name)

    if (arrival == null) {
      arrival = Promise.withResolvers()
      // not everybody waits for everybody
      arrival.promise.catch(() => {})
      this.#arrivals.set(name, arrival)
    }

    return arrival
  }

  #client (plan: PeerPlan): Member {
    return this.#member(plan.name, plan.link, plan, this.#behaviour(plan)?.seams?.({ name: plan.name, swarm: this }))
  }

  #behaviour ({ behaviour: name }: PeerPlan): Behaviour | undefined {
    const behaviour = this.#init.behaviours.find(behaviour => behaviour.name === name)

    if (name != null && behaviour == null) {
      throw new Error(`There is no behaviour ${name}`)
    }

    return behaviour
  }

  #member (name: string, link: Link, plan?: PeerPlan, seams?: Seams): Member {
    const { composition, folder, nodes } = this.#init

    return new Member({
      name,
      folder,
      host: this.network.join(link),
      composition,
      table: this.#table,
      mssl: { acknowledgementWindow: composition.acknowledgementWindow, maxProviders: composition.providers, ...nodes },
      seams,
      plan
    })
  }

  /** What a client does besides; resolves when that has ended. */
  async act (client: Client): Promise<void> {
    const behaviour = this.#behaviour(client.plan)

    if (behaviour?.act != null) {
      await behaviour.act(await this.client(client.plan.name), this)
    }
  }
}

/** A few at a time. All of them are worked on, also when one fails. */
export async function inGroups <T> (items: T[], work: (item: T) => Promise<void>): Promise<void> {
  let failed: PromiseRejectedResult | undefined

  for (let i = 0; i < items.length; i += GROUP) {
    const results = await Promise.allSettled(items.slice(i, i + GROUP).map(work))
    failed ??= results.find(result => result.status === 'rejected')
  }

  if (failed != null) {
    throw failed.reason
  }
}
