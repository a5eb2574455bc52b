import type { RunningSwarm } from '../harness/running-swarm.ts'

/** What those who misbehave share in a run: made when it is asked for first, and gone with the run. */
export function perRun<T> (make: () => T): (swarm: RunningSwarm) => T {
  const made = new WeakMap<RunningSwarm, T>()

  return swarm => {
    const known = made.get(swarm) ?? make()
    made.set(swarm, known)

    return known
  }
}
