/** Children of one place in the heap: four lie in one line of the processor's cache. */
const ARITY = 4

const FIRST_CAPACITY = 1024

/** An event whose time has come. The queue has one object for all: what is of use later has to be copied. */
export interface Event<Target> {
  time: number
  kind: number
  target: Target
  value: number
}

/**
 * What will happen, in the order of time: a heap over typed arrays. Events of the same time come in an order that is the same whenever the same was pushed.
 */
export class EventQueue<Target> {
  readonly #event: Event<Target | undefined> = { time: 0, kind: 0, target: undefined, value: 0 }
  /** The heap: times, and where the rest of the event is */
  #times = new Float64Array(FIRST_CAPACITY)
  #places = new Int32Array(FIRST_CAPACITY)
  #kinds = new Uint8Array(FIRST_CAPACITY)
  #values = new Int32Array(FIRST_CAPACITY)
  readonly #targets: Array<Target | undefined> = []
  /** Places that are free again */
  readonly #free: number[] = []
  #size = 0
  /** Events that have come */
  passed = 0

  get size (): number {
    return this.#size
  }

  push (time: number, kind: number, target: Target, value: number = 0): void {
    const place = this.#free.pop() ?? this.#size

    if (this.#size === this.#times.length) {
      this.#grow()
    }

    this.#kinds[place] = kind
    this.#values[place] = value
    this.#targets[place] = target

    const times = this.#times
    const places = this.#places
    let at = this.#size++

    while (at > 0) {
      const parent = (at - 1) >> 2

      if (times[parent] <= time) {
        break
      }

      times[at] = times[parent]
      places[at] = places[parent]
      at = parent
    }

    times[at] = time
    places[at] = place
  }

  /** The next event, or nothing. Valid until the next call. */
  shift (): Event<Target> | undefined {
    if (this.#size === 0) {
      return
    }

    const event = this.#event
    const place = this.#places[0]
    event.time = this.#times[0]
    event.kind = this.#kinds[place]
    event.value = this.#values[place]
    event.target = this.#targets[place]
    this.#targets[place] = undefined
    this.#free.push(place)
    this.#size--
    this.passed++

    if (this.#size > 0) {
      this.#sink(this.#times[this.#size], this.#places[this.#size])
    }

    return event as Event<Target>
  }

  /** Puts an event at the top, and down to where it belongs. */
  #sink (time: number, place: number): void {
    const times = this.#times
    const places = this.#places
    const size = this.#size
    let at = 0

    for (let child = 1; child < size; child = ARITY * at + 1) {
      const end = Math.min(child + ARITY, size)
      let least = child

      for (let other = child + 1; other < end; other++) {
        if (times[other] < times[least]) {
          least = other
        }
      }

      if (times[least] >= time) {
        break
      }

      times[at] = times[least]
      places[at] = places[least]
      at = least
    }

    times[at] = time
    places[at] = place
  }

  #grow (): void {
    const capacity = 2 * this.#times.length
    const grown = <T extends { set (from: T): void }>(from: T, to: T): T => {
      to.set(from)

      return to
    }
    this.#times = grown(this.#times, new Float64Array(capacity))
    this.#places = grown(this.#places, new Int32Array(capacity))
    this.#kinds = grown(this.#kinds, new Uint8Array(capacity))
    this.#values = grown(this.#values, new Int32Array(capacity))
  }
}
