/**
 * zod as the Worker has it (`[alias]` in wrangler.toml): all of it but what nothing here uses, which is a fifth of the bundle. That is
 * the texts of 50 languages, and the ways from and to JSON Schema; English stays. Elsewhere zod is zod.
 */
export * from 'zod/v4'
export * as z from './zod.ts'
// What is named here stands before what comes with the star.
export const locales = {}
export const core = {}
export const fromJSONSchema = undefined
export const toJSONSchema = undefined
export const compile = undefined
