import { mkdir, rm } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { freePort } from '../../simulations/demo/free-port.ts'
import { hashFile, makeFile } from '../../simulations/demo/source-file.ts'
import { MeasuredProcess } from '../measured-process.ts'
import type { Contender, Copy, End } from './contender.ts'
import type { Usage } from '../measured-process.ts'

/** Where an end runs. */
export interface Place {
  /** Its IPv4 address */
  host: string
  /** The command that runs others there */
  within: string[]
}

export interface Source {
  path: string
  size: number
  sha256: string
}

/** A source as one contender has prepared it, to be transferred any number of times. */
export interface Publication {
  contender: Contender
  source: Source
  store: string
  published: object
  trackerPort: number
}

export interface TransferOptions {
  seederPlace: Place
  leecherPlace: Place
  leechers: number
  /** Leechers serve each other until all are done */
  stay: boolean
  /** Milliseconds until it is given up */
  timeout: number
}

/** What a leecher had, in milliseconds. */
export interface Received {
  /** From the start of its process to the verified file on disk */
  whole: number
  /** The part of it that the tool calls its own */
  elapsed: number
  /** From the start of its process to the first verified byte; absent: it does not say */
  first?: number
  usage: Usage
}

export interface Transfer {
  received: Received[]
  seeder: Usage
  /** Bytes that the seeder sent; absent: it does not say */
  uploaded?: number
}

export const LOOPBACK: Place = { host: '127.0.0.1', within: [] }

/** Everybody's source of this size, of bytes that do not compress. */
export async function makeSource (folder: string, size: number): Promise<Source> {
  const path = join(folder, `source-${size}`, 'source.bin')
  await mkdir(join(path, '..'))
  await makeFile(path, size)

  return { path, size, sha256: await hashFile(path) }
}

/** `seederHost`: where its tracker will be, for who needs one. */
export async function publish (contender: Contender, source: Source, folder: string, seederHost: string): Promise<Publication> {
  const store = join(folder, `${contender.name}-${source.size}`)
  const trackerPort = await freePort()
  const published = await contender.publish(source.path, store, `http://${seederHost}:${trackerPort}/announce`)

  return { contender, source, store, published, trackerPort }
}

/** One seeder, and leechers that all start at once. All processes are gone when this returns or throws. */
export async function transfer (publication: Publication, folder: string, options: TransferOptions): Promise<Transfer> {
  const processes: MeasuredProcess[] = []
  let late: NodeJS.Timeout | undefined
  await mkdir(folder)

  try {
    return await Promise.race([
      run(publication, folder, options, (end, { within }) => {
        const process = new MeasuredProcess(end.script, end.args, { within })
        processes.push(process)

        return process
      }),
      new Promise<never>((_resolve, reject) => {
        late = setTimeout(() => { reject(new Error(`was not done after ${options.timeout / 1_000} s`)) }, options.timeout)
      })
    ])
  } finally {
    clearTimeout(late)
    processes.forEach(process => { process.kill() })
    await rm(folder, { recursive: true, force: true, maxRetries: 3 })
  }
}

async function run (
  { contender, source, store, published, trackerPort }: Publication,
  folder: string,
  { seederPlace, leecherPlace, leechers, stay }: TransferOptions,
  start: (end: End, place: Place) => MeasuredProcess
): Promise<Transfer> {
  const tracker = contender.tracked === true
    ? start({ script: 'benchmarks/compare/tracker.js', args: [seederPlace.host, String(trackerPort)] }, seederPlace)
    : undefined
  await tracker?.result()

  const seeding = { ...published, source: source.path, store, folder, host: seederPlace.host, port: await freePort(), controlPort: await freePort() }
  const seeder = start(contender.seed(seeding), seederPlace)
  const ready = await seeder.result()
  // it has announced itself
  await tracker?.result()

  const ports = await Promise.all(Array.from({ length: leechers }, freePort))
  const outs = await Promise.all(ports.map(async (_, n) => {
    const own = join(folder, `leecher-${n}`)
    await mkdir(own)

    return join(own, basename(source.path))
  }))
  const copies = await Promise.all(outs.map(async (out, n) => {
    const leeching = { ...published, seeder: ready.address ?? ready, seederHost: seederPlace.host, out, folder: join(out, '..'), host: leecherPlace.host, port: ports[n], others: ports.slice(0, n), stay }
    const leecher = start(contender.leech(leeching), leecherPlace)
    const copy: Copy = await leecher.result()

    return { leecher, copy, whole: copy.whole ?? Date.now() - leecher.started }
  }))

  for (const out of outs) {
    if (await hashFile(out) !== source.sha256) {
      throw new Error('a copy differs from the source')
    }
  }

  const received = await Promise.all(copies.map(async ({ leecher, copy, whole }) => ({
    whole,
    elapsed: copy.elapsed,
    first: copy.firstAt == null ? undefined : copy.firstAt - leecher.started,
    usage: await (stay ? leecher.stop() : leecher.usage())
  })))
  const used = await seeder.stop()
  const uploaded = contender.uploaded?.(copies.map(({ copy }) => copy), source.size) ?? (await seeder.result()).uploaded
  await tracker?.stop()

  return { received, seeder: used, uploaded }
}
