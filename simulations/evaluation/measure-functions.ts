/**
 * Measures compositions of functions. Within a round each is measured once, in a random order, and every second round goes backwards through the
 * order of the one before, so that a machine that becomes slower or faster favours none.
 */
import { MB, GiB, median } from '../../benchmarks/report.ts'
import { PRICE } from './pair.ts'
import type { FunctionsCell } from './cells.ts'
import type { Random } from '../harness/random.ts'
import type { Good } from './ends/serving.ts'
import type { Measured, Pair } from './pair.ts'

/** Bytes: one block of the smallest size */
export const SMALL_OBJECT = 64 * 1024

/** The small object is there before anything else has happened: one is no measurement. */
const SMALL_COPIES = 3

export interface FunctionsValues {
  /** MB/s, from the call to the synced file, dialling and ticket included */
  throughput: number
  /** Bytes on the wire, both directions, for each of the object's */
  wire: number
  /** Seconds of processor time per GiB */
  serverCpu: number
  clientCpu: number
  /** The same for a server that has opened the object just before: with an exchange it checks each block when it sends it for the first time */
  firstServerCpu: number
  /** Milliseconds until the first block was verified; bare: until the first bytes had come */
  firstByte: number
  /** Milliseconds for all of an object of `SMALL_OBJECT` bytes */
  smallObject: number
}

export interface FunctionsResult extends FunctionsCell {
  /** One of each round */
  rounds: FunctionsValues[]
}

export interface RunInit {
  runs: number
  random: Random
  onStep (name: string): void
}

export async function measureFunctions (pair: Pair, cells: FunctionsCell[], size: number, { runs, random, onStep }: RunInit): Promise<FunctionsResult[]> {
  const composed = cells.flatMap(({ functions }) => functions ?? [])
  onStep('publishing')
  const goods = await pair.publish(composed.map(functions => ({ ...functions, size })))
  const small = await pair.publish(composed.map(functions => ({ ...functions, size: SMALL_OBJECT })))
  const results: FunctionsResult[] = cells.map(cell => ({ ...cell, rounds: [] }))
  const measure = async ({ functions, isHashed = false }: FunctionsCell): Promise<FunctionsValues> => {
    const at = functions == null ? -1 : composed.indexOf(functions)

    return functions == null ? bare(pair, size, isHashed) : composition(pair, size, goods[at], small[at])
  }

  if (cells.length > 0) {
    // code that is run for the first time is slow
    onStep('warming up')
    await measure(cells[cells.length - 1])
  }

  let order: FunctionsResult[] = []

  for (let round = 0; round < runs; round++) {
    order = round % 2 === 0 ? random.shuffled(results) : order.toReversed()

    for (const result of order) {
      onStep(result.name)
      result.rounds.push(await measure(result))
    }
  }

  return results
}

async function composition (pair: Pair, size: number, good: Good, small: Good): Promise<FunctionsValues> {
  const [link, smallLink] = await pair.server.ask('serve', { ids: [good.id, small.id] })
  const copy = async (size: number, link: string): Promise<Measured> => {
    await pair.newClient()
    const result = await pair.copy(await pair.source(size), async to => pair.client.ask('get', { link, to, maxPrice: PRICE }))
    await pair.client.ask('close')

    return result
  }

  const first = await copy(size, link)
  const second = await copy(size, link)
  const smallCopies = await times(SMALL_COPIES, async () => copy(SMALL_OBJECT, smallLink))
  await pair.server.ask('close')

  return values(size, first, second, smallCopies)
}

async function bare (pair: Pair, size: number, isHashed: boolean): Promise<FunctionsValues> {
  const copies = async (size: number, count: number): Promise<Measured[]> => {
    const source = await pair.source(size)
    const address = await pair.server.ask('serveRaw', { path: source.path })
    const copies = await times(count, async () => {
      await pair.client.ask('openRaw')
      const result = await pair.copy(source, async to => pair.client.ask('getRaw', { address, to, isHashed }))
      await pair.client.ask('close')

      return result
    })
    await pair.server.ask('close')

    return copies
  }

  const [first, second] = await copies(size, 2)

  return values(size, first, second, await copies(SMALL_OBJECT, SMALL_COPIES))
}

function values (size: number, first: Measured, second: Measured, smallCopies: Measured[]): FunctionsValues {
  return {
    throughput: size / MB / (second.elapsed / 1_000),
    wire: second.wire / size,
    serverCpu: second.serverCpu * GiB / size,
    clientCpu: second.cpu * GiB / size,
    firstServerCpu: first.serverCpu * GiB / size,
    firstByte: second.firstByte,
    smallObject: median(smallCopies.map(({ elapsed }) => elapsed))
  }
}

async function times <T> (count: number, work: () => Promise<T>): Promise<T[]> {
  const results: T[] = []

  for (let i = 0; i < count; i++) {
    results.push(await work())
  }

  return results
}
