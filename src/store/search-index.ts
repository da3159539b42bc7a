/** What captures are found by, in a database of its own, which is made from them and can be made again. */
import { GatewayError } from '../errors.ts'
import type { Capture } from './captures.ts'
import { within } from './deadline.ts'
import type { Settings } from './env.ts'
import type { Group } from './search-plan.ts'
import { type Document, PARTIAL, placeOf } from './search-terms.ts'

/** Most terms that one group is looked up by. */
export const MOST_TERMS = 128

/** Whose it is, and which parse and edit of it. */
export type Indexed = Pick<Capture, 'id' | 'accountId' | 'createdAt' | 'generation' | 'revision'>

/** What was found on a walk. */
export interface Walked {
  /** Places of captures that have something of all groups, newest first. */
  hits: string[]
  /** Before which place to go on; `null` where there is nothing more. */
  rest: string | null
}

/** How far a document is from what its capture holds. */
export interface Extent {
  indexed: number
  total: number
}

/**
 * Which of two documents of a capture is the later one: of a later parse, else of a later edit, else the one with what is in the
 * packets. A whole number below 2^53.
 */
export const versionOf = ({ generation, revision }: Pick<Indexed, 'generation' | 'revision'>, whole: boolean): number =>
  generation * 2 ** 32 + (revision % 2 ** 31) * 2 + (whole ? 1 : 0)

/** No version is later. */
const LATEST = Number.MAX_SAFE_INTEGER

/**
 * Each step looks, in one group after the other, for the last place before the one that the step before it found, that one included
 * until all groups have agreed on it. So the shortest list leads, without its being known, and a step reads one row a term.
 */
const WALK = `
WITH RECURSIVE walk(step, place, before, agreed, hits) AS (
  SELECT 0, (SELECT MAX((SELECT place FROM terms WHERE account_id = ?1 AND term = one.value AND place < ?4 AND place >= ?5
    ORDER BY place DESC LIMIT 1)) FROM json_each(?2, '$[0]') AS one), NULL, 0, 0
  UNION ALL
  SELECT step + 1,
    (SELECT MAX((SELECT place FROM terms WHERE account_id = ?1 AND term = one.value
        AND place < CASE WHEN CASE WHEN walk.place = walk.before THEN agreed + 1 ELSE 1 END = ?3 THEN walk.place ELSE walk.place || 'g' END
        AND place >= ?5
      ORDER BY place DESC LIMIT 1)) FROM json_each(?2, '$[' || CAST((step + 1) % ?3 AS INTEGER) || ']') AS one),
    walk.place,
    CASE WHEN walk.place = walk.before THEN agreed + 1 ELSE 1 END,
    hits + (CASE WHEN walk.place = walk.before THEN agreed + 1 ELSE 1 END = ?3)
  FROM walk WHERE walk.place IS NOT NULL AND step < ?6 AND hits + (CASE WHEN walk.place = walk.before THEN agreed + 1 ELSE 1 END = ?3) < ?7
)
SELECT place, CASE WHEN place = before THEN agreed + 1 ELSE 1 END = ?3 AS hit,
  CASE WHEN CASE WHEN place = before THEN agreed + 1 ELSE 1 END = ?3 AND ?8 <> '[]' THEN EXISTS (
    SELECT 1 FROM json_each(?8) AS one JOIN terms ON account_id = ?1 AND term = one.value AND terms.place = walk.place) ELSE 0 END AS unwanted
FROM walk`

/** The terms that are there in a range, in order, each by one look-up. */
const EXPANSION = `
WITH RECURSIVE found(term) AS (
  SELECT MIN(term) FROM terms WHERE account_id = ?1 AND term >= ?2 AND term <= ?3
  UNION ALL
  SELECT (SELECT MIN(term) FROM terms WHERE account_id = ?1 AND term > found.term AND term <= ?3)
  FROM found WHERE found.term IS NOT NULL LIMIT ?4
)
SELECT term FROM found WHERE term IS NOT NULL`

const STALE = 'EXISTS (SELECT 1 FROM documents WHERE capture_id = ?1 AND version > ?2)'

/** Verbs on the index. Rows written: one a term, and one a document. */
export function searchIn(db: D1Database, settings: Settings) {
  const soon = <T>(what: string, call: PromiseLike<T>) => within(settings.searchDeadline, what, call)

  return {
    /**
     * Write what a capture is found by, in place of what was written before, together or not at all. Writes what has changed, and the
     * document. A later version that is there already stays.
     */
    async put(capture: Indexed, { terms, total }: Document, whole: boolean): Promise<void> {
      const { id, accountId, createdAt } = capture
      const place = placeOf(createdAt, id)
      const version = versionOf(capture, whole)
      const json = JSON.stringify(terms)
      const drop = db
        .prepare(
          `DELETE FROM terms WHERE account_id = ?3 AND place = ?4 AND NOT ${STALE} AND term IN (
            SELECT value FROM json_each((SELECT terms FROM documents WHERE capture_id = ?1))
            EXCEPT SELECT value FROM json_each(?5))`,
        )
        .bind(id, version, accountId, place, json)
      const add = db
        .prepare(
          `INSERT INTO terms (account_id, term, place) SELECT ?3, value, ?4 FROM json_each(?5) WHERE NOT ${STALE}
          ON CONFLICT DO NOTHING`,
        )
        .bind(id, version, accountId, place, json)
      const note = db
        .prepare(
          `INSERT INTO documents (capture_id, account_id, place, version, indexed, total, terms)
          VALUES (?1, ?3, ?4, ?2, ?6, ?7, ?5) ON CONFLICT (capture_id) DO UPDATE
          SET version = ?2, indexed = ?6, total = ?7, terms = ?5 WHERE documents.version <= ?2`,
        )
        .bind(id, version, accountId, place, json, terms.length, total)
      await soon('index', db.batch([drop, add, note]))
    },

    /**
     * Take a capture out. Writes one row a term, and one.
     * @param version a later one stays
     */
    async remove({ id, accountId }: Pick<Indexed, 'id' | 'accountId'>, version = LATEST): Promise<void> {
      const gone = db
        .prepare(
          `DELETE FROM terms WHERE account_id = ?2 AND place = (SELECT place FROM documents WHERE capture_id = ?1 AND version <= ?3)
          AND term IN (SELECT value FROM json_each((SELECT terms FROM documents WHERE capture_id = ?1)))`,
        )
        .bind(id, accountId, version)
      const noted = db
        .prepare('DELETE FROM documents WHERE capture_id = ?1 AND account_id = ?2 AND version <= ?3')
        .bind(id, accountId, version)
      await soon('removal from the index', db.batch([gone, noted]))
    },

    /**
     * The terms of each group, its ranges made terms that are there. Reads one row a term of a range.
     * @returns `null` for a group that would have too many, where its rows tell as much
     * @throws GatewayError `too-broad` for another such group
     */
    async expand(accountId: number, groups: Group[]): Promise<(string[] | null)[]> {
      const ranges = groups.flatMap((group) => group.ranges.map((range) => ({ group, range })))
      const found = new Map<Group, string[]>()
      if (ranges.length > 0) {
        const statements = ranges.map(({ range: [first, last] }) =>
          db.prepare(EXPANSION).bind(accountId, first, last, MOST_TERMS + 1),
        )
        const results = await soon('look-up of terms', db.batch<{ term: string }>(statements))
        for (const [at, { group }] of ranges.entries())
          found.set(group, [...(found.get(group) ?? []), ...(results[at]?.results ?? []).map(({ term }) => term)])
      }
      return groups.map((group) => {
        const more = found.get(group) ?? []
        if (more.length <= MOST_TERMS) return [...group.terms, ...more]
        if (group.inRow) return null
        throw new GatewayError(
          'too-broad',
          `What stands at character ${group.at} of the query means more than ${MOST_TERMS} different things that were seen: say more of it.`,
        )
      })
    },

    /**
     * Captures that have something of each group and nothing of what is unwanted, newest first. Reads one row a step and term.
     * @param before only places before this one
     */
    async walk(
      accountId: number,
      wanted: string[][],
      unwanted: string[],
      { from, before, hits, steps }: { from: string; before: string; hits: number; steps: number },
    ): Promise<Walked> {
      if (wanted.some((terms) => terms.length === 0)) return { hits: [], rest: null }
      const walking = db
        .prepare(WALK)
        .bind(accountId, JSON.stringify(wanted), wanted.length, before, from, steps, hits, JSON.stringify(unwanted))
        .all<{ place: string | null; hit: number; unwanted: number }>()
      const { results } = await soon('search', walking)
      const last = results.at(-1)
      const found = results.flatMap(({ place, hit, unwanted: bad }) =>
        place !== null && hit === 1 && bad === 0 ? place : [],
      )
      const rest = last?.place == null ? null : last.hit === 1 ? last.place : `${last.place}g`
      return { hits: found, rest }
    },

    /** How far these captures are indexed, and whether any capture of the account is so in part only. Reads a row for each, and one. */
    async extents(accountId: number, ids: string[]): Promise<{ of: Map<string, Extent>; partial: boolean }> {
      const each = db
        .prepare(
          `SELECT capture_id AS id, indexed, total FROM documents
          WHERE capture_id IN (SELECT value FROM json_each(?1)) AND account_id = ?2`,
        )
        .bind(JSON.stringify(ids), accountId)
      const any = db.prepare('SELECT 1 FROM terms WHERE account_id = ?1 AND term = ?2 LIMIT 1').bind(accountId, PARTIAL)
      const [found, some] = await soon('extent of an index', db.batch<{ id: string } & Extent>([each, any]))
      const of = new Map((found?.results ?? []).map(({ id, indexed, total }) => [id, { indexed, total }]))
      return { of, partial: (some?.results.length ?? 0) > 0 }
    },

    /** The protocols in these captures, as far as they are indexed: a layer before those on it. Reads a row for each. */
    async protocols(accountId: number, ids: string[]): Promise<Map<string, string[]>> {
      const each = db
        .prepare(
          `SELECT capture_id AS id,
            (SELECT json_group_array(substr(value, 2)) FROM json_each(terms) WHERE value >= 'q' AND value < 'r') AS protocols
          FROM documents WHERE capture_id IN (SELECT value FROM json_each(?1)) AND account_id = ?2`,
        )
        .bind(JSON.stringify(ids), accountId)
        .all<{ id: string; protocols: string }>()
      const { results } = await soon('look-up of protocols', each)
      return new Map(results.map(({ id, protocols }) => [id, JSON.parse(protocols) as string[]]))
    },

    /** Versions of the documents of these captures that have one. */
    async versions(ids: string[]): Promise<Map<string, number>> {
      const asked = db
        .prepare(
          'SELECT capture_id AS id, version FROM documents WHERE capture_id IN (SELECT value FROM json_each(?1))',
        )
        .bind(JSON.stringify(ids))
        .all<{ id: string; version: number }>()
      const { results } = await soon('look-up of versions', asked)
      return new Map(results.map(({ id, version }) => [id, version]))
    },

    /** Documents in the order of their captures' ids, for a walk through all of them. */
    async page(after: string, limit: number): Promise<{ id: string; accountId: number }[]> {
      const asked = db
        .prepare(
          'SELECT capture_id AS id, account_id AS accountId FROM documents WHERE capture_id > ?1 ORDER BY capture_id LIMIT ?2',
        )
        .bind(after, limit)
        .all<{ id: string; accountId: number }>()
      return (await soon('page of documents', asked)).results
    },
  }
}
