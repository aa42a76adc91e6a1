import { dirname, join } from 'node:path'
import {
  Extractor,
  ExtractorConfig,
  ExtractorLogLevel,
  type ExtractorMessage,
  type IExtractorConfigPrepareOptions,
} from '@microsoft/api-extractor'
import { root } from './framework.ts'

/** The declarations that api-extractor makes of an entry, and the model from which the documentation is written. */
interface ApiFiles {
  /** The compiled entry's own declarations. */
  entry: string
  /** Gets one file with all declarations that the entry exports, and none that it does not. */
  rollup: string
  /** Gets the model, as JSON. */
  model: string
}

/**
 * Reads what an entry of the package exports.
 *
 * @throws Error with what is wrong: an export without a docstring, a type that is used but not exported, a tag that TSDoc doesn't know
 */
export function extractApi(files: ApiFiles): void {
  const findings: string[] = []
  const { succeeded } = Extractor.invoke(ExtractorConfig.prepare(configOf(files)), {
    localBuild: true,
    messageCallback: message => {
      message.handled = true
      if (message.logLevel === ExtractorLogLevel.Error) findings.push(lineOf(message))
    },
  })
  if (!succeeded || findings.length > 0) throw new Error(['The typed API is not in order:', ...findings].join('\n'))
}

function configOf({ entry, rollup, model }: ApiFiles): IExtractorConfigPrepareOptions {
  return {
    configObjectFullPath: undefined,
    packageJsonFullPath: join(root, 'package.json'),
    configObject: {
      projectFolder: root,
      mainEntryPointFilePath: entry,
      newlineKind: 'lf',
      compiler: { overrideTsconfig: { compilerOptions, files: [entry] }, skipLibCheck: true },
      // Exports without a docstring are found only for a report, which nobody reads.
      apiReport: { enabled: true, reportFolder: dirname(model), reportTempFolder: join(dirname(model), 'report') },
      tsdocMetadata: { enabled: false },
      dtsRollup: { enabled: true, untrimmedFilePath: rollup },
      docModel: { enabled: true, apiJsonFilePath: model },
      messages: {
        compilerMessageReporting: { default: error },
        // Everything that an entry exports is for people.
        extractorMessageReporting: { default: error, 'ae-missing-release-tag': none },
        tsdocMessageReporting: { default: error, 'tsdoc-param-tag-missing-hyphen': none },
      },
    },
  }
}

/** Its own compiler reads the declarations as a project of one's own with this setting does. */
const compilerOptions = {
  module: 'nodenext',
  target: 'es2024',
  lib: ['esnext'],
  types: ['node'],
  strict: true,
  skipLibCheck: true,
}

const error = { logLevel: ExtractorLogLevel.Error }
const none = { logLevel: ExtractorLogLevel.None }

function lineOf({ sourceFilePath, sourceFileLine, messageId, text }: ExtractorMessage): string {
  return `${sourceFilePath}:${sourceFileLine} ${messageId}: ${text}`
}
