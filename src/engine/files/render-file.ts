import { writeFile } from 'node:fs/promises'
import type { FileUpload } from '../../contract/destination.ts'
import type { FileSettings } from '../../contract/files.ts'
import type { ReaderSession, RenderResult } from '../../contract/reader.ts'
import { followFile } from '../follow-file.ts'
import type { PlannedDataset } from '../plan-datasets.ts'

export interface RenderedFile {
  readonly rendered: RenderResult
  readonly bytes: number
  readonly sha256: string
  /** Why not every byte was taken while the file was rendered; the file in the spool is whole all the same. */
  readonly uploadFailure: unknown
}

/** Makes a file in the spool: private, and there before anybody follows it. */
export async function makeSpoolFile(path: string): Promise<void> {
  await writeFile(path, '', { flag: 'wx', mode: 0o600 })
}

/**
 * Renders one dataset and sends it while it grows: the child writes, this process hashes and uploads the tail. The upload is not staged yet: the caller
 * decides, from the counts, whether it is wanted. An upload that fails on its way stops only itself: what is rendered once is not asked for again.
 */
export async function renderFile(
  session: ReaderSession,
  dataset: PlannedDataset,
  file: FileSettings,
  upload: FileUpload,
  output: string,
  options: {
    readonly blockBytes: number
    readonly signal: AbortSignal
    readonly onProgress: (progress: { readonly rows?: number; readonly percent?: number | null; readonly bytes?: number }) => void
  },
): Promise<RenderedFile> {
  const inPlace = upload.localPath !== undefined
  const stopped = new AbortController()
  const signal = AbortSignal.any([options.signal, stopped.signal])
  let uploadFailure: unknown = null
  const send = async (block: Uint8Array): Promise<void> => {
    if (uploadFailure !== null) return
    try {
      await upload.write(block)
    } catch (error) {
      uploadFailure = error
    }
  }
  const rendering = session.render({ source: dataset.source, mapping: dataset.mapping, file, output, limit: null }, ({ rows, percent }) =>
    options.onProgress({ rows, percent }),
  )
  const following = followFile(output, {
    written: rendering,
    blockBytes: options.blockBytes,
    ...(!inPlace && { onBlock: send }),
    sync: inPlace,
    onBytes: (bytes) => options.onProgress({ bytes }),
    signal,
  })
  try {
    const [rendered, { bytes, sha256 }] = await Promise.all([rendering, following])
    return { rendered, bytes, sha256, uploadFailure }
  } catch (error) {
    // One half failed: the other must not go on behind the caller's back.
    stopped.abort(error)
    await session.close()
    await Promise.allSettled([rendering, following])
    throw error
  }
}
