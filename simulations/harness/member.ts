import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { createNode } from './create-node.ts'
import type { SimulatedNodeInit } from './create-node.ts'
import type { SwarmNode } from './running-swarm.ts'
import type { PeerPlan } from './scenario.ts'
import type { Mssl } from '../../src/index.ts'
import type { Host } from '../network/index.ts'
import type { Libp2p } from '@libp2p/interface'

export interface MemberInit extends Omit<SimulatedNodeInit, 'mssl'> {
  name: string
  /** Of the whole run */
  folder: string
  mssl: Omit<SimulatedNodeInit['mssl'], 'home'>
  plan?: PeerPlan
}

/** A node of a run, which may die and come back with the same home and address. */
export class Member implements SwarmNode {
  readonly name: string
  readonly host: Host
  readonly home: string
  readonly folder: string
  readonly plan?: PeerPlan
  readonly #init: MemberInit
  #node?: Libp2p<{ mssl: Mssl }>
  #isUp = false
  /** Bytes of blocks, in sessions that are over */
  #uploaded = 0

  constructor (init: MemberInit) {
    this.name = init.name
    this.host = init.host
    this.plan = init.plan
    this.folder = join(init.folder, init.name)
    this.home = join(this.folder, 'home')
    this.#init = init
  }

  get node (): Libp2p<{ mssl: Mssl }> {
    if (this.#node == null) {
      throw new Error(`${this.name} was never started`)
    }

    return this.#node
  }

  get mssl (): Mssl {
    return this.node.services.mssl
  }

  get isUp (): boolean {
    return this.#isUp
  }

  /** Bytes of blocks that it has sent, in its whole life */
  get uploaded (): number {
    return this.#uploaded + (this.#isUp ? this.mssl.recipients().reduce((sum, { sent }) => sum + sent, 0) : 0)
  }

  async start (): Promise<void> {
    const { mssl } = this.#init
    await mkdir(this.folder, { recursive: true })
    this.host.plug()
    this.#node = await createNode({ ...this.#init, mssl: { ...mssl, name: this.name, home: this.home } })
    this.#isUp = true
    this.mssl.addEventListener('recipient:leave', ({ detail }) => { this.#uploaded += detail.bytes })
  }

  /** It says goodbye. */
  async stop (): Promise<void> {
    if (this.#isUp) {
      this.#isUp = false
      await this.node.stop()
    }
  }

  /** It is gone without a word, as when a process dies. */
  async die (): Promise<void> {
    this.host.unplug()
    await this.stop()
  }
}
