/**
 * `npm run simulate`: runs scenarios, with real nodes or with the model, and says what holds.
 */
import { collectLate } from '../../src/cli/heap.ts'

/** Milliseconds */
const EXIT_DELAY = 100

collectLate()

// what is imported there grows the heap
const { simulate } = await import('./program.ts')

process.exitCode = await simulate(process.argv)
// what libp2p leaves behind may hold up the end: everything that matters is stopped and written by now
setTimeout(() => process.exit(), EXIT_DELAY).unref()
