import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { UsageError } from '../../src/cli/exit-codes.ts'
import { Progress } from '../../src/cli/progress.ts'
import { commandOf } from '../harness/command.ts'
import { drawSeed, schedule } from '../harness/schedule.ts'
import { namedScenarios, scenarioOptions } from './options.ts'
import { showComparison, showOutcome } from './show.ts'
import type { Options } from './options.ts'
import type { Output } from '../../src/cli/output.ts'
import type { ScenarioOptions } from '../harness/command.ts'
import type { Outcome } from '../harness/outcome.ts'
import type { RunOptions, RunProgress } from '../harness/run.ts'
import type { Scenario } from '../harness/scenario.ts'

/** Clients that a run with real nodes may have: beyond this a machine does nothing but swap. */
const MAX_NODES = 1_000

/** With real nodes, or with the model */
type Way = Outcome['by']

/** What one command line asks for. */
export class Simulation {
  readonly #options: Options
  readonly #given: ScenarioOptions
  readonly #ways: Way[]
  readonly #scenarios: Scenario[]
  readonly #output: Output
  readonly #signal: AbortSignal
  readonly #outcomes: Outcome[] = []
  #holds = true

  /**
   * @throws {UsageError} before anything has begun
   */
  constructor (names: string[], options: Options, { output, signal }: { output: Output, signal: AbortSignal }) {
    this.#options = options
    this.#given = scenarioOptions({ ...options, seed: options.seed ?? drawSeed() })
    this.#output = output
    this.#signal = signal

    if (names.length === 0) {
      throw new UsageError('which scenario? See --list')
    }

    if (options.model === true && options.compare === true) {
      throw new UsageError('--compare runs the model as well: give one of --model and --compare')
    }

    this.#ways = [...options.model === true ? [] : ['nodes' as const], ...options.model === true || options.compare === true ? ['model' as const] : []]
    const scenarios = new Set(namedScenarios(names))
    // of all of them, those for which it makes sense
    this.#scenarios = [...scenarios].filter(scenario => !names.includes('all') || this.#refusal(scenario) == null)
    const refusal = this.#scenarios.map(scenario => this.#refusal(scenario)).find(text => text != null)

    if (refusal != null) {
      throw new UsageError(refusal)
    }
  }

  /** Returns whether everything holds. */
  async run (): Promise<boolean> {
    const { report, json = false } = this.#options

    for (const scenario of this.#scenarios) {
      const outcomes: Outcome[] = []

      for (const way of this.#ways) {
        const outcome = await this.#one(scenario, way)

        if (outcome != null) {
          outcomes.push(outcome)
        }
      }

      this.#outcomes.push(...outcomes)

      if (outcomes.length === 2 && !json) {
        this.#output.result(outcomes, `${showComparison(outcomes[0], outcomes[1])}\n`)
      }
    }

    if (json) {
      this.#output.result(this.#outcomes, '')
    }

    if (report != null) {
      const { reportFiles, writeReport } = await import('../report/index.ts')
      const files = reportFiles(report)
      await writeReport(this.#outcomes, report)
      this.#output.status({ event: 'report', ...files }, `report: ${files.html}, for programs: ${files.json}`)
    }

    return this.#holds
  }

  /** Why it cannot be run so. */
  #refusal (scenario: Scenario): string | undefined {
    const { modelled = scenario.act == null, defaults } = scenario
    const { peers = defaults.peers } = this.#given

    if (this.#ways.includes('model') && !modelled) {
      return `the model does not know what happens in ${scenario.name}: it takes real nodes`
    }

    if (this.#ways.includes('nodes') && peers > MAX_NODES) {
      return `${MAX_NODES} clients at most with real nodes; --model takes more`
    }

    try {
      schedule(scenario, this.#given)
    } catch (err: any) {
      return err.message
    }
  }

  /** One run. What goes wrong is said, and others follow. */
  async #one (scenario: Scenario, way: Way): Promise<Outcome | undefined> {
    const progress = new Progress(this.#output)
    const again = commandOf(scenario, this.#given, { model: way === 'model' })
    this.#output.status({ event: 'begin', scenario: scenario.name, by: way, seed: this.#given.seed }, `${scenario.name}, seed ${this.#given.seed}`)
    const options = {
      ...this.#given,
      signal: this.#signal,
      onProgress: (now: RunProgress) => {
        progress.update({ event: { event: 'progress', ...now }, text: progressText(now), value: now.phase === 'preparing' ? now.ready : now.done, total: now.phase === 'preparing' ? now.clients : now.honest })
      }
    }

    try {
      const outcome = await (way === 'model' ? model(scenario, options) : this.#nodes(scenario, options))
      progress.stop()

      if (!this.#output.json) {
        this.#output.result(outcome, `${showOutcome(outcome)}\n`)
      }

      if (!holds(outcome)) {
        this.#fail(again, 'something does not hold')
      }

      return outcome
    } catch (err: any) {
      progress.stop()
      this.#signal.throwIfAborted()
      this.#fail(again, `${scenario.name} failed: ${err.message}`)
    }
  }

  #fail (again: string, message: string): void {
    this.#holds = false
    this.#output.warning(`${message}; seed ${this.#given.seed}, again: ${again}`)
  }

  async #nodes (scenario: Scenario, options: RunOptions): Promise<Outcome> {
    const { runScenario } = await import('../harness/run.ts')

    if (this.#options.keep !== true) {
      return runScenario(scenario, options)
    }

    const folder = await mkdtemp(join(tmpdir(), 'mssl-simulation-'))
    const outcome = await runScenario(scenario, { ...options, folder }).catch(err => {
      this.#kept(folder)
      throw err
    })

    holds(outcome) ? await rm(folder, { recursive: true, force: true }) : this.#kept(folder)

    return outcome
  }

  #kept (folder: string): void {
    this.#output.status({ event: 'kept', folder }, `homes and files are in ${folder}`)
  }
}

function holds ({ findings }: Outcome): boolean {
  return findings.every(({ holds }) => holds)
}

async function model (scenario: Scenario, options: Omit<RunOptions, 'folder'>): Promise<Outcome> {
  const { modelScenario } = await import('../model/index.ts')

  return modelScenario(scenario, options)
}

function progressText ({ phase, time, clients, ready, arrived, done, honest }: RunProgress): string {
  switch (phase) {
    case 'preparing':
      return `${ready} of ${clients} nodes are ready`
    case 'running':
      return `${time.toFixed(0)} s: ${arrived} of ${clients} clients are there, ${done} of ${honest} honest ones are done`
    default:
      return 'claims, books and copies'
  }
}
