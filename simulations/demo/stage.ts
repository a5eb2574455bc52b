/**
 * A folder with a home for each party, and their processes: what a scenario of the demo plays on.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import prettyBytes from 'pretty-bytes'
import { MsslProcess } from './mssl-process.ts'
import { hashFile } from './source-file.ts'
import { Table } from './table.ts'
import type { Line } from './mssl-process.ts'
import type { Row } from './table.ts'

export const LISTEN = ['--listen', '/ip4/127.0.0.1/tcp/0']

/** A file that one party has and the others want. */
export interface Source {
  path: string
  size: number
  /** SHA-256, hex */
  hash: string
}

export interface StartOptions {
  /** Milliseconds that its clock is ahead */
  ahead?: number
  onEvent?(line: Line): void
}

export class Stage {
  /** Of the parties that have run, by PeerId */
  readonly names = new Map<string, string>()
  readonly #folder: string
  readonly #processes: MsslProcess[] = []

  private constructor (folder: string) {
    this.#folder = folder
  }

  static async create (): Promise<Stage> {
    return new Stage(await mkdtemp(join(tmpdir(), 'mssl-demo-')))
  }

  path (name: string): string {
    return join(this.#folder, name)
  }

  home (party: string): string {
    return this.path(party.replace(' ', '-'))
  }

  /** Runs a command of a party. */
  start (party: string, args: string[], { ahead, onEvent }: StartOptions = {}): MsslProcess {
    const child = new MsslProcess(args, {
      home: this.home(party),
      ahead,
      onEvent: line => {
        if (line.event === 'listening') {
          this.names.set(line.peer, party)
        }

        onEvent?.(line)
      }
    })
    this.#processes.push(child)

    return child
  }

  /** The one line of results of a command of a party that ends by itself. */
  async ask (party: string, args: string[]): Promise<any> {
    const child = this.start(party, args)
    const line = await child.result()
    await child.done()

    return line
  }

  /** Ends all processes and removes the folder. */
  async clear (): Promise<void> {
    await Promise.all(this.#processes.map(async child => child.stop()))
    await rm(this.#folder, { recursive: true, force: true })
  }
}

/** Clients that fetch at the same time, and what they are shown as. */
export class Fetching {
  readonly #stage: Stage
  readonly #source: Source
  readonly #rows: Row[]
  readonly #table: Table
  readonly #begin = performance.now()
  readonly clients: MsslProcess[]

  /** `args` are those of the command of each, by its name. */
  constructor (stage: Stage, source: Source, args: Map<string, string[]>) {
    this.#stage = stage
    this.#source = source
    this.#rows = [...args.keys()].map(name => ({ name, have: 0, rate: 0, from: new Map() }))
    this.#table = new Table(process.stderr, source.size)
    this.clients = [...args].map(([name, args], i) => stage.start(name, args, {
      onEvent: line => {
        if (line.event === 'progress') {
          this.#update(this.#rows[i], line)
          this.#table.show(this.#rows)
        }
      }
    }))
  }

  /** What they report when all have the file, in seconds from the start. */
  async results (): Promise<{ results: Line[], seconds: number }> {
    const results = await Promise.all(this.clients.map(async client => client.result()))
    const seconds = (performance.now() - this.#begin) / 1_000
    results.forEach((result, i) => { this.#update(this.#rows[i], { ...result, have: this.#source.size }) })
    this.#table.end(this.#rows)

    return { results, seconds }
  }

  #update (row: Row, line: Line): void {
    row.have = line.have
    row.rate = line.rate ?? 0
    row.from = new Map(line.sources.map((source: Line) => [source.server === true ? 'server' : this.#stage.names.get(source.peer) ?? 'other', source.bytes]))
  }
}

/**
 * How many of the copies are the source, by SHA-256.
 *
 * @throws {Error} when one is not
 */
export async function compare (copies: string[], { hash }: Source): Promise<number> {
  const hashes = await Promise.all(copies.map(hashFile))

  if (!hashes.every(copy => copy === hash)) {
    throw new Error('a copy differs from the source')
  }

  return hashes.length
}

export function bytesFrom (results: Line[], server: boolean): number {
  return results.flatMap(result => result.sources as Line[]).filter(source => source.server === server).reduce((sum, source) => sum + source.bytes, 0)
}

export function human (bytes: number): string {
  return prettyBytes(bytes, { binary: true })
}

export function say (text: string): void {
  process.stderr.write(`${text}\n`)
}
