import { writeFile } from 'node:fs/promises'
import type { FileDestination, FileTarget, FileUpload } from '../contract/destination.ts'
import type { FileSettings } from '../contract/files.ts'
import type { ReaderSession, RenderResult } from '../contract/reader.ts'
import { followFile } from './follow-file.ts'
import type { PlannedDataset } from './plan-datasets.ts'

/** A file that a run is bringing to its destination. */
export interface FileOnItsWay {
  readonly target: FileTarget
  readonly upload: FileUpload
  /** Where the child renders to: the upload's own temporary file, or a file in the spool. */
  readonly output: string
}

export interface RenderedFile {
  readonly rendered: RenderResult
  readonly bytes: number
  readonly sha256: string
}

/** Starts an upload; where the destination is on this machine the file is rendered in place, else in the spool. */
export async function beginFile(destination: FileDestination, target: FileTarget, spoolFile: string): Promise<FileOnItsWay> {
  const upload = await destination.begin(target)
  if (upload.localPath !== undefined) return { target, upload, output: upload.localPath }
  // Made here, private, and there before anybody follows it.
  await writeFile(spoolFile, '', { flag: 'wx', mode: 0o600 })
  return { target, upload, output: spoolFile }
}

/**
 * Renders one dataset and sends it while it grows: the child writes, this process hashes and uploads the tail. The upload is not staged yet:
 * the caller decides, from the counts, whether it is wanted.
 */
export async function renderAndSend(
  session: ReaderSession,
  dataset: PlannedDataset,
  file: FileSettings,
  onItsWay: FileOnItsWay,
  options: {
    readonly blockBytes: number
    readonly signal: AbortSignal
    readonly onProgress: (progress: { readonly rows?: number; readonly percent?: number | null; readonly bytes?: number }) => void
  },
): Promise<RenderedFile> {
  const { upload, output } = onItsWay
  const inPlace = upload.localPath !== undefined
  const stopped = new AbortController()
  const signal = AbortSignal.any([options.signal, stopped.signal])
  const rendering = session.render({ source: dataset.source, mapping: dataset.mapping, file, output, limit: null }, ({ rows, percent }) =>
    options.onProgress({ rows, percent }),
  )
  const following = followFile(output, {
    written: rendering,
    blockBytes: options.blockBytes,
    ...(!inPlace && { onBlock: (block: Uint8Array) => upload.write(block) }),
    sync: inPlace,
    onBytes: (bytes) => options.onProgress({ bytes }),
    signal,
  })
  try {
    const [rendered, { bytes, sha256 }] = await Promise.all([rendering, following])
    return { rendered, bytes, sha256 }
  } catch (error) {
    // One half failed: the other must not go on behind the caller's back.
    stopped.abort(error)
    await session.close()
    await Promise.allSettled([rendering, following])
    throw error
  }
}
