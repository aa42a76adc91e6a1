import type { ErrorDocument } from '../../connectors/commands/error-document.ts'
import type { DocumentOf } from './document.ts'
import type { FailedAnswer, FailedRecordAnswer } from './failed.ts'
import type { CoverageAnswer, ObjectAnswer, StretchAnswer, TreeAnswer } from './objects.ts'
import type { RecordArgs, RecordsAnswer, RecordsArgs, ShownRecord, TopicsAnswer } from './records.ts'
import type { ReplicationAnswer, ReplicationArgs } from './replication.ts'
import type { RestorableAnswer } from './restore.ts'
import type { ActName, Acts, Run } from './run.ts'
import type { CostAnswer, DeclarationAnswer, HistoryAnswer, ServiceAnswer, ShownLine } from './service.ts'

export type * from './document.ts'
export type * from './failed.ts'
export type * from './objects.ts'
export type * from './records.ts'
export type * from './redrive.ts'
export type * from './replication.ts'
export type * from './restore.ts'
export type * from './run.ts'
export type * from './service.ts'

/** A question about one connector. */
interface Named {
  name: string
}

/**
 * Everything that the page asks, with what the server answers. `GET /api/ask/<question>?args=<JSON>` answers once; a page that
 * watches gets each new answer as an event.
 */
export interface Questions {
  service: { args: object; answer: ServiceAnswer }
  /** As `connectors list --json`. */
  list: { args: object; answer: DocumentOf<'list'> }
  /** As `connectors describe --json`. */
  describe: { args: Named; answer: DocumentOf<'describe'> }
  history: { args: Named & { minutes: number }; answer: HistoryAnswer }
  /** As `connectors logs --json --tail`: each answer has lines that came since the one before. */
  logs: {
    args: Named & { since?: string; level?: string; code?: string; function?: string }
    answer: ShownLine[]
  }
  declaration: { args: Named; answer: DeclarationAnswer }
  cost: { args: Named; answer: CostAnswer }
  topics: { args: Named; answer: TopicsAnswer }
  records: { args: RecordsArgs; answer: RecordsAnswer }
  /** One record, with more of its bytes. Null: there is none at this offset any more. */
  record: { args: RecordArgs; answer: ShownRecord | null }
  /** `prefix`: a folder; absent: the connector's own. `begins`: only what begins so in it. */
  tree: { args: Named & { prefix?: string; begins?: string; after?: string }; answer: TreeAnswer }
  /** `troubled`: only partitions with gaps or overlaps. `after`: how many are passed over. */
  coverage: { args: Named & { topic?: string; troubled?: boolean; after?: number }; answer: CoverageAnswer }
  /** `trouble`: without objects. */
  stretch: {
    args: Named & {
      topic: string
      partition: number | 'all'
      first?: number
      last?: number
      trouble?: boolean
      after: number
    }
    answer: StretchAnswer
  }
  /** `whole`: a single record, with more of its bytes. */
  object: { args: Named & { key: string; after: number; whole?: boolean }; answer: ObjectAnswer }
  /** As `connectors query --json`. */
  query: { args: Named & { topic?: string }; answer: DocumentOf<'query'> }
  failed: { args: Named & { since?: string; code?: string }; answer: FailedAnswer }
  /** One of the failed records. */
  'failed-record': {
    args: Named & { topic: string; partition: number; offset: number; since?: string }
    answer: FailedRecordAnswer
  }
  restorable: { args: Named; answer: RestorableAnswer }
  /** The report of a restore that was started in the console, as its command writes it. */
  'restore-report': { args: { run: string }; answer: { html: string; json: string } }
  replication: { args: ReplicationArgs; answer: ReplicationAnswer }
  /** What was started in the console, the newest first. */
  runs: { args: object; answer: Run[] }
}

export type QuestionName = keyof Questions

/** A question that a page watches. */
export interface Watched<Name extends QuestionName = QuestionName> {
  /** Chosen by the page; events carry it. */
  id: string
  question: Name
  args: Questions[Name]['args']
}

/** An event of `GET /api/watch?watched=<JSON>`, whose parameter is a list of {@link Watched}. */
export type WatchEvent =
  | { id: string; answer: unknown; time: number }
  /** The question could not be answered. It is asked again; the answer before stays the newest. */
  | { id: string; error: ErrorDocument['error']; time: number }

/** The body of `POST /api/acts/<act>`. */
export interface ActRequest<Name extends ActName = ActName> {
  args: Acts[Name]['args']
  /** For an act that asks by name: the name that the person has typed. */
  confirmed?: string
}

/** The answer to it. `POST /api/runs/<id>/cancel` ends the run. */
export interface ActAnswer {
  id: string
}
