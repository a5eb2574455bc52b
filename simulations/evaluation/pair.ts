import { link, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { hashFile, makeFile } from '../demo/source-file.ts'
import { EndProcess } from './end-process.ts'
import type { Functions } from './effects.ts'
import type { FetchingDeeds, Transfer } from './ends/fetching.ts'
import type { Good, PublishRequest, ServingDeeds } from './ends/serving.ts'

/** Units for an object of mode purchase: not all of its coins are worth the same. */
export const PRICE = 10_001

/** As much for the bond, and the same again for a second object of the same client */
const DEPOSIT = 4 * PRICE

export interface Source {
  path: string
  /** Hex */
  sha256: string
}

/** Somebody else's view of one transfer */
export interface Measured extends Transfer {
  /** Seconds of processor time at the server's end */
  serverCpu: number
}

/** A server and a client on loopback, each a process that lives through all measurements, and files for them. */
export class Pair {
  readonly server: EndProcess<ServingDeeds>
  readonly client: EndProcess<FetchingDeeds>
  readonly #folder: string
  readonly #sources = new Map<number, Promise<Source>>()
  #serial = 0

  static async create (): Promise<Pair> {
    return new Pair(await mkdtemp(join(tmpdir(), 'mssl-evaluation-')))
  }

  private constructor (folder: string) {
    this.#folder = folder
    this.server = new EndProcess('serving', [folder])
    this.client = new EndProcess('fetching', [folder])
  }

  /** A file of random bytes. */
  async source (size: number): Promise<Source> {
    const known = this.#sources.get(size)

    if (known != null) {
      return known
    }

    const path = join(this.#folder, `source-${size}.bin`)
    const made = makeFile(path, size).then(async () => ({ path, sha256: await hashFile(path) }))
    this.#sources.set(size, made)

    return made
  }

  async publish (objects: Array<Functions & { size: number }>): Promise<Good[]> {
    const requests: PublishRequest[] = []

    for (const { size, encryption, delivery, mode } of objects) {
      const { path } = await this.source(size)
      // a path is one object: the same bytes under another name
      const own = this.path()
      await link(path, own)
      requests.push({ path: own, encryption, delivery, mode, price: mode === 'purchase' ? { amount: PRICE } : undefined })
    }

    return this.server.ask('publish', requests)
  }

  /** Makes the client a new one, with money. */
  async newClient (): Promise<void> {
    const peer = await this.client.ask('open')
    await this.server.ask('deposit', { peer, amount: DEPOSIT })
  }

  /** What both ends need for it. */
  async measure (transfer: () => Promise<Transfer>): Promise<Measured> {
    await this.server.ask('begin')
    const result = await transfer()

    return { ...result, serverCpu: await this.server.ask('end') }
  }

  /** Gets a copy, which is compared with its source and removed. */
  async copy (source: Source, get: (to: string) => Promise<Transfer>): Promise<Measured> {
    const to = this.path()
    const result = await this.measure(async () => get(to))

    if (await hashFile(to) !== source.sha256) {
      throw new Error('a copy differs from the source')
    }

    await rm(to)

    return result
  }

  /** Where nothing is yet. */
  path (): string {
    return join(this.#folder, `file-${this.#serial++}.bin`)
  }

  async clear (): Promise<void> {
    await Promise.all([this.server.kill(), this.client.kill()])
    await rm(this.#folder, { recursive: true, force: true })
  }
}
