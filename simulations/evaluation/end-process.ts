import { fork } from 'node:child_process'
import { once } from 'node:events'
import { extname } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Answer, Deeds, Request } from './ends/answering.ts'

/** One end of what is measured, in a process of its own that is asked over a channel of its own. */
export class EndProcess<D extends Deeds> {
  readonly #child
  readonly #ended: Promise<never>
  #complaint = ''

  /** `name`: a script in `ends`. */
  constructor (name: string, args: string[]) {
    // as it was built, or from the sources
    const path = fileURLToPath(new URL(`./ends/${name}${extname(import.meta.url)}`, import.meta.url))
    this.#child = fork(path, args, { stdio: ['ignore', 'ignore', 'pipe', 'ipc'], execArgv: [...process.execArgv, '--disable-warning=ExperimentalWarning'] })
    this.#child.stderr?.on('data', data => { this.#complaint += String(data) })
    this.#ended = once(this.#child, 'close').then(() => {
      // beside it is a stack
      throw new Error(`the process ${name} ended: ${/^\w*Error.*/m.exec(this.#complaint)?.[0] ?? this.#complaint}`)
    })
    // heard by whoever asks
    this.#ended.catch(() => {})
  }

  /** One question at a time. */
  async ask <K extends keyof D & string> (deed: K, request?: Parameters<D[K]>[0]): Promise<Awaited<ReturnType<D[K]>>> {
    const question: Request = { deed, request: request ?? {} }
    const answered = once(this.#child, 'message') as Promise<[Answer]>
    answered.catch(() => {})
    this.#child.send(question)
    const [answer] = await Promise.race([answered, this.#ended])

    if ('error' in answer) {
      throw new Error(answer.error)
    }

    return answer.result as Awaited<ReturnType<D[K]>>
  }

  async kill (): Promise<void> {
    this.#child.kill('SIGKILL')
    await this.#ended.catch(() => {})
  }
}
