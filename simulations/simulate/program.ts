import { Command, CommanderError } from 'commander'
import { EXIT_INTERRUPTED, EXIT_USAGE, UsageError } from '../../src/cli/exit-codes.ts'
import { examples } from '../../src/cli/help.ts'
import { Output } from '../../src/cli/output.ts'
import { scenarios } from '../scenarios/index.ts'
import { addOptions } from './options.ts'
import { showScenarios } from './show.ts'
import { Simulation } from './simulation.ts'
import type { Options } from './options.ts'

const EXIT_HOLDS = 0
const EXIT_DOES_NOT_HOLD = 1

/** Runs one command line and returns its exit code. */
export async function simulate (argv: string[]): Promise<number> {
  const interruption = new AbortController()
  const program = new Command('npm run simulate --')
    .description('Runs scenarios: swarms under load, churn and attack, with real nodes in one process or with a model of them.')
    .argument('[scenario...]', 'one or more names of --list, or all')
    .configureOutput({ outputError: () => {} })
    .exitOverride()
    .addHelpText('after', `
Exit codes:
    0  everything that has to hold holds
    1  something does not hold, or a run failed; the seed and the command are printed
    2  wrong usage
  130  interrupted (Ctrl-C)`)
  addOptions(program)
  examples(program, [
    ['npm run simulate -- --list', 'what there is'],
    ['npm run simulate -- flash-crowd --peers 20 --size 8MiB', 'all clients ask at once'],
    ['npm run simulate -- all --report out.html', 'everything, and a report of it'],
    ['npm run simulate -- flash-crowd --peers 1000 --link "8/8 Mbit/s, 20 ms" --block-size 256KiB --model', 'more of them, with the model']
  ])

  const interrupt = (): void => {
    if (interruption.signal.aborted) {
      process.exit(EXIT_INTERRUPTED)
    }

    interruption.abort()
  }

  process.on('SIGINT', interrupt)
  process.on('SIGTERM', interrupt)
  // whoever reads our output may leave early, as `head` does
  process.stdout.on('error', () => process.exit(EXIT_HOLDS))

  try {
    program.parse(argv)
    const options = program.opts<Options>()
    const output = new Output(options)

    if (options.list === true) {
      output.result(scenarios.map(({ name, title, summary, defaults, modes }) => ({ name, title, summary, defaults, modes })), showScenarios(scenarios))

      return EXIT_HOLDS
    }

    return await new Simulation(program.args, options, { output, signal: interruption.signal }).run() ? EXIT_HOLDS : EXIT_DOES_NOT_HOLD
  } catch (err: any) {
    if (err instanceof CommanderError) {
      // help was asked for
      return err.exitCode === 0 ? EXIT_HOLDS : complain(err.message.replace(/^error: /, ''), EXIT_USAGE)
    }

    if (interruption.signal.aborted) {
      return complain('stopped', EXIT_INTERRUPTED)
    }

    return complain(err.message, err instanceof UsageError ? EXIT_USAGE : EXIT_DOES_NOT_HOLD)
  }
}

function complain (message: string, code: number): number {
  process.stderr.write(`simulate: ${message.replaceAll('\n', ' ')}\n`)

  return code
}
