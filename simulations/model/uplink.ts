/** Something that a link carries one block of at a time. */
export interface Carried {
  /** Virtual time of the link, in bytes, at which its block is through */
  due: number
  next?: this
  previous?: this
}

/** Bytes: what is left of a block by the rounding of numbers counts as nothing. */
const NEGLIGIBLE = 1e-3

/**
 * One direction of a link that is shared in equal parts by all that use it at the same time, as the network below does, packet by packet. Exact, and without an event per
 * packet: a virtual time counts the bytes that each has been given (Demers, Keshav, Shenker 1989; Parekh, Gallager 1993), so that a block's end is known, in
 * virtual time, when it begins, and it is only the first of these ends whose real time changes when others come or go.
 */
export class Uplink<Block extends Carried> {
  /** Bytes per millisecond */
  readonly rate: number
  #first?: Block
  #last?: Block
  #count = 0
  #virtual = 0
  #at = 0
  /** When it is to be looked at, milliseconds */
  alarm = Infinity

  constructor (rate: number) {
    this.rate = rate
  }

  /** Blocks on their way. */
  get count (): number {
    return this.#count
  }

  begin (block: Block, bytes: number, now: number): void {
    this.#advance(now)
    block.due = this.#virtual + bytes
    let before = this.#last

    // nearly always the last: blocks are of one size
    while (before != null && before.due > block.due) {
      before = before.previous
    }

    block.previous = before
    block.next = before == null ? this.#first : before.next
    before == null ? this.#first = block : before.next = block
    block.next == null ? this.#last = block : block.next.previous = block
    this.#count++
  }

  /** It is not sent any more. */
  cancel (block: Block, now: number): void {
    this.#advance(now)
    this.#remove(block)
  }

  /** A block that is through by now, if there is one. */
  through (now: number): Block | undefined {
    this.#advance(now)
    const first = this.#first

    if (first == null || first.due > this.#virtual + NEGLIGIBLE) {
      return
    }

    this.#remove(first)

    return first
  }

  /** What is left of a block that is on its way, bytes. */
  left (block: Block, now: number): number {
    this.#advance(now)

    return Math.max(0, block.due - this.#virtual)
  }

  /** How long `bytes` take that are the turn of one that uses it beside the others, milliseconds. */
  time (bytes: number): number {
    return bytes * this.#count / this.rate
  }

  /** When the next block will be through if nothing changes, milliseconds. */
  next (now: number): number {
    if (this.#first == null) {
      return Infinity
    }

    this.#advance(now)

    return now + Math.max(0, this.#first.due - this.#virtual) * this.#count / this.rate
  }

  #advance (now: number): void {
    if (this.#count > 0) {
      this.#virtual += (now - this.#at) * this.rate / this.#count
    }

    this.#at = now
  }

  #remove (block: Block): void {
    const { previous, next } = block
    previous == null ? this.#first = next : previous.next = next
    next == null ? this.#last = previous : next.previous = previous
    block.previous = block.next = undefined
    this.#count--
  }
}
