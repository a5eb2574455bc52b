/** What a regression check makes of its figures. */

export interface Figure {
  name: string
  /** A ratio within one run on one machine: the less, the better */
  value: number
  /** Generous: half as much again, or twice what it was when the bound was set */
  bound: number
}

/** Those beyond their bounds; what is no number is as well. */
export function regressed (figures: Figure[]): Figure[] {
  return figures.filter(({ value, bound }) => !(value <= bound))
}
