/** What a process can be asked to do, by name. Requests and answers are JSON. */
export type Deeds = Record<string, (request: any) => Promise<unknown>>

export interface Request {
  deed: string
  request: unknown
}

export type Answer = { result: unknown } | { error: string }

/** Does what the process that forked this one asks for, one after the other, until that one is gone. */
export function answer (deeds: Deeds): void {
  process.on('message', ({ deed, request }: Request) => {
    deeds[deed](request).then(
      result => { reply({ result }) },
      (err: Error) => { reply({ error: err.message }) }
    )
  })
  process.on('disconnect', () => { process.exit() })
}

function reply (answer: Answer): void {
  process.send?.(answer)
}
