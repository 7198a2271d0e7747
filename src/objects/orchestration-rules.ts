/** What an orchestration needs of the objects that it brings together. */
import { nearest } from '../contract/nearest.ts'
import { servesDestination, type Registry } from '../contract/registry.ts'
import { assemble, type Assembly } from './assembly.ts'
import { called, type Configured } from './configured.ts'
import { pointerTo, type Fault } from './faults.ts'
import type { Surroundings } from './kinds/kind-rules.ts'
import { orchestrationSettingFaults } from './orchestration-settings.ts'
import { valueFits } from './parameter-values.ts'
import { destinationSettings } from './settings-rules.ts'

function objectFaults({ query, dataExport }: Assembly): Fault[] {
  if (query && !query.spec.active)
    return [{ code: 'QUERY_NOT_ACTIVE', pointer: '/query', message: `The ${called(query)} is a draft; activate it first.` }]
  if (dataExport && !dataExport.spec.active) {
    return [{ code: 'EXPORT_NOT_ACTIVE', pointer: '/export', message: `The ${called(dataExport)} is a draft; activate it first.` }]
  }
  return []
}

function parameterFaults({ orchestration, query, dataExport }: Assembly): Fault[] {
  const declared = query?.spec.active?.parameters
  if (query && !declared) return []
  return Object.entries(orchestration.spec.parameters).flatMap(([name, value]): Fault[] => {
    const fault = (message: string): Fault[] => [{ code: 'PARAMETER_INVALID', pointer: pointerTo('/parameters', name), message }]
    if (!query || !declared)
      return fault(`An export takes no parameters; ${dataExport ? called(dataExport) : 'it'} does not know "${name}".`)
    const declaration = Object.hasOwn(declared, name) ? declared[name] : undefined
    if (!declaration) return fault(`The ${called(query)} does not declare a parameter "${name}".${nearest(name, Object.keys(declared))}`)
    return valueFits(declaration.type, value)
      ? []
      : fault(`The value ${JSON.stringify(value)} of the parameter "${name}" is not of type ${declaration.type}.`)
  })
}

function templateFaults({ query, destination, template, definition }: Assembly, registry: Registry): Fault[] {
  if (!template) return []
  const faults: Fault[] = []
  const { type, mapping } = template.spec
  const templateDefinition = registry.templates.get(type)
  if (!templateDefinition || !servesDestination(templateDefinition, definition)) {
    const message = `The ${called(template)} is of type "${type}", which does not serve ${called(destination)} of type "${definition.type}".`
    faults.push({ code: 'TEMPLATE_TYPE', pointer: '/template', message })
  }
  if (query && mapping !== null && !Array.isArray(mapping)) {
    faults.push({
      code: 'MAPPING_INVALID',
      pointer: '/template',
      message: `The ${called(template)} maps tables one by one; a query needs one list.`,
    })
  }
  return faults
}

/** A mode that the destination does not have, and a key where nothing would use it. */
function deliveryFaults({ orchestration, definition }: Assembly): Fault[] {
  const { mode, key } = orchestration.spec.delivery
  const { type, kind, capabilities } = definition
  const faults: Fault[] = []
  if (!capabilities.modes.includes(mode)) {
    const message = `The destination type "${type}" does not have the delivery mode "${mode}"; it has ${capabilities.modes.join(', ')}.`
    faults.push({ code: 'MODE_NOT_SUPPORTED', pointer: '/delivery/mode', message })
  }
  if (key !== undefined && kind === 'file') {
    const message = `This version does not have a delivery key for files yet; the destination type "${type}" sends files.`
    faults.push({ code: 'NOT_AVAILABLE', pointer: '/delivery/key', message })
  }
  return faults
}

/** Everything that is wrong with an orchestration in the configuration of the picture. */
export function orchestrationFaults(orchestration: Configured<'orchestration'>, surroundings: Surroundings): readonly Fault[] {
  const assembly = assemble(orchestration, surroundings)
  if (!assembly) return []
  return [
    ...objectFaults(assembly),
    ...parameterFaults(assembly),
    ...templateFaults(assembly, surroundings.registry),
    ...deliveryFaults(assembly),
    ...orchestrationSettingFaults(assembly, destinationSettings(assembly.definition, surroundings.registry)),
  ]
}
