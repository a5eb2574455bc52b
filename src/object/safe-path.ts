/** Bytes of UTF-8 that one segment may have on the file systems in use */
const MAX_SEGMENT_LENGTH = 255

/** Bytes of UTF-8; Linux's PATH_MAX is 4096, and the output folder's own path needs room, too */
const MAX_PATH_LENGTH = 3072

/** A name or path in a manifest that could lead out of the output folder, or that no file system can hold. */
export class UnsafePathError extends Error {
  static name = 'UnsafePathError'
  name = 'UnsafePathError'

  constructor (path: string, reason: string) {
    super(`Unsafe path ${JSON.stringify(path)}: ${reason}`)
  }
}

const encoder = new TextEncoder()

const RULES: Array<[(name: string) => boolean, string]> = [
  [name => name === '', 'empty name'],
  [name => name === '.' || name === '..', 'leads to another folder'],
  [name => /[/\\]/.test(name), 'slash or backslash in a name'],
  // eslint-disable-next-line no-control-regex
  [name => /[\u0000-\u001f\u007f-\u009f]/.test(name), 'control character'],
  [name => /^[a-z]:/i.test(name), 'drive letter'],
  // what a system makes of names that are not UTF-8, too
  [name => !name.isWellFormed() || name.includes('\ufffd'), 'not valid Unicode'],
  [name => encoder.encode(name).byteLength > MAX_SEGMENT_LENGTH, `longer than ${MAX_SEGMENT_LENGTH} bytes`]
]

/**
 * Checks one path segment and returns it.
 *
 * @throws {UnsafePathError}
 */
export function safeName (name: string): string {
  const reason = RULES.find(([broken]) => broken(name))?.[1]

  if (reason != null) {
    throw new UnsafePathError(name, reason)
  }

  return name
}

/**
 * Checks a relative path of segments parted by "/" and returns it.
 *
 * @throws {UnsafePathError}
 */
export function safePath (path: string): string {
  if (encoder.encode(path).byteLength > MAX_PATH_LENGTH) {
    throw new UnsafePathError(`${path.slice(0, 80)}…`, `longer than ${MAX_PATH_LENGTH} bytes`)
  }

  path.split('/').forEach(safeName)

  return path
}

/**
 * Checks the paths of a folder: each alone, and that all can exist beside each other.
 *
 * @throws {UnsafePathError}
 */
export function safePaths (paths: string[]): void {
  const files = new Set<string>()

  for (const path of paths) {
    if (files.has(safePath(path))) {
      throw new UnsafePathError(path, 'is there twice')
    }

    files.add(path)
  }

  for (const path of paths) {
    for (let slash = path.indexOf('/'); slash !== -1; slash = path.indexOf('/', slash + 1)) {
      if (files.has(path.slice(0, slash))) {
        throw new UnsafePathError(path.slice(0, slash), 'is both file and folder')
      }
    }
  }
}
