/** Until it is so. */
export async function eventually (check: () => boolean, timeout: number = 5000): Promise<void> {
  for (const end = Date.now() + timeout; !check();) {
    if (Date.now() > end) {
      throw new Error(`It never became so: ${check.toString()}`)
    }

    await new Promise(resolve => setTimeout(resolve, 10))
  }
}
