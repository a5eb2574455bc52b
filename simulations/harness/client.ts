import { join } from 'node:path'
import { Intake } from './intake.ts'
import type { Member } from './member.ts'
import type { PeerPlan } from './scenario.ts'
import type { Swarm } from './swarm.ts'

/** Price beyond which no coins are bought, as a part of the object's: what had to be paid twice is bought as well. */
const MAX_PRICE = 2

/** A client of the plan: it arrives, gets the object, is cut off and comes back, and leaves. */
export class Client {
  readonly member: Member
  readonly plan: PeerPlan
  /** Where its copy is, or will be */
  readonly copy: string
  readonly intake = new Intake()
  /** Milliseconds since the begin of the run */
  arrived?: number
  finished?: number
  error?: string
  readonly #settled = Promise.withResolvers<void>()

  constructor (member: Member, plan: PeerPlan) {
    this.member = member
    this.plan = plan
    this.copy = join(member.folder, 'copy')
  }

  /** It is done, has failed, or has left for good. */
  get settled (): Promise<void> {
    return this.#settled.promise
  }

  get isHonest (): boolean {
    return this.plan.behaviour == null
  }

  /** Until it has left for good, or the run ends. */
  async live (swarm: Swarm): Promise<void> {
    const { arrives, outages = [] } = this.plan
    await swarm.at(arrives)
    this.arrived = swarm.now
    const ending = [...outages, { from: Infinity, to: Infinity }]

    for (const { from, to } of ending) {
      const stop = new AbortController()
      const present = this.#fetch(swarm, stop.signal).then(async () => this.#stay(swarm))
      swarm.arrived(this)
      const leaves = await Promise.race([present.then(() => true), swarm.at(from).then(() => false)])

      if (leaves) {
        await this.member.stop()
        return
      }

      const death = this.member.die()
      stop.abort()
      await death

      if (to === Infinity) {
        this.#settled.resolve()
        return
      }

      await swarm.at(to)
      await this.member.start()
    }
  }

  /** What it has is there when it comes back: it goes on, or serves it. */
  async #fetch (swarm: Swarm, signal: AbortSignal): Promise<void> {
    const { member, intake } = this

    try {
      if (this.finished != null) {
        await member.mssl.provide(swarm.object.id)
        return
      }

      const result = await member.mssl.get(swarm.object.link, {
        to: this.copy,
        maxPrice: MAX_PRICE * swarm.composition.price,
        signal: AbortSignal.any([signal, swarm.signal]),
        onProgress: intake.onProgress
      })
      intake.over(result)
      this.finished = swarm.now
      this.#settled.resolve()
    } catch (err: any) {
      intake.over()

      if (!signal.aborted && !swarm.signal.aborted) {
        this.error = `${err.name}: ${err.message}`.replaceAll('\n', ' ')
        this.#settled.resolve()
      }
    }
  }

  async #stay (swarm: Swarm): Promise<void> {
    await swarm.at(this.finished == null ? Infinity : this.finished + this.plan.stays)
  }
}
