/** The body around the rows: a JSON text with places for them and for facts of the run. */
import { nearest } from '../../contract/nearest.ts'

/** Facts that a body may name; each becomes a JSON string. */
export const bodyFacts = ['now', 'run', 'batch', 'dataset'] as const
export type BodyFact = (typeof bodyFacts)[number]

/** A body template, parsed: what stands before and after the rows, texts and facts in turn. */
export interface BodyTemplate {
  /** `rows`: the JSON array of a batch; `row`: the JSON object of its only row. */
  readonly holds: 'rows' | 'row'
  readonly before: readonly BodyPiece[]
  readonly after: readonly BodyPiece[]
}
export type BodyPiece = { readonly text: string } | { readonly fact: BodyFact }

const placeholder = /\{\{(.*?)\}\}/gs
const names = ['rows', 'row', ...bodyFacts] as const
type Name = (typeof names)[number]

/** The template, or in one sentence what is wrong with it: a place that is not known, not one place for rows, or what would be no JSON. */
export function parseBodyTemplate(text: string): BodyTemplate | { readonly fault: string } {
  const pieces: (BodyPiece | { readonly rows: 'rows' | 'row' })[] = []
  let from = 0
  for (const match of text.matchAll(placeholder)) {
    const name = (match[1] ?? '').trim()
    if (!isName(name)) return { fault: `there is no {{ ${name} }}; ${listed()} are known.${nearest(name, names)}` }
    pieces.push({ text: text.slice(from, match.index) }, name === 'rows' || name === 'row' ? { rows: name } : { fact: name })
    from = match.index + match[0].length
  }
  pieces.push({ text: text.slice(from) })

  const places = pieces.flatMap((piece, index) => ('rows' in piece ? [{ index, holds: piece.rows }] : []))
  const [place] = places
  if (place === undefined || places.length > 1) return { fault: 'must hold {{ rows }} or {{ row }} exactly once' }
  const isBody = (piece: (typeof pieces)[number]): piece is BodyPiece => !('rows' in piece)
  const template: BodyTemplate = {
    holds: place.holds,
    before: pieces.slice(0, place.index).filter(isBody),
    after: pieces.slice(place.index + 1).filter(isBody),
  }
  const fault = jsonFault(template)
  return fault === null ? template : { fault }
}

/** The text of some pieces with the facts in their places. */
export function fillIn(pieces: readonly BodyPiece[], facts: Readonly<Record<BodyFact, string>>): string {
  return pieces.map((piece) => ('text' in piece ? piece.text : JSON.stringify(facts[piece.fact]))).join('')
}

const sampleRow = '{"a":"b"}'
const sampleFacts = { now: '2026-11-23T08:30:00.000Z', run: 'run', batch: 'batch', dataset: 'dataset' }

/** A sample tells of every body: values in a place are whole JSON values, and one within quotation marks ends the text around it. */
function jsonFault({ holds, before, after }: BodyTemplate): string | null {
  const rows = holds === 'row' ? sampleRow : `[${sampleRow}]`
  try {
    JSON.parse(fillIn(before, sampleFacts) + rows + fillIn(after, sampleFacts))
    return null
  } catch (error) {
    const why = error instanceof SyntaxError ? error.message : 'it does not parse'
    return `is no valid JSON once it is filled in (${why}); what stands in {{ }} brings its own quotation marks`
  }
}

function isName(name: string): name is Name {
  return (names as readonly string[]).includes(name)
}

function listed(): string {
  return names.map((name) => `{{ ${name} }}`).join(', ')
}
