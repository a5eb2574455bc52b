import { createHash } from 'node:crypto'
import { open, writeFile } from 'node:fs/promises'
import { basename } from 'node:path'

/** As the tools that make torrents choose it: about a thousand pieces */
const PIECES = 1024
const SMALLEST_PIECE = 16 * 1024

export type Bencoded = number | string | Buffer | Bencoded[] | { [key: string]: Bencoded }

/** BEP 3. Keys have to be in order already. */
export function bencode (value: Bencoded): Buffer {
  if (typeof value === 'number') {
    return Buffer.from(`i${value}e`)
  }

  if (typeof value === 'string' || Buffer.isBuffer(value)) {
    const bytes = Buffer.from(value)

    return Buffer.concat([Buffer.from(`${bytes.byteLength}:`), bytes])
  }

  const [letter, items] = Array.isArray(value) ? ['l', value] : ['d', Object.entries(value).flat()]

  return Buffer.concat([Buffer.from(letter), ...items.map(bencode), Buffer.from('e')])
}

/** Writes the torrent of a file and returns the path that it was given. */
export async function writeTorrent (source: string, path: string, announce: string): Promise<string> {
  const file = await open(source)
  const { size } = await file.stat()
  const pieceLength = Math.max(SMALLEST_PIECE, 2 ** Math.ceil(Math.log2(size / PIECES)))
  const piece = Buffer.alloc(pieceLength)
  const hashes: Buffer[] = []

  for (let offset = 0; offset < size; offset += pieceLength) {
    const { bytesRead } = await file.read(piece, 0, pieceLength, offset)
    hashes.push(createHash('sha1').update(piece.subarray(0, bytesRead)).digest())
  }

  await file.close()
  await writeFile(path, bencode({
    announce,
    info: { length: size, name: basename(source), 'piece length': pieceLength, pieces: Buffer.concat(hashes) }
  }))

  return path
}
