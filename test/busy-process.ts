import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { expect } from 'aegir/chai'

export interface BusyOptions {
  /**
   * Kill -9, wherever it is then, once it has written so many lines.
   *
   * @default never
   */
  killAfter?: number

  /**
   * Milliseconds from these lines to the kill.
   *
   * @default 0
   */
  delay?: number
}

export interface BusyEnd {
  /** Whole ones: one that the kill has cut off was not said */
  lines: string[]
  /** If not, it has ended by itself, with exit code 0 */
  killed: boolean
}

/** Runs a script that does something as fast as it can, in a process of its own, and writes a line for each thing that it has done. */
export async function busyProcess (script: URL, args: Array<string | number>, { killAfter = Infinity, delay = 0 }: BusyOptions = {}): Promise<BusyEnd> {
  const child = spawn(process.execPath, ['--experimental-strip-types', '--experimental-transform-types', '--no-warnings', fileURLToPath(script), ...args.map(String)], { stdio: ['ignore', 'pipe', 'inherit'] })
  let output = ''
  let count = 0

  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    const before = count
    output += text
    count += text.split('\n').length - 1

    if (before < killAfter && count >= killAfter) {
      delay === 0 ? child.kill('SIGKILL') : setTimeout(() => child.kill('SIGKILL'), delay)
    }
  })

  const [code, signal] = await once(child, 'close')
  const killed = count >= killAfter && signal === 'SIGKILL'

  if (!killed) {
    expect(signal ?? code).to.equal(0)
  }

  return { lines: output.split('\n').slice(0, -1), killed }
}
