import type { QuestionName } from './api/index.ts'
import type { Question } from './question.ts'
import { cost } from './questions/cost.ts'
import { coverage } from './questions/coverage.ts'
import { declaration } from './questions/declaration.ts'
import { describe } from './questions/describe.ts'
import { failed } from './questions/failed.ts'
import { failedRecord } from './questions/failed-record.ts'
import { history } from './questions/history.ts'
import { list } from './questions/list.ts'
import { logs } from './questions/logs.ts'
import { object } from './questions/object.ts'
import { query } from './questions/query.ts'
import { record } from './questions/record.ts'
import { records } from './questions/records.ts'
import { replication } from './questions/replication.ts'
import { restorable } from './questions/restorable.ts'
import { restoreReport } from './questions/restore-report.ts'
import { runs } from './questions/runs.ts'
import { service } from './questions/service.ts'
import { stretch } from './questions/stretch.ts'
import { topics } from './questions/topics.ts'
import { tree } from './questions/tree.ts'

/** Every question, and how it is answered. */
export const questions: { [Name in QuestionName]: Question<Name> } = {
  service,
  list,
  describe,
  history,
  logs,
  declaration,
  cost,
  topics,
  records,
  record,
  tree,
  coverage,
  stretch,
  object,
  query,
  failed,
  'failed-record': failedRecord,
  restorable,
  'restore-report': restoreReport,
  replication,
  runs,
}
