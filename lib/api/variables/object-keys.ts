/**
 * Variables: object keys.
 *
 * @public
 */
export interface ObjectKeyVariables {
  /**
   * Folder in the bucket, levels separated by /.
   */
  OBJECT_PREFIX?: string
  /**
   * Folders below the topic’s. default: partition=N. time: PATH_FORMAT. daily: year=, month= and day=. hourly:
   * year=, month=, day= and hour=. field: PARTITION_FIELD.
   *
   * Default: `default`.
   */
  OBJECT_PARTITIONER?: 'default' | 'time' | 'daily' | 'hourly' | 'field'
  /**
   * Folders of the partitioner time, such as yyyy/MM/dd/HH or year=yyyy/month=MM/day=dd.
   */
  PATH_FORMAT?: string
  /**
   * Time zone of folders by time.
   *
   * Default: `UTC`.
   */
  TIMEZONE?: string
  /**
   * The field of the partitioner field: a JSON pointer into the value, header: and a header’s name, or key.
   */
  PARTITION_FIELD?: string
  /**
   * The folder’s value for records without a field that names a folder.
   *
   * Default: `__HIVE_DEFAULT_PARTITION__`.
   */
  PARTITION_FIELD_FALLBACK?: string
  /**
   * Folders by several parts, in the place of OBJECT_PARTITIONER: fields, such as tenant=/customer/tenantId, and
   * times, such as daily, or daily\@/createdAt for the time in a field.
   */
  PARTITION_BY?: string
  /**
   * The key between prefix and extension. \{path\} is replaced with the partitioner’s folders.
   *
   * Default: `{topic}/{path}/{topic}+{partition}+{offsets}`.
   */
  OBJECT_KEY_TEMPLATE?: string
  /**
   * Number of digits to which offsets in object keys are padded with zeros. 0: they are not padded.
   *
   * Default: `10`.
   */
  OFFSET_PAD_WIDTH?: string
}
