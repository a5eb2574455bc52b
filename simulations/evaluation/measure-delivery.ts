/**
 * Measures how hashes are delivered, over object sizes and patterns of access, with encrypted objects of mode plain. Both deliveries of one size follow
 * each other, and take turns in who is first.
 */
import { MiB } from '../../benchmarks/report.ts'
import { DELIVERIES } from './cells.ts'
import { PRICE } from './pair.ts'
import type { Delivery, DeliveryCell, Pattern } from './cells.ts'
import type { Random } from '../harness/random.ts'
import type { Range, Transfer } from './ends/fetching.ts'
import type { Good } from './ends/serving.ts'
import type { RunInit } from './measure-functions.ts'
import type { Pair } from './pair.ts'

/** Bytes that are read from the start: somebody looks into a film */
const SEQUENTIAL_BYTES = 64 * MiB

/** Blocks that are read at random places */
const RANDOM_BLOCKS = 8

export interface DeliveryValues {
  /** Bytes */
  hashes: number
  /** Milliseconds until the first block was verified */
  firstByte: number
  /** Milliseconds, for all that is got or read */
  total: number
  /** Bytes that were there already */
  had: number
}

export interface DeliveryResult extends DeliveryCell {
  blockCount: number
  /** One of each round */
  rounds: DeliveryValues[]
}

/** An object as it is delivered */
interface Served {
  size: number
  delivery: Delivery
  good: Good
}

export async function measureDelivery (pair: Pair, cells: DeliveryCell[], { isWarm, runs, random, onStep }: RunInit & { isWarm: boolean }): Promise<DeliveryResult[]> {
  const served: Served[] = []
  onStep('publishing')

  for (const size of new Set(cells.map(({ size }) => size))) {
    const deliveries = DELIVERIES.filter(delivery => cells.some(cell => cell.size === size && cell.delivery === delivery))
    const goods = await pair.publish(deliveries.map(delivery => ({ size, delivery, encryption: 'object-key', mode: 'plain' })))
    served.push(...deliveries.map((delivery, i) => ({ size, delivery, good: goods[i] })))
  }

  const objectOf = ({ size, delivery }: DeliveryCell): Served | undefined => served.find(object => object.size === size && object.delivery === delivery)
  const results: DeliveryResult[] = cells.map(cell => ({ ...cell, blockCount: objectOf(cell)?.good.blockCount ?? 0, rounds: [] }))

  const measureOf = async (object: Served, cells: DeliveryCell[], places: Range[], onValues: (cell: number, values: DeliveryValues) => void): Promise<void> => {
    const [link] = await pair.server.ask('serve', { ids: [object.good.id] })

    for (const [i, cell] of cells.entries()) {
      onStep(cell.name)
      onValues(i, await measure(pair, cell, object.good, link, places))
    }

    await pair.server.ask('close')
  }

  const last = served.at(-1)

  if (last != null && !isWarm) {
    // code that is run for the first time is slow
    await measureOf(last, [{ ...last, name: 'warming up', pattern: 'whole' }], [], () => {})
  }

  for (let round = 0; round < runs; round++) {
    // the same places for both deliveries
    const places = new Map(served.map(({ size, good }) => [size, randomPlaces(random, size, good)]))

    for (const object of round % 2 === 0 ? served : served.toReversed()) {
      const mine = results.filter(({ size, delivery }) => size === object.size && delivery === object.delivery)
      await measureOf(object, mine, places.get(object.size) ?? [], (cell, values) => { mine[cell].rounds.push(values) })
    }
  }

  return results
}

async function measure (pair: Pair, { pattern, size }: DeliveryCell, { blockCount }: Good, link: string, places: Range[]): Promise<DeliveryValues> {
  const source = await pair.source(size)
  await pair.newClient()
  const patterns: Record<Pattern, () => Promise<Transfer>> = {
    whole: async () => pair.copy(source, async to => pair.client.ask('get', { link, to, maxPrice: PRICE })),
    sequential: async () => pair.client.ask('read', { link, ranges: [{ offset: 0, length: Math.min(size, SEQUENTIAL_BYTES) }], source: source.path }),
    random: async () => pair.client.ask('read', { link, ranges: places, source: source.path }),
    resume: async () => pair.copy(source, async to => {
      await pair.client.ask('begin', { link, to, blocks: Math.floor(blockCount / 2) })
      await pair.client.ask('close', { keep: true })
      await pair.client.ask('open', { again: true })

      return pair.client.ask('get', { link, to, maxPrice: PRICE })
    })
  }
  const { hashBytes, firstByte, elapsed, had } = await patterns[pattern]()
  await pair.client.ask('close')

  return { hashes: hashBytes, firstByte, total: elapsed, had }
}

/** Whole blocks, in no order. */
function randomPlaces (random: Random, size: number, { blockCount, blockSize }: Good): Range[] {
  const blocks = random.shuffled(Array.from({ length: blockCount }, (_, index) => index)).slice(0, RANDOM_BLOCKS)

  return blocks.map(index => ({ offset: index * blockSize, length: Math.min(blockSize, size - index * blockSize) }))
}
