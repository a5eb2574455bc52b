import { Bitfield } from '../object/bitfield.ts'
import { MAX_DUPLICATES, RANDOM_FIRST, REORDER_INTERVAL } from './constants.ts'
import type { BlockRun } from '../object/bitfield.ts'

/** Blocks that more providers have than this are equally common. */
const COMMON = 255

/** The order of a large object is rebuilt rarely, that of a small one at least so many milliseconds apart. */
const MIN_REORDER_INTERVAL = 50

/** A request for a block that has not been answered. */
export interface Claim {
  source: Source
  /** When it was sent, milliseconds */
  at: number
}

/** What the picker knows of one provider. */
export class Source {
  /** Undefined: has all blocks, but those it refused */
  readonly blocks?: Bitfield
  /** Has all blocks, and would rather give only what it offers */
  readonly origin: boolean
  /** Blocks that this source, an origin, would rather give than others */
  readonly offers = new Set<number>()
  /** Announced since the order was built */
  readonly fresh: BlockRun[] = []
  /** Asked for and given up: they may still come, and are not asked for again here */
  readonly owed = new Set<number>()
  readonly #lacking = new Set<number>()
  readonly #may?: (index: number) => boolean
  cursor = 0
  /** Which order the cursor is in */
  order = -1

  /** `may`: whether it may be asked for a block at all. What it may only later is found by `pickBound`. */
  constructor (blocks?: Bitfield, origin = false, may?: (index: number) => boolean) {
    this.blocks = blocks
    this.origin = origin
    this.#may = may
  }

  has (index: number): boolean {
    return (this.blocks?.has(index) ?? true) && !this.#lacking.has(index) && !this.owed.has(index) && (this.#may?.(index) ?? true)
  }

  /** It refused this block: never asked for again. */
  lacks (index: number): void {
    this.#lacking.add(index)
    this.offers.delete(index)
  }
}

export interface PickerInit {
  /** Blocks there already; not changed */
  have: Bitfield

  /**
   * The blocks wanted.
   *
   * @default all
   */
  range?: BlockRun

  /**
   * Rarest first, or in order within a window from the reader's place on.
   *
   * @default 'rarest'
   */
  order?: 'rarest' | 'sequential'

  /**
   * Blocks ahead of the reader, with order sequential.
   *
   * @default 64
   */
  readAhead?: number

  /**
   * Numbers in [0, 1).
   *
   * @default Math.random
   */
  random?(): number

  /**
   * With mode purchase: the coin of the block is spent, so that few may be asked for it. A block that is bound stays so.
   *
   * @default never
   */
  bound?(index: number): boolean
}

/**
 * Chooses which block to ask from whom. Keeps the claims, that is, who was asked for what. Nothing here looks at all
 * blocks for one pick: the order is rebuilt now and then, and each source walks along it. Times are milliseconds of any
 * monotonic clock.
 */
export class Picker {
  readonly claims = new Map<number, Claim[]>()
  /** Asked of origins and of nobody else, in the order of asking */
  readonly #atOrigin = new Set<number>()
  /** Blocks there, or arrived and waiting for hashes, or not wanted */
  readonly #settled: Bitfield
  readonly #asked: Bitfield
  readonly #counts: Uint16Array
  readonly #sequential: boolean
  readonly #readAhead: number
  readonly #end: number
  /** Sources with all blocks that are no origins */
  #complete = 0
  /** First unsettled block at or after the reader's place */
  #head: number
  #place: number
  /** Wanted blocks, shuffled once; settled ones are taken out with each rebuild */
  #shuffled: Uint32Array
  #order = new Uint32Array(0)
  #orderNumber = 0
  #built = -Infinity
  #dirty = true
  readonly #returned = new Set<number>()
  #arrived = 0
  readonly #bound: (index: number) => boolean
  /** Bound from the beginning; those before the place were asked for, or are there */
  readonly #boundFirst: number[] = []
  #boundPlace = 0

  constructor (init: PickerInit) {
    const { have, range = { first: 0, count: have.length } } = init
    const random = init.random ?? Math.random
    this.#end = range.first + range.count
    this.#settled = Bitfield.from(have.bytes, have.length)
    this.#settled.setRange(0, range.first)
    this.#settled.setRange(this.#end, have.length - this.#end)
    this.#asked = new Bitfield(have.length)
    this.#counts = new Uint16Array(have.length)
    this.#sequential = init.order === 'sequential'
    this.#readAhead = init.readAhead ?? 64
    this.#place = range.first
    this.#head = range.first
    this.#shuffled = new Uint32Array(range.count)
    this.#bound = init.bound ?? (() => false)
    let length = 0

    for (let i = range.first; i < this.#end; i++) {
      if (!this.#settled.has(i)) {
        this.#bound(i) && this.#boundFirst.push(i)
        // inside-out Fisher-Yates
        const j = Math.floor(random() * (length + 1))
        this.#shuffled[length] = this.#shuffled[j]
        this.#shuffled[j] = i
        length++
      }
    }

    this.#shuffled = this.#shuffled.subarray(0, length)
  }

  /** Blocks wanted that have not arrived */
  get remaining (): number {
    return this.#settled.length - this.#settled.count
  }

  /** Every block wanted has arrived or is on its way. */
  get endgame (): boolean {
    return this.remaining === this.claims.size
  }

  /** Was the block asked for before? */
  asked (index: number): boolean {
    return this.#asked.has(index)
  }

  /** A provider is there. */
  add (source: Source): void {
    this.#count(source, 1)
  }

  /** A provider is gone: the blocks that it was asked for may be picked again. */
  remove (source: Source): void {
    this.#count(source, -1)
    this.releaseAll(source)
  }

  /** A source got blocks. Returns whether there is one among them that is wanted, and that nobody had but origins. */
  announce (source: Source, ranges: BlockRun[]): boolean {
    let news = false

    if (source.blocks == null) {
      return news
    }

    for (const { first, count } of ranges) {
      const before = source.blocks.count

      for (let i = first; i < first + count; i++) {
        if (!source.blocks.has(i)) {
          news ||= !this.#settled.has(i) && !this.#elsewhere(i)
          source.blocks.set(i)
          this.#counts[i]++
        }
      }

      if (source.blocks.count > before) {
        source.fresh.push({ first, count })
        this.#dirty = true
      }
    }

    return news
  }

  /** An origin would rather give these than others. */
  offer (source: Source, ranges: BlockRun[]): void {
    for (const { first, count } of ranges) {
      for (let i = first; i < first + count; i++) {
        if (!this.#settled.has(i)) {
          source.offers.add(i)
        }
      }
    }
  }

  /** Sequential order: the reader is here. */
  moveTo (index: number): void {
    this.#place = index
    this.#head = Math.max(this.#head, index)
  }

  /** Chooses a block that this source has and that nobody was asked for. Call `claim` to take it. */
  pick (source: Source, now: number): number | undefined {
    if (this.#sequential) {
      return this.#pickNext(index => source.has(index))
    }

    return this.pickOffered(source) ?? this.#pickReturned(index => source.has(index)) ?? this.#pickRarest(source, now) ?? this.#pickFresh(source)
  }

  /** Chooses a block that nobody has but this source, an origin. */
  pickMissing (source: Source, now: number): number | undefined {
    const missing = (index: number): boolean => source.has(index) && !this.#elsewhere(index)

    if (this.#sequential) {
      return this.#pickNext(missing)
    }

    const returned = this.#pickReturned(missing)

    if (returned != null) {
      return returned
    }

    // what nobody has is the rarest
    const index = this.#pickRarest(source, now)

    return index != null && missing(index) ? index : undefined
  }

  /** Chooses among what this source, an origin, offered; with `missing`, only what no other source has. */
  pickOffered (source: Source, missing = false): number | undefined {
    for (const index of source.offers) {
      if (this.#settled.has(index)) {
        source.offers.delete(index)
      } else if (!this.claims.has(index) && source.has(index) && this.#inWindow(index) && !(missing && this.#elsewhere(index))) {
        return index
      }
    }
  }

  /** Chooses a block that is bound, and that nobody was asked for. */
  pickBound (source: Source): number | undefined {
    const good = (index: number): boolean => this.#bound(index) && source.has(index)

    if (this.#sequential) {
      return this.#pickNext(good)
    }

    // once they were asked for, they come back among the returned
    while (this.#boundPlace < this.#boundFirst.length && !this.#open(this.#boundFirst[this.#boundPlace])) {
      this.#boundPlace++
    }

    const first = this.#boundFirst[this.#boundPlace]

    return first != null && source.has(first) ? first : this.#pickReturned(good)
  }

  /** Is there a block that is bound and that nobody was asked for? */
  get waitsBound (): boolean {
    return this.#shuffled.some(index => this.#open(index) && this.#bound(index))
  }

  /**
   * Does one source hold up the end, or with order sequential the reader: was it asked `before` for a block that another one
   * could give?
   */
  holdsUp (owing: Source, able: Source, before: number): boolean {
    const holds = (index: number): boolean => {
      return able.has(index) && this.claims.get(index)?.some(({ source, at }) => source === owing && at <= before) === true
    }

    return this.#sequential ? holds(this.#advance()) : this.endgame && [...this.claims.keys()].some(holds)
  }

  /**
   * Chooses, with order sequential, the reader's next block, when those who were asked for it take longer than `after`
   * milliseconds.
   */
  pickUrgent (source: Source, now: number, after: number): number | undefined {
    const head = this.#sequential ? this.#advance() : -1
    const claims = this.claims.get(head)

    return claims != null && mayDuplicate(source, head, claims, now - after) ? head : undefined
  }

  /**
   * Chooses, in the endgame, a block that others were asked for at least `after` milliseconds ago and have not delivered,
   * the longest waited for first.
   */
  pickDuplicate (source: Source, now: number, after: number): number | undefined {
    if (this.endgame) {
      for (const [index, claims] of this.claims) {
        if (mayDuplicate(source, index, claims, now - after)) {
          return index
        }
      }
    }
  }

  /**
   * Chooses a block that an origin alone was asked for, at least `after` milliseconds ago, and that this source has by now: the origin has others
   * to serve, whom nobody else can help.
   */
  pickWaiting (source: Source, now: number, after: number): number | undefined {
    for (const index of this.#atOrigin) {
      const claims = this.claims.get(index)

      if (claims != null && mayDuplicate(source, index, claims, now - after)) {
        return index
      }
    }
  }

  /** The source is asked for the block. */
  claim (source: Source, index: number, now: number): void {
    const claim = { source, at: now }
    const others = this.claims.get(index)
    this.#asked.set(index)

    if (others == null) {
      this.claims.set(index, [claim])
    } else {
      others.push(claim)
    }

    this.#noteOrigin(index)
  }

  /** A request was answered, or ended without its block. The block may be picked again unless it is settled. */
  release (source: Source, index: number): void {
    const claims = this.claims.get(index)
    const found = claims?.findIndex(claim => claim.source === source) ?? -1

    if (claims == null || found < 0) {
      return
    }

    claims.splice(found, 1)

    if (claims.length === 0) {
      this.claims.delete(index)
      this.#returned.add(index)
    }

    this.#noteOrigin(index)
  }

  /** Ends all requests of a source without their blocks. */
  releaseAll (source: Source): void {
    for (const index of [...this.claims.keys()]) {
      this.release(source, index)
    }
  }

  /** The block arrived: all claims on it have ended. */
  settle (index: number): void {
    this.claims.delete(index)
    this.#atOrigin.delete(index)
    this.#returned.delete(index)
    this.#settled.set(index)

    if (++this.#arrived === RANDOM_FIRST) {
      this.#dirty = true
      this.#built = -Infinity
    }
  }

  /** A block that arrived turned out to be false, or was thrown away: it is wanted again. */
  reopen (index: number): void {
    this.#settled.clear(index)
    this.#returned.add(index)
    this.#head = Math.max(this.#place, Math.min(this.#head, index))
  }

  #noteOrigin (index: number): void {
    if (this.claims.get(index)?.every(({ source }) => source.origin) === true) {
      this.#atOrigin.add(index)
    } else {
      this.#atOrigin.delete(index)
    }
  }

  #open (index: number): boolean {
    return !this.#settled.has(index) && !this.claims.has(index)
  }

  #inWindow (index: number): boolean {
    return !this.#sequential || (index >= this.#place && index < this.#place + this.#readAhead)
  }

  #elsewhere (index: number): boolean {
    return this.#complete > 0 || this.#counts[index] > 0
  }

  #count (source: Source, change: number): void {
    if (source.blocks == null) {
      this.#complete += source.origin ? 0 : change
      return
    }

    for (const { first, count } of source.blocks.ranges()) {
      for (let i = first; i < first + count; i++) {
        this.#counts[i] += change
      }
    }

    this.#dirty = true
  }

  #advance (): number {
    while (this.#head < this.#end && this.#settled.has(this.#head)) {
      this.#head++
    }

    return this.#head
  }

  #pickNext (good: (index: number) => boolean): number | undefined {
    const end = Math.min(this.#end, this.#place + this.#readAhead)

    for (let i = this.#advance(); i < end; i++) {
      if (this.#open(i) && good(i)) {
        return i
      }
    }
  }

  /** Chooses among the blocks whose requests failed. */
  #pickReturned (good: (index: number) => boolean): number | undefined {
    for (const index of this.#returned) {
      if (!this.#open(index)) {
        this.#returned.delete(index)
      } else if (good(index)) {
        return index
      }
    }
  }

  #pickRarest (source: Source, now: number): number | undefined {
    const interval = Math.max(MIN_REORDER_INTERVAL, REORDER_INTERVAL * this.#settled.length / 2 ** 20)

    if (this.#dirty && now - this.#built >= interval) {
      this.#rebuild()
      this.#built = now
    }

    if (source.order !== this.#orderNumber) {
      source.order = this.#orderNumber
      source.cursor = 0
      source.fresh.length = 0
    }

    while (source.cursor < this.#order.length) {
      const index = this.#order[source.cursor]

      if (this.#open(index) && source.has(index)) {
        return index
      }

      // blocks that the source gets later are among its fresh ones; released blocks are among the returned
      source.cursor++
    }
  }

  #pickFresh (source: Source): number | undefined {
    for (let range = source.fresh.at(-1); range != null; range = source.fresh.at(-1)) {
      for (; range.count > 0; range.first++, range.count--) {
        if (this.#open(range.first) && source.has(range.first)) {
          return range.first
        }
      }

      source.fresh.pop()
    }
  }

  /** Counting sort of the shuffled blocks by how many sources have them. */
  #rebuild (): void {
    const missing = this.#shuffled.filter(index => !this.#settled.has(index))
    this.#shuffled = missing
    this.#dirty = false
    this.#orderNumber++

    if (this.#arrived < RANDOM_FIRST) {
      this.#order = missing
      return
    }

    const starts = new Uint32Array(COMMON + 2)
    const rarity = (index: number): number => Math.min(COMMON, this.#counts[index])

    for (const index of missing) {
      starts[rarity(index) + 1]++
    }

    for (let i = 1; i < starts.length; i++) {
      starts[i] += starts[i - 1]
    }

    this.#order = new Uint32Array(missing.length)

    for (const index of missing) {
      this.#order[starts[rarity(index)]++] = index
    }
  }
}

function mayDuplicate (source: Source, index: number, claims: Claim[], before: number): boolean {
  return source.has(index) && claims.length < MAX_DUPLICATES && claims.every(claim => claim.source !== source && claim.at <= before)
}
