/** Replaces a method by one that knows the original. */
export function change<T extends object, K extends keyof T> (target: T, key: K, wrap: (original: T[K] & {}) => T[K]): void {
  const original = target[key] as any
  target[key] = wrap(original.bind(target))
}
