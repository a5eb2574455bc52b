/**
 * Outcomes as a person reads them in a terminal.
 */
import { fields, table } from '../../src/cli/output.ts'
import { formatBytes, formatCount, formatDuration } from '../../src/cli/parse.ts'
import { keptUp } from '../harness/machine-load.ts'
import { compareOutcomes } from '../model/validate.ts'
import { ABSENT, formatDecimal } from '../report/format.ts'
import type { Outcome } from '../harness/outcome.ts'
import type { Scenario } from '../harness/scenario.ts'

export function showScenarios (scenarios: Scenario[]): string {
  return scenarios.map(({ name, summary, defaults: { peers, size, part }, modes }) => {
    const defaults = [formatCount(peers, 'client'), formatBytes(size), part == null ? '' : `${percent(part)} misbehave`, modes == null ? '' : `mode ${modes.join(' or ')}`]

    return `${name}\n  ${summary}\n  ${defaults.filter(text => text !== '').join(', ')}`
  }).join('\n\n')
}

export function showOutcome (outcome: Outcome): string {
  const { title, by, seed, composition, size, peers, completion, bound, server, fromPeers, overhead, fairness, cheaters, memory, load, duration, elapsed, findings } = outcome
  const honest = peers.filter(({ behaviour }) => behaviour == null)
  const left = honest.filter(({ left, finished }) => left === true && finished == null).length

  return `${title}: ${formatCount(peers.length, 'client')}, ${formatBytes(size)}, mode ${composition.mode}, by ${by === 'nodes' ? 'real nodes' : 'the model'}, seed ${seed}
${indented(fields({
    finished: `${honest.filter(({ finished }) => finished != null).length} of ${honest.length} honest clients${left === 0 ? '' : `; ${left} left for good before`}`,
    completion: `median ${seconds(completion.median)}, 95 % ${seconds(completion.p95)}, last ${seconds(completion.last)}`,
    'lower bound': `${seconds(bound)}${completion.last / bound < Infinity ? `; the last one took ${(completion.last / bound).toFixed(2)} times that` : ''}`,
    server: `${server.copies.toFixed(2)} copies uploaded`,
    'from peers': percent(fromPeers),
    overhead: `${(100 * overhead).toFixed(1)} % of the blocks' bytes`,
    fairness: fairness?.index.toFixed(3),
    cheaters: cheaters == null ? undefined : `${cheaters.count} gained ${amount(cheaters.gained, cheaters.unit)}, honest clients lost ${amount(cheaters.honestLost, cheaters.unit)} by them`,
    memory: memory == null ? undefined : `${formatBytes(memory.peak)} at most${memory.perNode == null ? '' : `, ${formatBytes(Math.round(memory.perNode))} per node`}`,
    machine: load == null ? undefined : `${load.cpu.toFixed(1)} s of CPU, the event loop was late for ${percent(load.lateness)} of the time${keptUp(outcome) ? '' : ': too slow for times to say much'}`,
    time: `${formatDuration(1000 * duration)} in the simulation, ${formatDuration(1000 * elapsed)} in all`
  }))}

${indented(table(findings.map(({ what, holds, found, allowed }) => [holds ? '✔' : '✘', what, found, `(${allowed})`])))}`
}

/** How far the model is from real nodes. */
export function showComparison (nodes: Outcome, model: Outcome): string {
  return `${nodes.title}: the model and real nodes
${indented(table([
    ['', 'nodes', 'model', 'error', 'aim'],
    ...compareOutcomes(nodes, model).map(({ name, isAbsolute, nodes, model, error, tolerance, holds }) => {
      const difference = (value: number): string => isAbsolute ? formatDecimal(value, 2) : percent(value)

      return [name, formatDecimal(nodes, 2), formatDecimal(model, 2), difference(error), `${holds ? '✔' : '✘'} ±${difference(tolerance)}`]
    })
  ]))}`
}

function seconds (value: number): string {
  return Number.isFinite(value) ? `${value.toFixed(value < 100 ? 1 : 0)} s` : ABSENT
}

function percent (part: number): string {
  return Number.isFinite(part) ? `${(100 * part).toFixed(0)} %` : ABSENT
}

function amount (value: number, unit: 'bytes' | 'units'): string {
  return unit === 'bytes' ? formatBytes(Math.round(value)) : formatCount(Math.round(value), 'unit')
}

function indented (text: string): string {
  return text.replace(/^/gm, '  ')
}
