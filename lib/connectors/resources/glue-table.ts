import { logicalName } from '../../cloudformation/logical-id.ts'
import { joined, type Resources } from '../../cloudformation/template.ts'
import { formatSection } from '../../config/format.ts'
import { objectsSection } from '../../config/objects.ts'
import { type Environment, readSections } from '../../config/section.ts'
import type { DumpConnector } from '../declaration/connector.ts'
import type { ProjectedColumn } from './athena-projection.ts'
import { athenaName, athenaTable, type TableSettings } from './athena-table.ts'
import { bucketName } from './bucket.ts'
import { connectorEnvironment } from './environment.ts'
import { connectorKey } from './function-name.ts'

/**
 * The table that a connector declares, in AWS Glue's catalog. It has no partitions that would have to be added: Athena computes
 * them from the projection. Source: Amazon Athena User Guide, "Set up partition projection".
 */
export function glueTable(connector: DumpConnector, service: string): Resources {
  const { table: declared, prefix } = connector.declaration.to
  if (!declared) return {}
  const { columns, partitions, folders, serde } = athenaTable(
    tableSettings(connector, service),
    connector.source.topics,
  )
  const root = ['s3://', bucketName(connector), '/', ...(prefix === undefined ? [] : [prefix, '/'])]
  const glueColumn = ({ name, type }: { name: string; type: string }) => ({ Name: name, Type: type })
  return {
    [`${logicalName(connectorKey(connector))}Table`]: {
      Type: 'AWS::Glue::Table',
      Properties: {
        CatalogId: { Ref: 'AWS::AccountId' },
        DatabaseName: declared.database,
        TableInput: {
          Name: declared.name ?? athenaName(connector.name),
          Description: `Connector ${connector.name}`,
          TableType: 'EXTERNAL_TABLE',
          Parameters: {
            EXTERNAL: 'TRUE',
            classification: serde.classification,
            ...projectionProperties(partitions),
            ...(partitions.length > 0 ? { 'storage.location.template': joined(...root, folders) } : {}),
          },
          PartitionKeys: partitions.map(glueColumn),
          StorageDescriptor: {
            Columns: columns.map(glueColumn),
            Location: joined(...root, fixedFolders(folders)),
            InputFormat: serde.inputFormat,
            OutputFormat: serde.outputFormat,
            SerdeInfo: { SerializationLibrary: serde.library, Parameters: serde.parameters },
          },
        },
      },
    },
  }
}

/** The properties of a table whose partitions are projected. */
export function projectionProperties(partitions: readonly ProjectedColumn[]): Record<string, string> {
  const properties = partitions.flatMap(({ name, projection }) =>
    Object.entries(projection).map(([property, value]) => [`projection.${name}.${property}`, value] as const),
  )
  return properties.length > 0 ? { 'projection.enabled': 'true', ...Object.fromEntries(properties) } : {}
}

/** The folders that all partitions have in common. */
export function fixedFolders(folders: string): string {
  return folders.replace(/[^/]*\$\{.*$/, '')
}

/** The settings that a connector declares for its objects; what only CloudFormation knows counts as not declared. */
export function tableSettings(connector: DumpConnector, service: string): TableSettings {
  const environment = Object.entries(connectorEnvironment(connector, service))
  const known = environment.filter((entry): entry is [string, string] => typeof entry[1] === 'string')
  return readSections({ keys: objectsSection, format: formatSection }, Object.fromEntries(known) as Environment)
}
