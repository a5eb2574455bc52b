import { THRESHOLD_PART } from './constants.ts'

/**
 * The window after `count` more blocks were acknowledged. One more for each: it doubles with each full window, and what a
 * recipient can leave unpaid is never more than what it has acknowledged, and one.
 */
export function grownWindow (window: number, count: number, cap: number): number {
  return Math.min(cap, window + count)
}

/** With so many blocks unacknowledged a recipient acknowledges at once. */
export function acknowledgeThreshold (window: number): number {
  return Math.max(1, Math.floor(window / THRESHOLD_PART))
}
