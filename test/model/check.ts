/**
 * `npm run model`: checks protocols/ack/model/exchange.pml by spin. The protocol as it is has to hold in every reachable state
 * of every configuration; each mutant, in which one rule is broken, has to be caught. What is compiled goes to a temporary folder.
 */
import { execFile } from 'node:child_process'
import { copyFile, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

interface Configuration {
  name: string
  macros: string[]
  /** What spin has to find: nothing, in all states, or the assertion that this matches. */
  violates?: RegExp
  /** Looks for runs that never end, instead of assertions. */
  endless?: boolean
}

const run = promisify(execFile)

/** MiB for one search; two of them at once stay under 4 GiB. */
const MEMORY = 1900
/** Milliseconds for one search: many times what the longest takes, since CI machines are shared. */
const TIME = 1_200_000
/** Steps: more than the longest path of any configuration. A search that reaches it is not exhaustive, and fails. */
const DEPTH = 200_000
const AT_ONCE = 2

const HONEST = ['PROVIDERS=2', 'BLOCKS=2']
const PROVIDER = ['PROVIDERS=1', 'BLOCKS=2', 'LYING_PROVIDER']
const TWO_PROVIDERS = ['PROVIDERS=2', 'BLOCKS=2', 'LYING_PROVIDER', 'CRASHES=0', 'SERVER_CRASHES=0']
const RECIPIENT = ['PROVIDERS=1', 'BLOCKS=2', 'LYING_RECIPIENT', 'CRASHES=0', 'SERVER_CRASHES=0']
const TWO_SESSIONS = ['PROVIDERS=2', 'BLOCKS=1', 'LYING_RECIPIENT', 'CRASHES=0', 'SERVER_CRASHES=0']

/** What assert(false) says: an honest recipient is convicted of double spending. */
const CONVICTED = /^assertion violated 0 /

const MONEY = ['PURCHASE', 'PROVIDERS=2', 'BLOCKS=2']
const MONEY_SERVER = [...MONEY, 'SERVER_PROVIDES']
const MONEY_PROVIDER = [...MONEY, 'LYING_PROVIDER', 'SERVER_CRASHES=0']
const MONEY_RECIPIENT = ['PURCHASE', ...RECIPIENT]
const MONEY_TWO_SESSIONS = ['PURCHASE', ...TWO_SESSIONS]
const MONEY_ACCOMPLICE = [...MONEY_TWO_SESSIONS, 'ACCOMPLICE']
const MONEY_ACCOMPLICE_SERVER = [...MONEY_ACCOMPLICE, 'SERVER_PROVIDES']

const CONFIGURATIONS: Configuration[] = [
  // the longest first: two run at once
  { name: 'money: lying recipient, two providers', macros: MONEY_TWO_SESSIONS },
  { name: 'two lying providers', macros: ['PROVIDERS=2', 'BLOCKS=2', 'LYING_PROVIDERS', 'CRASHES=0'] },
  { name: 'lying recipient and provider', macros: [...RECIPIENT, 'LYING_PROVIDER', 'WINDOW=1'] },
  { name: 'lying recipient, two honest providers', macros: TWO_SESSIONS },
  { name: 'all honest, strict interlock', macros: ['PROVIDERS=2', 'BLOCKS=3', 'WINDOW=1'] },
  { name: 'all honest, window of 2', macros: ['PROVIDERS=2', 'BLOCKS=3'] },
  { name: 'all honest, two crashes of each', macros: ['PROVIDERS=2', 'BLOCKS=2', 'CRASHES=2', 'SERVER_CRASHES=2'] },
  { name: 'all honest, every run ends', macros: HONEST, endless: true },
  { name: 'lying provider', macros: ['PROVIDERS=1', 'BLOCKS=3', 'LYING_PROVIDER'] },
  { name: 'lying provider, then an honest one', macros: ['PROVIDERS=2', 'BLOCKS=2', 'LYING_PROVIDER', 'CRASHES=0'] },
  { name: 'lying recipient', macros: ['PROVIDERS=1', 'BLOCKS=2', 'LYING_RECIPIENT'] },

  { name: 'money: lying provider, server crashes', macros: [...MONEY, 'LYING_PROVIDER', 'CRASHES=0'] },
  { name: 'money: lying provider, recipient crashes', macros: MONEY_PROVIDER },
  { name: 'money: lying provider, then the server', macros: [...MONEY_SERVER, 'LYING_PROVIDER', 'CRASHES=0'] },
  { name: 'money: two lying providers', macros: ['PURCHASE', 'PROVIDERS=2', 'BLOCKS=1', 'LYING_PROVIDERS', 'CRASHES=0'] },
  { name: 'money: all honest', macros: MONEY },
  { name: 'money: all honest, every run ends', macros: ['PURCHASE', 'PROVIDERS=2', 'BLOCKS=1'], endless: true },
  { name: 'money: all honest, the server provides', macros: MONEY_SERVER },
  { name: 'money: lying recipient', macros: MONEY_RECIPIENT },
  { name: 'money: accomplice, then an honest one', macros: MONEY_ACCOMPLICE },
  { name: 'money: accomplice, then the server', macros: MONEY_ACCOMPLICE_SERVER },

  mutant('RELEASE_BEFORE_STORE', HONEST, /count<=stored/),
  mutant('KEY_WITHOUT_ACK', HONEST, /count<=(stored|acknowledged)/),
  mutant('NO_WINDOW', HONEST, /sent\[s\]-stored/),
  mutant('RECOVERY_BEYOND_ACK', HONEST, /acknowledged\[s\]/),
  mutant('CREDIT_BEFORE_COMMIT', HONEST, /credits\[i\]==0/),
  mutant('NO_DEDUP', HONEST, /credits\[i\]==0/),
  mutant('NO_SESSION_IN_ACK', TWO_SESSIONS, /acknowledged|reply==/),
  mutant('NO_CHAIN_CHECK', RECIPIENT, /credits|reply==/),
  mutant('RECOVERY_NOT_RECORDED', RECIPIENT, /keysOfServer/),
  mutant('COMPLAINT_NOT_RECORDED', RECIPIENT, /keysOfServer/),
  mutant('RECOVERY_NOT_VERIFIED', PROVIDER, /have/),
  mutant('RECOVERY_TAKEN_BACK', RECIPIENT, /keysOfServer/),
  mutant('NO_SIGNATURE', PROVIDER, /n<=acknowledged/),
  mutant('FORGED_INDICES', PROVIDER, /i==index/),
  mutant('FOREIGN_CLAIM', TWO_PROVIDERS, /s==t/),
  mutant('NO_AUDIT_ON_COMPLAINT', PROVIDER, /creditedTo/),
  mutant('LATE_COMPLAINT_IGNORED', PROVIDER, /creditedTo/),
  mutant('ONE_COMPLAINT', PROVIDER, /have/),
  mutant('VOID_STAYS_SPENT', TWO_PROVIDERS, /credits/),

  mutant('ISSUE_NOT_IDEMPOTENT', ['PURCHASE', 'PROVIDERS=1', 'BLOCKS=1'], /bought/),
  mutant('CLOSED_EARLY', MONEY, /reply==.*ended/),
  mutant('REDEEMED_AFTER_CLOSING', MONEY, /closed/),
  mutant('TORN_CLOSING', MONEY, /purse\+escrow/),
  mutant('TORN_PAYMENT', MONEY, /purse==/),
  mutant('PAID_AGAIN', MONEY, /purse==/),
  mutant('NO_WALLET', MONEY, CONVICTED),
  mutant('SPENT_BEFORE_WRITTEN', MONEY, CONVICTED),
  mutant('SERVER_IS_ANOTHER', MONEY_SERVER, CONVICTED),
  mutant('VOID_HOLDS', MONEY_PROVIDER, CONVICTED),
  mutant('MARK_FORGOTTEN', [...MONEY_PROVIDER, 'CRASHES=0'], /proven/),
  mutant('RECOVERY_AFTER_CLOSING', MONEY_RECIPIENT, /keysOfServer/),
  mutant('RULING_FREE', MONEY_RECIPIENT, /ruled/),
  mutant('RULING_FORGOTTEN', ['PURCHASE', 'PROVIDERS=2', 'BLOCKS=1', 'LYING_PROVIDER', 'CRASHES=0'], /paid/),
  mutant('BOND_BEFORE_END', MONEY_TWO_SESSIONS, /purse\+escrow/),
  { ...mutant('NO_DEDUP', MONEY_TWO_SESSIONS, /credits\[i\]==0/), name: 'mutant NO_DEDUP, of money' },
  mutant('SERVER_COVERS', MONEY_ACCOMPLICE, /purseOf\[2\]==/),
  mutant('PASSED_ON', MONEY_ACCOMPLICE_SERVER, /purseOf\[2\]==/),
  mutant('REPLACEMENT_FREE', MONEY_ACCOMPLICE_SERVER, /paid/),

  limit('LATE', MONEY, /paid/),
  limit('WITHDRAWN', [...MONEY_PROVIDER, 'CRASHES=0'], /purse==/),
  limit('SMALL_BOND', [...MONEY_ACCOMPLICE_SERVER, 'BOND=0'], /paid/),
  limit('SPENT_THRICE', MONEY_ACCOMPLICE, /paid/),
  limit('TWO_ACCOMPLICES', [...MONEY_ACCOMPLICE, 'LYING_PROVIDERS'], /withdrawn/),
  limit('BACK_TO_ESCROW', MONEY_ACCOMPLICE, /purse\+escrow/),
  limit('PAID_TWICE', TWO_SESSIONS, /creditedTo/),
  limit('STAYS_SPENT', TWO_PROVIDERS, /credits/)
]

try {
  await run('spin', ['-V'])
} catch {
  process.stderr.write('spin is missing: apt-get install spin (and gcc)\n')
  process.exit(1)
}

const folder = await mkdtemp(join(tmpdir(), 'mssl-model-'))
const queue = [...CONFIGURATIONS]
let failures = 0

try {
  await Promise.all(Array.from({ length: AT_ONCE }, async () => {
    for (let next = queue.shift(); next != null; next = queue.shift()) {
      await check(next)
    }
  }))
} finally {
  await rm(folder, { recursive: true, force: true })
}

say(failures === 0 ? `${CONFIGURATIONS.length} configurations: as they should be` : `${failures} of ${CONFIGURATIONS.length} configurations: NOT as they should be`)
process.exitCode = failures === 0 ? 0 : 1

/** Searches one configuration, in a folder of its own, and prints a line. */
async function check ({ name, macros, violates, endless = false }: Configuration): Promise<void> {
  const cwd = await mkdtemp(join(folder, 'run-'))
  await copyFile(join(import.meta.dirname, '../../protocols/ack/model/exchange.pml'), join(cwd, 'exchange.pml'))
  await run('spin', [...macros.map(macro => `-D${macro}`), '-a', 'exchange.pml'], { cwd })
  // what is wrong is found within seconds: the compiler would take longer to make that fast than it takes
  await run('gcc', [violates == null ? '-O1' : '-O0', '-w', '-DCOLLAPSE', `-DMEMLIM=${MEMORY}`, endless ? '-DNP' : '-DSAFETY', '-o', 'pan', 'pan.c'], { cwd })

  const begun = performance.now()
  const output = await search(cwd, endless)
  const seconds = ((performance.now() - begun) / 1000).toFixed(1)

  const states = output.match(/(\d+) states, stored/)?.[1] ?? '?'
  const depth = output.match(/depth reached (\d+)/)?.[1] ?? '?'
  const errors = output.match(/errors: (\d+)/)?.[1]
  const found = output.match(/pan:\d+: (.*)/)?.[1] ?? 'nothing'
  const truncated = /max search depth too small|reached -DMEMLIM|out of memory|not completed|Search not completed/i.test(output)

  let verdict = 'as it should be: violation found'

  if (violates == null) {
    verdict = errors === '0' && !truncated ? 'holds' : `FAILED: ${found === 'nothing' ? 'not searched exhaustively' : found}`
  } else if (!violates.test(found)) {
    verdict = `FAILED: found ${found}`
  }

  if (verdict.startsWith('FAILED')) {
    failures++
  }

  say(`${name.padEnd(40)} ${states.padStart(9)} states  depth ${depth.padStart(5)}  ${seconds.padStart(5)} s  ${verdict}`)
}

async function search (cwd: string, endless: boolean): Promise<string> {
  try {
    const { stdout, stderr } = await run('./pan', [`-m${DEPTH}`, ...(endless ? ['-l'] : [])], { cwd, timeout: TIME })

    return stdout + stderr
  } catch (err: any) {
    // killed by the time limit, or out of memory: what it says lacks the line that counts errors
    return `${err.stdout ?? ''}${err.stderr ?? ''}`
  }
}

function mutant (rule: string, macros: string[], violates: RegExp): Configuration {
  return { name: `mutant ${rule}`, macros: [...macros, `MUTANT_${rule}`], violates }
}

/** A property that the protocol does not have: the model shows it, so that the documentation stays true. */
function limit (property: string, macros: string[], violates: RegExp): Configuration {
  return { name: `limit ${property}`, macros: [...macros, `LIMIT_${property}`], violates }
}

function say (line: string): void {
  process.stdout.write(`${line}\n`)
}
