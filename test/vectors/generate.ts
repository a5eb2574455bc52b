/** `npm run vectors`: writes all test vectors anew. */
import { writeFile } from 'node:fs/promises'
import { ackVectors } from './ack.ts'
import { wireVectors } from './block-wire.ts'
import { blockVectors } from './block.ts'
import { createVectors } from './ticket.ts'

const FILES = {
  'ack/vectors.json': await ackVectors(),
  'block/vectors.json': blockVectors(),
  'block/wire-vectors.json': wireVectors(),
  'ticket/vectors.json': await createVectors()
}

for (const [path, vectors] of Object.entries(FILES)) {
  await writeFile(new URL(`../../protocols/${path}`, import.meta.url), `${JSON.stringify(vectors, null, 2)}\n`)
}
