import { InvalidArgumentError } from 'commander'

/** `--limit` of a list: a page of the API has 200 at most. */
export function upTo200(text: string): number {
  if (!/^[1-9]\d{0,2}$/.test(text) || Number(text) > 200) throw new InvalidArgumentError('It must be a whole number from 1 to 200.')
  return Number(text)
}
