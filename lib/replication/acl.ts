import { aclOperations, aclPermissions, type TopicAcl } from '../kafka/admin/admin.ts'

/**
 * The source's ACLs as they apply to remote topics. ALLOW ALL becomes ALLOW READ and ALLOW WRITE is left out, because only
 * replication writes to a remote topic.
 *
 * Source: Apache Kafka, connect/mirror, `MirrorSourceConnector.syncTopicAcls` and `targetAclBinding`.
 *
 * @param remoteTopics remote topic by source topic; the ACLs of other topics are left out
 */
export function remoteAcls(acls: TopicAcl[], remoteTopics: ReadonlyMap<string, string>): TopicAcl[] {
  return acls.flatMap(acl => {
    const topic = remoteTopics.get(acl.topic)
    const isAllowed = acl.permission === aclPermissions.ALLOW
    if (topic === undefined || (isAllowed && acl.operation === aclOperations.WRITE)) return []
    const operation = isAllowed && acl.operation === aclOperations.ALL ? aclOperations.READ : acl.operation
    return [{ ...acl, topic, operation }]
  })
}
