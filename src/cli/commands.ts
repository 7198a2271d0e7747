/** All commands, in the order in which the help lists them. */
import type { AddCommand } from './command.ts'
import { addActivate, addDiscard } from './commands/lifecycle.ts'
import { addApply } from './commands/apply.ts'
import { addDemo } from './commands/demo.ts'
import { addDoctor } from './commands/doctor.ts'
import { addExport } from './commands/export.ts'
import { addLater } from './commands/later.ts'
import { addPlan } from './commands/plan.ts'
import { addPreview } from './commands/preview.ts'
import { addQuery } from './commands/query.ts'
import { addRejects } from './commands/rejects.ts'
import { addRun } from './commands/run.ts'
import { addRuns } from './commands/runs.ts'
import { addServe } from './commands/serve.ts'
import { addTest } from './commands/test.ts'
import { addValidate } from './commands/validate.ts'

export const addCommands: AddCommand = (program, perform) => {
  const adders: readonly AddCommand[] = [
    addServe,
    addDemo,
    addApply,
    addPlan,
    addValidate,
    addExport,
    addRun,
    addRuns,
    addRejects,
    addQuery,
    addPreview,
    addTest,
    addActivate,
    addDiscard,
    addDoctor,
  ]
  for (const add of adders) add(program, perform)
  addLater(program, perform)
}
