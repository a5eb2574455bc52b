import { spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { expect } from 'aegir/chai'
import type { ChildProcess } from 'node:child_process'

/** The binary as users get it: aegir builds before it tests. */
export const BIN = resolve(process.env.MSSL_TEST_BIN ?? 'dist/cli/main.js')

/** The same with a file for each module. */
export const MODULES = resolve('dist/src/cli/main.js')

export interface RunOptions {
  home?: string
  cwd?: string
  env?: Record<string, string>
  execPath?: string
  bin?: string
}

export interface Exit {
  /** undefined: ended by a signal */
  code?: number
  stdout: string
  stderr: string
}

/** A command that runs. */
export class Running {
  readonly exit: Promise<Exit>
  readonly child: ChildProcess
  #stdout = ''
  #stderr = ''
  #check: () => void = () => {}

  constructor (args: string[], { home, cwd, env, execPath = process.execPath, bin = BIN }: RunOptions) {
    // nothing of whoever runs the tests
    const inherited = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(MSSL_|DEBUG$|NODE_OPTIONS$|NODE_V8_COVERAGE$)/.test(name)))

    this.child = spawn(execPath, [bin, ...args], {
      cwd,
      env: { ...inherited, ...(home == null ? {} : { MSSL_HOME: home }), ...env },
      stdio: ['ignore', 'pipe', 'pipe']
    })
    this.child.stdout?.setEncoding('utf8').on('data', text => {
      this.#stdout += text
      this.#check()
    })
    this.child.stderr?.setEncoding('utf8').on('data', text => {
      this.#stderr += text
      this.#check()
    })
    this.exit = new Promise((resolve, reject) => {
      this.child.on('error', reject)
      this.child.on('close', code => {
        resolve({ code: code ?? undefined, stdout: this.#stdout, stderr: this.#stderr })
      })
    })
  }

  /** Waits for output. Rejects if the command ends before. */
  async output (pattern: RegExp, from: 'stdout' | 'stderr'): Promise<RegExpExecArray> {
    const found = new Promise<RegExpExecArray>(resolve => {
      this.#check = () => {
        const match = pattern.exec(from === 'stdout' ? this.#stdout : this.#stderr)

        if (match != null) {
          resolve(match)
        }
      }
      this.#check()
    })
    const ended = this.exit.then(({ code, stdout, stderr }) => {
      throw new Error(`mssl ended with ${code} before it wrote ${pattern}\n${stdout}\n${stderr}`)
    })

    return Promise.race([found, ended])
  }

  async end (signal: NodeJS.Signals): Promise<Exit> {
    this.child.kill(signal)

    return this.exit
  }
}

const temporary: string[] = []
const running: Running[] = []

/** Starts a command; `cleanUp` ends it at the latest. */
export function start (args: string[], options: RunOptions = {}): Running {
  const command = new Running(args, options)
  running.push(command)

  return command
}

/** Runs a command to its end. */
export async function run (args: string[], options: RunOptions = {}): Promise<Exit> {
  return start(args, options).exit
}

/** Runs a command on a home to its end, which has to be a good one. */
export async function good (home: string, ...args: string[]): Promise<Exit> {
  const exit = await run(args, { home })
  expect(exit.code, exit.stderr).to.equal(0)

  return exit
}

/** A folder of its own; `cleanUp` removes it. */
export async function folder (): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'mssl-cli-'))
  temporary.push(path)

  return path
}

export async function cleanUp (): Promise<void> {
  await Promise.all(running.splice(0).map(async command => command.end('SIGKILL')))
  await Promise.all(temporary.splice(0).map(async path => rm(path, { recursive: true, force: true })))
}

/** The one line of JSON on stdout. */
export function json (exit: Exit): any {
  return JSON.parse(exit.stdout)
}

/** Lines of JSON on stderr. */
export function events (exit: Exit): any[] {
  return exit.stderr.trim().split('\n').filter(line => line !== '').map(line => JSON.parse(line))
}

export type WrongUsage = [args: string[], says: RegExp]

/** Defines a test for each command line that is wrong: one line says so, and nothing else is written. */
export function refuses (wrong: WrongUsage[], home: () => string): void {
  wrong.forEach(([args, says]) => {
    it(`refuses mssl ${args.join(' ')}`, async () => {
      const { code, stdout, stderr } = await run(args, { home: home() })

      expect(stderr).to.match(says)
      expect(stderr.trim().split('\n')).to.have.lengthOf(1)
      expect(stderr).to.match(/^mssl: /)
      expect(stdout).to.equal('')
      expect(code).to.equal(2)
    })
  })
}
