import type { Outcome, Series } from './outcome.ts'
import type { Swarm } from './swarm.ts'

/** Milliseconds between two looks. */
const INTERVAL = 500

/** Points of a series at most: more than a screen is wide helps nobody. */
const MAX_POINTS = 600

interface Sample {
  /** Seconds */
  time: number
  /** Bytes sent so far */
  server: number
  peers: number
}

export interface RecorderInit {
  /** Bytes of resident memory before there was any node; undefined: there have been some in this process */
  memory?: number
  onSample (): void
}

/** Looks at a run now and then: how much was sent, how much memory it takes. */
export class Recorder {
  readonly #swarm: Swarm
  readonly #init: RecorderInit
  readonly #timer: NodeJS.Timeout
  readonly #samples: Sample[] = []
  /** Since all have arrived; before, what it was in all */
  #peak = 0
  #allThere = false

  constructor (swarm: Swarm, init: RecorderInit) {
    this.#swarm = swarm
    this.#init = init
    this.#sample()
    this.#timer = setInterval(() => { this.#sample() }, INTERVAL)
  }

  stop (): void {
    clearInterval(this.#timer)
    this.#sample()
  }

  get memory (): NonNullable<Outcome['memory']> {
    const { memory } = this.#init

    return { peak: this.#peak, perNode: memory == null ? undefined : Math.max(0, this.#peak - memory) / (this.#swarm.lives.length + 1) }
  }

  /** Bytes per second */
  get serverRate (): Series {
    return this.#rates(({ server }) => server)
  }

  get peerRate (): Series {
    return this.#rates(({ peers }) => peers)
  }

  get done (): Series {
    const times = this.#swarm.lives.filter(({ isHonest, finished }) => isHonest && finished != null).map(({ finished = 0 }) => finished / 1000).sort((a, b) => a - b)
    let done = 0

    return this.#grid().map(time => {
      while (done < times.length && times[done] <= time) {
        done++
      }

      return [time, done]
    })
  }

  #sample (): void {
    const { lives, server, now } = this.#swarm

    this.#samples.push({ time: now / 1000, server: server.host.sent, peers: lives.reduce((sum, { member }) => sum + member.host.sent, 0) })

    if (!this.#allThere && this.#swarm.clients.size === lives.length) {
      this.#allThere = true
      this.#peak = 0
    }

    this.#peak = Math.max(this.#peak, process.memoryUsage.rss())
    this.#init.onSample()
  }

  /** Evenly spaced times up to the end, whenever the samples were taken. */
  #grid (): number[] {
    const end = this.#samples[this.#samples.length - 1].time
    const count = Math.min(MAX_POINTS, Math.max(1, Math.round(1000 * end / INTERVAL)))

    return Array.from({ length: count + 1 }, (_, n) => end * n / count)
  }

  #rates (value: (sample: Sample) => number): Series {
    const times = this.#grid()
    let next = 1

    const sums = times.map(time => {
      while (next < this.#samples.length - 1 && this.#samples[next].time < time) {
        next++
      }

      const [from, to] = [this.#samples[next - 1], this.#samples[next] ?? this.#samples[next - 1]]
      const part = to.time > from.time ? Math.min(1, (time - from.time) / (to.time - from.time)) : 1

      return value(from) + part * (value(to) - value(from))
    })

    return times.map((time, n) => [time, n === 0 || time === times[n - 1] ? 0 : (sums[n] - sums[n - 1]) / (time - times[n - 1])])
  }
}
