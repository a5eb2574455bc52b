/**
 * The command line: options that all commands share, signals, exit codes. A command imports what it works with when it
 * runs, so that `--help` answers at once.
 */
import { existsSync, readFileSync } from 'node:fs'
import { Command, CommanderError } from 'commander'
import { accessCommand } from './commands/access.ts'
import { accountCommand } from './commands/account.ts'
import { auditCommand } from './commands/audit.ts'
import { claimCommand } from './commands/claim.ts'
import { getCommand } from './commands/get.ts'
import { idCommand } from './commands/id.ts'
import { inspectCommand } from './commands/inspect.ts'
import { ledgerCommand } from './commands/ledger.ts'
import { lsCommand } from './commands/ls.ts'
import { receiptsCommand } from './commands/receipts.ts'
import { rotateCommand } from './commands/rotate.ts'
import { serveCommand } from './commands/serve.ts'
import { shareCommand } from './commands/share.ts'
import { tokenCommand } from './commands/token.ts'
import { unpublishCommand } from './commands/unpublish.ts'
import { verifyCommand } from './commands/verify.ts'
import { walletCommand } from './commands/wallet.ts'
import { keepCompiled } from './compile-cache.ts'
import { Context } from './context.ts'
import { EXIT_CODES, EXIT_INTERRUPTED, EXIT_OK, InterruptedError, UsageError } from './exit-codes.ts'
import { examples } from './help.ts'

/** Milliseconds; any will do */
const HEARTBEAT = 60_000

/** Runs one command line and returns its exit code. */
export async function run (argv: string[]): Promise<number> {
  // the time limit of a signal keeps no process: without this, a node that stops and waits for nothing else would be cut off
  const heartbeat = setInterval(() => {}, HEARTBEAT)
  const interruption = new AbortController()
  const program = new Command('mssl')
  const context = new Context(program, interruption.signal)

  const interrupt = (): void => {
    if (interruption.signal.aborted) {
      context.output.stopLive()
      process.exit(EXIT_INTERRUPTED)
    }

    interruption.abort(new InterruptedError('stopped'))
    context.output.status({ event: 'stopping' }, 'stopping; Ctrl-C again quits at once')
  }

  process.on('SIGINT', interrupt)
  process.on('SIGTERM', interrupt)
  // whoever reads our output may leave early, as `head` does
  process.stdout.on('error', () => process.exit(EXIT_OK))
  process.stderr.on('error', () => {})

  program
    .description('Share one server\'s files among its clients: they fetch verified, confidential blocks from each other.')
    .version(version(), '-V, --version', 'show the version')
    .helpOption('-h, --help', 'show help')
    .helpCommand('help [command]', 'show help for a command')
    .option('--home <folder>', 'keys, tickets and state (default: $MSSL_HOME or ~/.mssl)')
    .option('--json', 'results as one line of JSON on stdout, events as lines of JSON on stderr')
    .option('-q, --quiet', 'only results, warnings and errors')
    .option('-v, --verbose', 'what the node does, and where errors come from')
    .configureHelp({ showGlobalOptions: true })
    .configureOutput({ outputError: () => {} })
    .exitOverride()
    .hook('preAction', () => { keepCompiled(program.opts().home) })
    .addHelpText('after', `\nExit codes:\n${EXIT_CODES.map(([code, meaning]) => `  ${String(code).padStart(3)}  ${meaning}`).join('\n')}`)

  examples(program, [
    ['mssl serve ./holiday.mp4', 'publish a file; prints the link to hand out'],
    ['mssl get mssl:z6Mk…/holiday.mp4', 'fetch it, from the server and from everyone who has it'],
    ['mssl share', 'give others what this home has fetched']
  ])

  for (const add of [serveCommand, getCommand, shareCommand, lsCommand, inspectCommand, verifyCommand, tokenCommand, accessCommand, idCommand, receiptsCommand, claimCommand, walletCommand, ledgerCommand, accountCommand, auditCommand, unpublishCommand, rotateCommand]) {
    add(program, context)
  }

  try {
    await program.parseAsync(argv)

    return EXIT_OK
  } catch (err: any) {
    return report(err, context)
  } finally {
    clearInterval(heartbeat)
  }
}

function report (err: Error, context: Context): number {
  if (err instanceof CommanderError) {
    // help and version were asked for; help in place of a missing command was not
    return err.exitCode === 0 ? EXIT_OK : context.output.error(new UsageError(usage(err)))
  }

  if (context.signal.aborted && err.name !== InterruptedError.name) {
    return context.output.error(new InterruptedError('stopped', { cause: err }))
  }

  return context.output.error(err)
}

/** Commander writes help itself, and puts the suggestion for a mistyped word on a line of its own. */
function usage (err: CommanderError): string {
  return err.code === 'commander.help'
    ? 'which command? see above'
    : err.message.replace(/^error: /, '')
}

function version (): string {
  // two folders up from dist/cli and src/cli, three from dist/src/cli
  const path = ['../../package.json', '../../../package.json'].map(path => new URL(path, import.meta.url)).find(existsSync)

  return path == null ? 'unknown' : JSON.parse(readFileSync(path, 'utf8')).version
}
