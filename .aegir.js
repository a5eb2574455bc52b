import { execFile } from 'node:child_process'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'

const command = join(import.meta.dirname, 'dist/cli')
const sources = ['src', 'protocols', 'simulations', 'benchmarks', 'test']

/** @type {import('aegir').PartialOptions} */
export default {
  build: {
    // the command alone, and why: docs/decisions/2026-11-21-command-in-few-files.md
    config: {
      entryPoints: ['dist/src/cli/main.js'],
      outdir: command,
      platform: 'node',
      target: 'node22',
      format: 'esm',
      splitting: true,
      // who asks for --verbose is told where an error comes from
      minify: false,
      sourcemap: false,
      // packages that are CommonJS require modules of Node, and nothing else any more
      banner: { js: 'const require = process.getBuiltinModule' },
      footer: { js: '' },
      // names of files follow from what is in them: those of an earlier build would stay
      plugins: [{ name: 'begin-empty', setup: ({ onStart }) => { onStart(async () => rm(command, { recursive: true, force: true })) } }]
    }
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
