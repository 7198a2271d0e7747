import { z } from 'zod'
import { defineFileDestination, type CheckResult, type DestinationContext } from '../../contract/destination.ts'
import { SegueError } from '../../contract/errors.ts'
import { settingMeta } from '../../contract/settings.ts'
import { fileSettings } from '../../files/settings.ts'
import { checkFileName, parseOwn } from '../own-settings.ts'
import { connectSftp } from './connect.ts'
import { firstSeen } from './host-key.ts'
import { readPrivateKey } from './private-key.ts'
import { makeFolder } from './remote-files.ts'
import type { SftpSession } from './session.ts'
import { sshNativeCipher } from './ssh2-inside.ts'
import { SftpDestination } from './sftp-destination.ts'
import type { SignIn } from './sign-in.ts'

const hostKeyForm = new RegExp(`^(?:${firstSeen}|SHA256:[A-Za-z0-9+/]{43}=?)$`)

const ownSettings = {
  host: z.string().min(1).register(settingMeta, { title: 'Host' }),
  port: z.int().min(1).max(65_535).default(22).register(settingMeta, { title: 'Port' }),
  hostKey: z
    .string()
    .regex(hostKeyForm, `must be ${firstSeen} or a fingerprint such as SHA256:... with 43 characters`)
    .optional()
    .register(settingMeta, {
      title: 'Host key',
      help: `The SHA256 fingerprint of the server's key, as the partner gives it; the connection test shows the one that it met. "${firstSeen}" pins the first one met.`,
    }),
  folder: z.string().min(1).default('.').register(settingMeta, {
    title: 'Folder',
    help: 'Files are written here and in folders below it. A relative one starts in the folder where the user arrives.',
  }),
  createFolders: z.boolean().default(false).register(settingMeta, {
    title: 'Make the folder',
    help: 'Makes the folder itself where it is missing. Folders that are part of a file name are made in any case.',
  }),
  permissions: z
    .string()
    .regex(/^0?[0-7]{3}$/, 'must be three octal digits in quotes, such as "640"')
    .optional()
    .register(settingMeta, {
      title: 'Permissions of files',
      help: 'Octal digits in quotes, such as "640". Without it the server decides.',
    }),
  removeThenRename: z.boolean().default(false).register(settingMeta, {
    title: 'Remove, then rename',
    help: 'For servers that cannot rename over an existing file: removes the old file first. For a moment a reader may find no file.',
  }),
}

const credential = z.object({
  user: z.string().min(1).register(settingMeta, { title: 'User', secret: true }),
  password: z.string().min(1).optional().register(settingMeta, { title: 'Password', secret: true }),
  privateKey: z
    .string()
    .min(1)
    .optional()
    .register(settingMeta, { title: 'Private key', help: 'The whole file: OpenSSH, PEM or PuTTY form.', secret: true }),
  passphrase: z.string().min(1).optional().register(settingMeta, { title: 'Passphrase of the private key', secret: true }),
})

/** A folder of an SFTP server. */
export const sftp = defineFileDestination({
  type: 'sftp',
  title: 'SFTP server',
  summary: 'Uploads files to a folder of an SFTP server under a temporary name and renames them when they are whole.',
  settings: { ...fileSettings, ...ownSettings },
  credential,
  // Four write requests of OpenSSH's size, so that no block is split into a large and a tiny one.
  capabilities: {
    modes: ['full', 'append'],
    commitsAtomically: true,
    onOneMachine: false,
    runs: 2,
    commitMs: 15_000,
    blockBytes: 4 * 255 * 1024,
  },
  check,
  open: async (context) => (await signInAndOpen(context)).destination,
  // It is missing where install scripts did not run, which is the rule here: worth knowing, and no harm (docs/decisions/0009).
  diagnose: () =>
    sshNativeCipher()
      ? { status: 'ok', detail: 'ssh2 with its native cipher' }
      : { status: 'warning', detail: "ssh2's native cipher is not built: SFTP works, and takes more processor time than it could" },
  samples: {
    settings: { host: 'sftp.partner.example', folder: '/incoming', hostKey: 'SHA256:uNiVztksCsDhcc0u9e8BrrJXVfG3xx2Nq2iUn4s5Ev0' },
    secrets: { user: 'acme', password: 'example' },
  },
})

async function signInAndOpen(context: DestinationContext): Promise<{ session: SftpSession; destination: SftpDestination }> {
  const { host, port, hostKey, folder, createFolders, permissions, removeThenRename } = parseOwn(ownSettings, context.settings)
  const session = await connectSftp({ host, port, hostKey }, readSignIn(context.secrets), context)
  if (createFolders) await makeFolder(session, folder)
  const bits = permissions === undefined ? null : Number.parseInt(permissions, 8)
  return { session, destination: new SftpDestination(session, { folder, permissions: bits, removeThenRename }) }
}

function readSignIn(secrets: DestinationContext['secrets']): SignIn {
  const { user, password, privateKey, passphrase } = parseOwn(credential.shape, secrets)
  if (password === undefined && privateKey === undefined) {
    throw new SegueError('AUTH_FAILED', `The credential has neither a password nor a private key for ${user}.`)
  }
  return { user, password, key: privateKey === undefined ? undefined : readPrivateKey(privateKey, passphrase) }
}

async function check(context: DestinationContext): Promise<CheckResult> {
  const { session, destination } = await signInAndOpen(context)
  try {
    await tryToWrite(destination, checkFileName(context.clock(), process.pid))
  } finally {
    await destination.close()
  }
  const { user } = parseOwn(credential.shape, context.secrets)
  const { folder } = parseOwn(ownSettings, context.settings)
  const { blockBytes, requestsAtOnce } = session.facts
  const speed = `${session.cipher}, ${requestsAtOnce} writes of ${blockBytes / 1024} KB at once`
  return {
    summary: `Signed in to ${session.server} as ${user}, ${folder} can be written (${speed})`,
    facts: { hostKey: session.hostKey.fingerprint },
  }
}

async function tryToWrite(destination: SftpDestination, temporaryName: string): Promise<void> {
  const upload = await destination.begin({ name: 'check', temporaryName })
  try {
    await upload.write(Buffer.from('Segue'))
    await upload.stage({ bytes: 5 })
  } finally {
    await upload.abort()
  }
}
