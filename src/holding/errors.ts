/** An object's files are not what they were when it was published or got. */
export class SourceChangedError extends Error {
  static name = 'SourceChangedError'
  name = 'SourceChangedError'
  readonly path: string

  constructor (path: string, reason: string, options?: ErrorOptions) {
    super(`${path} ${reason}: it cannot be served any more. Put the file back as it was, or publish it again`, options)
    this.path = path
  }
}

/** A block or an object was asked for that is not on this machine. */
export class NotHeldError extends Error {
  static name = 'NotHeldError'
  name = 'NotHeldError'
}

/** There is something else at a place where a file is to be written. */
export class FileExistsError extends Error {
  static name = 'FileExistsError'
  name = 'FileExistsError'
  readonly path: string

  constructor (path: string, reason = 'exists already; nothing was overwritten', options?: ErrorOptions) {
    super(`${path} ${reason}`, options)
    this.path = path
  }
}

/** The disk is full, or will be. What was written so far is kept, and a later run goes on from there. */
export class NoSpaceError extends Error {
  static name = 'NoSpaceError'
  name = 'NoSpaceError'
}

/** A file or folder cannot be written or read: wrong place, no permission, read-only disk, disk error. */
export class StorageError extends Error {
  static name = 'StorageError'
  name = 'StorageError'
}

/** A super-block that does not verify against the root. */
export class FalseHashesError extends Error {
  static name = 'FalseHashesError'
  name = 'FalseHashesError'
}

/** Says what a system error means for whoever wants to write at `path`. */
export function storageError (err: any, path: string): Error {
  switch (err.code) {
    case 'ENOSPC':
    case 'EDQUOT':
      return new NoSpaceError(`No space left on the disk of ${path}. What was written is kept: free some space and start again`, { cause: err })
    case 'EFBIG':
      return new NoSpaceError(`The file system of ${path} cannot hold a file of this size`, { cause: err })
    case 'EEXIST':
    case 'ENOTEMPTY':
      return new FileExistsError(path, undefined, { cause: err })
    case 'EACCES':
    case 'EPERM':
      return new StorageError(`No permission to write ${path}`, { cause: err })
    case 'EROFS':
      return new StorageError(`${path} is on a read-only disk`, { cause: err })
    case 'ENOTDIR':
    case 'ENOENT':
      return new StorageError(`${path} cannot be written: its folder is not there, or is not a folder`, { cause: err })
    case 'EISDIR':
      return new StorageError(`${path} cannot be written: it is a folder`, { cause: err })
    default:
      return typeof err.code === 'string' && err.syscall != null
        ? new StorageError(`${path} cannot be written: ${err.message}`, { cause: err })
        : err
  }
}
