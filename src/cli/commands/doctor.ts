import { apiPath } from '../../api-client.ts'
import { doctorReport } from '../../contract/doctor.ts'
import type { DoctorReport } from '../../contract/doctor.ts'
import { SegueError } from '../../contract/errors.ts'
import type { AddCommand, Invocation } from '../command.ts'
import { counted, visible } from '../display-text.ts'
import { exitCodes } from '../exit-codes.ts'

const signs = { ok: 'ok     ', warning: 'warning', failed: 'FAILED ' } as const

/** `segue doctor`: is everything there that Segue needs? Answers also where Segue cannot start. */
export const addDoctor: AddCommand = (program, perform) => {
  program
    .command('doctor')
    .description('check what Segue needs: store, secret key, folders, memory')
    .action(async () =>
      perform(async (invocation) => {
        const report = await examine(invocation)
        const bad = report.checks.filter((check) => check.status !== 'ok').length
        const lines = report.checks.map((check) => `  ${signs[check.status]}  ${check.name}: ${visible(check.detail)}`)
        invocation.output.result(report, `${lines.join('\n')}\n\n${bad === 0 ? 'All is well.' : `${counted(bad, 'thing')} to look at.`}`)
        return report.checks.some((check) => check.status === 'failed') ? exitCodes.unexpected : exitCodes.succeeded
      }),
    )
}

async function examine({ connect, world }: Invocation): Promise<DoctorReport> {
  try {
    const client = await connect()
    return doctorReport.parse((await client.send({ method: 'GET', path: apiPath('doctor'), signal: world.interrupt })).body)
  } catch (error) {
    if (!(error instanceof SegueError) || error.code === 'SERVER_UNREACHABLE') throw error
    return { checks: [{ name: 'start', status: 'failed', detail: `${error.code}: ${error.detail}` }] }
  }
}
