/**
 * The rule of dependence, checked by `npm run lint`.
 *
 * @type {import('dependency-cruiser').IConfiguration}
 */
module.exports = {
  forbidden: [
    {
      name: 'no-cycles',
      comment: 'data flows one way',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } }
    },
    {
      name: 'protocols-never-import-src',
      comment: 'a protocol declares what it needs, src injects it',
      severity: 'error',
      from: { path: '^protocols/' },
      to: { path: '^(src|test|simulations|benchmarks)/' }
    },
    {
      name: 'protocols-stand-alone',
      severity: 'error',
      from: { path: '^protocols/([^/]+)/' },
      to: { path: '^protocols/', pathNot: '^protocols/$1/' }
    },
    {
      name: 'pure-parts-import-nothing-of-node',
      comment: 'these run in browsers; hashes.ts, block-cipher.ts and block-keys.ts have a browser twin in package.json, signatures and serials are made where there is a Node',
      severity: 'error',
      from: { path: '^(src/(object|link|ticket|exchange)|protocols)/', pathNot: '^src/(object/(hashes|block-cipher)|exchange/(signature|block-keys|ticket-serial))\\.ts$' },
      to: { dependencyTypes: ['core'] }
    },
    {
      name: 'layers',
      comment: 'object < ticket, link, home, exchange < ledger < bank < holding, wallet, payments < discovery, swarm, server < client < node < cli',
      severity: 'error',
      from: { path: '^src/object/' },
      to: { path: '^src/(?!object/)' }
    },
    {
      name: 'layers-exchange',
      comment: 'the exchange knows blocks and acknowledgements, not where they come from or are kept',
      severity: 'error',
      from: { path: '^src/exchange/' },
      to: { path: '^(src/(?!(exchange|object)/)|protocols/(?!(ack|block|ticket)/))' }
    },
    {
      name: 'layers-receipts',
      comment: 'receipts are what the exchange brings, kept in the home until a server has credited them, whoever it is',
      severity: 'error',
      from: { path: '^src/receipts/' },
      to: { path: '^(src/(?!(receipts|exchange|home|object)/)|protocols/(?!ack/))' }
    },
    {
      name: 'layers-swarm',
      severity: 'error',
      from: { path: '^src/(ticket|link|home|holding|discovery|swarm|server)/' },
      to: { path: '^src/(client|node|cli)/' }
    },
    {
      name: 'layers-holding',
      severity: 'error',
      from: { path: '^src/(ticket|link|home)/' },
      to: { path: '^src/(bank|wallet|holding|discovery|swarm|server)/' }
    },
    {
      name: 'ledger-stands-alone',
      comment: 'who may settle is for others to judge',
      severity: 'error',
      from: { path: '^src/ledger/' },
      to: { path: '^(src/(?!ledger/|home/)|protocols/)' }
    },
    {
      name: 'layers-bank',
      comment: 'the bank keeps money and books of coins; what is a good claim, and who may have a ticket, is for others to say',
      severity: 'error',
      from: { path: '^src/bank/' },
      to: { path: '^(src/(?!(bank|ledger|home|object|exchange)/|ticket/fields\\.ts)|protocols/(?!(ack|ticket)/))' }
    },
    {
      name: 'layers-wallet',
      comment: 'a wallet remembers what was spent, whatever for',
      severity: 'error',
      from: { path: '^src/wallet/' },
      to: { path: '^(src/(?!(wallet|home|object)/)|protocols/)' }
    },
    {
      name: 'layers-payments',
      comment: 'payments know the bank and nothing of what is sold',
      severity: 'error',
      from: { path: '^src/payments/' },
      to: { path: '^(src/(?!(payments|bank)/|ticket/fields\\.ts)|protocols/)' }
    },
    {
      name: 'payments-for-the-node',
      comment: 'nobody but the composition root takes money in',
      severity: 'error',
      from: { path: '^src/(?!(payments|node|index\\.ts))' },
      to: { path: '^src/payments/' }
    },
    {
      name: 'layers-judge',
      comment: 'a judge works with what is shown to it: not with who serves, fetches or discovers',
      severity: 'error',
      from: { path: '^src/judge/' },
      to: { path: '^src/(?!(judge|bank|exchange|home|ledger|object|ticket)/)' }
    },
    {
      name: 'one-composition-root',
      severity: 'error',
      from: { path: '^src/client/' },
      to: { path: '^src/(server|node|cli)/' }
    },
    {
      name: 'cli-on-top',
      severity: 'error',
      from: { path: '^src/(?!cli/)' },
      to: { path: '^src/cli/' }
    },
    {
      name: 'no-tests-in-product',
      severity: 'error',
      from: { path: '^(src|protocols)/' },
      to: { path: '^(test|simulations|benchmarks)/' }
    }
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { extensions: ['.ts', '.js', '.json'] }
  }
}
