import { mkdir, statfs } from 'node:fs/promises'
import { isAbsolute } from 'node:path'
import { z } from 'zod'
import { defineFileDestination, type CheckResult, type DestinationContext } from '../../contract/destination.ts'
import { SegueError } from '../../contract/errors.ts'
import { settingMeta } from '../../contract/settings.ts'
import { fileSettings } from '../../files/settings.ts'
import { checkFileName, parseOwn } from '../own-settings.ts'
import { LocalDestination } from './local-destination.ts'
import { errorCode, localError } from './local-error.ts'

const ownSettings = {
  folder: z
    .string()
    .min(1)
    .register(settingMeta, { title: 'Folder', help: 'Files are written here and in folders below it, nowhere else.', path: true }),
  createFolders: z.boolean().default(false).register(settingMeta, {
    title: 'Make the folder',
    help: 'Makes the folder itself where it is missing. Folders that are part of a file name are made in any case.',
  }),
}

/** A folder of this machine. */
export const local = defineFileDestination({
  type: 'local',
  title: 'Folder on this machine',
  summary: 'Writes files into a folder of the machine that Segue runs on, or of a file share that is mounted there.',
  settings: { ...fileSettings, ...ownSettings },
  credential: null,
  capabilities: {
    modes: ['full', 'append'],
    commitsAtomically: true,
    onOneMachine: true,
    runs: 2,
    commitMs: 15_000,
    blockBytes: 1024 * 1024,
  },
  check,
  open: openFolder,
  samples: { settings: { folder: '/srv/outgoing' } },
})

async function openFolder(context: DestinationContext): Promise<LocalDestination> {
  const { folder, createFolders } = parseOwn(ownSettings, context.settings)
  if (!isAbsolute(folder)) throw new SegueError('SETTING_INVALID', `folder: ${folder} is not an absolute path.`)
  if (createFolders) {
    await mkdir(folder, { recursive: true }).catch((error: unknown) => Promise.reject(folderError(error, folder)))
  }
  return new LocalDestination(folder, context.signal)
}

function folderError(error: unknown, folder: string): SegueError {
  if (errorCode(error) === 'EEXIST') return new SegueError('SETTING_INVALID', `folder: ${folder} is a file, not a folder.`)
  return localError(error, folder)
}

async function check(context: DestinationContext): Promise<CheckResult> {
  const { folder } = parseOwn(ownSettings, context.settings)
  const destination = await openFolder(context)
  const temporaryName = checkFileName(context.clock(), process.pid)
  const upload = await destination.begin({ name: 'check', temporaryName })
  try {
    await upload.write(Buffer.from('Segue'))
    await upload.stage({ bytes: 5 })
  } finally {
    await upload.abort()
  }
  const disk = await statfs(folder)
  const free = (disk.bavail * disk.bsize) / 1e9
  return { summary: `${folder} can be written, ${free.toFixed(1)} GB are free`, facts: {} }
}
