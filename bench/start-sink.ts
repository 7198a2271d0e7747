import { spawn } from 'node:child_process'
import { once } from 'node:events'

export interface Sink extends Disposable {
  readonly url: string
}

/** Starts the sink as a process of its own; it ends when it is disposed of, or when this process ends. */
export async function startSink(): Promise<Sink> {
  const child = spawn(process.execPath, [new URL('sink.ts', import.meta.url).pathname], { stdio: ['pipe', 'pipe', 'inherit'] })
  const [port] = (await once(child.stdout, 'data')) as [Buffer]
  return { url: `http://127.0.0.1:${Number(port.toString())}/rows`, [Symbol.dispose]: () => void child.kill('SIGKILL') }
}
