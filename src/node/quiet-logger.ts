import { defaultLogger } from '@libp2p/logger'
import type { ComponentLogger, Logger } from '@libp2p/interface'

const quiet: Logger = Object.assign(() => {}, {
  error: () => {},
  trace: () => {},
  enabled: false,
  newScope: () => quiet
})

/** Says nothing and costs nothing, unless `DEBUG` is set: libp2p makes several loggers for each stream, and looks at the terminal for each. */
export function quietLogger (): ComponentLogger {
  return process.env.DEBUG == null ? { forComponent: () => quiet } : defaultLogger()
}
