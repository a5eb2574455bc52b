/**
 * What to call a run among others: by what it has that the others have not.
 */
import { formatBytes, formatCount, formatCounted } from './format.ts'
import type { Outcome } from '../harness/outcome.ts'

/** What may be different from run to run, in the order of how much it matters. */
const ASPECTS: Array<(outcome: Outcome) => string> = [
  ({ by }) => by === 'model' ? 'model' : 'real nodes',
  ({ composition }) => `mode ${composition.mode}`,
  ({ composition }) => composition.encryption === 'none' ? 'not encrypted' : 'encrypted',
  ({ composition }) => composition.delivery,
  ({ composition }) => `blocks of ${formatBytes(composition.blockSize)}`,
  ({ composition }) => composition.acknowledgementWindow == null ? 'window as needed' : `window ${formatCount(composition.acknowledgementWindow)}`,
  ({ composition }) => `policy ${composition.policy}`,
  ({ composition }) => `price ${formatCount(composition.price)}`,
  ({ composition }) => `channel ${composition.channel}`,
  ({ composition }) => `routing ${composition.routing}`,
  ({ peers }) => formatCounted(peers.length, 'client'),
  ({ size }) => formatBytes(size),
  ({ peers }) => `${formatCount(peers.filter(({ behaviour }) => behaviour != null).length)} misbehaving`,
  ({ seed }) => `seed ${seed}`
]

/** One line that says what a run is, beside its title. */
export function sizeOf ({ by, peers, size, composition, seed }: Outcome): string {
  return `${by === 'model' ? 'model' : 'real nodes'} · ${formatCounted(peers.length, 'client')} · ${formatBytes(size)} · mode ${composition.mode} · seed ${seed}`
}

/** Of each outcome what is different from another one of these; unique. */
export function differences (outcomes: Outcome[]): string[] {
  const told = ASPECTS.filter(aspect => new Set(outcomes.map(aspect)).size > 1)
  const names = outcomes.map(outcome => told.map(aspect => aspect(outcome)).join(', '))

  return names.map((name, i) => names.indexOf(name) === i && name !== '' ? name : `${name}${name === '' ? '' : ', '}run ${i + 1}`)
}
