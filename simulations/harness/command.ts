import { DEFAULT_COMPOSITION } from './composition.ts'
import type { Composition } from './composition.ts'
import type { Scenario } from './scenario.ts'
import type { Link } from '../network/index.ts'

/** What a scenario is run with. What is not given is as the scenario has it. */
export interface ScenarioOptions {
  /** Clients, misbehaving ones included */
  peers?: number
  /** Bytes of the object */
  size?: number
  /** Of the clients */
  link?: Link
  /** Part of the clients that misbehave, in scenarios with such, 0 to 1 */
  part?: number
  /**
   * 32 bits.
   *
   * @default drawn
   */
  seed?: number
  composition?: Partial<Composition>
}

const MBIT = 125_000

/** Bytes per unit, largest first */
const UNITS = [['GiB', 2 ** 30], ['MiB', 2 ** 20], ['KiB', 2 ** 10]] as const

/** The command that does it again. */
export function commandOf ({ name, defaults }: Scenario, { peers, size, link, part, seed, composition = {} }: ScenarioOptions, { model = false } = {}): string {
  const usual = { ...DEFAULT_COMPOSITION, ...defaults.composition }
  const given = (key: keyof Composition): string | undefined => composition[key] == null || composition[key] === usual[key] ? undefined : String(composition[key])
  const options: Record<string, string | undefined> = {
    peers: peers?.toString(),
    size: size == null ? undefined : exactSize(size),
    mode: given('mode'),
    encryption: given('encryption'),
    delivery: given('delivery'),
    'block-size': composition.blockSize == null || composition.blockSize === usual.blockSize ? undefined : exactSize(composition.blockSize),
    window: given('acknowledgementWindow'),
    providers: given('providers'),
    policy: given('policy'),
    price: given('price'),
    link: link == null ? undefined : `"${formatLink(link)}"`,
    part: part?.toString(),
    channel: given('channel'),
    routing: given('routing'),
    seed: seed?.toString()
  }
  const words = Object.entries(options).flatMap(([option, value]) => value == null ? [] : [`--${option} ${value}`])

  return ['npm run simulate --', name, ...words, ...model ? ['--model'] : []].join(' ')
}

/** `100/10 Mbit/s, 10 ms`: down, up, delay. */
export function formatLink ({ up, down, delay }: Link): string {
  return up === Infinity && down === Infinity ? 'unlimited' : `${down / MBIT}/${up / MBIT} Mbit/s, ${delay} ms`
}

/** Without rounding. */
function exactSize (bytes: number): string {
  const [unit, factor] = UNITS.find(([, factor]) => bytes > 0 && bytes % factor === 0) ?? ['', 1]

  return `${bytes / factor}${unit}`
}
