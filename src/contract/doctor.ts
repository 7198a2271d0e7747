import { z } from 'zod'

/** One thing that `segue doctor` looked at. */
export const doctorCheck = z.object({ name: z.string(), status: z.enum(['ok', 'warning', 'failed']), detail: z.string() })
export type DoctorCheck = z.infer<typeof doctorCheck>

export const doctorReport = z.object({ checks: z.array(doctorCheck) })
export type DoctorReport = z.infer<typeof doctorReport>
