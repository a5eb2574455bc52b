import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'

const sources = ['src', 'protocols', 'simulations', 'benchmarks', 'test']

/** @type {import('aegir').PartialOptions} */
export default {
  build: {
    // a library for Node and bundlers: a single script tag's worth of global has no user
    bundle: false
  },
  test: {
    /** Processes that tests start run after 0.5 s instead of 2, with what one that ended by itself has left compiled: those that are killed leave nothing. */
    before: async () => {
      const env = { NODE_COMPILE_CACHE: join(import.meta.dirname, 'node_modules/.cache/compiled') }
      const all = JSON.stringify(new URL('src/node/create-node.ts', import.meta.url).href)
      await promisify(execFile)(process.execPath, ['--experimental-strip-types', '--experimental-transform-types', '--no-warnings', '--input-type=module', '--eval', `import ${all}`], { env: { ...process.env, ...env } })

      return { env }
    }
  },
  lint: {
    files: ['*.{js,ts}', ...sources.map(folder => `${folder}/**/*.ts`), '!protocols/*/pb/*.ts', '!**/dist/**', '!**/node_modules/**']
  },
  dependencyCheck: {
    // run by `npm run lint`, imported by nothing
    ignore: ['dependency-cruiser'],
    productionIgnorePatterns: ['/benchmarks', '/simulations', '/test', '/dist', '/.aegir.js']
  }
}
