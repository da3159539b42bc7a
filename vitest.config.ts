import { cloudflareTest, readD1Migrations } from '@cloudflare/vitest-plugin'
import { defineConfig } from 'vitest/config'

/** Tests that start real servers and browsers, or measure time. */
const SYSTEM = [
  'test/browser/**',
  'test/cli/answers.test.ts',
  'test/cli/commands.test.ts',
  'test/corpus/gateway.test.ts',
  'test/crash/**',
  'test/doors/**',
  'test/ops/**',
]

/**
 * Three projects: `node` for what is pure, `worker` for what runs inside workerd, and after them, a file at a time so that
 * nothing disturbs them, `system` for what drives real programs.
 */
export default defineConfig(async () => ({
  test: {
    testTimeout: 30_000,
    maxWorkers: 2, // the walks of fault points mostly wait
    reporters: ['default', './test/support/summary-reporter.ts'],
    projects: [
      {
        test: {
          name: 'node',
          include: ['test/**/*.test.ts'],
          exclude: ['test/worker/**', ...SYSTEM],
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
          include: SYSTEM.map((path) => path.replace(/\*\*$/, '**/*.test.ts')),
          fileParallelism: false,
          sequence: { groupOrder: 1 },
          testTimeout: 60_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
}))
