import type { TemplateDefinition } from '../contract/registry.ts'
import { fileSettings, laterFileSettings, parseFileSettings } from './settings.ts'

/** The data template of files: serves every file destination. */
export const fileTemplate: TemplateDefinition = {
  type: 'file',
  title: 'File',
  summary: 'Format, quoting, file name and columns of a file, for any file destination.',
  serves: { kind: 'file' },
  settings: fileSettings,
  laterSettings: laterFileSettings,
  check: (values) => {
    parseFileSettings(values)
  },
}
