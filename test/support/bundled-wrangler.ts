/** In wrangler's place for `npm start` in tests: gives it the Worker that was bundled for the whole run. */
import { cpSync } from 'node:fs'
import { parseArgs } from 'node:util'

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { 'dry-run': { type: 'boolean' }, outdir: { type: 'string' }, config: { type: 'string' } },
})
const { PCAPORT_TEST_BUNDLE: bundled } = process.env
if (positionals.join() !== 'deploy' || !values['dry-run'] || !values.outdir || !bundled)
  throw new Error(`no bundle is asked for by ${process.argv.slice(2).join(' ')}`)
cpSync(bundled, values.outdir, { recursive: true })
