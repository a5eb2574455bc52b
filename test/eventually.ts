/**
 * Milliseconds: many times what anything here takes on a machine that does nothing else, since those that run tests are shared. It
 * goes on as soon as it is so.
 */
const PATIENCE = 20_000

/** Until it is so. */
export async function eventually (check: () => boolean, timeout: number = PATIENCE): Promise<void> {
  for (const end = performance.now() + timeout; !check();) {
    if (performance.now() > end) {
      throw new Error(`It never became so: ${check.toString()}`)
    }

    await new Promise(resolve => setTimeout(resolve, 10))
  }
}
