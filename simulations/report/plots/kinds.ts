/** What clients of each behaviour look like in every plot: a symbol and a colour of their own. */
import { dotGlyph } from './drawing.ts'
import type { Key } from './drawing.ts'
import type { BehaviourName } from '../../harness/scenario.ts'
import type { DotOptions } from '@observablehq/plot'

/** Nine behaviours, and seven symbols that can be told apart: those that are never in one run share one. */
const SYMBOLS: Record<BehaviourName, DotOptions['symbol']> = {
  'free-rider': 'triangle',
  'key-withholder': 'square',
  'garbage-sender': 'diamond',
  'ack-refuser': 'star',
  'claim-inflater': 'triangle',
  colluder: 'square',
  'double-spender': 'diamond',
  'ticket-thief': 'star',
  impersonator: 'wye'
}

/** Undefined: honest. */
export function lookOf (behaviour: BehaviourName | undefined): DotOptions {
  return behaviour == null
    ? { symbol: 'circle', fill: 'var(--honest)', fillOpacity: 0.55, r: 3 }
    : { symbol: SYMBOLS[behaviour] ?? 'cross', fill: 'var(--cheat)', stroke: 'var(--paper)', strokeWidth: 0.7, r: 5 }
}

export function keyOf (behaviour: BehaviourName | undefined): Key {
  return { label: behaviour ?? 'honest', glyph: dotGlyph(lookOf(behaviour)) }
}

/** Those that there are: honest first, the others in the order of the alphabet. */
export function kindsOf (items: Array<{ behaviour?: BehaviourName }>): Array<BehaviourName | undefined> {
  const behaviours = [...new Set(items.flatMap(({ behaviour }) => behaviour ?? []))].sort()

  return items.some(({ behaviour }) => behaviour == null) ? [undefined, ...behaviours] : behaviours
}
