import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { AbortError } from '@libp2p/interface'
import { behaviours } from '../behaviours/index.ts'
import { commandOf } from './command.ts'
import { LoadMeter } from './machine-load.ts'
import { makeOutcome } from './make-outcome.ts'
import { Recorder } from './recorder.ts'
import { schedule } from './schedule.ts'
import { happen } from './server-events.ts'
import { inGroups, Swarm } from './swarm.ts'
import type { ScenarioOptions } from './command.ts'
import type { Finding, Outcome } from './outcome.ts'
import type { Scenario } from './scenario.ts'
import type { AbortOptions } from '@libp2p/interface'

/** Milliseconds that those who misbehave have for what they do when the others are done. */
const ACT_GRACE = 3_000

/** Milliseconds for their last steps. */
const LAST_STEPS = 10_000

/** Milliseconds that one client's last claims may take. */
const CLAIM_TIMEOUT = 30_000

/** Milliseconds; any will do. */
const HEARTBEAT = 60_000

/** How far a run is. */
export interface RunProgress {
  phase: 'preparing' | 'running' | 'checking'
  /** Seconds since the begin */
  time: number
  /** All clients; nodes that are ready, while preparing; clients that have arrived; honest ones that are done */
  clients: number
  ready: number
  arrived: number
  done: number
  /** Honest clients */
  honest: number
}

export interface RunOptions extends ScenarioOptions, AbortOptions {
  /**
   * Folder for all homes and files, which stays.
   *
   * @default a temporary one, which is removed
   */
  folder?: string
  onProgress? (progress: RunProgress): void
}

/** No run in this process was before it: the memory that former nodes leave behind would be taken for what these do not need. */
let isFirst = true

/**
 * Runs a scenario with real nodes. Whatever happens, all nodes are stopped in the end and the temporary folder is removed. What goes wrong in one client is in its outcome.
 *
 * @throws {InvalidParametersError | AbortError}
 */
export async function runScenario (scenario: Scenario, options: RunOptions = {}): Promise<Outcome> {
  const begun = performance.now()
  const scheduled = schedule(scenario, options)
  const folder = options.folder ?? await mkdtemp(join(tmpdir(), 'mssl-simulation-'))
  await mkdir(folder, { recursive: true })
  const memory = isFirst ? process.memoryUsage.rss() : undefined
  isFirst = false
  const swarm = new Swarm({ ...scheduled, folder, behaviours, nodes: scenario.nodes })
  const abort = (): void => { swarm.end(new AbortError('The run was stopped')) }
  options.signal?.addEventListener('abort', abort)
  // there are no sockets here, and the time limit of a signal keeps no process: without this, a run that waits for nothing else would be cut off
  const heartbeat = setInterval(() => {}, HEARTBEAT)

  try {
    options.signal?.throwIfAborted()
    await swarm.prepare(options, ready => { report('preparing', ready) })
    options.signal?.throwIfAborted()

    const load = new LoadMeter()
    swarm.begin()
    const recorder = new Recorder(swarm, { memory, onSample: () => { report('running') } })
    let findings: Finding[]
    let loaded: Outcome['load']

    try {
      findings = await play(scenario, swarm)
    } finally {
      recorder.stop()
      loaded = load.stop()
    }

    const duration = swarm.now / 1000
    options.signal?.throwIfAborted()
    report('checking')
    await settle(swarm)
    const outcome = await makeOutcome({
      scenario,
      swarm,
      recorder,
      seed: scheduled.seed,
      command: commandOf(scenario, { ...options, seed: scheduled.seed }),
      load: loaded,
      duration,
      elapsed: (performance.now() - begun) / 1000
    })
    outcome.findings = [...scenario.check(outcome), ...findings]

    return outcome
  } finally {
    options.signal?.removeEventListener('abort', abort)
    abort()

    try {
      await swarm.stop()
    } finally {
      clearInterval(heartbeat)

      if (options.folder == null) {
        await rm(folder, { recursive: true, force: true })
      }
    }
  }

  function report (phase: RunProgress['phase'], ready = swarm.lives.length): void {
    const honest = swarm.lives.filter(({ isHonest }) => isHonest)

    options.onProgress?.({
      phase,
      time: swarm.now / 1000,
      clients: scheduled.plan.peers.length,
      ready,
      arrived: swarm.clients.size,
      done: honest.filter(({ finished }) => finished != null).length,
      honest: scheduled.plan.peers.filter(({ behaviour }) => behaviour == null).length
    })
  }
}

/** From the begin until all that is to be waited for has ended. Returns what the scenario's own steps found, and what went wrong in them. */
async function play (scenario: Scenario, swarm: Swarm): Promise<Finding[]> {
  const { plan, lives, server, signal } = swarm
  const findings: Finding[] = []

  // whatever is still under way when the run ends is told so by its signal
  const untilOver = async (work: Promise<unknown>): Promise<void> => {
    await work.catch(err => {
      if (!signal.aborted) {
        throw err
      }
    })
  }

  const steps = async (what: string, work: Promise<Finding[] | void>): Promise<void> => {
    await untilOver(work.then(found => { findings.push(...found ?? []) })).catch(err => {
      findings.push({ what, holds: false, found: `${err.name}: ${err.message}`.replaceAll('\n', ' '), allowed: 'no error' })
    })
  }

  const revoked = new Set(plan.events.flatMap(event => event.kind === 'revoke' ? event.peers : []))
  const settled = Promise.all(lives.filter(({ isHonest, plan }) => isHonest && !revoked.has(plan.name)).map(async ({ settled }) => settled))
  const lived = lives.map(async client => untilOver(client.live(swarm)))
  const happened = plan.events.map(async event => untilOver(happen(event, server, swarm)))
  const acts = lives.map(async client => steps(`the steps of ${client.plan.name}, ${client.plan.behaviour}`, swarm.act(client)))
  const act = steps('the steps of the scenario', scenario.act?.(swarm) ?? Promise.resolve())
  // a node that cannot be started, for instance: there is nothing to be learned any more
  const broken = Promise.all([...lived, ...happened]).then(async () => new Promise<never>(() => {}))
  const limit = swarm.at(plan.limit)

  try {
    await Promise.race([Promise.all([settled, act]), limit, broken])
    await Promise.race([Promise.all(acts), sleep(ACT_GRACE, undefined, { ref: false }), limit, broken])
  } finally {
    swarm.end(new AbortError('The run is over'))
    await Promise.race([Promise.all([...acts, act]), sleep(LAST_STEPS, undefined, { ref: false })])
    await Promise.allSettled([...lived, ...happened])
  }

  return findings
}

/** Everybody claims what it is owed; then the books can be read. */
async function settle ({ server, members, object, composition }: Swarm): Promise<void> {
  if (!server.isUp) {
    await server.start()
    await server.mssl.provide(object.id)
  }

  if (composition.mode !== 'plain') {
    await inGroups(members.filter(({ isUp }) => isUp), async ({ mssl }) => {
      await mssl.claim({ signal: AbortSignal.timeout(CLAIM_TIMEOUT) }).catch(() => {})
    })
  }
}
