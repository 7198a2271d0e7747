/** What databases and destinations have in common: a type, settings, and a credential where the type needs one. */
import type { z } from 'zod'
import { laterTypes } from '../../contract/documents.ts'
import { nearest } from '../../contract/nearest.ts'
import type { ObjectKind, Specs } from '../../contract/objects.ts'
import type { Fault } from '../faults.ts'
import { called, type Configured, type Picture } from '../configured.ts'
import type { DocumentOf } from '../parse-document.ts'
import { missingFaults, ownSettingFaults, type DeclaredSettings } from '../settings-rules.ts'
import type { PrintedDocument, Reading, ReferenceTo } from './kind-rules.ts'

type ConnectionKind = 'database' | 'destination'
/** What both kinds keep in the store. */
type ConnectionSpec = Specs['database']

export const connectionNames = { credential: 'credential' } as const

export function connectionSpec(document: DocumentOf<ConnectionKind>, reading: Pick<Reading, 'resolve'>): ConnectionSpec {
  const { description = '', type, credential, settings } = document
  return {
    description,
    type,
    credential: credential === undefined ? null : reading.resolve('credential', credential, '/credential'),
    settings,
  }
}

export function connectionDocument(
  { name, spec }: Configured<ConnectionKind>,
  nameOf: (id: string) => string,
): Omit<PrintedDocument<ConnectionKind>, 'kind'> {
  return {
    name,
    ...(spec.description !== '' && { description: spec.description }),
    type: spec.type,
    ...(spec.credential !== null && { credential: nameOf(spec.credential) }),
    ...(Object.keys(spec.settings).length > 0 && { settings: spec.settings }),
  }
}

export function connectionReferences({ credential }: ConnectionSpec): ReferenceTo[] {
  return credential === null ? [] : [{ field: 'credential', kind: 'credential', id: credential }]
}

/** The fault of a type that the registry does not know. */
export function typeFault(kind: ObjectKind, type: string, known: Iterable<string>): Fault {
  if (laterTypes[kind]?.includes(type)) {
    return { code: 'NOT_AVAILABLE', pointer: '/type', message: `This version does not have the ${kind} type "${type}" yet.` }
  }
  const types = [...known]
  return {
    code: 'INVALID',
    pointer: '/type',
    message: `There is no ${kind} type "${type}"; the types are ${types.join(', ')}.${nearest(type, types)}`,
  }
}

/** What the rules ask of a definition of either kind. */
interface ConnectionType {
  readonly declared: DeclaredSettings
  /** The secret fields; null where it takes none. */
  readonly credential: z.ZodObject | null
}

function credentialFaults({ kind, spec }: Configured<ConnectionKind>, wanted: z.ZodObject | null, picture: Picture): Fault[] {
  const fault = (code: 'INVALID' | 'CREDENTIAL_TYPE', message: string): Fault[] => [{ code, pointer: '/credential', message }]
  if (spec.credential === null) {
    return wanted === null || wanted.safeParse({}).success ? [] : fault('INVALID', `The ${kind} type "${spec.type}" needs a credential.`)
  }
  if (wanted === null) return fault('CREDENTIAL_TYPE', `The ${kind} type "${spec.type}" takes no credential.`)
  const credential = picture.get('credential', spec.credential)
  if (!credential || credential.spec.type === spec.type) return []
  return fault('CREDENTIAL_TYPE', `The ${called(credential)} is of type "${credential.spec.type}"; one of type "${spec.type}" is needed.`)
}

/** What is wrong with a connection of that type. */
export function connectionFaults(
  object: Configured<ConnectionKind>,
  { declared, credential }: ConnectionType,
  picture: Picture,
): readonly Fault[] {
  const { settings } = object.spec
  return [
    ...ownSettingFaults(declared, 'destination', settings),
    ...missingFaults(declared.shape, settings),
    ...credentialFaults(object, credential, picture),
  ]
}
