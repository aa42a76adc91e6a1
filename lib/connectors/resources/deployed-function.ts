import type { Statement } from '../../cloudformation/template.ts'
import type { AnySection, Environment } from '../../config/section.ts'
import type { Connector } from '../declaration/connector.ts'
import type { SourceDeclaration } from '../declaration/declaration.ts'
import type { FunctionEnvironment, VariableKeys } from '../declaration/variable-key.ts'

/** A function that connectors deploy. Its name in the register is that of its file in `functions/`. */
export interface DeployedFunction<C extends Connector = Connector> {
  /** What it does, in one sentence, for the documentation. */
  summary: string
  /** All environment variables that it reads. */
  sections: Record<string, AnySection>
  /** The sections that the documentation shows under its name; other functions show the rest. */
  documented: AnySection[]
  /**
   * Reads its settings, as the function itself does when it starts.
   *
   * @throws ConfigError
   */
  readSettings(environment: Environment): unknown
  /** The connector, if it deploys this function. */
  deployedBy(connector: Connector): C | undefined
  /** Where the connector declares the function's variables. A later entry wins. */
  declared(connector: C): DeclaredKeys[]
  environment(connector: C, context: FunctionContext): FunctionEnvironment
  /** What its role may do, apart from writing its log, tracing, reading its secrets and entering a VPC. */
  statements(connector: C, context: FunctionContext): Statement[]
  /** `mappings`: the connector's event source mappings call it. `commands`: `serverless connectors` calls it. */
  calledBy: 'mappings' | 'commands' | Schedule<C>
  /** The longest that an invocation may take, in seconds; undefined: as long as the connector declares. */
  timeoutSeconds: number | undefined
  /** How many invocations may run at the same time. Absent or undefined: as many as the account allows. */
  mostAtOnce?(connector: C): number | undefined
  /** Whether it connects to the source cluster itself. */
  usesSource(connector: C): boolean
  /** The cluster that it connects to, where that may be another one than the source, and its network and login. Absent: the source. */
  cluster?(connector: C): Pick<SourceDeclaration, 'auth' | 'vpc'>
  /** Whether it invokes itself as often as it has work, which Lambda ends after about 16 times unless it is allowed. */
  invokesItself?: true
  /** Whether it calls Lambda's API, which a laptop replaces by its own. */
  callsLambda: boolean
}

/** Keys of a declaration, and where they stand in it. */
export interface DeclaredKeys {
  /** From the connector's name on; empty for the connector itself. */
  path: string[]
  keys: VariableKeys
}

/** When a function runs on a schedule. */
export interface Schedule<C extends Connector = Connector> {
  /** Minutes from one run to the next, at least 1. */
  everyMinutes: number
  /** Whether it also runs while the connector is disabled. */
  whileDisabled: boolean
  /** Its schedules where the declaration decides them. Absent: one, with `everyMinutes` and the platform's own event. */
  runs?(connector: C): ScheduledRun[]
}

/** One of several schedules of a function. */
export interface ScheduledRun {
  /** Minutes from one run to the next, at least 1. */
  everyMinutes: number
  /** The event with which the function is called. */
  input: Record<string, unknown>
}

/** What the parts of a function depend on besides the connector. */
export interface FunctionContext {
  /** Service and stage, with which names begin. */
  service: string
  /** The topics that have a mapping; undefined when only a pattern is known. */
  topics: string[] | undefined
}
