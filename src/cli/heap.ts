import { setFlagsFromString } from 'node:v8'

/**
 * Sets V8 up for a process through which gigabytes flow in buffers of their own, outside of a small JavaScript heap. Left
 * to itself it runs a full collection every 10 MiB of traffic, which takes a quarter of the time of a transfer. Has to run
 * before anything else grows the heap.
 */
export function tuneHeap (): void {
  // nearly all buffers are garbage within milliseconds: a small nursery, emptied often, finds them there, in under 1 ms
  setFlagsFromString('--semi-space-growth-factor=1')
  // waking other threads for it takes longer
  setFlagsFromString('--no-parallel-scavenge')

  // full collections when the whole has grown, not whenever the buffers alone have; earlier versions do not know it
  if (Number(process.versions.node.split('.', 1)[0]) >= 24) {
    setFlagsFromString('--external-memory-accounted-in-global-limit')
    // … by more than this: 30 costs half of the speed, without it a download of 1 GiB takes 60 MiB more
    setFlagsFromString('--heap-growing-percent=60')
  }
}
