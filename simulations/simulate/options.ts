/**
 * What the command line says, as the harness takes it.
 */
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander'
import { UsageError } from '../../src/cli/exit-codes.ts'
import { parseAmount, parseFraction, parseInteger, parseSize } from '../../src/cli/parse.ts'
import { SEEDS } from '../harness/schedule.ts'
import { LINKS } from '../network/index.ts'
import { scenarios } from '../scenarios/index.ts'
import type { ScenarioOptions } from '../harness/command.ts'
import type { Composition } from '../harness/composition.ts'
import type { Scenario } from '../harness/scenario.ts'
import type { Link } from '../network/index.ts'

const MBIT = 125_000

/** Milliseconds, of a link without one */
const DELAY = 10

const MAX_PEERS = 10_000_000

export interface Options {
  list?: boolean
  peers?: number
  size?: number
  mode?: Composition['mode']
  encryption?: Composition['encryption']
  delivery?: Composition['delivery']
  blockSize?: number
  window?: number
  providers?: number
  policy?: Composition['policy']
  price?: number
  link?: Link
  part?: number
  channel?: Composition['channel']
  routing?: Composition['routing']
  seed?: number
  model?: boolean
  compare?: boolean
  report?: string
  json?: boolean
  quiet?: boolean
  keep?: boolean
}

export function addOptions (program: Command): void {
  program
    .option('--list', 'show all scenarios')
    .option('--peers <number>', 'clients, those included that misbehave', parseInteger(1, MAX_PEERS))
    .option('--size <size>', 'size of the object, such as 64MiB', parseObjectSize)
    .addOption(new Option('--mode <mode>', 'how blocks change hands').choices(['plain', 'proof', 'purchase']))
    .addOption(new Option('--encryption <encryption>', 'of the object').choices(['none', 'object-key']))
    .addOption(new Option('--delivery <delivery>', 'how hashes come').choices(['per-block', 'super-block']))
    .option('--block-size <size>', 'a power of two from 64KiB to 4MiB', parseBlockSize)
    .option('--providers <n>', 'providers that a client fetches from at once, at most', parseInteger(1))
    .option('--window <blocks>', 'modes proof and purchase: blocks sent ahead of their acknowledgements at most', parseInteger(1))
    .addOption(new Option('--policy <policy>', 'who may have the object').choices(['open', 'list']))
    .option('--price <units>', 'mode purchase: of the object', parseAmount)
    .option('--link <link>', `what clients are attached by: ${Object.keys(LINKS).join(', ')}, or "<down>/<up> Mbit/s[, <delay> ms]"`, parseLink)
    .option('--part <fraction>', 'part of the clients that misbehaves, 0 to 1', parseFraction)
    .addOption(new Option('--channel <channel>', 'who vouches for the other end of a connection').choices(['network', 'noise']))
    .addOption(new Option('--routing <routing>', 'how providers are found').choices(['table', 'dht']))
    .option('--seed <number>', 'the same seed gives the same schedule (default: drawn)', parseInteger(0, SEEDS - 1))
    .option('--model', 'with the model instead of real nodes')
    .option('--compare', 'with real nodes and with the model, and how far they are apart')
    .option('--report <file>', 'write a report, out.html for instance, with out.json beside it')
    .option('--json', 'outcomes as JSON on stdout, progress as lines of JSON on stderr')
    .option('-q, --quiet', 'only results and errors')
    .option('--keep', 'keep the nodes\' homes and files of runs in which something does not hold')
}

/** What was not said is as the scenario has it. */
export function scenarioOptions ({ peers, size, link, part, seed, mode, encryption, delivery, blockSize, window: acknowledgementWindow, providers, policy, price, channel, routing }: Options): ScenarioOptions {
  const given = { mode, encryption, delivery, blockSize, acknowledgementWindow, providers, policy, price, channel, routing }
  const composition: Partial<Composition> = Object.fromEntries(Object.entries(given).filter(([, value]) => value != null))

  return { peers, size, link, part, seed, composition }
}

/**
 * The scenarios of these names; `all`: all of them.
 *
 * @throws {UsageError} with what may have been meant
 */
export function namedScenarios (names: string[]): Scenario[] {
  return names.flatMap(name => name === 'all' ? scenarios : [named(name)])
}

/** Commander knows how to find out what was meant, of commands: to it, scenarios are commands. */
function named (name: string): Scenario {
  const found: Scenario[] = []
  const known = new Command().exitOverride().helpOption(false).helpCommand(false).configureOutput({ outputError: () => {} })

  for (const scenario of scenarios) {
    known.command(scenario.name).action(() => { found.push(scenario) })
  }

  try {
    known.parse([name], { from: 'user' })
  } catch (err) {
    if (!(err instanceof CommanderError)) {
      throw err
    }

    const [, suggestion = '(see --list)'] = /(\(Did you mean .+\))/.exec(err.message) ?? []
    throw new UsageError(`there is no scenario ${JSON.stringify(name)} ${suggestion}`)
  }

  return found[0]
}

function parseObjectSize (text: string): number {
  const size = parseSize(text)

  if (size === 0) {
    throw new InvalidArgumentError('Give a size of at least one byte.')
  }

  return size
}

function parseBlockSize (text: string): number {
  const size = parseSize(text)

  if (size < 64 * 2 ** 10 || size > 4 * 2 ** 20 || !Number.isInteger(Math.log2(size))) {
    throw new InvalidArgumentError('Give a power of two from 64KiB to 4MiB.')
  }

  return size
}

function parseLink (text: string): Link {
  if (Object.hasOwn(LINKS, text)) {
    return LINKS[text as keyof typeof LINKS]
  }

  const [, down, up, delay = DELAY] = /^(\d+(?:\.\d+)?)\s*\/\s*(\d+(?:\.\d+)?)\s*(?:Mbit\/s)?(?:\s*,\s*(\d+(?:\.\d+)?)\s*(?:ms)?)?$/i.exec(text.trim()) ?? []

  if (!(Number(down) > 0 && Number(up) > 0)) {
    throw new InvalidArgumentError(`Give ${Object.keys(LINKS).join(', ')}, or Mbit/s down and up and a delay, such as "100/10 Mbit/s, 10 ms".`)
  }

  return { down: Number(down) * MBIT, up: Number(up) * MBIT, delay: Number(delay) }
}
