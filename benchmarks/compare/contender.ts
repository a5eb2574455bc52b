import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

/** In the checkout, not in `dist`: the packages of the others are installed there */
const HERE = fileURLToPath(new URL('../../../benchmarks/compare/', import.meta.url))

/** A program of this benchmark, to be run as a measured process. */
export interface End {
  script: string
  args: string[]
}

/** What a seeder is told. What `publish` returned is in it as well. */
export interface SeedOptions {
  source: string
  /** What this contender keeps of the source between runs */
  store: string
  /** Of this run, empty */
  folder: string
  /** The address to listen on */
  host: string
  /** Free on that address */
  port: number
  controlPort: number
}

/** What a leecher is told. What `publish` returned is in it as well. */
export interface LeechOptions {
  /** The `address` in the seeder's first line, or all of it */
  seeder: any
  seederHost: string
  /** The file to write; its name is the source's */
  out: string
  /** Of this leecher, empty */
  folder: string
  host: string
  port: number
  /** Ports of leechers that were started before, on the same address */
  others: number[]
  /** Give it to others until SIGINT */
  stay: boolean
}

/** A leecher's line when it has the file, verified and synced to disk. */
export interface Copy {
  /** Milliseconds, as the tool itself sees it: modules are loaded */
  elapsed: number
  /** When its first bytes were verified, milliseconds since the epoch; absent: it does not say */
  firstAt?: number
  /** Milliseconds from the start of the tool, when that is not the start of the process */
  whole?: number
}

/** Something that gets a file from one process to another. */
export interface Contender {
  /** As in `--only` */
  name: string
  /** As in the tables */
  title: string
  /** What it compares with what was published */
  verifies: string
  encrypts: string
  /** Finds who has it by a BitTorrent tracker */
  tracked?: boolean
  /** Takes part in a flash crowd */
  crowd?: boolean
  /** @throws {MissingError} what it lacks on this machine */
  version (): Promise<string>
  /** All that a seeder does once for a file. What it returns goes to both ends. */
  publish (source: string, store: string, announce: string): Promise<object>
  seed (options: SeedOptions): End
  leech (options: LeechOptions): End
  /** Bytes that the seeder uploaded, by what the leechers say; otherwise the seeder says it when it ends */
  uploaded? (copies: any[], size: number): number
}

/** A contender cannot run on this machine. */
export class MissingError extends Error {
  static name = 'MissingError'
  name = 'MissingError'
}

/** A file of this folder, as it is in the checkout. */
export function here (path: string): string {
  return `${HERE}${path}`
}

/** Both ends in one program, which takes a role and its options as JSON. */
export function ends (script: string, extra: object = {}): Pick<Contender, 'seed' | 'leech'> {
  const end = (role: string) => (options: object): End => ({ script: here(script), args: [role, JSON.stringify({ ...options, ...extra })] })

  return { seed: end('seed'), leech: end('leech') }
}

/** The version of a package that is installed in this folder. */
export async function packageVersion (name: string): Promise<string> {
  try {
    return JSON.parse(await readFile(here(`ends/node_modules/${name}/package.json`), 'utf8')).version
  } catch {
    throw new MissingError(`${name} is not installed: npm install --prefix benchmarks/compare/ends`)
  }
}

/** What the first number with dots is in what a program says. */
export async function programVersion (command: string, args: string[], install: string): Promise<string> {
  try {
    const { stdout, stderr } = await promisify(execFile)(command, args)

    return /\d+(\.\d+)+/.exec(stdout + stderr)?.[0] ?? 'unknown version'
  } catch {
    throw new MissingError(`${args.length > 1 ? args[0] : command} is not installed: ${install}`)
  }
}
