/**
 * What an object costs, for people and for programs.
 */
import { chooseBlockSize, CoinValues, Geometry } from '../object/index.ts'
import { formatPrice } from './parse.ts'
import type { Price } from '../object/index.ts'

export interface PriceFinding {
  data: Price & { total: number }
  text: string
}

export function describePrice ({ amount, per, unit }: Price, size: number): PriceFinding {
  // all coins together are worth the same however the object is cut
  const { total } = new CoinValues({ amount, per, unit }, new Geometry(size, chooseBlockSize(size)))

  return { data: { amount, per, unit, total }, text: formatPrice({ amount, per, unit }, total) }
}
