import { MAX_ACKNOWLEDGEMENT_WINDOW, MAX_WINDOW, MIN_WINDOW, WINDOW_BYTES } from './constants.ts'
import type { ObjectShape } from './index.ts'

/** How many requests a provider of this object lets a recipient have outstanding. */
export function requestWindow (shape: Pick<ObjectShape, 'blockCount' | 'blockLength'>): number {
  const blocks = shape.blockCount === 0 ? MIN_WINDOW : Math.floor(WINDOW_BYTES / shape.blockLength(0))

  return Math.min(MAX_WINDOW, Math.max(MIN_WINDOW, blocks))
}

/**
 * With mode proof: how many blocks of this object a provider sends ahead of their acknowledgement at most. Twice what may be
 * requested at a time, so that the requests are what limits the rate.
 */
export function acknowledgementWindow (shape: Pick<ObjectShape, 'blockCount' | 'blockLength'>): number {
  return Math.min(MAX_ACKNOWLEDGEMENT_WINDOW, 2 * requestWindow(shape))
}
