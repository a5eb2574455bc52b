const sources = ['src', 'protocols', 'simulations', 'benchmarks', 'test']

/** @type {import('aegir').PartialOptions} */
export default {
  build: {
    // a library for Node and bundlers: a single script tag's worth of global has no user
    bundle: false
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
