import { setFlagsFromString } from 'node:v8'

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
