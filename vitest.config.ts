import { cloudflareTest, readD1Migrations } from '@cloudflare/vitest-plugin'
import { defineConfig } from 'vitest/config'
import { keepFilesInMemory } from './test/support/memory-folder.ts'
import WalksFirst from './test/support/walks-first.ts'

keepFilesInMemory()

/** Tests that measure time or memory, or give a server all that the machine can do. */
const ALONE = [
  'test/corpus/gateway.test.ts',
  'test/crash/kill.test.ts',
  'test/doors/curl.test.ts',
  'test/doors/live.test.ts',
]

/** Other tests that start real servers and browsers, each on a port and a folder of its own. */
const SYSTEM = [
  'test/browser/**/*.test.ts',
  'test/cli/answers.test.ts',
  'test/cli/commands.test.ts',
  'test/doors/**/*.test.ts',
  'test/ops/**/*.test.ts',
]

/**
 * Four projects: `node` for what is pure, `worker` for what runs inside workerd, then `system` for what drives real programs, and at
 * last `alone`, a file at a time, for those that nothing may disturb.
 */
export default defineConfig(async () => ({
  test: {
    testTimeout: 30_000,
    expect: { poll: { timeout: 10_000 } }, // a machine may be slow
    maxWorkers: 3, // one more than CI has cores: half of what runs in workerd waits for what does not answer
    sequence: { sequencer: WalksFirst },
    reporters: ['default', './test/support/summary-reporter.ts'],
    projects: [
      {
        test: {
          name: 'node',
          include: ['test/**/*.test.ts'],
          exclude: ['test/worker/**', ...SYSTEM, ...ALONE],
          testTimeout: 60_000,
        },
      },
      {
        plugins: [
          cloudflareTest({
            main: './src/worker.ts',
            wrangler: { configPath: './wrangler.toml' },
            miniflare: {
              bindings: {
                MIGRATIONS: await readD1Migrations('migrations'),
                SEARCH_MIGRATIONS: await readD1Migrations('migrations-search'),
                FETCH_SECRET: 'of tests, 32 characters or longer',
                TUS_FIRST: process.env.TUS_FIRST ?? '1',
                KEY_SECRET: 'another of tests, 32 characters or longer',
                PCAPORT_LONG: process.env.PCAPORT_LONG ?? '',
                TUS_SCHEDULES: process.env.TUS_SCHEDULES ?? '60',
                TUS_BYTES: process.env.TUS_BYTES ?? '60000',
              },
            },
          }),
        ],
        test: { name: 'worker', include: ['test/worker/**/*.test.ts'], setupFiles: ['test/support/migrate.ts'] },
      },
      {
        test: {
          name: 'system',
          include: SYSTEM,
          exclude: ALONE,
          globalSetup: 'test/support/bundle-once.ts',
          maxWorkers: 2, // each is several processes that compute
          retry: process.env.CI === undefined ? 0 : 1, // a browser on a busy machine; the summary names what took it
          sequence: { groupOrder: 1 },
          testTimeout: 60_000,
          hookTimeout: 120_000,
        },
      },
      {
        test: {
          name: 'alone',
          include: ALONE,
          globalSetup: 'test/support/bundle-once.ts',
          fileParallelism: false,
          sequence: { groupOrder: 2 },
          testTimeout: 60_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
}))
