import { PerformanceObserver, constants } from 'node:perf_hooks'
import { setFlagsFromString } from 'node:v8'

/** Of the time, what emptying the nursery may take before it may grow: a transfer takes 3 %, a storm of requests 20 to 25 % */
const MAX_SCAVENGING = 0.1

/** Milliseconds over which that is looked at: one long collection is nothing yet */
const SCAVENGING_INTERVAL = 250

/** An entry of type `gc`, as Node documents it */
interface GarbageCollection extends PerformanceEntry {
  detail: { kind: number }
}

/**
 * Sets V8 up for a process through which gigabytes flow in buffers of their own, outside of a small JavaScript heap. Left
 * to itself it runs a full collection every 10 MiB of traffic, which takes a quarter of the time of a transfer. Has to run
 * before anything else grows the heap.
 */
export function tuneHeap (): void {
  collectLate()

  // nearly all buffers are garbage within milliseconds: a small nursery, emptied often, finds them there, in under 1 ms
  setFlagsFromString('--semi-space-growth-factor=1')
  // waking other threads for it takes longer
  setFlagsFromString('--no-parallel-scavenge')
}

/**
 * For a process that serves many: its nursery grows for as long as emptying it takes much of the time. It does when most of what
 * is in there is still needed, by the requests that are under way, and moved each time. V8 makes it small again when there is
 * little to do.
 */
export function growNurseryUnderLoad (): void {
  let since = performance.now()
  let spent = 0

  new PerformanceObserver(list => {
    for (const { duration, detail } of list.getEntries() as GarbageCollection[]) {
      spent += detail.kind === constants.NODE_PERFORMANCE_GC_MINOR ? duration : 0
    }

    const elapsed = performance.now() - since

    if (elapsed >= SCAVENGING_INTERVAL) {
      setFlagsFromString(`--semi-space-growth-factor=${spent > MAX_SCAVENGING * elapsed ? 2 : 1}`)
      since += elapsed
      spent = 0
    }
  }).observe({ entryTypes: ['gc'] })
}

/**
 * The part of it that is right for many nodes in one process as well. What so many have under way would be moved by each
 * emptying of a small nursery: 60 nodes take 1.7 times the processor time with one.
 */
export function collectLate (): void {
  // full collections when the whole has grown, not whenever the buffers alone have; earlier versions do not know it
  if (Number(process.versions.node.split('.', 1)[0]) >= 24) {
    setFlagsFromString('--external-memory-accounted-in-global-limit')
    // … by more than this: 30 costs half of the speed, without it a download of 1 GiB takes 60 MiB more
    setFlagsFromString('--heap-growing-percent=60')
  }
}
